"""Putting a client on the books, and changing what is known of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update

from clinic.clients.events import PersonChanged
from clinic.clients.models import Client, Phone, SearchTerm
from clinic.clients.queries import LooksLike, look_alikes
from clinic.clients.rules import (
    GivenPhone,
    NotAPhone,
    gaps,
    is_plausible_birth,
    normal_phone,
    number_of,
    sort_name,
    terms,
)
from clinic.clients.services.persons import hold_person
from clinic.core.announcements import announce
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.vault import vault
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice

FACTS = frozenset(
    """first_name last_name preferred_name pronouns birth_date sex_at_birth gender email address
    city region postcode country language needs occupation source payer emergency_name
    emergency_relation emergency_phone guardian_name guardian_relation guardian_phone""".split()
)
"""What ``register`` and ``amend`` take by name: columns of Client."""

ASKED = {
    "first_name": ("first_name", say("Enter a first name.")),
    "birth_date": ("birth_date", say("Enter the birth date.")),
    "reach": ("email", say("Enter a phone number or an e-mail address.")),
    "guardian": ("guardian_name", say("Under 18 a guardian is needed: enter their name.")),
}
"""For each gap in a record: the field where it is asked for, and how."""


@verb(Permission.CLIENTS_WRITE)
def register(
    *,
    actor: Actor,
    phones: Sequence[GivenPhone] = (),
    not_these: Iterable[str] = (),
    import_ref: str | None = None,
    **facts: Any,
) -> Client:
    """Put a person on the books; ``facts`` are those of FACTS, ``last_name`` at least.

    ``not_these`` are the public ids of look-alikes that somebody compared and found
    to be other people. An imported record (``import_ref``) may have gaps: they are
    marked in ``missing``, and look-alikes are left to whoever imports.
    Raises DomainError beside its field, LooksLike.
    """
    facts = checked(facts)
    numbers = _numbers(phones)
    lacking = _gaps(facts, numbers)
    if import_ref is None:
        _ask_for(lacking)
        _look_around(facts, numbers, set(not_these))
    key = vault().new_key()
    db.session.add(key)
    db.session.flush()
    # The key's own id: counted by the database, never given twice, whoever else registers now.
    client = Client(number=number_of(key.id), key=key, import_ref=import_ref, **facts)
    client.search_name = sort_name(client.first_name or "", client.last_name)
    client.missing = ",".join(sorted(lacking))
    client.phones = numbers
    db.session.add(client)
    db.session.flush()
    _index(client)
    return client


@verb(Permission.CLIENTS_WRITE)
def amend(
    client: Client,
    *,
    actor: Actor,
    phones: Sequence[GivenPhone],
    version: int | None = None,
    **facts: Any,
) -> None:
    """Change what is known of a person. What an imported record lacked may stay lacking.

    Raises DomainError beside its field, StaleEdit.
    """
    client.expect(version, *facts)
    stand_for_itself(client)
    facts = checked(facts)
    numbers = _numbers(phones)
    lacking = _gaps(_standing(client) | facts, numbers)
    if client.status != "deceased":
        _ask_for(lacking - set(client.missing.split(",")))
    is_born_anew = facts.get("birth_date", client.birth_date) != client.birth_date
    if is_born_anew:
        hold_person(client)
    for name, value in facts.items():
        setattr(client, name, value)
    if [_as_given(phone) for phone in client.phones] != [_as_given(phone) for phone in numbers]:
        client.phones = numbers
        client.updated_at = now()  # so that the record's version counts this as a change
    client.search_name = sort_name(client.first_name, client.last_name)
    client.missing = ",".join(sorted(lacking))
    touch(client.id, actor=actor)
    db.session.flush()
    _index(client)
    if is_born_anew:
        announce(PersonChanged(client.id))


@verb(None)
def touch(client_id: int, *, actor: Actor) -> None:
    """Say that something of this client changed which a day's board shows.

    Part of other verbs, which have asked for their own permission.
    """
    db.session.execute(
        update(Client)
        .where(Client.id == client_id)
        .values(touches=Client.touches + 1, updated_at=Client.updated_at)
        .execution_options(synchronize_session=False, unaudited="a counter for caches")
    )


def stand_for_itself(client: Client) -> None:
    """Refuse to change a record that was merged: nobody would see it. Raises Conflict."""
    if client.person_id is not None:
        raise Conflict(say("This record was merged into another. Change that one."))


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts in their normal spelling. Raises DomainError, TypeError for an unknown one."""
    unknown = facts.keys() - FACTS
    if unknown:
        raise TypeError(f"no facts of a client: {', '.join(sorted(unknown))}")
    if "last_name" in facts and not facts["last_name"].strip():
        raise DomainError(say("Enter a last name."), field="last_name")
    _check_birth(facts.get("birth_date"))
    plain = dict(facts)
    if "email" in facts:
        plain["email"] = facts["email"].strip().casefold()
    for name in ("emergency_phone", "guardian_phone"):
        if facts.get(name):
            plain[name] = _phone(facts[name], field=name)
    return plain


