"""What is next for a referral, and by when, in each of its states.

Working days: two to acknowledge, two to decide, two to contact the client, the next one to call
after a missed first visit, two to tell the sender of a second miss, five for the first report and
the final one. A renewal is asked for 14 days or two visits before the end; a delivered final report
closes after seven days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.coordination.rules.inbound import ATTEMPTS_ENOUGH, MISSES_ENOUGH
from clinic.coordination.rules.workdays import after

TO_ACKNOWLEDGE, TO_DECIDE, TO_CONTACT = 2, 2, 2
TO_ASK, TO_ASK_AGAIN = 1, 5
TO_CALL, TO_TELL, TO_TRY_AGAIN = 1, 2, 2
TO_REPORT, TO_BOOK, TO_CANCEL, TO_CONFIRM = 5, 2, 2, 5
RENEWAL_REMINDERS = (5, 10)
"""Working days after which an unanswered request for renewal is asked about, then called for."""
CLOSES_AFTER = timedelta(days=7)
Step = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides the next step; ``since`` is the day on which the state began.

    ``tried_on`` are the days of attempts since the client was last reached, ``reached_on`` that day
    and ``refused_on`` the day of the last attempt, where the client said no. ``report_on`` and
    ``renew_on`` are the days by which an outstanding report or request for renewal is due.
    """

    since: date
    received_on: date
    acknowledged_on: date | None = None
    accepted_on: date | None = None
    asked_on: date | None = None
    """When what is missing, or the renewal, was asked for."""
    tried_on: tuple[date, ...] = ()
    reached_on: date | None = None
    refused_on: date | None = None
    next_visit_on: date | None = None
    last_visit_on: date | None = None
    first_visit_on: date | None = None
    missed_on: date | None = None
    misses: int = 0
    second_miss_on: date | None = None
    """During treatment: the second visit missed in a row, of which the sender is still to hear."""
    report_on: date | None = None
    renew_on: date | None = None
    review_on: date | None = None
    window_end: date | None = None
    final_sent_on: date | None = None
    delivered_on: date | None = None
    is_settled: bool = False
    """The final report was acknowledged, or none is to be sent."""


def what_next(status: str, facts: Facts) -> Step:
    """The next action of a live state, and its day. Raises KeyError for one that has ended."""
    return _NEXT[status](facts)


def initial_report_due(first_visit_on: date) -> date:
    """The first report goes to the sender five working days after the first visit."""
    return after(first_visit_on, TO_REPORT)


def final_report_due(completed_on: date) -> date:
    """So does the final one, after the treatment is over."""
    return after(completed_on, TO_REPORT)


def closes_on(delivered_on: date) -> date:
    """From which day a referral closes by itself, though nobody acknowledged its report."""
    return delivered_on + CLOSES_AFTER


def _received(facts: Facts) -> Step:
    if facts.acknowledged_on is None:
        return "acknowledge", after(facts.received_on, TO_ACKNOWLEDGE)
    return "decide", after(facts.acknowledged_on, TO_DECIDE)


def _incomplete(facts: Facts) -> Step:
    if facts.asked_on is None:
        return "ask_missing", after(facts.since, TO_ASK)
    return "await_missing", after(facts.asked_on, TO_ASK_AGAIN)


def _accepted(facts: Facts) -> Step:
    return "contact", after(facts.accepted_on or facts.since, TO_CONTACT)


def _contacting(facts: Facts) -> Step:
    if facts.refused_on is not None:
        return "decide", after(facts.refused_on, TO_DECIDE)
    if not facts.tried_on:
        return "contact_again", after(max(facts.since, facts.reached_on or facts.since), TO_CONTACT)
    if len(set(facts.tried_on)) >= ATTEMPTS_ENOUGH:
        return "give_up", after(max(facts.tried_on), TO_TELL)
    return "contact_again", after(max(facts.tried_on), TO_TRY_AGAIN)


def _scheduled(facts: Facts) -> Step:
    if facts.next_visit_on is None:
        return "contact", after(facts.since, TO_CONTACT)
    return "first_visit", facts.next_visit_on


def _missed_first(facts: Facts) -> Step:
    missed = facts.missed_on or facts.since
    if facts.misses >= MISSES_ENOUGH:
        return "tell_missed", after(missed, TO_TELL)
    if facts.refused_on is not None:
        return "give_up", after(facts.refused_on, TO_TELL)
    if len(set(facts.tried_on)) >= ATTEMPTS_ENOUGH:
        return "give_up", after(max(facts.tried_on), TO_TELL)
    if facts.tried_on:
        return "contact_again", after(max(facts.tried_on), TO_TRY_AGAIN)
    if facts.reached_on is not None:
        return "contact_again", after(facts.reached_on, TO_TRY_AGAIN)
    return "call_missed", after(missed + timedelta(days=1), 0)


def _in_treatment(facts: Facts) -> Step:
    """Of what the sender is to hear: that visits were missed. Else whatever comes first: a report,
    a renewal, the next visit, or the booking of one."""
    if facts.first_visit_on is None:
        return "check_visits", after(facts.since, TO_TELL)
    if facts.second_miss_on is not None:
        return "tell_missed", after(facts.second_miss_on, TO_TELL)
    if facts.next_visit_on is None:
        visiting = "book_next", after(facts.last_visit_on or facts.since, TO_BOOK)
    else:
        visiting = "next_visit", facts.next_visit_on
    return _first(visiting, ("report", facts.report_on), ("renew", facts.renew_on))


def _renewal_requested(facts: Facts) -> Step:
    if facts.second_miss_on is not None:
        return "tell_missed", after(facts.second_miss_on, TO_TELL)
    if facts.asked_on is None:
        asking: Step = "renew", facts.renew_on or after(facts.since, TO_TELL)
    else:
        asking = "await_renewal", after(facts.asked_on, RENEWAL_REMINDERS[0])
    return _first(asking, ("report", facts.report_on))


def _first(one: Step, *others: tuple[str, date | None]) -> Step:
    """The earliest; of several on one day the one that is named first."""
    found = [one, *((action, on) for action, on in others if on is not None)]
    return min(found, key=lambda step: step[1])


def _on_hold(facts: Facts) -> Step:
    return "review_hold", facts.review_on or facts.since


def _cancel_requested(facts: Facts) -> Step:
    return "confirm_cancel", after(facts.since, TO_CANCEL)


def _completed(facts: Facts) -> Step:
    if facts.is_settled:
        return "close", after(facts.since, TO_TELL)
    if facts.delivered_on is not None:
        return "close", closes_on(facts.delivered_on)
    if facts.final_sent_on is not None:
        return "confirm_arrival", after(facts.final_sent_on, TO_CONFIRM)
    return "final_report", final_report_due(facts.since)


def _expired(facts: Facts) -> Step:
    return "renew_expired", after(facts.window_end or facts.since, TO_TELL)


_NEXT = {
    "received": _received,
    "incomplete": _incomplete,
    "accepted": _accepted,
    "contacting": _contacting,
    "scheduled": _scheduled,
    "missed_first": _missed_first,
    "in_treatment": _in_treatment,
    "renewal_requested": _renewal_requested,
    "on_hold": _on_hold,
    "cancel_requested": _cancel_requested,
    "completed": _completed,
    "expired": _expired,
}
