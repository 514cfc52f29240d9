"""What time alone brings about, looked at once a night: safe to repeat, safe to miss.

Every day that is set follows from when something happened, never from when the sweep ran: so
a run that makes up for missed nights leaves what each of them would have left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import live_after, without_case
from clinic.coordination.queries.closing import what_keeps_open
from clinic.coordination.queries.courses import course_of, is_renewed
from clinic.coordination.queries.people import an_owner
from clinic.coordination.rules.inbound import EXPIRING
from clinic.coordination.services.inbound.ending import close
from clinic.coordination.services.inbound.receiving import give_to, open_case
from clinic.coordination.services.inbound.stepping import go, write_down
from clinic.coordination.services.inbound.treating import follow, renewed
from clinic.coordination.services.reporting import settle_reports
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.referrals.models import Referral


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: orders taken over, time that ended, renewals seen, referrals closed,
    those given to somebody else. ``last`` is the last that was looked at, of ``looked``."""

    adopted: int = 0
    expired: int = 0
    renewed: int = 0
    closed: int = 0
    handed: int = 0
    looked: int = 0
    last: int = 0

    def __add__(self, more: "Swept") -> "Swept":
        """Both together, up to where the second came."""
        return Swept(
            self.adopted + more.adopted,
            self.expired + more.expired,
            self.renewed + more.renewed,
            self.closed + more.closed,
            self.handed + more.handed,
            self.looked + more.looked,
            more.last,
        )

    def __str__(self) -> str:
        return (
            f"referrals: {self.looked} looked at, {self.adopted} taken over,"
            f" {self.expired} expired, {self.renewed} renewed, {self.closed} closed,"
            f" {self.handed} given to somebody else"
        )


@verb(Permission.REFERRALS_WRITE)
def sweep(*, actor: Actor, today: date, after: int = 0, at_most: int | None = None) -> Swept:
    """Look at every live referral (beyond the id ``after``, ``at_most`` so many).

    Orders without a case get one; time that ended expires them; reports, renewals and tasks
    that are due are opened; what is complete closes. Nothing that has expired closes by itself.
    """
    if not after:
        settle_reports(actor=actor, today=today)
    done = Swept(adopted=_adopt(actor, today, at_most), last=after)
    for case in live_after(after, at_most):
        done = _look(case, done, actor, today)
        db.session.flush()
    return done


def _look(case: ReferralCase, done: Swept, actor: Actor, today: date) -> Swept:
    counts = dict.fromkeys(_did(case, actor, today), 1)
    return replace(
        done, looked=done.looked + 1, last=case.id,
        **{name: getattr(done, name) + count for name, count in counts.items()},
    )  # fmt: skip


def _did(case: ReferralCase, actor: Actor, today: date) -> Iterator[str]:
    """What was done with one, after everything that is due by today was owed."""
    if case.owner is not None and not case.owner.is_active and (other := an_owner()):
        give_to(case, other, actor=actor)
        write_down(case, "handed", actor=actor)
        yield "handed"
    if case.status in {"renewal_requested", "expired"} and is_renewed(case):
        renewed(case, actor=actor)
        yield "renewed"
    follow(case, actor=actor, today=today)
    if case.status in EXPIRING and course_of(case).has_ended(today):
        go(case, "expired", "window_ended", actor=actor, code="window")
        follow(case, actor=actor, today=today)
        yield "expired"
    if case.status == "completed" and not what_keeps_open(case, today):
        close(case, actor=actor)
        yield "closed"


def _adopt(actor: Actor, today: date, at_most: int | None) -> int:
    """Give orders from before there were cases one, and walk to where they stand."""
    found = list(db.session.scalars(without_case().limit(at_most)).unique())
    for referral in found:
        _adopt_one(referral, actor, today)
    return len(found)


def _adopt_one(referral: Referral, actor: Actor, today: date) -> None:
    """What had ended stays ended; what has visits allowed was accepted."""
    case = open_case(referral, "adopted", actor=actor)
    case.acknowledged_at = case.received_at
    if referral.ended_on is not None:
        go(case, "cancel_requested", "adopted", actor=actor, code="before")
        go(case, "cancelled", "adopted", actor=actor, code="before")
    elif course_of(case).allowed:
        go(case, "accepted", "adopted", actor=actor)
        case.accepted_at = now()
    follow(case, actor=actor, today=today, is_adopted=True)
