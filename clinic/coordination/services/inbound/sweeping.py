"""What time alone brings about, looked at once a night: safe to repeat, safe to miss.

Every day that is set follows from when something happened, never from when the sweep ran: so
a run that makes up for missed nights leaves what each of them would have left. What cannot be
done about one referral keeps no other waiting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import partial

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.ahead import looking_at, read_ahead
from clinic.coordination.queries.cases import about, live_after, without_case
from clinic.coordination.queries.closing import what_keeps_open
from clinic.coordination.queries.courses import course_of, is_renewed
from clinic.coordination.queries.many import known_of_all
from clinic.coordination.queries.nightly import One
from clinic.coordination.queries.people import an_owner
from clinic.coordination.rules.inbound import EXPIRING
from clinic.coordination.services.inbound.ending import close
from clinic.coordination.services.inbound.receiving import give_to, open_case
from clinic.coordination.services.inbound.stepping import go, write_down
from clinic.coordination.services.inbound.treating import follow, renewed
from clinic.coordination.services.reporting import settle_reports
from clinic.core.clock import now
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import apart
from clinic.referrals.models import Referral


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: orders taken over, time that ended, renewals seen, referrals closed,
    those given to somebody else, and those with which nothing could be done. ``last`` is the last
    that was looked at, of ``looked``, and ``last_order`` the last that was to be taken over."""

    adopted: int = 0
    expired: int = 0
    renewed: int = 0
    closed: int = 0
    handed: int = 0
    failed: int = 0
    looked: int = 0
    last: int = 0
    last_order: int = 0

    def __add__(self, more: "Swept") -> "Swept":
        """Both together, up to where the second came."""
        names = [one.name for one in fields(self) if not one.name.startswith("last")]
        both = {name: getattr(self, name) + getattr(more, name) for name in names}
        return replace(more, **both)

    def came_further(self, before: "Swept") -> bool:
        """Whether it came on anything that was not looked at ``before``."""
        return (self.last, self.last_order) != (before.last, before.last_order)

    @property
    def did_something(self) -> bool:
        """Whether anything is another way than before."""
        return any((self.adopted, self.expired, self.renewed, self.closed, self.handed))

    def __str__(self) -> str:
        return (
            f"referrals: {self.looked} looked at, {self.adopted} taken over,"
            f" {self.expired} expired, {self.renewed} renewed, {self.closed} closed,"
            f" {self.handed} given to somebody else"
        )


@verb(Permission.REFERRALS_WRITE)
def sweep(
    *, actor: Actor, today: date, after: int = 0, orders_after: int = 0, at_most: int | None = None
) -> Swept:
    """Look at every live referral (beyond the id ``after``, ``at_most`` so many).

    Orders without a case (beyond ``orders_after``) get one; time that ended expires them;
    reports, renewals and tasks that are due are opened; what is complete closes. Nothing that has
    expired closes by itself. Each in a savepoint of its own: one that fails stays as it was.
    """
    done = Swept(last=after, last_order=orders_after)
    if not after and not orders_after:
        done = replace(done, failed=settle_reports(actor=actor, today=today).failed)
    done = _adopt(done, without_case(orders_after, at_most), actor, today)
    return _look_at(done, live_after(after, at_most), actor, today)


@verb(Permission.REFERRALS_WRITE)
def sweep_one(one: One, *, actor: Actor, today: date) -> Swept:
    """The same done with one report, order or case alone, where it cannot be done with many at
    once: something of one of them cannot be read, or written down. Raises what comes of it."""
    if one.kind == "report":
        return Swept(failed=settle_reports(actor=actor, today=today, only=one.number).failed)
    if one.kind == "order":
        orders = [order for order in without_case(one.number - 1, 1) if order.id == one.number]
        return _adopt(Swept(), orders, actor, today)
    cases = [case for case in live_after(one.number - 1, 1) if case.id == one.number]
    return _look_at(Swept(), cases, actor, today)


def _look_at(done: Swept, cases: Sequence[ReferralCase], actor: Actor, today: date) -> Swept:
    with read_ahead(known_of_all(cases)):
        for case in cases:
            done = _look(case, replace(done, looked=done.looked + 1, last=case.id), actor, today)
    return done


def _look(case: ReferralCase, done: Swept, actor: Actor, today: date) -> Swept:
    with looking_at(case):
        did = apart(f"sweep: {about(case)}", lambda: tuple(_did(case, actor, today)))
    counts = dict.fromkeys(("failed",) if did is None else did, 1)
    return replace(done, **{name: getattr(done, name) + count for name, count in counts.items()})


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


def _adopt(done: Swept, orders: Sequence[Referral], actor: Actor, today: date) -> Swept:
    """Give orders from before there were cases one, and walk to where they stand."""
    for referral in orders:
        done = replace(done, last_order=referral.id)
        what = f"sweep: taking over {referral.public_id}"
        if apart(what, partial(_adopt_one, referral, actor, today)) is None:
            done = replace(done, failed=done.failed + 1)
        else:
            done = replace(done, adopted=done.adopted + 1)
    return done


def _adopt_one(referral: Referral, actor: Actor, today: date) -> ReferralCase:
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
    return case
