"""Two records that turn out to be one person, and the way back.

Nothing moves: the duplicate names the record that is kept, and queries go by
person. Each step is remembered, so that undoing one leaves the others standing.
"""

from sqlalchemy import or_, select

from clinic.clients.events import PersonChanged
from clinic.clients.models import Client
from clinic.clients.services.persons import hold_person
from clinic.clients.services.register import touch
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say


@verb(Permission.CLIENTS_MERGE)
def merge(kept: Client, duplicate: Client, *, actor: Actor) -> None:
    """Keep one of two records for one person. Raises Conflict, DomainError."""
    _be_alone(kept, duplicate)
    if kept.id == duplicate.id:
        raise DomainError(say("Choose another record to merge with."))
    if kept.person_id is not None or duplicate.person_id is not None:
        raise Conflict(say("One of these records is merged already. Look at them again."))
    if kept.is_not_to_book != duplicate.is_not_to_book:
        text = "One of the two is marked “Do not book”. The owner decides first: both or neither."
        raise Conflict(say(text))
    own = _with_those_merged_into(duplicate)
    duplicate.merged_into_id = kept.id  # both at once: the table holds them together
    for record in own:
        record.person_id = kept.id
    for record in own:
        touch(record.id, actor=actor)
    touch(kept.id, actor=actor)
    announce(PersonChanged(kept.id))


@verb(Permission.CLIENTS_MERGE)
def part(duplicate: Client, *, actor: Actor) -> None:
    """Undo a merge: the record stands for itself again, with those merged into it before.

    Raises Conflict for a record that is not merged.
    """
    _be_alone(duplicate)
    if duplicate.person_id is None:
        raise Conflict(say("This record stands for itself already."))
    own, person_id = _with_those_merged_into(duplicate), duplicate.person_id
    touch(person_id, actor=actor)
    duplicate.merged_into_id = None
    for record in own:
        record.person_id = None if record is duplicate else duplicate.id
        touch(record.id, actor=actor)
    announce(PersonChanged(person_id))
    announce(PersonChanged(duplicate.id))


def _be_alone(*records: Client) -> None:
    """One merge at a time: two that cross would leave a circle."""
    lock(Lock.HOUSE, 1)
    for record in records:
        db.session.refresh(record)
    hold_person(*records)


def _with_those_merged_into(record: Client) -> list[Client]:
    """A record and all that were merged into it, step by step."""
    person = record.person_id or record.id
    others = db.session.scalars(
        select(Client).where(or_(Client.id == person, Client.person_id == person))
    ).all()
    own = [record]
    for one in own:
        own += [other for other in others if other.merged_into_id == one.id]
    return own
