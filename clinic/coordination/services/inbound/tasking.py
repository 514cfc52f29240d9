"""The tasks of a referral that came in: opened when its state wants them, closed when not.

Each has a name of its own (``case:`` and the case's public id), so that the sweep finds what
it opened before; tasks that people opened themselves are left alone.
"""

from dataclasses import dataclass
from datetime import date

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about, letters_about, reports_of, tasks_about
from clinic.coordination.queries.facts import day_of, letters_of, owed
from clinic.coordination.queries.sharing import sharing_of
from clinic.coordination.rules.inbound import ENDS, UNDER_WAY
from clinic.coordination.rules.next_steps import (
    RENEWAL_REMINDERS,
    TO_ACKNOWLEDGE,
    TO_CONFIRM,
    TO_CONTACT,
    TO_TELL,
    Facts,
)
from clinic.coordination.rules.sharing import ASKING, NEEDING, ask_by
from clinic.coordination.rules.workdays import after
from clinic.coordination.services.handing import hand_on_tasks, tells_of_hand_over
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.directory.queries import kept_provider
from clinic.letters.rules.sending import GONE
from clinic.staff.models import StaffMember
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.queries import last_finished
from clinic.tasks.rules import SNOOZED

OF_ACTION = {
    "ask_missing": "missing_information",
    "await_missing": "missing_information",
    "contact": "contact_client",
    "contact_again": "contact_client",
    "call_missed": "contact_client",
    "review_hold": "review_hold",
    "await_renewal": "renewal_due",
}
"""The kind of task of a next action; any other is a plain next step."""
WITHOUT = ("acknowledge", "first_visit", "next_visit", "report", "final_report", "renew")
"""Next actions that are no task of their own: a visit's, or a report's, which has one."""
OF_REPORTS = ("report", "final_report", "renew")
CONSENT = "consent"
"""What the task to ask for the consent is called among those of its referral."""
CONSENT_NEEDED, CONSENT_ENDS = "consent_needed", "consent_expiring"
LAST_LETTERS = ("decline", "unreachable", "closing")
"""Letters by which a sender is told that a referral has ended."""
_UNSENT = ("draft", "approved")
_WENT_ON = say("The referral went on.")
_ASK_ARRIVAL = say("Ask whether the report arrived, and mark its letter.")
_TELL_ACCEPTED = say("Send the letter that tells the sender that it is accepted.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task that is to be there; without a role it is the owner's."""

    kind: str
    due_on: date
    role: str | None = None
    note: Words | None = None


def keep_tasks(case: ReferralCase, facts: Facts, today: date, *, actor: Actor) -> None:
    """Open what is wanted, move what is planned anew, close what is wanted no more."""
    begins = f"case:{case.public_id}:"
    wanted = {begins + name: one for name, one in _wanted(case, facts, today).items()}
    there: dict[str, Task] = {}
    for task in tasks_about(case):
        if task.dedupe in wanted:
            there[task.dedupe] = task
        elif (task.dedupe or "").startswith(begins) or _is_past(case, task, actor):
            _done(task, actor)
    for dedupe, one in wanted.items():
        if dedupe not in there:
            if not _is_answered(case, dedupe, one, today):
                _open(case, dedupe, one, actor)
        elif there[dedupe].asked_for != one.due_on:
            tasks.set_due(there[dedupe], actor=actor, due_on=one.due_on)


def _is_answered(case: ReferralCase, dedupe: str, one: Wanted, today: date) -> bool:
    """Whether the client was asked, as somebody said who finished the task by hand: whoever wants
    to think is not asked again each night. A later agreement that ran out is asked for anew."""
    if one.kind != CONSENT_NEEDED:
        return False
    at, ended_on = last_finished(about(case), dedupe), sharing_of(case, today).ended_on
    return at is not None and (ended_on is None or day_of(at) > ended_on)


def _is_past(case: ReferralCase, task: Task, actor: Actor) -> bool:
    """A consent need not be renewed for a referral that is over; and who acts on one that was
    handed to them knows of it."""
    if tells_of_hand_over(task):
        return case.status in ENDS or actor.id == case.owner_id
    return task.kind == CONSENT_ENDS and case.status not in NEEDING


def hand_over(case: ReferralCase, *, actor: Actor, before: int | None, to: StaffMember) -> None:
    """What the one who looked after it had to do, the next one has, and is told of it."""
    hand_on_tasks(about(case), case.referral.client, actor=actor, before=before, to=to)


def _open(case: ReferralCase, dedupe: str, one: Wanted, actor: Actor) -> None:
    tasks.open_task(
        actor=actor,
        kind=one.kind,
        due_on=one.due_on,
        about=about(case),
        client=case.referral.client,
        assignee=None if one.role else case.owner,
        role=one.role,
        note=spoken(one.note) if one.note is not None else "",
        dedupe=dedupe,
    )


def _done(task: Task, actor: Actor) -> None:
    if task.kind == CONSENT_NEEDED:
        actor = SYSTEM  # what somebody finishes by hand is not opened again: this may be
    if task.status == SNOOZED:
        tasks.wake(task, actor=actor)
    tasks.finish(task, actor=actor, outcome=spoken(_WENT_ON))


def _wanted(case: ReferralCase, facts: Facts, today: date) -> dict[str, Wanted]:
    if case.status in ENDS:
        return _last_letters(case)
    found: dict[str, Wanted] = {}
    reports = owed(case, reports_of(case))
    of_report = bool(reports) or case.next_action not in OF_REPORTS
    if not (case.next_action in WITHOUT and of_report) and case.due_on is not None:
        kind = OF_ACTION.get(case.next_action, "referral_next_action")
        found[f"next:{kind}"] = Wanted(kind, case.due_on)
    if _is_to_acknowledge(case):
        due_on = after(facts.received_on, TO_ACKNOWLEDGE)
        found["acknowledge"] = Wanted("acknowledge_referral", due_on)
    if case.status in UNDER_WAY and case.precautions_at is None:
        found["precautions"] = Wanted("confirm_precautions", _before_first(facts), "therapist")
    for report in reports:
        kind = "renewal_due" if report.kind == "renewal" else "report_due"
        found[f"report:{report.public_id}"] = Wanted(kind, report.due_on, "therapist")
    found |= _second_letter(case, facts) | _arrivals(case, today)
    return found | _call_for_renewal(case, facts, today) | _ask_to_share(case, facts, today)


def _is_to_acknowledge(case: ReferralCase) -> bool:
    """Once it was decided, only while there is a letter for it: who is gone gets none."""
    is_next = case.next_action == "acknowledge"
    return case.acknowledged_at is None and (is_next or bool(letters_of(case, "acknowledgement")))


def _second_letter(case: ReferralCase, facts: Facts) -> dict[str, Wanted]:
    """What was acknowledged before it was accepted: the letter that says so has still to leave."""
    if facts.accepted_on is None or case.status not in UNDER_WAY:
        return {}
    letters = letters_of(case, "acknowledgement")
    is_second = case.acknowledged_at is not None or len(letters) > 1
    if not is_second or not any(letter.status in _UNSENT for letter in letters[:1]):
        return {}
    due_on = after(facts.accepted_on, TO_TELL)
    return {"letter:accepted": Wanted("referral_next_action", due_on, note=_TELL_ACCEPTED)}


def _arrivals(case: ReferralCase, today: date) -> dict[str, Wanted]:
    """A report left, and nobody knows yet whether it arrived: somebody asks. The final one is a
    next action of its own, and of one that asks for more visits the answer is waited for."""
    if case.status not in UNDER_WAY:
        return {}
    found = {}
    for report in reports_of(case):
        if report.status != "sent" or report.kind == "renewal" or report.sent_on is None:
            continue
        due_on = after(report.sent_on, TO_CONFIRM)
        if due_on <= today and any(
            one.id == report.letter_id and one.delivered_at is None for one in letters_about(case)
        ):
            asked = Wanted("call_provider", due_on, note=_ASK_ARRIVAL)
            found[f"arrival:{report.public_id}"] = asked
    return found


def _before_first(facts: Facts) -> date:
    """Precautions are read before the first visit, and soon after the order was accepted."""
    soon = after(facts.accepted_on or facts.since, TO_CONTACT)
    if facts.first_visit_on is None and facts.next_visit_on is not None:
        return min(soon, facts.next_visit_on)
    return soon


def _call_for_renewal(case: ReferralCase, facts: Facts, today: date) -> dict[str, Wanted]:
    """Ten working days without an answer: somebody calls."""
    if case.status != "renewal_requested" or facts.asked_on is None:
        return {}
    due_on = after(facts.asked_on, RENEWAL_REMINDERS[1])
    return {"call": Wanted("call_provider", due_on)} if due_on <= today else {}


def _ask_to_share(case: ReferralCase, facts: Facts, today: date) -> dict[str, Wanted]:
    """Reports are owed, or soon will be, and the client has not said whether they may leave."""
    if case.status not in ASKING or kept_provider(case.referral.provider).status in GONE:
        return {}
    due_on = ask_by(case.status, facts, sharing_of(case, today))
    if due_on is None:
        return {}
    whom = case.referral.provider.known_as  # another sender is another question
    return {f"{CONSENT}:{whom}": Wanted(CONSENT_NEEDED, due_on, "receptionist")}


def _last_letters(case: ReferralCase) -> dict[str, Wanted]:
    """The letter that says how it ended has still to leave."""
    assert case.ended_at is not None  # noqa: S101 - it has ended: the table says so
    ended_on = day_of(case.ended_at)
    found = {}
    for kind in LAST_LETTERS:
        if any(letter.status in _UNSENT for letter in letters_of(case, kind)[:1]):
            days = 0 if kind == "decline" else TO_TELL
            found[f"letter:{kind}"] = Wanted("referral_next_action", after(ended_on, days))
    return found
