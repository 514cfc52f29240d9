"""The page of services and prices: families, services, a price for each length; four queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, select

from clinic.catalogue.models import (
    FAMILIES,
    AddOn,
    Price,
    Service,
    ServiceRequirement,
    ServiceVariant,
    Technique,
)
from clinic.catalogue.queries import add_on_price, variant_price
from clinic.core.db import db
from clinic.staff.models import Qualification


@dataclass(frozen=True, slots=True)
class Cell:
    """A price on the day looked at (minor units), what it was before, and what comes next."""

    amount: int | None
    was: int | None
    next_minor: int | None
    next_from: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """One service of the ladder: a cell for each of its lengths, by minutes."""

    public_id: str
    name: str
    note: str
    family: str
    buffer_before: int
    buffer_after: int
    needs_referral: bool
    needs: tuple[str, ...]
    cells: dict[int, Cell]


@dataclass(frozen=True, slots=True)
class AddOnLine:
    """One add-on with its price."""

    public_id: str
    name: str
    extra_minutes: int
    technique: str | None
    qualification: str | None
    cell: Cell


@dataclass(slots=True)
class Ladder:
    """The whole page. ``common`` are the names of what every service asks for."""

    minutes: list[int]
    common: list[str]
    families: list[tuple[str, list[Line]]]
    add_ons: list[AddOnLine]
    retired: list[tuple[str, str]] = field(default_factory=list)
    retired_add_ons: list[tuple[str, str]] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    changes: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all yet."""
        return not (self.families or self.retired or self.add_ons or self.retired_add_ons)


_SERVICE: tuple[Any, ...] = (
    Service.id,
    Service.public_id,
    Service.name,
    Service.family,
    Service.note,
    Service.buffer_before,
    Service.buffer_after,
    Service.needs_referral,
    Service.is_active,
)
_NEED: tuple[Any, ...] = (ServiceRequirement.service_id, Qualification.name)


def the_ladder(today: date, on: date) -> Ladder:
    """Services and prices as they are on a day, beside those of today."""
    services = db.session.execute(
        select(*_SERVICE).order_by(Service.position, Service.name, Service.id)
    ).all()
    needs, common = _needs({row.id for row in services if row.is_active})
    cells = _steps(today, on)
    lines = [_line(row, needs[row.id] - common, cells[row.id]) for row in services if row.is_active]
    by_family = {name: [line for line in lines if line.family == name] for name in FAMILIES}
    add_ons = _add_on_rows(today, on)
    ladder = Ladder(
        minutes=sorted({minutes for line in lines for minutes in line.cells}),
        common=sorted(common),
        families=[(name, found) for name, found in by_family.items() if found],
        add_ons=[_add_on_line(row) for row in add_ons if row.is_active],
        retired=[(row.public_id, row.name) for row in services if not row.is_active],
        retired_add_ons=[(row.public_id, row.name) for row in add_ons if not row.is_active],
    )
    _note_changes(ladder, today, on)
    return ladder


def _needs(offered: set[int]) -> tuple[dict[int, set[str]], set[str]]:
    """What each service asks for, and what all of the offered ones do."""
    needs: dict[int, set[str]] = defaultdict(set)
    query = select(*_NEED).join(
        Qualification, Qualification.id == ServiceRequirement.qualification_id
    )
    for service_id, name in db.session.execute(query):
        needs[service_id].add(name)
    common = set.intersection(*(needs[number] for number in offered)) if offered else set()
    return needs, common


def _line(row: Any, needs: set[str], cells: dict[int, Cell]) -> Line:
    return Line(
        row.public_id,
        row.name,
        row.note,
        row.family,
        row.buffer_before,
        row.buffer_after,
        row.needs_referral,
        tuple(sorted(needs)),
        cells,
    )


def _steps(today: date, on: date) -> dict[int, dict[int, Cell]]:
    coming = _next(Price.variant_id == ServiceVariant.id, today)
    columns: tuple[Any, ...] = (
        ServiceVariant.service_id,
        ServiceVariant.minutes,
        variant_price(today).label("now_minor"),
        variant_price(on).label("then_minor"),
        *coming,
    )
    cells: dict[int, dict[int, Cell]] = defaultdict(dict)
    query = select(*columns).where(ServiceVariant.is_active).order_by(ServiceVariant.minutes)
    for row in db.session.execute(query):
        cells[row.service_id][row.minutes] = _cell(row)
    return cells


def _add_on_rows(today: date, on: date) -> list[Any]:
    columns: tuple[Any, ...] = (
        AddOn.public_id,
        AddOn.name,
        AddOn.extra_minutes,
        AddOn.is_active,
        Technique.name.label("technique"),
        Qualification.name.label("qualification"),
        add_on_price(today).label("now_minor"),
        add_on_price(on).label("then_minor"),
        *_next(Price.add_on_id == AddOn.id, today),
    )
    query = (
        select(*columns)
        .outerjoin(Technique, Technique.id == AddOn.technique_id)
        .outerjoin(Qualification, Qualification.id == AddOn.qualification_id)
        .order_by(AddOn.name, AddOn.id)
    )
    return list(db.session.execute(query))


def _add_on_line(row: Any) -> AddOnLine:
    return AddOnLine(
        row.public_id, row.name, row.extra_minutes, row.technique, row.qualification, _cell(row)
    )


def _cell(row: Any) -> Cell:
    was = row.now_minor if row.now_minor != row.then_minor else None
    return Cell(row.then_minor, was, row.next_minor, row.next_from)


def _next(of: ColumnElement[bool], after: date) -> tuple[Any, Any]:
    """Amount and first day of the next price, beside each row of an outer query."""

    def column(wanted: Any) -> ScalarSelect[Any]:
        return (
            select(wanted)
            .where(of, Price.effective_from > after)
            .order_by(Price.effective_from)
            .limit(1)
            .scalar_subquery()
        )

    return (
        column(Price.amount_minor).label("next_minor"),
        column(Price.effective_from).label("next_from"),
    )


def _note_changes(ladder: Ladder, today: date, on: date) -> None:
    """The next days on which prices change, and how many do by the day looked at."""
    cells = [cell for _, lines in ladder.families for line in lines for cell in line.cells.values()]
    cells += [line.cell for line in ladder.add_ons]
    days = {cell.next_from for cell in cells if cell.next_from is not None}
    ladder.days = sorted(days | ({on} if on > today else set()))[:3]
    if on > today:
        ladder.changes = sum(cell.was is not None for cell in cells)
    elif ladder.days:
        ladder.changes = sum(cell.next_from == ladder.days[0] for cell in cells)
