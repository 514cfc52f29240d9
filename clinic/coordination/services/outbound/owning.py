"""Who sees to a referral to a provider: given to another by hand, or by night where they left."""

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import about_outbound
from clinic.coordination.queries.people import OUTBOUND_ROLES, an_owner
from clinic.coordination.rules.outbound import ENDS
from clinic.coordination.services.handing import hand_on_tasks
from clinic.coordination.services.inbound.stepping import somebody
from clinic.coordination.services.outbound.moving import note
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.staff.models import StaffMember


@verb(Permission.REFERRALS_WRITE)
def hand_over(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    owner: StaffMember,
    why: str = "",
    version: int | None = None,
) -> None:
    """Another person sees to it from now on, and has what was to do about it: somebody who treats
    here, or an owner. ``why`` is read by who treats the client. Raises Conflict for what has
    ended, DomainError, StaleEdit."""
    outbound.expect(version)
    if outbound.status in ENDS:
        raise Conflict(say("This has ended."))
    to = somebody(actor, owner)
    if not to.roles & OUTBOUND_ROLES:
        raise DomainError(say("Choose from the list."), field="owner")
    if to.id == outbound.owner_id:
        raise DomainError(say("{name} sees to it already.", name=to.name), field="owner")
    _give_to(outbound, to, actor, why)


def hand_on(outbound: OutboundReferral, *, actor: Actor) -> bool:
    """Give what somebody who left saw to, to an owner of the clinic, as a referral that came in
    is; whether there was one to give."""
    if outbound.owner is None or outbound.owner.is_active:
        return False
    other = an_owner()
    if other is None:
        return False
    _give_to(outbound, other, actor)
    return True


def _give_to(outbound: OutboundReferral, to: StaffMember, actor: Actor, why: str = "") -> None:
    before, outbound.owner = outbound.owner_id, to
    note(outbound, "handed", actor=actor, why=why)
    db.session.flush()
    name = about_outbound(outbound)
    hand_on_tasks(name, outbound.client, actor=actor, before=before, to=to)
