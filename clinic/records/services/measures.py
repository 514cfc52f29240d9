"""Measures: taken for a note or by themselves, void when they were a mistake, never rewritten."""

from collections.abc import Iterable, Sequence
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.records.models import Note, Reading, TreatmentPlan
from clinic.records.queries.measures import of_note, readings_of
from clinic.records.queries.plans import open_plan
from clinic.records.rules.keeping import read_taken, write_taken
from clinic.records.rules.measures import Subject, Taken, checked, is_unusual
from clinic.records.rules.notes import Body
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of

READINGS = 60
"""So many figures can be taken at once."""


def _must_treat(client: Client, actor: Actor) -> None:
    if not may_read_health(actor, client.id):
        raise NotAllowed(say("Only therapists in this client’s care take measures."))


@verb(Permission.NOTES_WRITE)
def take_readings(
    client: Client,
    taken: Sequence[Taken],
    *,
    actor: Actor,
    on: date | None = None,
    phase: str = "",
    visit: Visit | None = None,
    plan: TreatmentPlan | None = None,
    is_sure: bool = False,
) -> list[Reading]:
    """Write down what was measured on a day, today unless said, outside of a note.

    Without a phase the first figure of a subject is its baseline. ``is_sure`` says that a
    movement far past the usual was looked at twice. Raises DomainError beside the field, and
    NotAllowed for anybody who does not treat this client.
    """
    _must_treat(client, actor)
    present = today(the_practice().zone)
    on = on or present
    if on > present:
        raise DomainError(say("This day is still to come."), field="on")
    if not 0 < len(taken) <= READINGS:
        raise DomainError(say("Enter at least one figure."))
    if phase and phase not in Reading.PHASES:
        raise DomainError(say("Choose from the list."), field="phase")
    taken = [checked(one) for one in taken]
    _look_twice(taken, is_sure=is_sure)
    known = {one.taken.subject for one in readings_of(client.known_as)}
    kept = kept_record(client)
    plan = plan or open_plan(client.known_as)
    made = [_row(kept, one, on, actor, phase or _phase(one.subject, known)) for one in taken]
    for row in made:
        row.visit_id = visit.id if visit else None
        row.plan_id = plan.id if plan and on >= plan.opened_on else None
    db.session.add_all(made)
    return made


@verb(Permission.NOTES_WRITE)
def take_reading(
    client: Client, taken: Taken, *, actor: Actor, on: date | None = None, phase: str = ""
) -> Reading:
    """Write down one figure; as ``take_readings``."""
    return take_readings(client, [taken], actor=actor, on=on, phase=phase)[0]


def _phase(subject: Subject, known: Iterable[Subject]) -> str:
    return "visit" if subject in known else "baseline"


def _look_twice(taken: Iterable[Taken], *, is_sure: bool) -> None:
    for one in taken:
        if is_unusual(one) and not is_sure:
            raise DomainError(
                say(
                    "{figure} is far more than usual. Measure again, or say that it is right.",
                    figure=one.subject.figure(one.value),
                ),
                field="is_sure",
            )


def _row(client: Client, taken: Taken, on: date, actor: Actor, phase: str) -> Reading:
    row = Reading(
        client=client,
        client_id=client.id,
        taken_on=on,
        taken_by_id=actor.id,
        phase=phase,
    )
    row.details = write_taken(taken)
    return row


@verb(Permission.NOTES_WRITE)
def void_reading(reading: Reading, *, actor: Actor) -> None:
    """Say that a figure was a mistake: it is kept and counts nowhere.

    Raises Conflict for one that belongs to a note, which is set right there and, once signed,
    by an addendum; and for one that was voided before.
    """
    _must_treat(reading.client, actor)
    if reading.note_id is not None:
        raise Conflict(say("This was measured for a note. Set it right there, or add to the note."))
    if reading.voided_at is not None:
        raise Conflict(say("This was marked as a mistake already."))
    reading.voided_at = now()


@verb(Permission.NOTES_WRITE)
def keep_readings(note: Note, taken: Sequence[Taken], *, actor: Actor) -> None:
    """Let a draft have exactly these figures; what stands as it was is not touched.

    Raises Conflict for a note that is signed, DomainError for a figure that cannot be.
    """
    if note.status != "draft":
        raise Conflict(say("This note is signed. Add an addendum instead."))
    _must_treat(note.client, actor)
    wanted = {one.key: checked(one) for one in taken[:READINGS]}
    standing = {read_taken(row.details).key: row for row in of_note(note.id)}
    for key, row in standing.items():
        if key not in wanted:
            db.session.delete(row)
        elif read_taken(row.details) != wanted[key]:
            row.details = write_taken(wanted[key])
    new = [one for key, one in wanted.items() if key not in standing]
    if new:
        _add(note, new, actor)


def _add(note: Note, new: Sequence[Taken], actor: Actor) -> None:
    known = {one.taken.subject for one in readings_of(note.client.known_as)}
    plan = open_plan(note.client.known_as)
    on = day_of(note.visit)
    for one in new:
        phase = "reeval" if note.kind == "reeval" else _phase(one.subject, known)
        row = _row(note.client, one, on, actor, phase)
        row.note_id, row.visit_id = note.id, note.visit_id
        row.plan_id = plan.id if plan and on >= plan.opened_on else None
        db.session.add(row)


@verb(Permission.NOTES_WRITE)
def keep_measures(
    note: Note, body: Body, movements: Sequence[Taken] | None, *, actor: Actor
) -> None:
    """Let a draft's figures be the pain that its body says, and these movements.

    None leaves the movements as they stand: the page that was sent had no table of them.
    """
    if movements is None:
        standing = [read_taken(row.details) for row in of_note(note.id)]
        movements = [one for one in standing if one.subject.measure == "ROM"]
    keep_readings(note, [*pains_of(body), *movements], actor=actor)


def pains_of(body: Body) -> list[Taken]:
    """The pain that a note's body says, as figures to be kept."""
    said = (
        ("NPRS_NOW", "before", body.pain_now),
        ("NPRS_NOW", "after", body.pain_after),
        ("NPRS_AVERAGE", "", body.pain_average),
        ("NPRS_WORST", "", body.pain_worst),
    )
    return [
        Taken(Subject(code), value, moment) for code, moment, value in said if value is not None
    ]
