"""Orders, and what their authorisations allow on a day."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person, kept_record, may_read_health
from clinic.clients.rules import fold
from clinic.core.db import db
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.words import Words, say
from clinic.directory.models import Organisation, Provider
from clinic.directory.queries import ids_of_person
from clinic.directory.rules import search_name
from clinic.files.queries import Offered
from clinic.practice.queries import the_practice
from clinic.referrals.models import (
    DOCUMENT_KINDS,
    Authorisation,
    Referral,
    ReferralDocument,
    ReportRule,
)
from clinic.referrals.rules import Order, lacks, number_of

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


def the_document(public_id: str) -> ReferralDocument:
    """A document of an order. Raises NotFound."""
    found = db.session.scalar(
        select(ReferralDocument).where(ReferralDocument.public_id == public_id)
    )
    if found is None:
        raise NotFound(say("There is no such document."))
    return found


def paper_if_any(public_id: str | None) -> ReferralDocument | None:
    """The paper that was chosen, if one was. Raises DomainError for one that is none."""
    try:
        return the_document(public_id) if public_id else None
    except NotFound:
        words = say("Choose one of this order\u2019s papers.")
        raise DomainError(words, field="paper") from None


def the_rule(public_id: str) -> ReportRule:
    """A payer's rule. Raises NotFound."""
    found = db.session.scalar(select(ReportRule).where(ReportRule.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such rule."))
    return found


def rule_if_any(public_id: str | None) -> ReportRule | None:
    """The payer's rule that was chosen, if one was. Raises DomainError for one that is none."""
    try:
        return the_rule(public_id) if public_id else None
    except NotFound:
        raise DomainError(say("Choose a rule from the list."), field="reports_by") from None


def payers_rules(*, is_active: bool = False) -> list[ReportRule]:
    """The payers' rules by payer and name; only those in use where wanted."""
    query = select(ReportRule).order_by(ReportRule.payer, ReportRule.name, ReportRule.id)
    return list(db.session.scalars(query.where(ReportRule.is_active) if is_active else query))


def rule_codes() -> set[str]:
    """Codes of the rules that ship and are here."""
    return {code for code in db.session.scalars(select(ReportRule.code)) if code}


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
        .where(~Authorisation.is_closed)
        .order_by(Authorisation.valid_from, Authorisation.id)
    )
    return list(db.session.scalars(wanted).unique())


def same_order(client_id: int, provider_id: int, received_on: date) -> Referral | None:
    """An order for the same person from the same provider, received on the same day.

    Records that were merged are one person, on both sides.
    """
    found: Referral | None = db.session.scalar(
        of_person(client_id)
        .where(Referral.provider_id.in_(ids_of_person(provider_id)))
        .where(Referral.received_on == received_on)
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
            Authorisation.basis,
            Authorisation.days,
            Authorisation.issued_on,
            Authorisation.first_visit_on,
            Authorisation.is_closed,
        )
        .where(Authorisation.referral_id.in_(referral_ids))
        .order_by(Authorisation.valid_from, Authorisation.id)
    )


def lacking(referral: Referral) -> tuple[str, ...]:
    """Codes of what an order lacks, by what is known now (see ``rules.LACKING``)."""
    return lacks(order_facts(referral))


def order_facts(referral: Referral) -> Order:
    """Whether an order says what it must; nothing clinical is opened for it."""
    allowed = referral.authorisations
    return Order(
        **contacts(referral.client, referral.provider, referral.organisation),
        is_signed=referral.is_signed,
        has_day=referral.ordered_on is not None,
        has_reason=referral.reason_sealed is not None,
        has_diagnosis=referral.diagnosis_sealed is not None,
        has_visits=bool(allowed or referral.frequency),
        has_service=bool(referral.requested_service),
        has_payer=any(one.payer for one in allowed),
        has_reference=any(one.reference for one in allowed),
    )


def contacts(
    client: Client | None, provider: Provider | None, organisation: Organisation | None
) -> dict[str, bool]:
    """Whether the client and the sender of an order can be reached, as ``Order`` asks."""
    person = kept_record(client) if client is not None else None
    return {
        "has_client_contact": person is not None and bool(person.phones or person.email),
        "has_birth_date": person is not None and person.birth_date is not None,
        "has_provider_contact": any(
            bool(one.phone or one.fax or one.email)
            for one in (provider, organisation)
            if one is not None
        ),
    }


def documents_of(referral: Referral) -> list[ReferralDocument]:
    """The papers of an order as they came, what was removed last."""
    return sorted(referral.documents, key=lambda one: (bool(one.removed_why), one.id))


PAPER_NAMES: dict[str, Words] = {
    "order": say("Order"),
    "authorisation": say("Payer\u2019s authorisation"),
    "report": say("Report"),
    "other": say("Something else"),
}


def offered_scans(actor: Actor, person_id: int) -> list[Offered]:
    """Papers of a person's orders (the kept record's id) that may go with a letter, for who treats
    them: what an order says is clinical, also where the owner lets the desk read it."""
    if not may_read_health(actor, person_id):
        return []
    wanted = (
        select(ReferralDocument)
        .join(ReferralDocument.referral)
        .where(
            is_of_person(Referral.client_id, person_id),
            ReferralDocument.removed_why == "",
        )
        .order_by(ReferralDocument.id.desc())
    )
    return [
        Offered(
            one.file,
            say("{number}: {what}", number=one.referral.number, what=PAPER_NAMES[one.kind]),
            one.received_on,
        )
        for one in db.session.scalars(wanted)
    ]


OF_DESK = frozenset({"order", "authorisation"})
"""Papers that reception opens where the owner lets it see what orders say: no one's report."""


def opened_by(actor: Actor, client_id: int) -> frozenset[str]:
    """The kinds of an order's papers that this person may open: they are clinical.

    Who treats the client may open all; reception some, where the owner lets it.
    """
    if may_read_health(actor, client_id):
        return frozenset(DOCUMENT_KINDS)
    return OF_DESK if desk_may_read(actor) else frozenset()


def desk_may_read(actor: Actor) -> bool:
    """Whether this person is at the desk, and the owner lets the desk read what orders say."""
    at_desk = Role.RECEPTIONIST in actor.roles and actor.may(Permission.REFERRALS_READ)
    return at_desk and the_practice().desk_sees_diagnosis
