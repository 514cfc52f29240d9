"""Which referrals are wanted, in and out: criteria on columns, for the board and its lists."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, false, func, or_, select
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

    @property
    def words(self) -> list[str]:
        """What is looked for, word by word."""
        return self.text.split()

    @property
    def values(self) -> dict[str, Any]:
        """Its values, by the names that they have in a statement: of one shape, any wish's."""
        values = {
            "owner": self.owner_id, "provider": self.provider, "payer": self.payer,
            "urgency": self.urgency,
        }  # fmt: skip
        found: dict[str, Any] = {name: value for name, value in values.items() if value}
        for place, word in enumerate(self.words):
            name, outside = _plain(word)
            found[f"begins_{place}"], found[f"number_{place}"] = _escaped(word), number_of(word)
            found |= {f"name_{place}": _escaped(name)} if name else {}
            found |= {f"outside_{place}": _escaped(outside)} if outside else {}
        return found


@dataclass(frozen=True, slots=True)
class Shape:
    """What statements of wishes have in common, whatever their values are."""

    key: tuple[Hashable, ...]
    wish: Wish = field(compare=False)
    """One of that shape."""


def shape_of(wish: Wish) -> Shape:
    """Wishes of one shape are asked by one statement."""
    key = (
        wish.way, wish.is_overdue, wish.owes_report, wish.column, wish.page, tuple(wish.values)
    )  # fmt: skip
    return Shape(key, wish)


def _plain(word: str) -> tuple[str, str]:
    """A word as names of clients, and of those outside, are kept."""
    return " ".join(fold(word).split()), search_name(word)


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")


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
        found.append(model.owner_id == bindparam("owner", wish.owner_id))
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
        asked += _mentioned(wish, Referral)
        order = joined(order, Referral)
    if wish.payer:
        with_payer = select(Authorisation.referral_id).where(
            Authorisation.payer == bindparam("payer", wish.payer)
        )
        asked.append(Referral.id.in_(with_payer))
    return [*found, ReferralCase.referral_id.in_(order.where(*asked))] if asked else found


def _wanted_out(wish: Wish) -> list[ColumnElement[bool]]:
    if wish.owes_report or wish.payer:
        return [false()]
    asked = _asked_of(wish, OutboundReferral)
    if not wish.text:
        return asked
    some = joined(select(OutboundReferral.id), OutboundReferral)
    words = _mentioned(wish, OutboundReferral)
    return [*asked, OutboundReferral.id.in_(some.where(*words))]


def _asked_of(wish: Wish, order: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.urgency:
        found.append(order.urgency == bindparam("urgency", wish.urgency))
    if wish.provider:
        chosen = (
            select(_KEPT)
            .where(Provider.public_id == bindparam("provider", wish.provider))
            .scalar_subquery()
        )
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


def _mentioned(wish: Wish, order: Any) -> list[ColumnElement[bool]]:
    return [_mentions(place, wish.values, order) for place in range(len(wish.words))]


def _mentions(place: int, values: dict[str, Any], order: Any) -> ColumnElement[bool]:
    names = (
        (Client.search_name, f"name_{place}"),
        (Person.search_name, f"name_{place}"),
        (Provider.search_name, f"outside_{place}"),
        (Organisation.search_name, f"outside_{place}"),
    )
    begins = [order.number, Client.number]
    begins += [Referral.their_reference] if order is Referral else []

    def value(name: str) -> Any:
        return bindparam(name, values[name], type_=String)

    return or_(
        *(column.contains(value(name), escape="/") for column, name in names if name in values),
        *(column.istartswith(value(f"begins_{place}"), escape="/") for column in begins),
        order.number == value(f"number_{place}"),
    )
