"""What letters say of a record: counted over signed notes, measured; no text of a note."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from clinic.catalogue.models import Technique
from clinic.coordination.rules.reported import (
    is_worse,
    line_of,
    most_used,
    told_since,
    treated_most,
    usual_minutes,
)
from clinic.core.db import db
from clinic.letters.rules.blocks import MeasureLine
from clinic.letters.rules.told import Response, Treatment
from clinic.letters.rules.voice import Voice
from clinic.records.models import Note
from clinic.records.queries.measures import Trend, readings_of, trends
from clinic.records.queries.plans import PlanPage, goals_of
from clinic.records.rules.notes import Body, read_body


def done_in(visit_ids: Sequence[int]) -> tuple[Treatment, Response]:
    """What was done at these visits, and how the client came to them."""
    notes = _notes(visit_ids)
    bodies = [body for body, _ in notes]
    done = Treatment(
        techniques=_names(most_used(bodies)),
        places=treated_most(bodies),
        minutes=usual_minutes(minutes for _, minutes in notes),
        exercises=sum("exercises" in body.aftercare for body in bodies),
    )
    return done, told_since(bodies)


def measured(
    person_id: int, page: PlanPage | None, since: date | None, voice: Voice
) -> tuple[tuple[MeasureLine, ...], tuple[str, ...]]:
    """Each measure of a person from its start to now, and the names of those that became worse.

    The plan's own first figures and targets count, where there is a plan.
    """
    found = trends(readings_of(person_id, since), goals_of(page))
    lines = [(one, _line(one, voice)) for one in found]
    worse = [
        voice(one.subject.name)
        for one, _ in lines
        if is_worse(one.subject, one.points, one.start, one.target)
    ]
    return tuple(line for _, line in lines if line is not None), tuple(worse)


def _line(trend: Trend, voice: Voice) -> MeasureLine | None:
    return line_of(trend.subject, trend.points, voice, start=trend.start, target=trend.target)


def _notes(visit_ids: Sequence[int]) -> list[tuple[Body, int | None]]:
    """What signed notes say, to be counted; no text of theirs is taken over."""
    wanted = (
        select(Note)
        .where(Note.visit_id.in_(visit_ids), Note.status.in_(("signed", "amended")))
        .order_by(Note.id)
    )
    return [(read_body(note.body or ""), note.minutes) for note in db.session.scalars(wanted)]


def _names(codes: Sequence[str]) -> tuple[str, ...]:
    named = select(Technique.code, Technique.name).where(Technique.code.in_(codes))
    names = {row.code: row.name for row in db.session.execute(named)}
    return tuple(names[code] for code in codes if code in names)
