"""Which referrals are wanted, in and out: criteria on columns, for the board and its lists."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.clients.rules import fold
from clinic.coordination.models import OutboundReferral, ProgressReport, ReferralCase
from clinic.directory.models import Organisation, Provider
from clinic.directory.rules import search_name
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.rules import number_of

Person = aliased(Client)
"""The record that stands for a client: the kept one, where two were joined."""
_KEPT = func.coalesce(Provider.merged_into_id, Provider.id)
"""By which record a provider is known: the kept one, where two were joined."""
OWED = ("due", "drafted", "approved")
"""States of a report that has not been sent."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which referrals are wanted; what is empty asks for nothing. Ids are public ones."""

    way: str = ""
    """``in``, ``out``, or both."""
    owner_id: int | None = None
    text: str = ""
    provider: str = ""
    payer: str = ""
    urgency: str = ""
    is_overdue: bool = False
    owes_report: bool = False
    column: str = ""
    """Only this one, page by page."""
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the way is asked for."""
        return replace(self, way="", column="", page=1) != Wish()


def model_of(way: str) -> Any:
    """The table of the referrals of one way."""
    return ReferralCase if way == "in" else OutboundReferral


def wanted(way: str, wish: Wish, today: Any) -> list[ColumnElement[bool]]:
    """Criteria on the case of one way."""
    model = model_of(way)
    found: list[ColumnElement[bool]] = []
    if wish.way and wish.way != way:
        found.append(false())
    if wish.owner_id is not None:
        found.append(model.owner_id == wish.owner_id)
    if wish.is_overdue:
        found.append(model.due_on < today)
    return found + (_wanted_in(wish, today) if way == "in" else _wanted_out(wish))


def _wanted_in(wish: Wish, today: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    order = select(Referral.id)
    if wish.owes_report:
        found.append(ReferralCase.id.in_(owing(today)))
    asked = _asked_of(wish, Referral)
    if wish.text:
        asked += [_mentions(word, Referral) for word in wish.text.split()]
        order = joined(order, Referral)
    if wish.payer:
        with_payer = select(Authorisation.referral_id).where(Authorisation.payer == wish.payer)
        asked.append(Referral.id.in_(with_payer))
    return [*found, ReferralCase.referral_id.in_(order.where(*asked))] if asked else found


def _wanted_out(wish: Wish) -> list[ColumnElement[bool]]:
    if wish.owes_report or wish.payer:
        return [false()]
    asked = _asked_of(wish, OutboundReferral)
    if not wish.text:
        return asked
    some = joined(select(OutboundReferral.id), OutboundReferral)
    words = [_mentions(word, OutboundReferral) for word in wish.text.split()]
    return [*asked, OutboundReferral.id.in_(some.where(*words))]


def _asked_of(wish: Wish, order: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [order.urgency == wish.urgency] if wish.urgency else []
    if wish.provider:
        chosen = select(_KEPT).where(Provider.public_id == wish.provider).scalar_subquery()
        found.append(order.provider_id.in_(select(Provider.id).where(chosen == _KEPT)))
    return found


def owing(today: Any) -> Select[Any]:
    """Cases with a report that is due today or was before."""
    return select(ProgressReport.case_id).where(
        ProgressReport.status.in_(OWED), ProgressReport.due_on <= today
    )


def joined(query: Select[Any], order: Any) -> Select[Any]:
    """With the client, the person, the provider and the place of an order."""
    return (
        query.join(Client, Client.id == order.client_id)
        .join(Person, Person.id == func.coalesce(Client.person_id, Client.id))
        .join(Provider, Provider.id == order.provider_id)
        .outerjoin(Organisation, Organisation.id == order.organisation_id)
    )


def _mentions(word: str, order: Any) -> ColumnElement[bool]:
    name, outside = " ".join(fold(word).split()), search_name(word)
    names = (
        (Client.search_name, name),
        (Person.search_name, name),
        (Provider.search_name, outside),
        (Organisation.search_name, outside),
    )
    begins = [order.number, Client.number]
    begins += [Referral.their_reference] if order is Referral else []
    return or_(
        *(column.contains(plain, autoescape=True) for column, plain in names if plain),
        *(column.istartswith(word, autoescape=True) for column in begins),
        order.number == number_of(word),
    )
