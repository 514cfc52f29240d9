"""Which referrals come first on the board, and what a card shows of each: statements.

The overdue come before the others, by consequence and then by age. On the whole board that is
the beginning of an index, state by state; what is narrowed is looked through once for each way.
"""

from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from clinic.clients.queries import is_of_person
from clinic.consents.models import Consent
from clinic.coordination.models import OutboundReferral, ProgressReport, ReferralCase
from clinic.core.swift import Swift
from clinic.desk.queries.cases_wanted import OWED, Person, Shape, Wish, joined, model_of, wanted
from clinic.desk.rules import cases as rules
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used
from clinic.staff.models import StaffMember

FIRST = 8
"""So many of each column on the whole board."""
WHOLE = 100
"""So many on a page of one column."""
NOT_LATE = 9
"""Comes after every grade of consequence."""
TODAY: Any = bindparam("today", None, type_=Date)
WEEK: Any = bindparam("week", None, type_=Date)
"""A week from today: the statements are put together once, and run on any day."""


@lru_cache(256)
def first_cards(shape: Shape) -> Swift:
    """The first cards of each column that is wanted: their order is what ``in_order`` says."""
    wish = shape.wish
    shown = [one for one in rules.COLUMNS if wish.column == one.key]
    shown = shown or [one for one in rules.COLUMNS if wish.way in ("", one.way)]
    is_broad = not (wish.column or wish.is_narrow)
    halves = []
    for way in ("in", "out"):
        columns = [one for one in shown if one.way == way]
        if columns:
            chosen = _beginnings(columns) if is_broad else _looked_through(way, columns, wish)
            halves.append(_wide(way, chosen))
    return Swift(union_all(*halves))


def _beginnings(columns: list[rules.Column]) -> Any:
    """The first of each column, with nothing narrowed: of each of its states so many."""
    parts = []
    for column in columns:
        some = union_all(
            *(part for state in column.states for part in _of_state(column.way, state))
        ).subquery()
        first = select(some.c.id, literal(column.code, String).label("code"), some.c.gravity)
        first = first.order_by(some.c.gravity, some.c.due_on, some.c.id).limit(FIRST)
        parts.append(select(first.subquery()))
    return union_all(*parts).subquery()


def _of_state(way: str, state: str) -> tuple[Any, Any]:
    """Those that are late and those that are not: each is the beginning of an index."""
    model = model_of(way)
    late = select(model.id, model.grade.label("gravity"), model.due_on)
    late = late.where(model.status == state, model.due_on < TODAY)
    late = late.order_by(model.grade, model.due_on, model.id)
    other = select(model.id, literal(NOT_LATE, Integer).label("gravity"), model.due_on)
    other = other.where(model.status == state, model.due_on >= TODAY)
    other = other.order_by(model.due_on, model.id)
    first, second = (select(one.limit(FIRST).subquery()) for one in (late, other))
    return first, second


def _looked_through(way: str, columns: list[rules.Column], wish: Wish) -> Any:
    """The first of each column, or a page of one, of those that are wanted."""
    model, most = model_of(way), WHOLE if wish.column else FIRST
    code = case(
        *((model.status.in_(one.states), literal(one.code, String)) for one in columns),
        else_=literal("", String),
    )
    gravity = case((model.due_on < TODAY, model.grade), else_=NOT_LATE)
    place = func.row_number().over(partition_by=code, order_by=(gravity, model.due_on, model.id))
    states = [state for one in columns for state in one.states]
    ranked = (
        select(model.id, code.label("code"), gravity.label("gravity"), place.label("place"))
        .where(model.status.in_(states), *wanted(way, wish, TODAY))
        .subquery()
    )
    before = (wish.page - 1) * most
    chosen = select(ranked.c.id, ranked.c.code, ranked.c.gravity)
    return chosen.where(ranked.c.place > before, ranked.c.place <= before + most).subquery()


# ---- what a card shows


