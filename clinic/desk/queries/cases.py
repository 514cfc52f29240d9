"""The board of referrals, in and out: how many stand where, and those that come first.

Three queries, however many referrals there are: numbers by state with what can be chosen to
narrow it, the first of each column, and their visits. Columns only, and nothing clinical.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
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
    union_all,
)
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.clients.rules import said_name
from clinic.consents.models import Consent
from clinic.coordination.models import (
    OutboundReferral,
    ProgressReport,
    ReferralCase,
)
from clinic.core.db import db
from clinic.desk.queries.board import board_mark
from clinic.desk.queries.cases_wanted import OWED, Person, Wish, joined, model_of, wanted
from clinic.desk.rules import cases as rules
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used
from clinic.staff.models import StaffMember

__all__ = ["Board", "Card", "Group", "Wish", "board_mark", "the_cases"]

FIRST = 12
"""So many of each column on the whole board."""
WHOLE = 100
"""So many on a page of one column."""
CHOICES = 200
TODAY: Any = bindparam("today", type_=Date)
WEEK: Any = bindparam("week", type_=Date)
"""A week from today: the statements are put together once, and run on any day."""


@dataclass(frozen=True, slots=True)
class Card:
    """One referral: who, from or to whom, how many visits, and what is next."""

    row: Any
    visits: int | None
    """Visits allowed by what still counts; None where there is no authorisation to count by."""
    used: int
    booked: int
    until: date | None
    is_open_ended: bool
    """Whether how long it lasts cannot be computed yet."""
    today: date

    @property
    def client(self) -> str:
        return said_name(self.row.first_name, self.row.last_name, self.row.preferred_name)

    @property
    def provider(self) -> str:
        name = f"{self.row.provider_first_name} {self.row.provider_last_name}".strip()
        return name if self.row.credentials == "other" else f"{name}, {self.row.credentials}"

    @property
    def late(self) -> int:
        """Days since the next action was due; 0 where it is not yet."""
        return max((self.today - self.row.due_on).days, 0) if self.row.due_on else 0

    @property
    def ends_soon(self) -> bool:
        return self.until is not None and self.until - self.today <= timedelta(days=14)

    @property
    def flags(self) -> tuple[str, ...]:
        """What is to be minded, as codes of ``rules.FLAGS``."""
        row = self.row
        found = (
            ("report", row.report_on is not None),
            ("renewal", row.status in ("renewal_requested", "expired")),
            ("consent", row.wants_consent),
            ("precautions", row.wants_precautions),
            ("missing", row.is_missing),
        )
        return tuple(code for code, is_so in found if is_so)


@dataclass(frozen=True, slots=True)
class Group:
    """A column: its cards, how many there are in all, and how many of them are overdue."""

    column: rules.Column
    cards: list[Card]
    count: int
    late: int

    @property
    def more(self) -> int:
        """How many are not shown on the whole board."""
        return max(self.count - len(self.cards), 0)

    def beyond(self, wish: Wish) -> int:
        """How many come after those that are shown."""
        before = (wish.page - 1) * WHOLE if wish.column else 0
        return max(self.count - before - len(self.cards), 0)


@dataclass(frozen=True, slots=True)
class Board:
    """What stands where; ``reports`` are those owed by today and before, and overdue."""

    groups: list[Group]
    providers: list[tuple[str, str]]
    payers: list[str]
    reports_late: int

    def shown(self, way: str, wish: Wish) -> list[Group]:
        """The columns of one way that hold something, or the one that was asked for."""
        of_way = [group for group in self.groups if group.column.way == way]
        if wish.column:
            return [group for group in of_way if group.column.key == wish.column]
        return [group for group in of_way if group.count]

    def count(self, way: str = "") -> int:
        return sum(group.count for group in self.groups if group.column.way.startswith(way))

    def late_in(self, code: str) -> int:
        return sum(group.late for group in self.groups if group.column.code == code)

    def count_in(self, code: str) -> int:
        return sum(group.count for group in self.groups if group.column.code == code)

    @property
    def clients(self) -> list[str]:
        """Whose record is shown."""
        return [card.row.client_public_id for group in self.groups for card in group.cards]


# ---- how many


def _numbers(way: str, wish: Wish) -> Select[Any]:
    model = model_of(way)
    late = func.coalesce(func.sum(case((model.due_on < TODAY, 1), else_=0)), 0)
    criteria = wanted(way, wish, TODAY)
    return (
        select(literal(way), model.status, literal(""), func.count(), late)
        .where(model.status.in_(rules.states(way)), *criteria)
        .group_by(model.status)
    )


@lru_cache(256)
def _counting(wish: Wish) -> Any:
    """Numbers by state, late reports, and what can be chosen: one statement."""
    reports = select(literal("report"), literal(""), literal(""), func.count(), literal(0)).where(
        ProgressReport.status.in_(OWED), ProgressReport.due_on < TODAY
    )
    halves = [_numbers(way, wish) for way in ("in", "out")]
    return union_all(*halves, reports, *_choices())


def _choices() -> tuple[Any, ...]:
    name = Provider.last_name + ", " + Provider.first_name
    came = select(Referral.provider_id).where(Referral.ended_on.is_(None))
    went = select(OutboundReferral.provider_id).where(OutboundReferral.ended_at.is_(None))
    providers = select(literal("provider"), Provider.public_id, name, literal(0), literal(0)).where(
        or_(Provider.id.in_(came), Provider.id.in_(went))
    )
    payer = Authorisation.payer
    payers = (
        select(literal("payer"), payer, payer.label("label"), literal(0), literal(0))
        .where(Authorisation.payer != "")
        .distinct()
    )
    return tuple(select(some.limit(CHOICES).subquery()) for some in (providers, payers))


# ---- which come first


def _gravity(way: str) -> ColumnElement[int]:
    """How grave it is to leave the next action undone: 1 is the gravest."""
    model = model_of(way)
    urgency = Referral.urgency if way == "in" else OutboundReferral.urgency
    return case(
        (or_(urgency == "emergency", model.next_action.in_(rules.actions_of(1))), 1),
        (or_(urgency == "urgent", model.next_action.in_(rules.actions_of(2))), 2),
        (model.next_action.in_(rules.actions_of(3)), 3),
        else_=4,
    )


def _ranked(column: rules.Column, wish: Wish) -> Any:
    """The first of a column: overdue before the others, by consequence and then by age."""
    model, most = model_of(column.way), WHOLE if wish.column else FIRST
    is_late = model.due_on < TODAY
    query = select(
        model.id.label("id"),
        literal(column.way).label("way"),
        literal(column.code).label("code"),
        case((is_late, _gravity(column.way)), else_=9).label("gravity"),
    )
    if column.way == "in":
        query = query.join(Referral, Referral.id == ReferralCase.referral_id)
    query = query.where(model.status.in_(column.states), *wanted(column.way, wish, TODAY))
    chosen = query.order_by(
        case((is_late, _gravity(column.way)), else_=9), model.due_on, model.id
    ).limit(most)
    return chosen.offset((wish.page - 1) * most) if wish.column else chosen


@lru_cache(256)
def _cards(wish: Wish) -> Any:
    """The first cards of each column that is wanted: one statement."""
    shown = [one for one in rules.COLUMNS if wish.column == one.key]
    shown = shown or [one for one in rules.COLUMNS if wish.way in ("", one.way)]
    halves = []
    for way in ("in", "out"):
        parts = [_ranked(one, wish).subquery() for one in shown if one.way == way]
        if parts:
            halves.append(_wide(way, union_all(*(select(part) for part in parts)).subquery()))
    return union_all(*halves)


def _wide(way: str, some: Any) -> Select[Any]:
    """What a card shows, as columns that are the same for both ways."""
    model, order = model_of(way), Referral if way == "in" else OutboundReferral
    query = select(
        some.c.id, some.c.way, some.c.code, some.c.gravity,
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
        ~_may_share(Referral),
    )
    return (
        Referral.id.label("referral_id"),
        owed.label("report_on"),
        precautions.label("wants_precautions"),
        missing.label("is_missing"),
        consent.label("wants_consent"),
        cast(null(), Date).label("answer_by"),
    )


def _may_share(order: Any) -> ColumnElement[bool]:
    """Whether the person agreed to share with the provider, on whichever records of both."""
    held, first = aliased(Client), aliased(Client)
    named, asked, kept = aliased(Provider), aliased(Provider), func.coalesce
    return (
        exists()
        .where(Consent.kind == "SHARE_PROVIDER")
        .where(named.id == Consent.provider_id, asked.id == order.provider_id)
        .where(kept(named.merged_into_id, named.id) == kept(asked.merged_into_id, asked.id))
        .where(Consent.status == "active", Consent.answer == "given")
        .where(or_(Consent.expires_on.is_(None), Consent.expires_on >= TODAY))
        .where(held.id == Consent.client_id, first.id == order.client_id)
        .where(kept(held.person_id, held.id) == kept(first.person_id, first.id))
        .correlate(order)
    )


def _of_out() -> tuple[Any, ...]:
    return (
        cast(null(), Integer).label("referral_id"),
        cast(null(), Date).label("report_on"),
        false().label("wants_precautions"),
        false().label("is_missing"),
        (OutboundReferral.status == "consent_pending").label("wants_consent"),
        OutboundReferral.answer_by,
    )


# ---- how many visits


def _visits_of(referral_ids: Iterable[int]) -> dict[int, list[Any]]:
    """The authorisations of these referrals with what is used and booked, in one query."""
    ids = list(referral_ids)
    if not ids:
        return {}
    used = func.coalesce(func.sum(case((is_used(), 1), else_=0)), 0)
    booked = func.coalesce(func.sum(case((is_reserved(), 1), else_=0)), 0)
    rows: Any = db.session.execute(
        select(
            Authorisation.id, Authorisation.referral_id, Authorisation.visits,
            Authorisation.basis, Authorisation.valid_from, Authorisation.valid_until,
            Authorisation.is_closed, used.label("used"), booked.label("booked"),
        )
        .outerjoin(Visit, Visit.authorisation_id == Authorisation.id)
        .where(Authorisation.referral_id.in_(ids))
        .group_by(Authorisation.id)
        .order_by(Authorisation.valid_from, Authorisation.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.referral_id, []).append(row)
    return found


def _card(row: Any, allowed: list[Any], today: date) -> Card:
    live = [one for one in allowed if not _is_done(one, today)] or allowed[-1:]
    ends = [one.valid_until for one in live if one.valid_until is not None]
    return Card(
        row=row,
        visits=sum(one.visits for one in live) if live else None,
        used=sum(one.used for one in live),
        booked=sum(one.booked for one in live),
        until=max(ends, default=None) if len(ends) == len(live) else None,
        is_open_ended=any(one.basis == "first_visit" and not one.valid_until for one in live),
        today=today,
    )


def _is_done(one: Any, today: date) -> bool:
    is_over = one.valid_until is not None and one.valid_until < today
    return bool(one.is_closed or is_over or one.used >= one.visits)


# ---- the whole of it


def the_cases(wish: Wish, today: date) -> Board:
    """The board as it is wished for, on a day. Three queries."""
    given = {"today": today, "week": today + timedelta(days=7)}
    found = db.session.execute(_counting(replace(wish, page=1, column="")), given).all()
    rows = db.session.execute(_cards(wish), given).all()
    rows = sorted(rows, key=lambda row: (row.gravity, row.due_on or date.max, row.id))
    visits = _visits_of(row.referral_id for row in rows if row.referral_id)
    cards = [_card(row, visits.get(row.referral_id, []), today) for row in rows]
    counts = {(way, state): numbers for way, state, _, *numbers in found}
    return Board(
        [_group(one, cards, counts) for one in rules.COLUMNS],
        sorted(((row[1], row[2]) for row in found if row[0] == "provider"), key=_by_label),
        sorted((row[1] for row in found if row[0] == "payer"), key=str.casefold),
        counts[("report", "")][0],
    )


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _group(column: rules.Column, cards: list[Card], counts: Any) -> Group:
    found = [counts.get((column.way, state), (0, 0)) for state in column.states]
    return Group(
        column,
        [one for one in cards if (one.row.way, one.row.code) == (column.way, column.code)],
        sum(count for count, _ in found),
        sum(late for _, late in found),
    )
