"""From when until when an authorisation lasts: by a date, from its issue, or from a first visit.

A span of days is counted with its first day in it: of 90 days from 1 January the last is
31 March, 89 days later. Payers' manuals say "90 days from the first visit" and not whether that
day counts itself; courts and many statutes leave the first day out (for example rule 6(a) of
the US federal rules of civil procedure), which ends a day later. We take the earlier of the
two, so that no visit lies on a day that a payer may not pay for.

How long an authorisation lasts that begins with the first visit cannot be computed before that
visit is known. Then there is no last day; that is said, and it is never zero or a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

BASES = ("fixed_date", "issue_date", "first_visit", "open")
COUNTED = ("issue_date", "first_visit")
"""Bases from which so many days count."""
DAYS_MAX = 730


class Lasting(Protocol):
    """What says how long an authorisation lasts."""

    @property
    def basis(self) -> str: ...
    @property
    def days(self) -> int | None: ...
    @property
    def issued_on(self) -> date | None: ...
    @property
    def first_visit_on(self) -> date | None: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last day of an authorisation; no last day where it has no end, or
    (``is_computable`` is false) where that depends on a first visit nobody has booked yet."""

    first: date
    last: date | None
    is_computable: bool = True

    def holds(self, on: date) -> bool:
        """Whether a day lies inside, both ends included."""
        return self.first <= on and (self.last is None or on <= self.last)

    def outside(self, days: Sequence[date]) -> list[date]:
        """Those of the days that lie outside."""
        return [day for day in days if not self.holds(day)]


def last_day_of(first: date, days: int) -> date:
    """The last of so many days, the first counted: see above."""
    return first + timedelta(days=days - 1)


def window_of(lasting: Lasting) -> Window:
    """How long an authorisation lasts, as far as that can be told."""
    if lasting.basis == "first_visit":
        return window_from(lasting, lasting.first_visit_on)
    if lasting.valid_until is not None:  # as it was worked out when it was written down
        return Window(lasting.valid_from, lasting.valid_until)
    last = until_of(lasting.basis, lasting.days, lasting.issued_on, None, None)
    return Window(lasting.valid_from, last)


def window_from(lasting: Lasting, first_visit_on: date | None) -> Window:
    """The same, were its first visit on this day; other bases do not depend on it."""
    if lasting.basis != "first_visit":
        return window_of(lasting)
    last = until_of(lasting.basis, lasting.days, None, first_visit_on, None)
    return Window(lasting.valid_from, last, is_computable=last is not None)


def until_of(
    basis: str,
    days: int | None,
    issued_on: date | None,
    first_visit_on: date | None,
    fixed: date | None,
) -> date | None:
    """The last day by a basis; None where there is none, or none that can be computed yet."""
    if basis == "fixed_date":
        return fixed
    since = {"issue_date": issued_on, "first_visit": first_visit_on}.get(basis)
    return last_day_of(since, days) if since is not None and days is not None else None
