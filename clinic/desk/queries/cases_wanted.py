"""Which referrals are wanted, in and out: criteria on columns, for the board and its lists."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
)
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
        return self.owner_id is not None or any(
            (self.text, self.provider, self.payer, self.urgency, self.is_overdue, self.owes_report)
        )

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
            found[f"numbered_{place}"] = _escaped(word.upper())
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


def order_of(way: str) -> Any:
    """The table of what was asked: who, whom, by which number."""
    return Referral if way == "in" else OutboundReferral


def fixed(value: str | int) -> Any:
    """A code or a number of the program's own, written into the statement: nothing has to be
    handed over, and nothing worked out for each row."""
    if isinstance(value, int):
        return literal_column(str(value), Integer)
    return literal_column(f"'{value}'", String)


def wanted(way: str, wish: Wish, today: Any) -> list[ColumnElement[bool]]:
    """Criteria on the case of one way, in a query that is ``reached`` or ``joined``."""
    model = model_of(way)
    found: list[ColumnElement[bool]] = []
    if wish.way and wish.way != way:
        found.append(false())
    if wish.owner_id is not None:
        found.append(model.owner_id == bindparam("owner", wish.owner_id))
    if wish.is_overdue:
        found.append(model.due_on < today)
    if wish.urgency:
        found.append(model.urgency == bindparam("urgency", wish.urgency))
    order = order_of(way)
    if wish.provider:
        found.append(order.provider_id.in_(_known_as(wish.provider)))
    found += _wanted_in(wish, today) if way == "in" else _wanted_out(wish)
    return found + [_mentions(place, wish.values, order) for place in range(len(wish.words))]


def _wanted_in(wish: Wish, today: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.owes_report:
        found.append(ReferralCase.id.in_(owing(today)))
    if wish.payer:
        with_payer = select(Authorisation.referral_id).where(
            Authorisation.payer == bindparam("payer", wish.payer)
        )
        found.append(ReferralCase.referral_id.in_(with_payer))
    return found


def _wanted_out(wish: Wish) -> list[ColumnElement[bool]]:
    return [false()] if wish.owes_report or wish.payer else []


def _known_as(provider: str) -> Select[Any]:
    """The records of the provider that is asked for."""
    chosen = select(_KEPT).where(Provider.public_id == bindparam("provider", provider))
    return select(Provider.id).where(chosen.scalar_subquery() == _KEPT)


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


def reached(query: Select[Any], way: str, wish: Wish) -> Select[Any]:
    """A query of cases with what the criteria of a wish are about, and no more."""
    order = order_of(way)
    if way == "in" and (wish.text or wish.provider):
        query = query.join(Referral, Referral.id == ReferralCase.referral_id)
    if not wish.text:
        return query
    query = query.join(Client, Client.id == order.client_id)
    return query.outerjoin(Person, Person.id == Client.person_id)


def _mentions(place: int, values: dict[str, Any], order: Any) -> ColumnElement[bool]:
    """Whether one word is of a number, a name, or the reference of whoever sent them."""

    def value(name: str) -> Any:
        return bindparam(name, values[name], type_=String)

    def has_name(column: Any, name: str) -> ColumnElement[bool]:
        return column.contains(value(name), escape="/") if name in values else false()

    name, outside = f"name_{place}", f"outside_{place}"
    begins = value(f"numbered_{place}")
    found = [
        order.number == value(f"number_{place}"),
        order.provider_id.in_(select(Provider.id).where(has_name(Provider.search_name, outside))),
        order.organisation_id.in_(
            select(Organisation.id).where(has_name(Organisation.search_name, outside))
        ),
        order.number.startswith(begins, escape="/"),
        Client.number.startswith(begins, escape="/"),
        has_name(Client.search_name, name),
        has_name(Person.search_name, name),
    ]
    if order is Referral:
        found.append(Referral.their_reference.istartswith(value(f"begins_{place}"), escape="/"))
    return or_(*found)