def _check_birth(birth_date: date | None) -> None:
    if birth_date is None:
        return
    if not is_plausible_birth(birth_date, the_day()):
        text = "Enter a birth date in the past, at most 120 years ago."
        raise DomainError(say(text), field="birth_date")


def the_day() -> date:
    """Today, where the clinic is."""
    return today(the_practice().zone)


def _phone(text: str, *, field: str) -> str:
    try:
        return normal_phone(text, the_practice().region)
    except NotAPhone:
        raise DomainError(_odd(text), field=field) from None


def _odd(text: str) -> Words:
    return say("{number} is no phone number. Enter it with its area code.", number=text)


def given_numbers(given: Sequence[GivenPhone]) -> tuple[GivenPhone, ...]:
    """Telephone numbers in their normal spelling. Raises DomainError."""
    return tuple(
        GivenPhone(_phone(one.number, field="phones"), one.kind, one.may_text) for one in given
    )


def _numbers(given: Sequence[GivenPhone]) -> list[Phone]:
    return [
        Phone(number=one.number, kind=one.kind, may_text=one.may_text)
        for one in given_numbers(given)
    ]


def _as_given(phone: Phone) -> GivenPhone:
    return GivenPhone(phone.number, phone.kind, phone.may_text)


def _standing(client: Client) -> dict[str, Any]:
    return {name: getattr(client, name) for name in FACTS}


def _gaps(facts: dict[str, Any], phones: Sequence[Phone]) -> frozenset[str]:
    return gaps_of(facts, can_be_reached=bool(phones))


def gaps_of(facts: dict[str, Any], *, can_be_reached: bool) -> frozenset[str]:
    """What a record of these facts would lack, as codes."""
    return gaps(
        first_name=facts.get("first_name", ""),
        birth_date=facts.get("birth_date"),
        can_be_reached=can_be_reached or bool(facts.get("email")),
        guardian=facts.get("guardian_name", ""),
        today=the_day(),
    )


def _ask_for(lacking: Iterable[str]) -> None:
    for code in sorted(lacking, key=list(ASKED).index):
        field, words = ASKED[code]
        raise DomainError(words, field=field)


def _look_around(facts: dict[str, Any], phones: Sequence[Phone], not_these: set[str]) -> None:
    alike = look_alikes(
        names=" ".join(facts.get(n, "") for n in ("first_name", "preferred_name", "last_name")),
        birth_date=facts.get("birth_date"),
        phones=[phone.number for phone in phones],
        email=facts.get("email", ""),
    )
    if not {one.public_id for one in alike} <= not_these:
        raise LooksLike(alike)


def _index(client: Client) -> None:
    """Keep the words by which this client is found in step with the record."""
    wanted = terms(
        names=(client.first_name, client.last_name, client.preferred_name),
        number=client.number,
        phones=[phone.number for phone in client.phones],
        email=client.email,
        birth_date=client.birth_date,
    )
    kept = select(SearchTerm.term).where(SearchTerm.client_id == client.id)
    present = set(db.session.scalars(kept))
    gone = present - wanted
    if gone:
        db.session.execute(
            delete(SearchTerm)
            .where(SearchTerm.client_id == client.id, SearchTerm.term.in_(gone))
            .execution_options(synchronize_session=False)
        )
    new = [{"client_id": client.id, "term": term} for term in sorted(wanted - present)]
    if new:
        db.session.execute(insert(SearchTerm), new)
