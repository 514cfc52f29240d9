"""Notes: drafted by one hand at a time, signed by who treated, then only added to."""

from collections.abc import Sequence
from dataclasses import replace

from clinic.clients.queries import may_read_health
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.health.queries.facts import facts_of as known_facts
from clinic.health.rules.facts import Fact
from clinic.health.services import change_fact, end_fact, take_facts
from clinic.practice.queries import the_practice
from clinic.records.models import Addendum, Note
from clinic.records.queries.notes import (
    TREATED,
    earlier_notes,
    ended,
    is_first,
    longest,
    note_of,
    signature,
)
from clinic.records.queries.today import agreed_areas
from clinic.records.rules.measures import Taken
from clinic.records.rules.notes import (
    ADDENDUM_MAX,
    SECTIONS,
    WHY_MAX,
    Body,
    NotSignable,
    edited,
    is_late,
    is_same_tab,
    read_body,
    taken_over,
    to_confirm,
    unsaid,
    without_consent,
    write_body,
)
from clinic.records.services.measures import keep_measures
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import facts_of
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.rules import FREED, LICENCE
from clinic.scheduling.services import finish
from clinic.scheduling.services.seals import seal, unseal


class PenElsewhere(Conflict):
    """Another tab or device writes this draft."""


def _must_write_it(visit: Visit, actor: Actor) -> None:
    if actor.id != visit.therapist_id:
        raise NotAllowed(say("Only who gave the treatment writes its note."))
    if not may_read_health(actor, visit.client_id):
        raise NotAllowed
    if visit.status in FREED:
        raise Conflict(say("This visit did not take place, so it has no note."))


def _draft(visit: Visit) -> Note | None:
    note = note_of(visit.id)
    if note is not None and note.status != "draft":
        raise Conflict(say("This note is signed. Add an addendum instead."))
    return note


def _must_hold(note: Note | None, pen: str) -> None:
    if note is not None and note.pen and not is_same_tab(note.pen, pen):
        raise PenElsewhere(say("This note is open in another tab or on another device."))


@verb(Permission.NOTES_WRITE)
def take_pen(visit: Visit, *, actor: Actor, pen: str, is_forced: bool = False) -> int:
    """Let one browser tab write the draft; gives the number of the saving that stands.

    Raises PenElsewhere while another holds it, unless it is taken over on purpose.
    """
    _must_write_it(visit, actor)
    note = _draft(visit)
    if note is None:
        return 0
    if not is_forced:
        _must_hold(note, pen)
    note.pen = pen
    return read_body(note.body).seq


@verb(Permission.NOTES_WRITE)
def give_pen(visit: Visit, *, actor: Actor, pen: str) -> None:
    """The tab is closed: who comes next need not take over."""
    note = note_of(visit.id)
    if note is not None and note.status == "draft" and note.pen == pen:
        note.pen = ""


@verb(Permission.NOTES_WRITE)
def save_draft(
    visit: Visit,
    *,
    actor: Actor,
    body: Body,
    seq: int | None = None,
    pen: str = "",
    kind: str = "",
    movements: Sequence[Taken] | None = None,
    tells_history: bool = False,
) -> Note:
    """Keep a draft, begun with the first saving. ``seq`` is the saving it was written on.

    ``movements`` are those measured before and after; None leaves them as they stand.
    ``tells_history`` writes the vitals into the health history now, and not only on signing.

    Raises PenElsewhere when another tab has taken over or saved meanwhile, Conflict for a
    note that is signed, NotAllowed for anybody but who treats.
    """
    _must_write_it(visit, actor)
    note = _draft(visit)
    _must_hold(note, pen)
    stood = read_body(note.body) if note is not None else Body()
    is_holding = note is not None and is_same_tab(note.pen, pen)
    if seq is not None and seq != stood.seq and not is_holding:
        raise PenElsewhere(say("This note was saved in another tab or on another device since."))
    if note is None:
        note = Note(
            client=visit.client,
            client_id=visit.client_id,
            visit_id=visit.id,
            author_id=actor.id,
            kind=kind or ("initial" if is_first(visit) else "return"),
            status="draft",
        )
        db.session.add(note)
    if kind:
        note.kind = kind
    body = replace(edited(stood, body), seq=stood.seq + 1, readings=stood.readings)
    if tells_history and visit.status in TREATED:
        body = _tell_history(visit, body, actor)
    note.body = write_body(body)
    note.minutes, note.pen, note.saved_at = body.minutes, pen, now()
    db.session.flush()
    keep_measures(note, body, movements, actor=actor)
    return note


@verb(Permission.NOTES_WRITE)
def copy_part(visit: Visit, *, actor: Actor, part: str, earlier_id: str = "") -> Note:
    """Take one part over from an earlier note, marked as copied until it is edited.

    From the one before this visit, unless another of this person's is named. Raises Conflict
    where there is none, or no draft yet.
    """
    _must_write_it(visit, actor)
    note = _draft(visit)
    earlier = [one for one in earlier_notes(visit) if earlier_id in ("", one.public_id)]
    if note is None or not earlier or part not in SECTIONS:
        raise Conflict(say("There is no earlier note to copy from."))
    source = earlier[0]
    body = taken_over(read_body(note.body), read_body(source.body), part, source.visit.on_date)
    note.body = write_body(replace(body, seq=body.seq + 1))
    note.saved_at = now()
    return note


