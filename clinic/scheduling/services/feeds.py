"""Secret addresses of calendars: made, shown once, and taken back."""

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.scheduling.models import FeedToken
from clinic.scheduling.queries.feeds import feeds_of
from clinic.scheduling.rules.calendars import FEEDS_AT_MOST
from clinic.staff.models import StaffMember
from clinic.staff.rules import new_token, token_hash


@verb(Permission.SCHEDULE_OWN)
def open_feed(
    member: StaffMember, *, actor: Actor, shows_names: bool = False, shows_services: bool = False
) -> str:
    """Make a secret address for one's own calendar, and give its secret, which is kept nowhere.

    Raises NotAllowed for another's calendar, DomainError above the number there may be.
    """
    if member.id != actor.id:
        raise NotAllowed
    if len(feeds_of(member.id)) >= FEEDS_AT_MOST:
        raise DomainError(
            say("You have {count} addresses. Take one of them back first.", count=FEEDS_AT_MOST)
        )
    token = new_token()
    db.session.add(
        FeedToken(
            staff_id=member.id,
            token_hash=token_hash(token).hex(),
            shows_names=shows_names,
            shows_services=shows_services,
        )
    )
    return token


@verb(Permission.SCHEDULE_OWN)
def revoke_feed(feed: FeedToken, *, actor: Actor) -> None:
    """Take an address back: from now on nobody reads anything there.

    One's own, or anybody's by who manages the staff. Raises NotAllowed, Conflict.
    """
    if feed.staff_id != actor.id and not actor.may(Permission.STAFF_WRITE):
        raise NotAllowed
    if feed.revoked_at is not None:
        raise Conflict(say("This address was taken back already."))
    feed.revoked_at = now()
