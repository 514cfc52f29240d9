"""What is known of a person changes for one writer at a time, and nobody judges by it meanwhile.

Whoever changes it holds every record of the person; whoever judges holds the record they
judge by and the one that stands for it. So the two always meet, also while records are joined.
"""

from clinic.clients.models import Client
from clinic.clients.queries import records_of
from clinic.core.db import db
from clinic.core.transactions import RULES_SHARED, Key, Lock, lock_all


def keys_of(*clients: Client) -> set[Key]:
    """The locks of whoever judges by what is known of these clients."""
    records = {one.id for one in clients} | {one.known_as for one in clients}
    return {RULES_SHARED, *((Lock.PERSON, number) for number in records)}


def hold_person(*clients: Client) -> None:
    """The locks of whoever changes what is known of these clients, or who they are: taken before
    anything of theirs is written. Raises LockOrderError where a later kind is held.
    """
    people = {one.known_as for one in clients}
    numbers = {row.id for person in people for row in db.session.scalars(records_of(person))}
    records = numbers | {one.id for one in clients}
    lock_all({RULES_SHARED, *((Lock.PERSON, number) for number in records)})
