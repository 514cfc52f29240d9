"""What decides a referral's next step, gathered from where it stands."""

from collections.abc import Sequence
from datetime import date, datetime

from clinic.coordination.models import ContactAttempt, ProgressReport, ReferralCase
from clinic.coordination.queries.cases import (
    attempts_of,
    last_entry,
    letters_about,
    reports_of,
)
from clinic.coordination.queries.sharing import sharing_of
from clinic.coordination.rules.inbound import MISSES_ENOUGH
from clinic.coordination.rules.next_steps import Facts
from clinic.coordination.rules.reports import LIVE as LIVE_REPORTS
from clinic.coordination.rules.visits import Course
from clinic.core import clock
from clinic.directory.queries import kept_provider
from clinic.letters.models import Letter
from clinic.letters.rules.sending import GONE
from clinic.practice.queries import the_practice

ANSWERED = ("reached", "booked", "refused")
"""Results of an attempt that did reach the client."""
TREATING = ("in_treatment", "renewal_requested")
"""States in which the sender hears of a second visit missed."""
LEFT = ("sent", "delivered")
"""States of a letter that has gone out."""


def day_of(instant: datetime) -> date:
    """The clinic's day of an instant."""
    return clock.local_day(instant, the_practice().zone)


def this_day() -> date:
    """Today, at the clinic."""
    return clock.today(the_practice().zone)


def facts_of(case: ReferralCase, course: Course) -> Facts:
    """Everything that ``what_next`` asks."""
    reports = reports_of(case)
    live = owed(case, reports)
    final = next((one for one in reversed(reports) if one.kind == "discharge"), None)
    had, ahead, missed = course.had, course.ahead, course.missed
    begun, attempts = since(case), _attempts(case, missed)
    answered = [one for one in attempts if one.result in ANSWERED and one.on_date >= begun]
    is_no = bool(answered) and answered[-1] is attempts[-1] and attempts[-1].result == "refused"
    return Facts(
        since=begun,
        received_on=day_of(case.received_at),
        acknowledged_on=_day(case.acknowledged_at),
        accepted_on=_day(case.accepted_at),
        asked_on=_asked_on(case, reports),
        tried_on=tried_on(attempts),
        reached_on=answered[-1].on_date if answered else None,
        refused_on=attempts[-1].on_date if is_no else None,
        next_visit_on=ahead[0] if ahead else None,
        last_visit_on=had[-1] if had else None,
        first_visit_on=had[0] if had else None,
        missed_on=missed[-1] if missed else None,
        misses=len(missed),
        second_miss_on=second_miss_of(case, course),
        report_on=min((one.due_on for one in live if one.kind != "renewal"), default=None),
        renew_on=min((one.due_on for one in live if one.kind == "renewal"), default=None),
        review_on=case.review_on,
        window_end=course.window_end,
        final_sent_on=final.sent_on if final is not None else None,
        delivered_on=delivered_on(final),
        is_settled=is_settled(case, final),
    )


def second_miss_of(case: ReferralCase, course: Course) -> date | None:
    """The day of the second visit missed in a row during treatment, while the sender is still to
    hear of it; None once they were told, and where the client does not want them told."""
    missed = untold_misses(case, course) if case.status in TREATING else []
    return missed[MISSES_ENOUGH - 1] if missed else None


def untold_misses(case: ReferralCase, course: Course) -> list[date]:
    """The days of two visits or more missed in a row, of which the sender is still to hear; none
    where the client does not want them told."""
    missed = course.missed_since(told_of_misses(case))
    if len(missed) < MISSES_ENOUGH or sharing_of(case, this_day()).is_refused:
        return []
    return missed


def told_of_misses(case: ReferralCase) -> date | None:
    """The day on which the last letter about misses was drawn up that left, or that somebody
    called off and did not write anew. Misses up to that day are told, or are not to be."""
    letters = [one for one in letters_about(case) if one.kind == "unreachable"]
    told = [
        one
        for place, one in enumerate(letters)
        if one.status in LEFT or (place == 0 and one.status == "cancelled")
    ]
    return max((day_of(one.created_at) for one in told), default=None)


def owed(case: ReferralCase, reports: Sequence[ProgressReport]) -> list[ProgressReport]:
    """Reports that have still to leave; none where the client refused."""
    shares = case.outcome != "not_shared"
    live = [one for one in reports if shares and one.status in LIVE_REPORTS]
    return [one for one in live if not is_dropped(case, one)]


def is_dropped(case: ReferralCase, report: ProgressReport) -> bool:
    """Its letter was cancelled and no other is to be written: the final report covers it, unless
    it tells of something grave, or there is nobody any longer who would read it."""
    letter = report.letter
    if report.status != "drafted" or letter is None or letter.status != "cancelled":
        return False
    is_own = report.kind == "discharge" or report.due_why == "event"
    is_covered = case.status == "completed" and not is_own
    return is_covered or kept_provider(case.referral.provider).status in GONE


def since(case: ReferralCase) -> date:
    """The day on which it came to its state."""
    step = last_entry(case)
    return day_of(step.at if step is not None else case.received_at)


def _attempts(case: ReferralCase, missed: Sequence[date]) -> Sequence[ContactAttempt]:
    """Attempts that count where the client is being contacted."""
    if case.status == "contacting":
        return attempts_of(case)
    if case.status == "missed_first":
        return since_missed(attempts_of(case), missed)
    return ()


def since_missed(
    attempts: Sequence[ContactAttempt], missed: Sequence[date]
) -> list[ContactAttempt]:
    """Attempts on the day of the last missed visit, and after it."""
    return [one for one in attempts if not missed or one.on_date >= missed[-1]]


def tried_on(attempts: Sequence[ContactAttempt]) -> tuple[date, ...]:
    """The days of attempts since the client was last reached."""
    days: list[date] = []
    for attempt in attempts:
        days = [] if attempt.result in ANSWERED else [*days, attempt.on_date]
    return tuple(days)


def delivered_on(report: ProgressReport | None) -> date | None:
    """The day on which a report reached its receiver, as far as anybody knows."""
    letter = report.letter if report is not None else None
    return _day(letter.delivered_at) if letter is not None else None


def is_settled(case: ReferralCase, final: ProgressReport | None) -> bool:
    """Whether the final report was acknowledged, or none is to be sent."""
    if case.outcome == "not_shared":
        return True
    return final is not None and (
        final.status in {"acknowledged", "waived"}
        or _is_acknowledged(final.letter)
        or is_dropped(case, final)
    )


def _is_acknowledged(letter: Letter | None) -> bool:
    return letter is not None and letter.acknowledged_on is not None


def _asked_on(case: ReferralCase, reports: Sequence[ProgressReport]) -> date | None:
    """When what is missing, or the renewal, was asked for."""
    if case.status == "incomplete":
        sent = [one.sent_at for one in letters_of(case, "missing_information") if one.sent_at]
        return day_of(max(sent)) if sent else None
    if case.status == "renewal_requested":
        asked = [one.sent_on for one in reports if one.kind == "renewal" and one.sent_on]
        begun = since(case)
        return max((on for on in asked if on >= begun), default=None)
    return None


def letters_of(case: ReferralCase, kind: str) -> list[Letter]:
    """Its letters of one kind that still count, the newest first."""
    return [one for one in letters_about(case) if one.kind == kind and one.status != "cancelled"]


def _day(instant: datetime | None) -> date | None:
    return day_of(instant) if instant is not None else None
