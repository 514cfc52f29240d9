"""People whom another system already knew: taken in many at a time, and taken out again.

Only rows that an import has just written may ever be taken out; whoever calls
``take_out`` has seen that nothing hangs on them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import selectinload

from clinic.clients.models import Client, ImportedHistoryLine, Phone, SearchTerm
from clinic.clients.rules import GivenPhone, number_of, sort_name, terms
from clinic.clients.services.register import checked, gaps_of, given_numbers, the_day
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.vault import SubjectKey, vault
from clinic.core.words import say


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person as another system knew them, checked and in our spelling."""

    import_ref: str
    facts: dict[str, Any]
    phones: tuple[GivenPhone, ...] = ()
    is_deceased: bool = False
    died_on: date | None = None
    missing: tuple[str, ...] = ()
    """Codes of what the record lacks; nobody asks for what a deceased client's lacks."""


def newcomer(
    *,
    import_ref: str,
    phones: Sequence[GivenPhone] = (),
    is_deceased: bool = False,
    died_on: date | None = None,
    **facts: Any,
) -> Newcomer:
    """Check a person by the rules of ``register``; gaps are marked, not refused.

    Nothing is written. Raises DomainError beside its field.
    """
    facts = checked(facts)
    numbers = given_numbers(phones)
    born = facts.get("birth_date")
    if died_on is not None and (died_on > the_day() or (born is not None and died_on < born)):
        text = "Enter a day after the birth date, not in the future."
        raise DomainError(say(text), field="died_on")
    lacking = set(gaps_of(facts, can_be_reached=bool(numbers)))
    if not facts.get("postcode"):
        lacking.add("postcode")
    is_deceased = is_deceased or died_on is not None
    missing = () if is_deceased else tuple(sorted(lacking))
    return Newcomer(import_ref, facts, numbers, is_deceased, died_on, missing)


@verb(Permission.CLIENTS_WRITE)
def take_in(people: Sequence[Newcomer], *, actor: Actor) -> list[Client]:
    """Put many people on the books at once; look-alikes are left to whoever imports."""
    keys = [vault().new_key() for _ in people]
    db.session.add_all(keys)
    db.session.flush()
    clients = [_client(one, key) for one, key in zip(people, keys, strict=True)]
    db.session.add_all(clients)
    db.session.flush()
    found = [{"client_id": one.id, "term": term} for one in clients for term in _terms(one)]
    if found:
        db.session.execute(insert(SearchTerm.__table__), found)  # type: ignore[arg-type]
    return clients


def _client(one: Newcomer, key: SubjectKey) -> Client:
    client = Client(number=number_of(key.id), key=key, import_ref=one.import_ref, **one.facts)
    client.search_name = sort_name(client.first_name or "", client.last_name)
    client.missing = ",".join(one.missing)
    client.phones = [
        Phone(number=phone.number, kind=phone.kind, may_text=phone.may_text) for phone in one.phones
    ]
    if one.is_deceased:
        client.status, client.died_on = "deceased", one.died_on
    return client


def _terms(client: Client) -> list[str]:
    return sorted(
        terms(
            names=(client.first_name, client.last_name, client.preferred_name),
            number=client.number,
            phones=[phone.number for phone in client.phones],
            email=client.email,
            birth_date=client.birth_date,
        )
    )


@verb(Permission.PRACTICE_WRITE)
def take_out(client_ids: Sequence[int], *, actor: Actor) -> list[int]:
    """Remove just-imported clients with what this room keeps of them; the ids of their keys.

    The keys go afterwards (``forget_keys``): the log of changes still needs them to
    seal what these rows were.
    """
    clients = db.session.scalars(
        select(Client)
        .where(Client.id.in_(client_ids))
        # Looked at for each one that goes.
        .options(selectinload(Client.preference), selectinload(Client.phones))
    ).all()
    db.session.execute(
        delete(SearchTerm)
        .where(SearchTerm.client_id.in_(client_ids))
        .execution_options(synchronize_session=False)
    )
    with db.session.no_autoflush:
        for client in clients:
            db.session.delete(client)
    return [client.key_id for client in clients]


@verb(Permission.PRACTICE_WRITE)
def take_out_history(lines: Iterable[ImportedHistoryLine], *, actor: Actor) -> None:
    """Remove lines of history that an earlier release kept, once they have their real home."""
    with db.session.no_autoflush:
        for line in lines:
            db.session.delete(line)


@verb(Permission.PRACTICE_WRITE)
def forget_keys(key_ids: Sequence[int], *, actor: Actor) -> None:
    """Destroy the keys of clients who are gone: what the log says of them opens no more."""
    db.session.execute(
        delete(SubjectKey)
        .where(SubjectKey.id.in_(key_ids), SubjectKey.id.not_in(select(Client.key_id)))
        .execution_options(synchronize_session=False)
    )