def _as_number(truth: Any) -> Any:
    """Left as the driver gives it: a row without anything to be converted is read fastest."""
    return type_coerce(truth, Integer)


def _wide(way: str, some: Any) -> Select[Any]:
    """What a card shows, as columns that are the same for both ways."""
    model, order = model_of(way), Referral if way == "in" else OutboundReferral
    query = select(
        some.c.id, literal(way, String).label("way"), some.c.code, some.c.gravity,
        order.public_id, order.number, order.urgency, order.client_id,
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
    owed = (
        select(func.min(ProgressReport.due_on, type_=Date))
        .where(ProgressReport.case_id == ReferralCase.id, ProgressReport.status.in_(OWED))
        .where(ProgressReport.due_on <= WEEK)
        .scalar_subquery()
    )
    precautions = and_(
        Referral.precautions_sealed.is_not(None),
        ReferralCase.precautions_at.is_(None),
        ReferralCase.status.in_(rules.BEFORE_CARE),
    )
    missing = and_(ReferralCase.missing != "", ReferralCase.status.in_(rules.UNDECIDED))
    consent = and_(
        ReferralCase.status.in_(rules.IN_CARE),
        Referral.wants_report,
        ~_may_share(),
    )
    return (
        Referral.id.label("referral_id"),
        owed.label("report_on"),
        _as_number(precautions).label("wants_precautions"),
        _as_number(missing).label("is_missing"),
        _as_number(consent).label("wants_consent"),
        cast(null(), Date).label("answer_by"),
    )


def _may_share() -> ColumnElement[bool]:
    """Whether the person agreed to share with the provider, on whichever records of both."""
    named, kept = aliased(Provider), func.coalesce
    return (
        exists()
        .where(is_of_person(Consent.client_id, Person.id), Consent.kind == "SHARE_PROVIDER")
        .where(Consent.status == "active", Consent.answer == "given")
        .where(or_(Consent.expires_on.is_(None), Consent.expires_on >= TODAY))
        .where(named.id == Consent.provider_id)
        .where(kept(named.merged_into_id, named.id) == kept(Provider.merged_into_id, Provider.id))
        .correlate(Person, Provider)
    )


def _of_out() -> tuple[Any, ...]:
    wants_consent = OutboundReferral.status == "consent_pending"
    return (
        cast(null(), Integer).label("referral_id"),
        cast(null(), Date).label("report_on"),
        _as_number(false()).label("wants_precautions"),
        _as_number(false()).label("is_missing"),
        _as_number(wants_consent).label("wants_consent"),
        OutboundReferral.answer_by,
    )


_COLUMNS = _wide("in", _looked_through("in", list(rules.INBOUND), Wish())).selected_columns
AT = {column.key: place for place, column in enumerate(_COLUMNS)}
"""Where in a row of ``first_cards`` a column is."""
in_order = itemgetter(AT["gravity"], AT["due_on"], AT["id"])
"""By consequence where it is late, then by the day, then by number."""


# ---- how many visits


def _allowed() -> Any:
    used = func.coalesce(func.sum(case((is_used(), 1), else_=0)), 0)
    booked = func.coalesce(func.sum(case((is_reserved(), 1), else_=0)), 0)
    return (
        select(
            Authorisation.referral_id, Authorisation.visits,
            Authorisation.basis, Authorisation.valid_from, Authorisation.valid_until,
            Authorisation.is_closed, used.label("used"), booked.label("booked"),
        )
        .outerjoin(Visit, Visit.authorisation_id == Authorisation.id)
        .where(Authorisation.referral_id.in_([bindparam(f"of_{n}", 0) for n in range(WHOLE)]))
        .group_by(Authorisation.id)
        .order_by(Authorisation.referral_id, Authorisation.valid_from, Authorisation.id)
    )  # fmt: skip


ALLOWED = Swift(_allowed())
"""The authorisations of up to so many referrals, with what is used and booked."""
