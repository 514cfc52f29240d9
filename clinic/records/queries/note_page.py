"""What the page of a draft shows beside what is typed."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.catalogue.queries import techniques
from clinic.core.db import db
from clinic.health.rules.limits import Place
from clinic.records.models import Note
from clinic.records.queries.notes import TREATED, Listed, earlier_notes, ended, note_of
from clinic.records.queries.today import Today, today_of, vitals_place
from clinic.records.rules.notes import (
    Body,
    beyond,
    read_body,
    still_copied,
    to_confirm,
    without_consent,
)
from clinic.scheduling.models import Visit


@dataclass(frozen=True, slots=True)
class NotePage:
    """One visit's draft, the earlier note beside it, and what holds on that day."""

    visit: Visit
    note: Note | None
    body: Body
    today: Today
    earlier: Listed | None
    older: str
    newer: str
    """Public ids of the notes before and after the one beside."""
    last: Body | None
    techniques: tuple[tuple[str, str], ...]

    @property
    def copied(self) -> tuple[str, ...]:
        """Names of the fields that stand as they were copied."""
        return still_copied(self.body)

    @property
    def to_confirm(self) -> tuple[object, ...]:
        """What is copied and has to be confirmed before signing."""
        return to_confirm(self.body)

    @property
    def warnings(self) -> tuple[object, ...]:
        """What was used today though the screening says otherwise."""
        said = self.today
        return beyond(self.body, said.techniques, said.areas, said.pressure, dict(self.techniques))

    @property
    def unagreed(self) -> tuple[object, ...]:
        """Treated areas that need a consent of the day and have none."""
        agreed = frozenset(
            one.area for one in self.body.treated if one.area not in self.today.needs_consent
        )
        return without_consent(self.body, agreed)

    @property
    def left(self) -> frozenset[str]:
        """Codes of the techniques to be left alone today."""
        blocked = self.today.techniques
        return frozenset(code for code, _ in self.techniques if code in blocked or "ALL" in blocked)

    @property
    def flags(self) -> tuple[tuple[str, object], ...]:
        """What must be minded today: a tone (stop or care) and words."""
        return self.today.flags

    @property
    def vitals(self) -> Place | None:
        """Where the blood pressure stands against the screening rules."""
        return vitals_place(self.visit, self.body)

    @property
    def can_be_signed(self) -> bool:
        """Whether the visit has begun, so that its note can be signed."""
        return self.visit.status in TREATED

    @property
    def ends_at(self) -> object:
        """When the session ends, or has ended."""
        return ended(self.visit)


def note_page(visit: Visit, earlier_id: str = "") -> NotePage:
    """The page of a visit's draft, with the named earlier note beside it, else the latest."""
    note, before = note_of(visit.id), earlier_notes(visit)
    at = next((n for n, one in enumerate(before) if one.public_id == earlier_id), 0)
    body = read_body(note.body) if note is not None else Body()
    return NotePage(
        visit=visit,
        note=note,
        body=body,
        today=today_of(visit),
        earlier=_opened(before, at),
        older=_id(before, at + 1),
        newer=_id(before, at - 1),
        last=read_body(before[0].body) if before else None,
        techniques=_offered(body),
    )


def _opened(notes: Sequence[Note], at: int) -> Listed | None:
    return Listed(notes[at], read_body(notes[at].body)) if notes else None


def _id(notes: Sequence[Note], at: int) -> str:
    return notes[at].public_id if 0 <= at < len(notes) else ""


def _offered(body: Body) -> tuple[tuple[str, str], ...]:
    """The techniques in use, and those that the draft names already."""
    found = db.session.scalars(techniques())
    return tuple(
        (one.code, one.name) for one in found if one.is_active or one.code in body.techniques
    )


def technique_names() -> dict[str, str]:
    """Every technique's name by its code."""
    return {one.code: one.name for one in db.session.scalars(techniques())}
