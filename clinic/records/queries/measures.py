"""What was measured of a person, found again and put in order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.records.models import Note, Reading
from clinic.records.rules.charts import Chart, Point, drawn
from clinic.records.rules.keeping import read_taken
from clinic.records.rules.measures import MEASURES, Change, Subject, Taken, change

MOST = 4000
"""Figures of one person that are read at once, the latest."""


@dataclass(frozen=True, slots=True)
class Known:
    """A figure as it stands in the record."""

    taken: Taken
    on: date
    phase: str
    reading_id: str
    visit_id: int | None
    is_locked: bool
    """It belongs to a note, and is set right there or not at all."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One subject over time. ``start`` and ``now`` are of arrivals, so like with like."""

    subject: Subject
    points: tuple[Point, ...]
    known: tuple[Known, ...]
    target: float | None = None
    start: float | None = None

    @property
    def chart(self) -> Chart:
        """As it is drawn."""
        return drawn(self.subject, self.points, self.target, self.baseline)

    @property
    def baseline(self) -> float:
        """What the course is compared with: the plan's own start, or the first figure."""
        return self.start if self.start is not None else _figures(self.points)[0]

    @property
    def now(self) -> float:
        """The latest figure on arrival."""
        return _figures(self.points)[-1]

    @property
    def change(self) -> Change:
        """What has changed since the beginning."""
        return change(self.subject, self.baseline, self.now, self.target)

    @property
    def has_after(self) -> bool:
        """Whether anything was measured after a session as well."""
        return any(one.after is not None for one in self.points)


def _figures(points: Sequence[Point]) -> list[float]:
    """Figures on arrival; those after a session only where there are no others."""
    before = [one.value for one in points if one.value is not None]
    return before or [one.after for one in points if one.after is not None]


def the_reading(public_id: str) -> Reading:
    """Raises NotFound."""
    found = db.session.scalar(
        select(Reading).where(Reading.public_id == public_id).options(joinedload(Reading.note))
    )
    if found is None:
        raise NotFound
    return found


def readings_of(person_id: int, since: date | None = None) -> list[Known]:
    """A person's figures that count, the earliest first. Those of drafts do not count yet."""
    found = (
        select(Reading)
        .outerjoin(Note, Note.id == Reading.note_id)
        .where(
            is_of_person(Reading.client_id, person_id),
            Reading.voided_at.is_(None),
            or_(Note.id.is_(None), Note.status.in_(("signed", "amended"))),
        )
        .options(joinedload(Reading.client, innerjoin=True).lazyload(Client.phones))
        .order_by(Reading.taken_on.desc(), Reading.id.desc())
        .limit(MOST)
    )
    if since is not None:
        found = found.where(Reading.taken_on >= since)
    return [_known(one) for one in reversed(db.session.scalars(found).all())]


def _known(reading: Reading) -> Known:
    return Known(
        taken=read_taken(reading.details),
        on=reading.taken_on,
        phase=reading.phase,
        reading_id=reading.public_id,
        visit_id=reading.visit_id,
        is_locked=reading.note_id is not None,
    )


def of_note(note_id: int) -> list[Reading]:
    """What was measured for a note, signed or not."""
    found = select(Reading).where(Reading.note_id == note_id, Reading.voided_at.is_(None))
    return list(db.session.scalars(found.order_by(Reading.id)))


def trends(
    known: Iterable[Known], goals: dict[Subject, tuple[float | None, float | None]] | None = None
) -> list[Trend]:
    """Figures subject by subject, those with a goal first; ``goals`` are (start, target)."""
    goals = goals or {}
    sorted_out: dict[Subject, list[Known]] = defaultdict(list)
    for one in known:
        sorted_out[one.taken.subject].append(one)
    order = list(MEASURES)
    subjects = sorted(
        sorted_out,
        key=lambda one: (one not in goals, order.index(one.measure), one.code),
    )
    return [
        Trend(
            subject=subject,
            points=_points(sorted_out[subject]),
            known=tuple(sorted_out[subject]),
            start=goals.get(subject, (None, None))[0],
            target=goals.get(subject, (None, None))[1],
        )
        for subject in subjects
    ]


def _points(known: Sequence[Known]) -> tuple[Point, ...]:
    """One point a day; of two figures of one day and moment the later holds."""
    days: dict[date, dict[str, float]] = defaultdict(dict)
    for one in known:
        days[one.on]["after" if one.taken.moment == "after" else "value"] = one.taken.value
    return tuple(Point(on, said.get("value"), said.get("after")) for on, said in days.items())


def latest_of(known: Iterable[Known]) -> dict[Subject, Known]:
    """The latest figure of each subject, on arrival where that was measured."""
    found: dict[Subject, Known] = {}
    for one in known:
        stood = found.get(one.taken.subject)
        if one.taken.moment == "after" and stood is not None and stood.on == one.on:
            continue
        found[one.taken.subject] = one
    return found
