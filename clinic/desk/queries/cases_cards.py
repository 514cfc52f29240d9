"""What the board shows of a referral, in or out: a statement."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    null,
    select,
    type_coerce,
    union_all,
)

from clinic.coordination.models import OutboundReferral, ReferralCase
from clinic.core.swift import Swift
from clinic.desk.queries.cases_wanted import Person, fixed, joined, model_of, order_of
from clinic.desk.rules import cases as rules
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Referral
from clinic.staff.models import StaffMember

FIRST = 5
"""So many of each column on the whole board."""
WHOLE = 100
"""So many on a page of one column."""
NOT_LATE = 9
"""Comes after every grade of consequence."""
TODAY: Any = bindparam("today", None, type_=Date)
WEEK: Any = bindparam("week", None, type_=Date)
"""A week from today: the statements are put together once, and run on any day."""


@lru_cache(8)
def cards_of(way: str, *, is_page: bool) -> Swift:
    """What is shown of the first of each column, of one way or of both, or of a page of one
    column, by their ids (``in_0``, ``out_0`` and on) and in any order."""
    return Swift(union_all(*(_wide(one, is_page=is_page) for one in ways(way))))


def ways(way: str) -> tuple[str, ...]:
    """Which ways are shown where one is asked for, or none."""
    return (way,) if way else ("in", "out")


# ---- what a card shows


def _as_number(truth: Any) -> Any:
    """Left as the driver gives it: a row without anything to be converted is read fastest."""
    return type_coerce(truth, Integer)


def _wide(way: str, *, is_page: bool) -> Select[Any]:
    """What a card shows, as columns that are the same for both ways."""
    model, order = model_of(way), order_of(way)
    most = WHOLE if is_page else FIRST * sum(one.way == way for one in rules.COLUMNS)
    ids = [bindparam(f"{way}_{place}", 0, type_=Integer) for place in range(most)]
    query = select(
        model.id, fixed(way).label("way"), model.public_id.label("own_public_id"),
        order.public_id, order.number, order.urgency,
        model.status, model.next_action, model.due_on,
        *(_of_in() if way == "in" else _of_out()),
        Person.public_id.label("client_public_id"), Person.first_name, Person.preferred_name,
        Person.last_name,
        Provider.first_name.label("provider_first_name"),
        Provider.last_name.label("provider_last_name"), Provider.credentials,
        Organisation.name.label("organisation"),
        StaffMember.name.label("owner"), StaffMember.public_id.label("owner_public_id"),
    ).select_from(model)  # fmt: skip
    if way == "in":
        query = query.join(Referral, Referral.id == ReferralCase.referral_id)
    whole = joined(query, order).outerjoin(StaffMember, StaffMember.id == model.owner_id)
    return whole.where(model.id.in_(ids))


def _of_in() -> tuple[Any, ...]:
    unread = and_(Referral.precautions_sealed.is_not(None), ReferralCase.precautions_at.is_(None))
    return (
        Referral.id.label("referral_id"),
        Person.id.label("person_id"),
        func.coalesce(Provider.merged_into_id, Provider.id).label("known_as"),
        _as_number(unread).label("has_unread_precautions"),
        _as_number(ReferralCase.missing != fixed("")).label("lacks_something"),
        _as_number(Referral.wants_report).label("wants_report"),
        cast(null(), Date).label("answer_by"),
    )


def _of_out() -> tuple[Any, ...]:
    return (
        cast(null(), Integer).label("referral_id"),
        cast(null(), Integer).label("person_id"),
        cast(null(), Integer).label("known_as"),
        *(_as_number(false()).label(name) for name in _ONLY_IN),
        OutboundReferral.answer_by,
    )


_ONLY_IN = ("has_unread_precautions", "lacks_something", "wants_report")
_COLUMNS = _wide("in", is_page=False).selected_columns
AT = {column.key: place for place, column in enumerate(_COLUMNS)}
"""Where in a row of ``cards_of`` a column is."""
