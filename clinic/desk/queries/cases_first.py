"""Which referrals come first on the board, and what a card shows of each: statements.

The overdue come before the others, by consequence and then by age. On the whole board that is
the beginning of an index, state by state. Of what is narrowed it is known which come first.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
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


Parts = tuple[tuple[rules.Column, bool, bool], ...]
"""Columns, each with whether its late ones are read, and whether the others are."""


@lru_cache(64)
def first_cards(parts: Parts) -> Swift:
    """The first of some columns, which are not empty: ``in_order`` says their order."""
    asked = dict.fromkeys(column.way for column, _, _ in parts)
    return Swift(union_all(*(_wide(way, _beginnings(way, parts)) for way in asked)))


def parts_of(way: str, counts: Sequence[int], lates: Sequence[int]) -> Parts:
    """What has to be read of one way for its first, by the numbers of all columns: of whatever
    is not there nothing, and none that are not late where enough are."""
    return tuple(
        (column, late > 0, late < FIRST and count > late)
        for column, count, late in zip(rules.COLUMNS, counts, lates, strict=True)
        if column.way == way and count
    )


@lru_cache(64)
def page_of_column(column: rules.Column, page: int) -> Swift:
    """A page of one column, with nothing narrowed."""
    return Swift(_wide(column.way, _stretch(column, (page - 1) * WHOLE, WHOLE).subquery()))


@lru_cache(8)
def cards_of(way: str, *, is_page: bool) -> Swift:
    """The first of each column, of one way or of both, or a page of one column, by their ids:
    ``in_0``, ``out_0`` and on."""
    return Swift(union_all(*(_wide(one, _by_id(one, is_page=is_page)) for one in ways(way))))


def ways(way: str) -> tuple[str, ...]:
    """Which ways are shown where one is asked for, or none."""
    return (way,) if way else ("in", "out")


def columns(way: str) -> list[rules.Column]:
    """The columns of one way."""
    return [column for column in rules.COLUMNS if column.way == way]


def _by_id(way: str, *, is_page: bool) -> Any:
    model, own = model_of(way), columns(way)
    most = WHOLE if is_page else FIRST * len(own)
    ids = [bindparam(f"{way}_{place}", 0, type_=Integer) for place in range(most)]
    code = case(
        *((model.status.in_(_fixed(one.states)), fixed(one.code)) for one in own), else_=fixed("")
    )
    gravity = case((model.due_on < TODAY, model.grade), else_=fixed(NOT_LATE))
    some = select(model.id, code.label("code"), gravity.label("gravity"))
    return some.where(model.id.in_(ids)).subquery()


def _fixed(codes: Iterable[str]) -> list[Any]:
    return [fixed(code) for code in codes]


def _beginnings(way: str, parts: Parts) -> Any:
    """The first of each column of a way, with nothing narrowed."""
    found = [
        _stretch(column, 0, FIRST, has_late=has_late, has_others=has_others).subquery()
        for column, has_late, has_others in parts
        if column.way == way
    ]
    return union_all(*(select(part) for part in found)).subquery()


def _stretch(
    column: rules.Column, before: int, most: int, *, has_late: bool = True, has_others: bool = True
) -> Select[Any]:
    """So many of a column, after so many: of its states, the late and the others, each is the
    beginning of an index."""
    model = model_of(column.way)
    parts: list[Select[Any]] = []
    other: list[Select[Any]] = []
    for state in column.states:
        one = select(model.id).where(model.status == fixed(state))
        grave = one.add_columns(model.grade.label("gravity"), model.due_on.label("due_on"))
        # Hidden from the index of days: by that of grades the gravest come first, and few are read.
        is_late = func.coalesce(model.due_on, TODAY) < TODAY
        if has_late:
            parts.append(_first([grave.where(is_late)], before + most, "gravity"))
        slight = one.add_columns(fixed(NOT_LATE).label("gravity"), model.due_on.label("due_on"))
        other.append(slight.where(model.due_on >= TODAY))
    if has_others:
        parts.append(_first(other, before + most))
    both = union_all(*(select(part.subquery()) for part in parts)).subquery()
    found = select(both.c.id, fixed(column.code).label("code"), both.c.gravity)
    found = found.order_by(both.c.gravity, both.c.due_on, both.c.id).limit(fixed(most))
    return found.offset(fixed(before)) if before else found


def _first(some: list[Select[Any]], most: int, *by: str) -> Any:
    """The first of several that are in one order each: no more is read of any than is taken."""
    merged: Any = union_all(*some) if len(some) > 1 else some[0]
    return merged.order_by(*by, "due_on", "id").limit(fixed(most))


# ---- what a card shows


def _as_number(truth: Any) -> Any:
    """Left as the driver gives it: a row without anything to be converted is read fastest."""
    return type_coerce(truth, Integer)


def _wide(way: str, some: Any) -> Select[Any]:
    """What a card shows, as columns that are the same for both ways."""
    model, order = model_of(way), order_of(way)
    query = select(
        some.c.id, fixed(way).label("way"), some.c.code, some.c.gravity,
        order.public_id, order.number, order.urgency,
        model.status, model.next_action, model.due_on,
        *(_of_in() if way == "in" else _of_out()),
        Person.public_id.label("client_public_id"), Person.first_name, Person.preferred_name,
        Person.last_name,
        Provider.first_name.label("provider_first_name"),
        Provider.last_name.label("provider_last_name"), Provider.credentials,
        Organisation.name.label("organisation"),
        StaffMember.name.label("owner"), StaffMember.public_id.label("owner_public_id"),
    ).select_from(some).join(model, model.id == some.c.id)  # fmt: skip
    if way == "in":
        query = query.join(Referral, Referral.id == ReferralCase.referral_id)
    return joined(query, order).outerjoin(StaffMember, StaffMember.id == model.owner_id)


def _of_in() -> tuple[Any, ...]:
    precautions = and_(
        Referral.precautions_sealed.is_not(None),
        ReferralCase.precautions_at.is_(None),
        ReferralCase.status.in_(_fixed(rules.BEFORE_CARE)),
    )
    missing = and_(
        ReferralCase.status.in_(_fixed(rules.UNDECIDED)), ReferralCase.missing != fixed("")
    )
    consent = and_(ReferralCase.status.in_(_fixed(rules.IN_CARE)), Referral.wants_report)
    return (
        Referral.id.label("referral_id"),
        Person.id.label("person_id"),
        func.coalesce(Provider.merged_into_id, Provider.id).label("known_as"),
        _as_number(precautions).label("wants_precautions"),
        _as_number(missing).label("is_missing"),
        _as_number(consent).label("wants_consent"),
        cast(null(), Date).label("answer_by"),
    )


def _of_out() -> tuple[Any, ...]:
    wants_consent = OutboundReferral.status == fixed("consent_pending")
    return (
        cast(null(), Integer).label("referral_id"),
        cast(null(), Integer).label("person_id"),
        cast(null(), Integer).label("known_as"),
        _as_number(false()).label("wants_precautions"),
        _as_number(false()).label("is_missing"),
        _as_number(wants_consent).label("wants_consent"),
        OutboundReferral.answer_by,
    )


_COLUMNS = _wide("in", _by_id("in", is_page=False)).selected_columns
AT = {column.key: place for place, column in enumerate(_COLUMNS)}
"""Where in a row of ``first_cards`` a column is."""
in_order = itemgetter(AT["gravity"], AT["due_on"], AT["id"])
"""By consequence where it is late, then by the day, then by number."""
