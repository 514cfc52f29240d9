"""How a client is sent, or a question put, to a provider outside: states, edges, days.

The loop is closed when the answer was read, acted on and told to the client (the closed loop of
the Institute for Healthcare Improvement and the National Patient Safety Foundation, "Closing the
Loop: A Guide to Safer Ambulatory Referrals", 2017, ends with the plan told to the patient). The
states are those of a closed-loop exchange (360X, BSeR): sent, acknowledged, scheduled, attended.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.coordination.rules import workdays
from clinic.core.errors import Conflict, DomainError
from clinic.core.words import Words, say

DRAFT, PENDING, READY, SENT = "draft", "consent_pending", "ready", "sent"
ACKNOWLEDGED, SCHEDULED = "acknowledged", "scheduled"
ATTENDED, NOT_ATTENDED = "attended", "not_attended"
REPLIED, ACTED, TOLD, CLOSED = "reply_received", "acted_on", "told_client", "closed"
DECLINED, CLIENT_DECLINED, CANCELLED = "declined", "client_declined", "cancelled"
NO_RESPONSE, MISTAKE = "no_response", "entered_in_error"

BEFORE_SENDING = (DRAFT, PENDING, READY)
AWAITING = (SENT, ACKNOWLEDGED, SCHEDULED, ATTENDED, NOT_ATTENDED)
"""Sent, and nothing has come back yet."""
ANSWERABLE = (SENT, ACKNOWLEDGED, ATTENDED, NO_RESPONSE)
"""Where an answer can be written down."""
ENDS = (CLOSED, DECLINED, CLIENT_DECLINED, CANCELLED, NO_RESPONSE, MISTAKE)


@dataclass(frozen=True, slots=True)
class Edge:
    """From one state to another, by a verb."""

    before: str
    after: str
    by: str


MOVES = (
    Edge(DRAFT, PENDING, "ask_consent"),
    Edge(DRAFT, READY, "make_ready"),
    Edge(PENDING, READY, "consent_given"),
    Edge(PENDING, CLIENT_DECLINED, "client_refused"),
    Edge(READY, SENT, "sent"),
    Edge(SENT, READY, "came_back"),
    Edge(SENT, ACKNOWLEDGED, "acknowledged"),
    Edge(SENT, DECLINED, "declined"),
    Edge(ACKNOWLEDGED, DECLINED, "declined"),
    Edge(SENT, SCHEDULED, "scheduled"),
    Edge(ACKNOWLEDGED, SCHEDULED, "scheduled"),
    Edge(SCHEDULED, ATTENDED, "attended"),
    Edge(SCHEDULED, NOT_ATTENDED, "not_attended"),
    Edge(NOT_ATTENDED, SCHEDULED, "scheduled"),
    Edge(NOT_ATTENDED, CLIENT_DECLINED, "client_refused"),
    Edge(SENT, REPLIED, "answer"),
    Edge(ACKNOWLEDGED, REPLIED, "answer"),
    Edge(ATTENDED, REPLIED, "answer"),
    Edge(REPLIED, ACTED, "act_on"),
    Edge(ACTED, TOLD, "tell_client"),
    Edge(TOLD, CLOSED, "close"),
    Edge(SENT, NO_RESPONSE, "no_answer"),
    Edge(ATTENDED, NO_RESPONSE, "no_answer"),
    Edge(NO_RESPONSE, REPLIED, "answer"),
    Edge(DRAFT, CANCELLED, "cancel"),
    Edge(READY, CANCELLED, "cancel"),
    Edge(PENDING, CANCELLED, "cancel"),
    Edge(DRAFT, MISTAKE, "mistake"),
)
EDGES = tuple((move.before, move.after) for move in MOVES)
"""All 28 of them."""

NAMES: dict[str, Words] = {
    DRAFT: say("Draft"),
    PENDING: say("Waiting for consent"),
    READY: say("Ready to send"),
    SENT: say("Sent"),
    ACKNOWLEDGED: say("Acknowledged"),
    SCHEDULED: say("Appointment made"),
    ATTENDED: say("Attended"),
    NOT_ATTENDED: say("Did not attend"),
    REPLIED: say("Answer received"),
    ACTED: say("Acted on"),
    TOLD: say("Client told"),
    CLOSED: say("Closed"),
    DECLINED: say("Declined by the provider"),
    CLIENT_DECLINED: say("Declined by the client"),
    CANCELLED: say("Cancelled"),
    NO_RESPONSE: say("No answer"),
    MISTAKE: say("Entered in error"),
}
"""Each state in words that everybody at the desk may read."""

_ONLY: dict[str, Words] = {
    "ask_consent": say("Consent is asked for while the letter is being written."),
    "make_ready": say("Only a draft is made ready."),
    "consent_given": say("Nobody is waiting for consent here."),
    "client_refused": say("A client declines while consent is awaited, or after not attending."),
    "sent": say("Only what is ready is sent."),
    "came_back": say("Only what was sent comes back."),
    "acknowledged": say("Only what was sent, and not more, is acknowledged."),
    "declined": say("A provider declines what was sent, before there is an appointment."),
    "scheduled": say("An appointment is made after sending."),
    "attended": say("There is no appointment that the client could have attended."),
    "not_attended": say("There is no appointment that the client could have missed."),
    "answer": say("An answer is awaited only after sending, and after a visit that was made."),
    "act_on": say("There is no answer yet to act on."),
    "tell_client": say("The client is told after the answer was acted on."),
    "close": say("It is closed after the answer was read and acted on, and the client told."),
    "no_answer": say("“No answer” is for what was sent, or for a visit that was attended."),
    "cancel": say("What was sent cannot be called off. Write down what became of it."),
    "mistake": say("Only a draft can be entered in error."),
}
VERBS = tuple(_ONLY)
"""The verbs that lead from one state to another."""


def must_go(status: str, verb: str) -> str:
    """The state a verb leads to. Raises Conflict with the reason where there is no edge."""
    for edge in MOVES:
        if edge.before == status and edge.by == verb:
            return edge.after
    text = "{why} This one stands at “{status}”."
    raise Conflict(say(text, why=_ONLY[verb], status=NAMES[status]))


def may_go(status: str) -> frozenset[str]:
    """The verbs that lead on from a state."""
    return frozenset(edge.by for edge in MOVES if edge.before == status)


DEEDS: dict[str, Words] = {
    "begun": say("Begun"),
    "amended": say("Question changed"),
    "redirected": say("Another provider is asked"),
    "ask_consent": say("Approved, consent is asked for"),
    "make_ready": say("Approved"),
    "consent_given": say("The client agreed"),
    "client_refused": say("The client does not want it"),
    "sent": say("Sent"),
    "came_back": say("The letter came back"),
    "acknowledged": say("Acknowledged"),
    "declined": say("Declined by the provider"),
    "scheduled": say("Appointment made"),
    "attended": say("The client went there"),
    "not_attended": say("The client did not go"),
    "reminded": say("Asked for the answer again"),
    "called": say("Called"),
    "handed": say("Given to somebody who works here"),
    "answer": say("Answer received"),
    "read": say("Answer read"),
    "act_on": say("Acted on"),
    "tell_client": say("Client told"),
    "close": say("Closed"),
    "no_answer": say("No answer"),
    "cancel": say("Cancelled"),
    "mistake": say("Entered in error"),
}
"""What a step says happened, for everybody at the desk."""

# --- why ---

CLEARANCE = "clearance"
REASONS: dict[str, Words] = {
    "red_flag": say("Red flag"),
    "clot": say("A clot is suspected"),
    "lump": say("A lump that nobody has looked at"),
    "fracture": say("Question about bone strength or a fracture"),
    CLEARANCE: say("Question whether and how treatment is possible"),
    "pregnancy": say("Warning sign in pregnancy"),
    "no_progress": say("No progress after re-evaluation"),
    "diagnosis": say("Request for diagnosis or imaging"),
    "other_discipline": say("Another discipline is needed"),
    "client_wish": say("The client wishes it"),
}
"""Why somebody is asked: read by who treats the client. Deciding to refer is within massage
therapy, diagnosing is not (Wisconsin Administrative Code MTBT 5)."""
NEUTRAL = say("Referral to a provider")
"""What everybody else reads in their place."""

CANCELLED_WHY: dict[str, Words] = {
    "not_needed": say("No longer needed"),
    "resolved": say("Settled otherwise"),
    "another": say("Somebody else is asked"),
    "unsent": say("The answer came before anything was sent"),
    "client_left": say("The client no longer comes"),
}
"""Why it is called off: read at the desk."""

DECLINED_WHY: dict[str, Words] = {
    "full": say("No free places"),
    "not_theirs": say("Not what they treat"),
    "not_covered": say("The client’s insurance is not taken there"),
    "lacks": say("Something is missing that they ask for"),
    "gone": say("No longer in practice"),
    "other": say("Another reason"),
}
"""Why a provider does not take it on: read at the desk, which has to find another."""

HOW: dict[str, Words] = {
    "phone": say("By phone"),
    "in_person": say("In person"),
    "letter": say("By letter or fax"),
    "message": say("By secure message"),
}
"""How an answer came, and how the client was told of it."""


def reason_of(code: str) -> str:
    """Raises DomainError for a reason that there is not."""
    if code not in REASONS:
        raise DomainError(say("Choose from the list."), field="reason")
    return code


# --- days ---

URGENCIES: dict[str, Words] = {
    "routine": say("Routine"),
    "soon": say("Soon"),
    "urgent": say("Urgent"),
    "emergency": say("Emergency"),
}

ANSWER_DAYS = {"emergency": 0, "urgent": 1, "soon": 5, "routine": 14}
"""Working days in which an answer is expected, by urgency."""
PRESSING = ("urgent", "emergency")
"""Where the owner of the clinic is told when no answer comes."""
REMIND_AFTER = (5, 10)
"""Days after the expected answer on which it is asked for again; after the last one, by phone."""
REMIND_PRESSING = (1, 2)
"""The same where it is urgent."""
REMINDERS, CALLS = len(REMIND_AFTER), 1
"""How often it is asked for before it may be said that no answer came."""


def answer_by(urgency: str, on: date) -> date:
    """The day by which an answer is expected to what left on a day."""
    days = ANSWER_DAYS[urgency]
    return workdays.after(on, days) if days else on


def reminder_on(urgency: str, expected: date, sent: int) -> date:
    """The day of the next reminder after so many; after the last one that of the call."""
    days = REMIND_PRESSING if urgency in PRESSING else REMIND_AFTER
    return expected + timedelta(days=days[min(sent, len(days) - 1)])


def _pause(urgency: str) -> int:
    return (REMIND_PRESSING if urgency in PRESSING else REMIND_AFTER)[0]


def may_give_up(reminders: int, calls: int) -> bool:
    """Whether it was asked for often enough to say that no answer came."""
    return reminders >= REMINDERS and calls >= CALLS


# --- what is next ---

ACTIONS: dict[str, Words] = {
    "call_now": say("Call the provider now"),
    "write_letter": say("Write the letter"),
    "approve_letter": say("Read and approve the letter"),
    "get_consent": say("Ask for the client’s consent"),
    "send_letter": say("Send the letter"),
    "await_answer": say("Wait for the answer"),
    "remind": say("Ask for the answer again"),
    "call_provider": say("Call the provider"),
    "say_no_answer": say("Decide: no answer came"),
    "ask_attended": say("Ask whether the client went"),
    "rebook": say("Ask about another appointment"),
    "read_reply": say("Read the answer"),
    "act_on_reply": say("Act on the answer"),
    "tell_client": say("Tell the client"),
    "close_loop": say("Close it"),
}
"""What is to be done next about an outbound referral."""

TASKS: dict[str, str] = {
    "call_now": "call_provider",
    "write_letter": "referral_next_action",
    "approve_letter": "referral_next_action",
    "get_consent": "consent_needed",
    "send_letter": "referral_next_action",
    "remind": "answer_overdue",
    "call_provider": "call_provider",
    "say_no_answer": "answer_overdue",
    "ask_attended": "contact_client",
    "rebook": "contact_client",
    "read_reply": "read_reply",
    "act_on_reply": "referral_next_action",
    "tell_client": "tell_client",
    "close_loop": "referral_next_action",
}
"""The kind of task that each of them is; to wait is none."""
OWNERS = ("write_letter", "approve_letter", "read_reply", "act_on_reply", "tell_client",
          "close_loop", "say_no_answer")  # fmt: skip
"""What the one who sees to it does in person; the rest waits for whoever is at the desk."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one outbound referral on a day.

    ``letter`` is the letter's status, empty where there is none. ``asked_on`` is the day of the
    last reminder or call.
    """

    urgency: str
    today: date
    letter: str = ""
    has_consent: bool = True
    answer_by: date | None = None
    appointment_on: date | None = None
    reminders: int = 0
    calls: int = 0
    is_read: bool = False


def what_next(status: str, known: Standing) -> tuple[str, date | None]:
    """What is to be done next, and by when: nothing and None for what has ended."""
    if status in ENDS:
        return "", None
    if status in BEFORE_SENDING:
        return _before_sending(status, known)
    if status == SCHEDULED:
        return "ask_attended", (known.appointment_on or known.today) + timedelta(days=1)
    if status == NOT_ATTENDED:
        return "rebook", workdays.after(known.today, 1)
    if status in AWAITING:
        return _awaiting(status, known)
    return _answered(status, known)


def _before_sending(status: str, known: Standing) -> tuple[str, date]:
    if known.urgency == "emergency" and not known.calls:
        return "call_now", known.today
    is_pressing = known.urgency in PRESSING
    due = known.today if is_pressing else workdays.after(known.today, 1)
    if status in (PENDING, READY) and not known.has_consent:
        return "get_consent", due
    if known.letter in ("", "cancelled"):
        return "write_letter", due
    if known.letter == "draft":
        return "approve_letter", due
    return "send_letter", due


def _awaiting(status: str, known: Standing) -> tuple[str, date]:
    expected = known.answer_by or known.today
    if known.today <= expected:
        return "await_answer", expected
    due = reminder_on(known.urgency, expected, known.reminders)
    if known.reminders < REMINDERS:
        return "remind", due
    if known.calls < CALLS:
        return "call_provider", due
    if status == ACKNOWLEDGED:  # they have it: it is called for until they answer or decline
        return "call_provider", due + timedelta(days=_pause(known.urgency) * known.calls)
    return "say_no_answer", due


def _answered(status: str, known: Standing) -> tuple[str, date]:
    due = known.today if known.urgency in PRESSING else workdays.after(known.today, 1)
    if status == REPLIED:
        return ("act_on_reply" if known.is_read else "read_reply"), due
    return ("tell_client" if status == ACTED else "close_loop"), due
