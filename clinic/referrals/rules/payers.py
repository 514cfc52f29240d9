"""What payers ask for: a report at so many visits or days, a renewal so long before the end.

Nothing here knows a referral or a letter: days in, the day on which something is due out. A
span of days counts with its first day in it, as an authorisation's does (``windows.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from clinic.referrals.rules.windows import last_day_of

REPORT_VISITS = (1, 200)
REPORT_DAYS = (1, 730)
RENEW_DAYS = (0, 180)
RENEW_VISITS = (0, 50)


class Reporting(Protocol):
    """What of a payer's rule says when a report and a renewal are due."""

    @property
    def report_visits(self) -> int | None: ...
    @property
    def report_days(self) -> int | None: ...
    @property
    def renew_days(self) -> int: ...
    @property
    def renew_visits(self) -> int: ...


class Due(NamedTuple):
    """By when something is due, and why: visits, days, window or few_left."""

    due_on: date
    why: str


@dataclass(frozen=True, slots=True)
class Preset:
    """A payer's rule as it ships; ``source`` says where anybody may read it."""

    code: str
    name: str
    payer: str
    source: str
    report_visits: int | None = None
    report_days: int | None = None
    renew_days: int = 14
    renew_visits: int = 2
    visits: int | None = None
    basis: str = "fixed_date"
    days: int | None = None


PRESETS = (
    Preset(
        "none", "No reports asked for", "", "", renew_days=14, renew_visits=2,
    ),
    Preset(
        "wa_lni", "Report after 6 visits or 30 days", "Washington L&I",
        "Washington Administrative Code 296-23-250: after six visits or one month, whichever"
        " comes first, a report of progress before more are paid for",
        report_visits=6, report_days=30, visits=6,
    ),
    Preset(
        "va_initial", "VA massage, first episode", "US Veterans Affairs",
        "Standardized Episode of Care for massage: 12 visits in 90 days from the first one;"
        " a request for more at the tenth visit or two weeks before the end",
        report_visits=10, visits=12, basis="first_visit", days=90,
    ),
    Preset(
        "va_continuation", "VA massage, continuation", "US Veterans Affairs",
        "Standardized Episode of Care for massage, continuation: 12 visits in 180 days from the"
        " first one; a request for more at the tenth visit or two weeks before the end",
        report_visits=10, visits=12, basis="first_visit", days=180,
    ),
    Preset(
        "motor_vehicle", "Motor vehicle claim, 6 weeks", "Motor vehicle insurer",
        "Usual prescriptions after a collision, as clinics in Washington publish them: once or"
        " twice a week for six weeks, and a report when the round ends",
        report_visits=12, report_days=42, renew_days=7, visits=12, basis="first_visit", days=42,
    ),
)  # fmt: skip
"""Rules that ship with the application. The clinic switches, changes and adds to them."""
SOURCES = {one.code: one.source for one in PRESETS}


def next_report(
    rule: Reporting | None,
    used_on: Sequence[date],
    started_on: date | None,
    until: date | None,
    visits: int | None,
) -> Due | None:
    """By when the next report is due, as far as that can be told: whichever comes first.

    ``used_on`` are the days of the visits used since ``started_on``, which is the first visit's
    day or that of the last report (whose own visits are left out). ``until`` is the last day
    of the authorisation, None where it has none or it cannot be computed, and ``visits`` what
    may still be used up to its end, where a report is due with the last of them. Nothing was
    done: nothing is to be reported.
    """
    if rule is None or not asks_for_reports(rule) or not used_on:
        return None
    used = sorted(used_on)
    dues = []
    if rule.report_visits is not None and len(used) >= rule.report_visits:
        dues.append(Due(used[rule.report_visits - 1], "visits"))
    if rule.report_days is not None and started_on is not None:
        dues.append(Due(last_day_of(started_on, rule.report_days), "days"))
    if until is not None:
        dues.append(Due(until, "window"))
    if visits is not None and len(used) >= visits > 0:
        dues.append(Due(used[visits - 1], "few_left"))
    return min(dues, default=None, key=lambda due: due.due_on)


def report_due(
    rule: Reporting | None,
    used_on: Sequence[date],
    started_on: date | None,
    until: date | None,
    visits: int | None,
    today: date,
) -> Due | None:
    """The report that is due by today; None while none is. See ``next_report``."""
    return _by(next_report(rule, used_on, started_on, until, visits), today)


def asks_for_reports(rule: Reporting) -> bool:
    """Whether a rule asks for any report at all."""
    return rule.report_visits is not None or rule.report_days is not None


def next_renewal(
    rule: Reporting | None, taken_on: Sequence[date], until: date | None, visits: int
) -> Due | None:
    """By when more visits are to be asked for: so many days before the end, or with so many
    visits left, whichever comes first.

    ``taken_on`` are the days of visits used and booked: the visit with which few are left is
    known as soon as it is booked. Without a rule it is 14 days or 2 visits before the end. A
    window that cannot be computed has no end to be early for; nothing used or booked needs
    no renewal yet, unless the window itself ends.
    """
    days, few = (rule.renew_days, rule.renew_visits) if rule else (14, 2)
    dues = []
    if until is not None:
        dues.append(Due(until - timedelta(days=days), "window"))
    taken, enough = sorted(taken_on), max(visits - few, 1)
    if len(taken) >= enough:
        dues.append(Due(taken[enough - 1], "few_left"))
    return min(dues, default=None, key=lambda due: due.due_on)


def renewal_due(
    rule: Reporting | None, taken_on: Sequence[date], until: date | None, visits: int, today: date
) -> Due | None:
    """The renewal that is due by today; None while none is. See ``next_renewal``."""
    return _by(next_renewal(rule, taken_on, until, visits), today)


def _by(due: Due | None, today: date) -> Due | None:
    return due if due is not None and due.due_on <= today else None
