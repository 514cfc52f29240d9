"""The table of movements that a draft shows: what is usual, what it was, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clinic.anatomy import MOVEMENTS
from clinic.core.errors import DomainError
from clinic.records.queries.measures import Known, latest_of, of_note, readings_of
from clinic.records.queries.plans import open_plan
from clinic.records.rules.keeping import read_taken
from clinic.records.rules.measures import Change, Subject, Taken, change, is_unusual, subject_of
from clinic.records.rules.plans import read_details
from clinic.scheduling.models import Visit

NAMED, BLANK = 10, 2
"""Rows that have a movement, at most; rows in which one can be chosen."""


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One row: figures as they are typed, and what stands beside them."""

    subject: Subject | None
    usual: str = ""
    last: str = ""
    last_on: date | None = None
    before: str = ""
    after: str = ""
    chosen: str = ""
    how: str = ""

    @property
    def change(self) -> Change | None:
        """What the session changed, once both were measured."""
        if self.subject is None:
            return None
        try:
            return change(self.subject, float(self.before), float(self.after))
        except ValueError:
            return None

    @property
    def is_unusual(self) -> bool:
        """Whether a figure goes so far past the usual that it is looked at twice."""
        if self.subject is None:
            return False
        said = [text for text in (self.before, self.after) if text.isdecimal()]
        return any(is_unusual(Taken(self.subject, int(text))) for text in said)


def movement_rows(
    visit: Visit, note_id: int | None, typed: Mapping[str, str] | None = None
) -> list[MovementRow]:
    """The draft's own movements, then those of the plan's goals, then those measured last."""
    known = [one for one in readings_of(visit.client.known_as) if one.visit_id != visit.id]
    latest = latest_of(one for one in known if one.taken.subject.measure == "ROM")
    figures: dict[Subject, dict[str, str]] = {}
    for row in of_note(note_id) if note_id is not None else ():
        taken = read_taken(row.details)
        if taken.subject.measure == "ROM":
            figures.setdefault(taken.subject, {})[taken.moment] = f"{taken.value:g}"
    for subject in (*_aimed_at(visit), *reversed(latest)):
        figures.setdefault(subject, {})
    if typed is not None and "rom-rows" in typed:
        return _as_typed(typed, latest)
    rows = [
        _row(subject, latest, said.get("before", ""), said.get("after", ""))
        for subject, said in list(figures.items())[:NAMED]
    ]
    return rows + [MovementRow(None)] * BLANK


def _aimed_at(visit: Visit) -> list[Subject]:
    plan = open_plan(visit.client.known_as)
    goals = read_details(plan.details).goals if plan is not None else ()
    return [one.subject for one in goals if one.subject and one.subject.measure == "ROM"]


def _row(subject: Subject, latest: Mapping[Subject, Known], before: str, after: str) -> MovementRow:
    known = latest.get(subject)
    return MovementRow(
        subject,
        usual=_usual(subject),
        last=subject.figure(known.taken.value) if known else "",
        last_on=known.on if known else None,
        before=before,
        after=after,
    )


def _usual(subject: Subject) -> str:
    move = MOVEMENTS[subject.point]
    low, high = subject.figure(move.low), subject.figure(move.high)
    return high if low == high else f"{move.low}–{high}"


def _as_typed(typed: Mapping[str, str], latest: Mapping[Subject, Known]) -> list[MovementRow]:
    """What was sent and could not be kept, row by row as it was typed."""
    rows = []
    for number in range(NAMED + BLANK):
        name = f"rom-{number}"
        code, how = typed.get(f"{name}-subject"), typed.get(f"{name}-how")
        if code is None:
            continue
        said = typed.get(f"{name}-before", "")[:8], typed.get(f"{name}-after", "")[:8]
        try:
            subject = subject_of(code) if how is None else None
        except DomainError:
            subject = None
        if subject is not None:
            rows.append(_row(subject, latest, *said))
        else:
            rows.append(
                MovementRow(None, before=said[0], after=said[1], chosen=code, how=how or "")
            )
    return rows


def movements_of(note_id: int) -> list[tuple[Subject, dict[str, float]]]:
    """What was measured of movements for a note, before and after."""
    found: dict[Subject, dict[str, float]] = {}
    for row in of_note(note_id):
        taken = read_taken(row.details)
        if taken.subject.measure == "ROM":
            found.setdefault(taken.subject, {})[taken.moment] = taken.value
    return list(found.items())
