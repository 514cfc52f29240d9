"""A referral comes in: received, found incomplete, accepted, declined, or logged by mistake."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import SUGGESTED
from clinic.coordination.queries.facts import this_day
from clinic.coordination.queries.people import has_licensed
from clinic.coordination.rules.actions import DECLINES, MISTAKES
from clinic.coordination.rules.inbound import must_go
from clinic.coordination.rules.next_steps import TO_ACKNOWLEDGE
from clinic.coordination.rules.workdays import after
from clinic.coordination.services.inbound.stepping import (
    INSTEAD_MAX,
    coded,
    fitting,
    go,
    somebody,
    write_down,
)
from clinic.coordination.services.inbound.tasking import hand_over
from clinic.coordination.services.inbound.treating import follow
from clinic.coordination.services.reporting import (
    draft_letter,
    renew_acknowledgement,
    tell_accepted,
)
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.health.services.clearing import limit_no_more
from clinic.practice.queries import the_practice
from clinic.referrals import services as referrals
from clinic.referrals.models import Referral
from clinic.referrals.rules import LACKING
from clinic.staff.models import StaffMember


@verb(Permission.REFERRALS_WRITE)
def receive(*, actor: Actor, owner: StaffMember | None = None, **order: Any) -> ReferralCase:
    """Log an order as it came, and see that somebody looks after it from the first moment.

    ``order`` is what ``referrals.services.log`` takes; who acts looks after it unless somebody
    else is named. The acknowledgement is drafted. Raises what logging raises.
    """
    referral = referrals.log(actor=actor, **order)
    case = open_case(referral, "received", actor=actor, owner=owner)
    draft_letter(case, "acknowledgement", actor=actor)
    follow(case, actor=actor)
    return case


def open_case(
    referral: Referral, kind: str, *, actor: Actor, owner: StaffMember | None = None
) -> ReferralCase:
    """The case of an order, which begins as received."""
    case = ReferralCase(
        referral=referral, urgency=referral.urgency, owner=somebody(actor, owner),
        received_at=_came_at(referral),
        status="received", next_action="acknowledge",
        due_on=after(referral.received_on, TO_ACKNOWLEDGE),
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    write_down(case, kind, actor=actor, before="new")
    return case


def _came_at(referral: Referral) -> datetime:
    """Now; noon of its day for an order that came on a day before."""
    if referral.received_on >= this_day():
        return clock.now()
    return clock.instant(referral.received_on, time(12), the_practice().zone, 0)


@verb(Permission.REFERRALS_WRITE)
def found_incomplete(
    case: ReferralCase, *, actor: Actor, missing: Collection[str], version: int | None = None
) -> None:
    """Something is missing (codes of ``referrals.rules.LACKING``): the sender is asked for it."""
    case.expect(version, "status")
    lacking = [code for code in LACKING if code in missing]
    if not lacking or len(lacking) != len(set(missing)):
        raise DomainError(say("Say what is missing."), field="missing")
    go(case, "incomplete", "found_incomplete", actor=actor)
    case.missing = " ".join(lacking)
    draft_letter(case, "missing_information", actor=actor)
    renew_acknowledgement(case, actor=actor)
    follow(case, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def accept(
    case: ReferralCase,
    *,
    actor: Actor,
    owner: StaffMember | None = None,
    is_in_scope: bool = True,
    version: int | None = None,
) -> None:
    """The clinic will treat: an owner or a therapist says so, having seen that it may. The sender
    is told, in a letter of its own where the acknowledgement cannot say so any more.

    Raises NotAllowed for others, Conflict where nobody here holds the licence today, and
    DomainError where it was not looked at whether what is asked may be done here.
    """
    case.expect(version, "status")
    if not (actor.is_system or {Role.OWNER, Role.THERAPIST} & actor.roles):
        raise NotAllowed(say("An owner or a therapist accepts a referral."))
    if not is_in_scope:
        raise DomainError(
            say("See first whether what is asked is within what you may treat."),
            field="is_in_scope",
        )
    if not has_licensed(this_day()):
        raise Conflict(say("Nobody who treats here has a valid licence today."))
    go(case, "accepted", "accepted", actor=actor)
    case.accepted_at, case.missing = clock.now(), ""
    tell_accepted(case, actor=actor)
    if owner is not None:
        give_to(case, owner, actor=actor)
    follow(case, actor=actor)


def give_to(case: ReferralCase, owner: StaffMember, *, actor: Actor) -> None:
    """Another person looks after it from now on, and has what was to do about it."""
    before, to = case.owner_id, somebody(actor, owner)
    case.owner = to
    db.session.flush()
    if before != to.id:
        hand_over(case, actor=actor, before=before, to=to)


@verb(Permission.REFERRALS_WRITE)
def decline(
    case: ReferralCase,
    *,
    actor: Actor,
    code: str,
    why: str = "",
    alternative: str = "",
    version: int | None = None,
) -> None:
    """The clinic will not treat, or the client does not want it; the sender is told why.

    ``code`` is one of ``actions.DECLINES``; ``why`` is sealed. ``alternative`` is what may help
    instead, or where else: the letter says it, and the history keeps it, sealed as well.
    """
    case.expect(version, "status")
    reason, said = coded(code, DECLINES, "code"), fitting(why)
    instead = fitting(" ".join(alternative.split()), "alternative", INSTEAD_MAX)
    go(case, "declined", "declined", actor=actor, code=reason, why=said)
    if instead:
        write_down(case, SUGGESTED, actor=actor, why=instead)
    draft_letter(case, "decline", actor=actor)
    follow(case, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def mistake(case: ReferralCase, *, actor: Actor, why: str, version: int | None = None) -> None:
    """It was logged for the wrong client, or twice (``why`` is one of ``actions.MISTAKES``).

    Limits that were set for it bind that client no longer: where it was logged twice, the other
    one has its own.
    """
    case.expect(version, "status")
    code, order = coded(why, MISTAKES, "why"), case.referral
    must_go(case.status, "entered_in_error")
    # First the client is held and their visits are judged anew: that may bring the case along.
    said = spoken(MISTAKES[code])
    limit_no_more(order.client, actor=actor, order=order.public_id, why=said)
    go(case, "entered_in_error", "mistake", actor=actor, code=code)
    follow(case, actor=actor)
