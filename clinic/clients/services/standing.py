"""What the desk must mind: do not book, prepay only, and the alert."""

from clinic.clients.models import Client
from clinic.clients.services.register import stand_for_itself, touch
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say


@verb(Permission.CLIENTS_STANDING)
def stop_booking(client: Client, *, actor: Actor, reason: str, version: int | None = None) -> None:
    """No more visits for this client; the reason is sealed. Raises DomainError without one."""
    stand_for_itself(client)
    client.expect(version, "is_not_to_book")
    if not reason.strip():
        raise DomainError(say("Give a reason."), field="reason")
    client.is_not_to_book, client.not_to_book_reason = True, reason.strip()
    touch(client.id, actor=actor)


@verb(Permission.CLIENTS_STANDING)
def allow_booking(client: Client, *, actor: Actor, version: int | None = None) -> None:
    """This client may be booked again."""
    stand_for_itself(client)
    client.expect(version, "is_not_to_book")
    client.is_not_to_book, client.not_to_book_reason = False, ""
    touch(client.id, actor=actor)


@verb(Permission.CLIENTS_WRITE)
def caution(
    client: Client, *, actor: Actor, alert: str, is_prepay_only: bool, version: int | None = None
) -> None:
    """What everybody who books this client reads (sealed; an empty one takes it away), and
    whether visits are paid before they are held."""
    stand_for_itself(client)
    client.expect(version, "alert", "is_prepay_only")
    client.alert, client.is_prepay_only = alert.strip(), is_prepay_only
    touch(client.id, actor=actor)
