"""Verbs for what an order allows: so many visits, for so long; and when the first of them is."""

from collections.abc import Callable, Collection
from datetime import date

from clinic.core import clock
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.referrals.events import Authorised
from clinic.referrals.models import Authorisation, Referral, ReferralDocument, ReportRule
from clinic.referrals.rules import (
    BASES,
    COUNTED,
    DAYS_MAX,
    VISITS_MAX,
    Counts,
    until_of,
)

ALLOWED = (
    "visits", "basis", "days", "issued_on", "valid_from", "valid_until", "reference", "payer",
    "reports_by", "counts_missed", "counts_late_cancelled", "counts_cancelled", "is_closed",
    "received_on", "frequency", "paper",
)  # fmt: skip
"""What a stale edit shows of the version that stands."""

CountVisits = Callable[[Collection[int]], dict[int, Counts]]
"""Counts the visits of authorisations, as the schedule knows them."""


@verb(Permission.REFERRALS_WRITE)
def authorise(
    referral: Referral,
    *,
    actor: Actor,
    visits: int,
    valid_from: date,
    valid_until: date | None = None,
    basis: str = "fixed_date",
    days: int | None = None,
    issued_on: date | None = None,
    report_rule: ReportRule | None = None,
    reference: str = "",
    payer: str = "",
    counts_missed: bool = False,
    counts_late_cancelled: bool = False,
    counts_cancelled: bool = False,
    received_on: date | None = None,
    frequency: str = "",
    document: ReferralDocument | None = None,
) -> Authorisation:
    """Allow so many visits, from one day until another, both included.

    ``basis`` says what the last day follows from: ``valid_until`` itself, or ``days`` from the
    day of issue or of the first visit. More visits or more time later is another
    authorisation: each says who allowed it, on which day that came (``received_on``, today where
    nobody says), and on which of the order's papers it stands (``document``).
    """
    if referral.ended_on is not None:
        raise Conflict(say("This referral has ended. Reopen it first."))
    _check_came(referral, received_on, document)
    authorisation = Authorisation(
        referral=referral,
        report_rule=report_rule,
        visits=visits,
        reference=reference,
        payer=payer,
        counts_missed=counts_missed,
        counts_late_cancelled=counts_late_cancelled,
        counts_cancelled=counts_cancelled,
        received_on=received_on or _today(),
        frequency=frequency.strip(),
        document=document,
    )
    _last(authorisation, visits, valid_from, valid_until, basis, days, issued_on)
    db.session.add(authorisation)
    db.session.flush()
    announce(Authorised(referral.id, authorisation.id))
    return authorisation


@verb(Permission.REFERRALS_WRITE)
def amend_authorisation(
    authorisation: Authorisation,
    *,
    actor: Actor,
    count: CountVisits,
    visits: int,
    valid_from: date,
    valid_until: date | None,
    reference: str,
    payer: str,
    counts_missed: bool,
    counts_late_cancelled: bool,
    counts_cancelled: bool = False,
    basis: str = "fixed_date",
    days: int | None = None,
    issued_on: date | None = None,
    report_rule: ReportRule | None = None,
    is_closed: bool | None = None,
    received_on: date | None = None,
    frequency: str = "",
    document: ReferralDocument | None = None,
    version: int | None = None,
) -> None:
    """Correct an authorisation, never so that visits used or booked fall outside it.

    ``count`` is asked after the change, under the authorisation's lock: what it
    counts depends on the change itself. One that ``is_closed`` takes no further visit.
    """
    lock(Lock.AUTHORISATION, authorisation.id)
    authorisation.expect(version, *ALLOWED)
    _check_came(authorisation.referral, received_on, document, authorisation.document)
    authorisation.received_on, authorisation.frequency = received_on, frequency.strip()
    authorisation.document = document
    _last(authorisation, visits, valid_from, valid_until, basis, days, issued_on)
    authorisation.visits, authorisation.report_rule = visits, report_rule
    authorisation.reference, authorisation.payer = reference, payer
    authorisation.counts_missed = counts_missed
    authorisation.counts_late_cancelled = counts_late_cancelled
    authorisation.counts_cancelled = counts_cancelled
    if is_closed is not None:
        authorisation.is_closed = is_closed
    db.session.flush()
    counts = count([authorisation.id])[authorisation.id]
    _begin(authorisation, counts.first_on)
    _check_holds(authorisation, counts)
    db.session.flush()
    announce(Authorised(authorisation.referral_id, authorisation.id, is_new=False))


