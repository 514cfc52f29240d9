"""What there is to do: kinds, the life of a task, and which comes first."""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.core.errors import Conflict, DomainError
from clinic.core.permissions import Role
from clinic.core.words import Words, say

OPEN, IN_PROGRESS, SNOOZED, DONE, CANCELLED = "open", "in_progress", "snoozed", "done", "cancelled"
LIVE = (OPEN, IN_PROGRESS, SNOOZED)
"""States in which something is still to be done."""
SNOOZE_MAX = timedelta(days=90)
"""How far ahead a task can be put off at once."""
_RECEPTIONIST, _THERAPIST, _OWNER = Role.RECEPTIONIST, Role.THERAPIST, Role.OWNER


@dataclass(frozen=True, slots=True)
class Kind:
    """``consequence`` of leaving it undone: 1 somebody may be harmed, 2 care or a right is lost,
    3 somebody waits, 4 tidiness. Overdue by more than ``after_days`` it is escalated."""

    name: Words
    consequence: int
    role: str
    escalates_to: str | None
    after_days: int


def _kind(
    name: Words, consequence: int, role: Role, escalates_to: Role | None, after_days: int
) -> Kind:
    to = escalates_to.value if escalates_to else None
    return Kind(name, consequence, role.value, to, after_days)


KINDS: dict[str, Kind] = {
    "adverse_event_review": _kind(say("Review an event"), 1, _OWNER, _OWNER, 0),
    "confirm_precautions": _kind(say("Confirm the precautions"), 1, _THERAPIST, _OWNER, 0),
    "read_reply": _kind(say("Read an answer"), 1, _THERAPIST, _OWNER, 1),
    "answer_overdue": _kind(say("Ask for an answer"), 1, _RECEPTIONIST, _THERAPIST, 1),
    "letter_failed": _kind(say("Send a letter another way"), 1, _RECEPTIONIST, _OWNER, 1),
    "call_provider": _kind(say("Call the provider"), 1, _RECEPTIONIST, _THERAPIST, 1),
    "post_visit_check": _kind(say("Ask how the client is"), 2, _THERAPIST, _OWNER, 2),
    "tell_client": _kind(say("Tell the client"), 2, _THERAPIST, _OWNER, 2),
    "reassign": _kind(say("Find another provider"), 2, _RECEPTIONIST, _OWNER, 3),
    "report_due": _kind(say("Write a report"), 2, _THERAPIST, _OWNER, 2),
    "renewal_due": _kind(say("Ask for more visits"), 2, _THERAPIST, _OWNER, 2),
    "contact_client": _kind(say("Contact the client"), 2, _RECEPTIONIST, _OWNER, 2),
    "consent_needed": _kind(say("Ask for a consent"), 2, _RECEPTIONIST, _OWNER, 3),
    "consent_expiring": _kind(say("Have a consent renewed"), 2, _RECEPTIONIST, _OWNER, 3),
    "credential_expiring": _kind(say("Renew a licence or training"), 2, _OWNER, _OWNER, 0),
    "adverse_event_insurer": _kind(say("Tell the insurer"), 2, _OWNER, _OWNER, 0),
    "referral_next_action": _kind(say("Referral: next step"), 2, _RECEPTIONIST, _OWNER, 2),
    "acknowledge_referral": _kind(say("Acknowledge a referral"), 3, _RECEPTIONIST, _OWNER, 1),
    "missing_information": _kind(say("Ask for what an order lacks"), 3, _RECEPTIONIST, _OWNER, 2),
    "document_to_scan": _kind(say("Enter papers that arrived"), 3, _RECEPTIONIST, _OWNER, 1),
    "review_hold": _kind(say("Look at what is on hold"), 3, _RECEPTIONIST, _OWNER, 5),
    "update_directory": _kind(say("Put the directory right"), 4, _RECEPTIONIST, _OWNER, 7),
    "other": _kind(say("Something else"), 4, _RECEPTIONIST, _OWNER, 7),
}
"""What can be to do. The names are seen by everybody at the desk: they tell nothing of health."""

BY_HAND = (
    "contact_client",
    "call_provider",
    "tell_client",
    "consent_needed",
    "post_visit_check",
    "reassign",
    "update_directory",
    "other",
)
"""What people open themselves; the rest is opened where it arises."""

NAMES = {
    OPEN: say("open"),
    IN_PROGRESS: say("in progress"),
    SNOOZED: say("put off"),
    DONE: say("done"),
    CANCELLED: say("cancelled"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """From one state to another, by a verb."""

    before: str
    after: str
    by: str


EDGES = (
    Edge(OPEN, IN_PROGRESS, "take"),
    Edge(OPEN, SNOOZED, "snooze"),
    Edge(SNOOZED, OPEN, "wake"),
    Edge(IN_PROGRESS, DONE, "finish"),
    Edge(OPEN, DONE, "finish"),
    Edge(OPEN, CANCELLED, "cancel"),
    Edge(IN_PROGRESS, OPEN, "hand_back"),
)
_ONLY = {
    "take": "A task that is open can be taken; this one is {status}.",
    "snooze": "A task that is open can be put off; this one is {status}.",
    "wake": "Only a task that was put off can come back; this one is {status}.",
    "finish": "A task that is open or in progress can be finished; this one is {status}.",
    "cancel": "A task that is open can be cancelled; this one is {status}. "
    "Hand it back first where somebody has taken it.",
    "hand_back": "A task that is in progress can be handed back; this one is {status}.",
}
VERBS = tuple(_ONLY)


def must_go(status: str, verb: str) -> str:
    """The state a verb leads to. Raises Conflict with the reason where there is no edge."""
    for edge in EDGES:
        if edge.before == status and edge.by == verb:
            return edge.after
    raise Conflict(say(_ONLY[verb], status=NAMES[status]))


def may_go(status: str) -> frozenset[str]:
    """The verbs that lead on from a state."""
    return frozenset(edge.by for edge in EDGES if edge.before == status)


def path_to(status: str, verb: str) -> tuple[str, ...]:
    """The verbs to walk, the last one included, where the clinic itself closes a task."""
    if verb in may_go(status):
        return (verb,)
    back = {SNOOZED: "wake", IN_PROGRESS: "hand_back"}.get(status)
    return (back, verb) if back else (verb,)


def kind_of(code: str) -> Kind:
    """Raises DomainError for a kind that there is not."""
    if code not in KINDS:
        raise DomainError(say("Choose one of the list."), field="kind")
    return KINDS[code]


def rank(kind: str, due_on: date, today: date) -> tuple[int, int, date]:
    """What sorts a list: the overdue first, by consequence and then age; the rest by day."""
    consequence = KINDS[kind].consequence
    if due_on < today:
        return (0, consequence, due_on)
    return (1, 0, due_on)


def escalates(kind: str, due_on: date, today: date) -> bool:
    """Whether the task is overdue by so much that somebody else must see it too."""
    return escalated_before(kind, today) > due_on


def escalated_before(kind: str, today: date) -> date:
    """Tasks of this kind that were due before this day are to be escalated."""
    return today - timedelta(days=KINDS[kind].after_days)


def said(text: str, words: Words, field: str, most: int) -> str:
    """A line that was asked for. Raises DomainError where it is empty or too long."""
    line = " ".join(text.split())
    if not line:
        raise DomainError(words, field=field)
    if len(line) > most:
        raise DomainError(say("Say it in at most {most} characters.", most=most), field=field)
    return line