@verb(Permission.NOTES_WRITE)
def sign(visit: Visit, *, actor: Actor, is_confirmed: bool = False) -> Note:
    """Sign and lock the note, and finish a visit that is still going on.

    ``is_confirmed`` says that what stands as copied is right today. Raises NotSignable with
    all that is wanting, NotAllowed without a licence and cover on the visit's day, Conflict
    for a visit that was not begun.
    """
    _must_write_it(visit, actor)
    note = _draft(visit)
    if note is None:
        raise Conflict(say("There is no draft to sign."))
    if visit.status not in TREATED:
        raise Conflict(say("Start the visit before you sign its note."))
    _must_be_licensed(visit)
    body = read_body(note.body)
    _must_be_complete(visit, note, body, is_confirmed=is_confirmed)
    told = _tell_history(visit, body, actor)
    if told != body:
        note.body = write_body(told)
        db.session.flush()
    if visit.status == "in_session":
        finish(visit, actor=actor)
    seal(visit, "note")
    signed_as = signature(visit.therapist.name, visit.therapist_id, visit.on_date)
    at = now()
    late = is_late(ended(visit), at)
    # Set at one go: the database locks the row with the first statement that signs it.
    note.signed_as, note.is_late, note.pen = signed_as, late, ""
    note.author_id = visit.therapist_id  # the visit may have changed hands since it was begun
    note.status, note.signed_at = "signed", at
    return note


def _tell_history(visit: Visit, body: Body, actor: Actor) -> Body:
    """What was measured belongs to the health history too, for that day; once, as it stands.

    Gives the body that knows which entries there are its own.
    """
    said = {"bp_sys": body.systolic, "bp_dia": body.diastolic, "pulse": body.pulse}
    wanted = {code: value for code, value in said.items() if value is not None}
    if not wanted and not body.readings:
        return body
    known = known_facts(visit.client.known_as)
    own = {one.fact.code: one for one in known if one.row.public_id in body.readings}
    rows, new = [], []
    for code, value in wanted.items():
        fact = Fact("reading", code, on=day_of(visit), value=value, source="therapist")
        if code not in own:
            new.append(fact)
        elif own[code].fact.value != value:
            rows.append(change_fact(own[code].row, fact, actor=actor))
        else:
            rows.append(own[code].row)
    for code in own.keys() - wanted.keys():
        end_fact(own[code].row, actor=actor, why="error")
    if new:
        rows += take_facts(visit.client, new, actor=actor, source="therapist")
    db.session.flush()
    return replace(body, readings=tuple(one.public_id for one in rows))


def _must_be_licensed(visit: Visit) -> None:
    on, name = day_of(visit), visit.therapist.name
    added = [one.add_on_id for one in visit.add_ons]
    facts = facts_of(visit.client.known_as, visit.variant_id, visit.therapist_id, on, added)
    if LICENCE not in facts.held:
        raise NotAllowed(say("{name} has no valid licence on {day}.", name=name, day=on))
    if not facts.needed <= facts.held:
        raise NotAllowed(say("{name} is not qualified for this on {day}.", name=name, day=on))


def _must_be_complete(visit: Visit, note: Note, body: Body, *, is_confirmed: bool) -> None:
    wants = unsaid(body, note.kind, longest(visit))
    wants += [
        ("findings", say("“{area}” needs the client's consent for this day.", area=area))
        for area in without_consent(body, agreed_areas(visit))
    ]
    if not is_confirmed:
        wants += [
            ("is_confirmed", say("“{label}” is copied. Say that it is right today.", label=label))
            for label in to_confirm(body)
        ]
    if wants:
        raise NotSignable(wants)


@verb(Permission.NOTES_WRITE)
def add_addendum(note: Note, *, actor: Actor, text: str, why: str) -> Addendum:
    """Add to a signed note, with the reason; what was signed stays as it is.

    Whoever treats this client may. Raises Conflict for a draft or a note entered in error.
    """
    if actor.id is None or not may_read_health(actor, note.client_id):
        raise NotAllowed
    if note.status not in ("signed", "amended"):
        raise Conflict(say("Only a signed note takes an addendum."))
    at = now()
    addendum = Addendum(
        client=note.client,
        client_id=note.client_id,
        note_id=note.id,
        author_id=actor.id,
        added_at=at,
        signed_as=signature(actor.name, actor.id, today(the_practice().zone)),
    )
    addendum.text = _said(text, "text", ADDENDUM_MAX, say("Write what is to be added."))
    addendum.why = _said(why, "why", WHY_MAX, say("Say why."))
    db.session.add(addendum)
    note.status = "amended"
    return addendum


@verb(Permission.NOTES_CORRECT)
def mark_in_error(note: Note, *, actor: Actor, why: str) -> None:
    """Say that a note is the wrong client's or visit's: it counts no more, and stays readable.

    Raises Conflict when that was said before.
    """
    if note.status == "entered_in_error":
        raise Conflict(say("This note is marked as entered in error already."))
    note.why = _said(why, "why", WHY_MAX, say("Say why."))
    if note.signed_at is not None:
        unseal(note.visit, "note")
    note.status = "entered_in_error"


def _said(text: str, field: str, most: int, otherwise: Words) -> str:
    said = text.strip()
    if not said:
        raise DomainError(otherwise, field=field)
    if len(said) > most:
        raise DomainError(say("Use at most {count} characters.", count=most), field=field)
    return said