@verb(None)
def mark_first_visit(
    authorisation: Authorisation, on: date | None, *, actor: Actor = SYSTEM
) -> None:
    """The first visit that counts is on this day, or there is none any more.

    Where days count from it, the last day follows. For the schedule, which holds the
    authorisation's lock, as part of the verb that changed the visit.
    """
    _begin(authorisation, on)


def _begin(authorisation: Authorisation, on: date | None) -> None:
    if authorisation.basis != "first_visit":
        authorisation.first_visit_on = None
        return
    if on != authorisation.first_visit_on:
        authorisation.first_visit_on = on
        authorisation.valid_until = until_of("first_visit", authorisation.days, None, on, None)


def _check_came(
    referral: Referral,
    received_on: date | None,
    document: ReferralDocument | None,
    before: ReferralDocument | None = None,
) -> None:
    """A paper that was removed since stays (``before``), until another is chosen."""
    if received_on is not None and received_on > _today():
        raise DomainError(say("This day has not come yet."), field="received_on")
    is_new = document is not None and document is not before
    if is_new and document and (document.referral_id != referral.id or document.removed_why):
        raise DomainError(say("Choose one of this order\u2019s papers."), field="paper")


def _today() -> date:
    return clock.today(the_practice().zone)


def _last(
    authorisation: Authorisation,
    visits: int,
    valid_from: date,
    valid_until: date | None,
    basis: str,
    days: int | None,
    issued_on: date | None,
) -> None:
    """Set how long it lasts, by what its basis needs; the rest of what was typed is left out."""
    days = days if basis in COUNTED else None
    issued_on = issued_on or (valid_from if basis == "issue_date" else None)
    if basis in {"fixed_date", "open"}:  # a day that was typed is never left out
        basis = "open" if valid_until is None else "fixed_date"
    first = authorisation.first_visit_on if basis == "first_visit" else None
    until = until_of(basis, days, issued_on, first, valid_until)
    _check_allowed(visits, valid_from, until, basis, days)
    authorisation.basis, authorisation.days, authorisation.issued_on = basis, days, issued_on
    authorisation.valid_from, authorisation.valid_until = valid_from, until


def _check_allowed(
    visits: int, valid_from: date, until: date | None, basis: str, days: int | None
) -> None:
    if not 1 <= visits <= VISITS_MAX:
        raise DomainError(say("Allow 1 to {most} visits.", most=VISITS_MAX), field="visits")
    if basis not in BASES:
        raise DomainError(say("Choose how long it lasts."), field="basis")
    if basis in COUNTED and (days is None or not 1 <= days <= DAYS_MAX):
        raise DomainError(say("Enter 1 to {most} days.", most=DAYS_MAX), field="days")
    if until is not None and until < valid_from:
        field = "days" if basis in COUNTED else "valid_until"
        raise DomainError(say("The end lies before the beginning."), field=field)


def _check_holds(authorisation: Authorisation, counts: Counts) -> None:
    if authorisation.visits < counts.taken:
        raise DomainError(
            say(
                "{used} are used and {booked} booked: allow at least {least}.",
                used=counts.used,
                booked=counts.reserved,
                least=counts.taken,
            ),
            field="visits",
        )
    if counts.first_on and counts.first_on < authorisation.valid_from:
        raise DomainError(
            say("There is a visit on {day} already.", day=counts.first_on), field="valid_from"
        )
    until = authorisation.valid_until
    if until and counts.last_on and counts.last_on > until:
        raise DomainError(
            say("There is a visit on {day} still.", day=counts.last_on), field="valid_until"
        )
