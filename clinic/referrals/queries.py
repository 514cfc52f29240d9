"""Orders, and what their authorisations allow on a day."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.clients.rules import fold
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.directory.rules import search_name
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.rules import number_of

Person = aliased(Client)
"""The record that stands for a client: the kept one, where two were joined."""


def the_referral(public_id: str) -> Referral:
    """Raises NotFound."""
    found = db.session.scalar(select(Referral).where(Referral.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such referral."))
    return found


def the_authorisation(public_id: str) -> Authorisation:
    """Raises NotFound."""
    found = db.session.scalar(select(Authorisation).where(Authorisation.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such authorisation."))
    return found


def _records_of(client_id: int) -> Select[*tuple[Any, ...]]:
    """The ids of every record of the person behind one record."""
    person = (
        select(func.coalesce(Client.person_id, Client.id))
        .where(Client.id == client_id)
        .scalar_subquery()
    )
    return select(Client.id).where(or_(Client.id == person, Client.person_id == person))


def of_person(client_id: int) -> Select[*tuple[Any, ...]]:
    """The orders for a person, whichever of their records they were logged with; latest first."""
    return (
        select(Referral)
        .where(Referral.client_id.in_(_records_of(client_id)))
        .order_by(Referral.received_on.desc(), Referral.id.desc())
    )


def is_open() -> ColumnElement[bool]:
    """Criterion on Referral: nobody has ended it."""
    return Referral.ended_on.is_(None)


def is_valid_on(on: date) -> ColumnElement[bool]:
    """Criterion on Authorisation: a visit on this day may be one of those allowed."""
    until = Authorisation.valid_until
    return (Authorisation.valid_from <= on) & (until.is_(None) | (until >= on))


def open_authorisations(client_id: int, on: date) -> list[Authorisation]:
    """What a visit of this person on this day may count against, the earliest first.

    How many visits each has left is for the schedule to count.
    """
    wanted = (
        select(Authorisation)
        .join(Authorisation.referral)
        .where(Referral.client_id.in_(_records_of(client_id)), is_open(), is_valid_on(on))
        .order_by(Authorisation.valid_from, Authorisation.id)
    )
    return list(db.session.scalars(wanted).unique())


def same_order(client_id: int, provider_id: int, received_on: date) -> Referral | None:
    """An order for the same person from the same provider, received on the same day."""
    found: Referral | None = db.session.scalar(
        of_person(client_id)
        .where(Referral.provider_id == provider_id, Referral.received_on == received_on)
        .limit(1)
    )
    return found


def listed() -> Select[*tuple[Any, ...]]:
    """Referrals as columns for a list: the order, the person, who sent it; nothing clinical."""
    return (
        select(
            Referral.id,
            Referral.public_id,
            Referral.number,
            Referral.urgency,
            Referral.received_on,
            Referral.ended_on,
            Referral.ended_why,
            Person.public_id.label("client_public_id"),
            Person.first_name,
            Person.preferred_name,
            Person.last_name,
            Provider.first_name.label("provider_first_name"),
            Provider.last_name.label("provider_last_name"),
            Provider.credentials,
            Organisation.name.label("organisation"),
        )
        .join(Client, Client.id == Referral.client_id)
        .join(Person, Person.id == func.coalesce(Client.person_id, Client.id))
        .join(Provider, Provider.id == Referral.provider_id)
        .outerjoin(Organisation, Organisation.id == Referral.organisation_id)
    )


def found(text: str) -> Select[*tuple[Any, ...]]:
    """Those that a text is about: each of its words in a number, a name or their reference."""
    query = listed()
    for word in text.split():
        query = query.where(_mentions(word))
    return query


def _mentions(word: str) -> ColumnElement[bool]:
    name, outside = " ".join(fold(word).split()), search_name(word)
    return or_(
        *(
            column.contains(plain, autoescape=True)
            for column, plain in (
                (Client.search_name, name),
                (Person.search_name, name),
                (Provider.search_name, outside),
                (Organisation.search_name, outside),
            )
            if plain
        ),
        *(
            column.istartswith(word, autoescape=True)
            for column in (Referral.number, Client.number, Referral.their_reference)
        ),
        Referral.number == number_of(word),
    )


def authorisations_of(referral_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """The authorisations of these referrals as columns, in the order in which they are used."""
    return (
        select(
            Authorisation.id,
            Authorisation.referral_id,
            Authorisation.visits,
            Authorisation.valid_from,
            Authorisation.valid_until,
        )
        .where(Authorisation.referral_id.in_(referral_ids))
        .order_by(Authorisation.valid_from, Authorisation.id)
    )
