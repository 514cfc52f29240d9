"""What the desk must mind: do not book, prepay only, and the alert."""

from clinic.clients.models import Client
from clinic.clients.services.register import touch
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say


@verb(Permission.CLIENTS_STANDING)
def stop_booking(client: Client, *, actor: Actor, reason: str, version: int | None = None) -> None:
    """No more visits for this client; the reason is sealed. Raises DomainError without one."""
    client.expect(version, "is_not_to_book")
    if not reason.strip():
        raise DomainError(say("Give a reason."), field="reason")
    client.is_not_to_book, client.not_to_book_reason = True, reason.strip()
    touch(client.id, actor=actor)


@verb(Permission.CLIENTS_STANDING)
def allow_booking(client: Client, *, actor: Actor, version: int | None = None) -> None:
    """This client may be booked again."""
    client.expect(version, "is_not_to_book")
    client.is_not_to_book, client.not_to_book_reason = False, ""
    touch(client.id, actor=actor)


@verb(Permission.CLIENTS_WRITE)
def ask_prepayment(
    client: Client, *, actor: Actor, is_prepay_only: bool, version: int | None = None
) -> None:
    """Visits of this client are paid before they are held, or no longer."""
    client.expect(version, "is_prepay_only")
    client.is_prepay_only = is_prepay_only
    touch(client.id, actor=actor)


@verb(Permission.CLIENTS_WRITE)
def alert(client: Client, *, actor: Actor, text: str, version: int | None = None) -> None:
    """A sentence that everybody who books this client reads; an empty one takes it away."""
    client.expect(version, "alert")
    client.alert = text.strip()
    touch(client.id, actor=actor)
