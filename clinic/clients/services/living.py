"""From the first call to the archive: a client's status, and what moves it."""

from dataclasses import dataclass
from datetime import date

from clinic.clients.models import Client
from clinic.clients.rules import may_move
from clinic.clients.services.register import stand_for_itself, touch
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice


@dataclass(frozen=True, slots=True)
class NothingOpen:
    """Proof that every room was asked and has nothing open for this client."""

    client_id: int


def _move(client: Client, status: str, *, actor: Actor) -> None:
    if not may_move(client.status, status):
        raise Conflict(say("This record has changed meanwhile. Look at it again."))
    client.status = status
    touch(client.id, actor=actor)


@verb(None)
def welcome(client: Client, *, actor: Actor) -> None:
    """A visit was booked: a prospect or a client who had not come for long is an active one.

    Part of booking, which has asked for its own permission and has taken the client's time,
    so of two who book at once the second sees what the first did. For others nothing changes.
    """
    if client.status in ("prospect", "inactive"):
        db.session.refresh(client, ("status", "version"))
    if client.status in ("prospect", "inactive"):
        _move(client, "active", actor=actor)


@verb(Permission.CLIENTS_WRITE)
def let_rest(client: Client, *, actor: Actor) -> None:
    """No visit for long: inactive until the next booking."""
    _move(client, "inactive", actor=actor)


@verb(Permission.CLIENTS_WRITE)
def record_death(
    client: Client, *, actor: Actor, on: date | None, version: int | None = None
) -> None:
    """A client has died: nothing is sent or booked any more. The day may be unknown."""
    client.expect(version, "died_on")
    stand_for_itself(client)
    born = client.birth_date
    if on is not None and (on > today(the_practice().zone) or (born is not None and on < born)):
        raise DomainError(say("Enter a day after the birth date, not in the future."), field="on")
    _move(client, "deceased", actor=actor)
    client.died_on = on


@verb(Permission.CLIENTS_WRITE)
def archive(
    client: Client, *, actor: Actor, nothing_open: NothingOpen, version: int | None = None
) -> None:
    """Take a record out of the daily lists; it is kept, and found by who looks for it.

    ``nothing_open`` is the proof that no visit or referral of theirs is open.
    """
    client.expect(version)
    stand_for_itself(client)
    if nothing_open.client_id != client.id:
        raise ValueError("a proof about somebody else")
    _move(client, "archived", actor=actor)
    client.archived_at = now()


@verb(Permission.CLIENTS_WRITE)
def reopen(client: Client, *, actor: Actor, version: int | None = None) -> None:
    """Back from the archive; or a death that was recorded by mistake is taken back."""
    client.expect(version)
    stand_for_itself(client)
    if client.status == "archived":
        _move(client, "deceased" if client.died_on else "inactive", actor=actor)
        client.archived_at = None
    else:
        _move(client, "active", actor=actor)
        client.died_on = None
