"""Verbs for forms: begin, keep, complete, stop, review, say that one was an error.

Who types in a paper form sees nothing of what was told before, and nothing of it once it is
sent: only therapists in the client's care read it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from clinic.clients.models import Client, Preference
from clinic.clients.queries import kept_record, may_read_health
from clinic.clients.rules import ADULT, age_on, split_areas
from clinic.clients.services import hold_person, prefer
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.health.models import HealthFact, IntakeResponse
from clinic.health.queries.facts import Kept, fact_of, facts_of
from clinic.health.queries.intake import (
    BEGAN_WITH,
    form_of,
    given_to,
    last_full,
    may_fill,
    read,
    review_of,
    standing,
)
from clinic.health.rules.asking import names_of
from clinic.health.rules.forms_1 import FORMS
from clinic.health.rules.reading import Read, Wrong, allowed, content_of, read_answers
from clinic.health.rules.telling import MOVES, told_to_json
from clinic.health.rules.wishes import likes_of
from clinic.health.services.facts import add_facts, close
from clinic.health.services.sheets import refresh
from clinic.practice.queries import the_practice

WHY_MAX = 300
A_DAY = timedelta(days=1)
"""So long before a visit its questions of the day can be answered: a client is checked in then."""
SIGNED = "signature"
HISTORIES = ("full", "update")


class Incomplete(DomainError):
    """Something that must be answered is not, or cannot be read; ``wrong`` says what and where."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__(say("Some answers are missing, or cannot be read."))
        self.wrong = wrong


@verb(Permission.CLINICAL_ENTER)
def begin(
    client: Client,
    *,
    actor: Actor,
    form: str,
    on: date | None = None,
    given_by: str = "client",
    is_on_paper: bool = False,
    supersedes: IntakeResponse | None = None,
) -> IntakeResponse:
    """Begin a form; ``on`` is the day for which it is answered, today if not said.

    A therapist in the client's care begins with what was told last; nobody else sees any of
    it. ``supersedes`` is a form that this one corrects. Raises DomainError.
    """
    if form not in FORMS:
        raise DomainError(say("Choose from the list."), field="form")
    day, client = today(the_practice().zone), kept_record(client)
    if on is not None and on > day + (A_DAY if form == "check" else timedelta()):
        raise DomainError(say("This day is still to come."), field="on")
    _check_giver(client, given_by, on or day)
    if supersedes is not None and supersedes.client.known_as != client.known_as:
        raise DomainError(say("This form is another client's."))
    response = IntakeResponse(client=client, form=form, form_version=FORMS[form].number)
    response.on_date, response.given_by = on or day, given_by
    response.is_on_paper, response.entered_by_id = is_on_paper, actor.id
    response.supersedes_id = supersedes.id if supersedes else None
    db.session.add(response)
    if may_read_health(actor, client.id):
        _begin_with(response, supersedes or (last_full(client.id) if form == "full" else None))
    return response


@verb(Permission.CLINICAL_ENTER)
def keep(
    response: IntakeResponse, raw: Mapping[str, str], *, actor: Actor, section: int | None = None
) -> None:
    """Keep what was typed in one section (from 1), or in all, of a draft.

    Raises NotAllowed for who did not begin it and does not treat the client, Conflict.
    """
    _must_fill(response, actor)
    form = form_of(response)
    parts = form.sections if section is None else form.sections[section - 1 : section]
    asked = {name for part in parts for item in part.items for name in names_of(item)}
    kept = {name: text for name, text in given_to(response).items() if name not in asked}
    response.answers = told_to_json(kept | allowed(form, raw, section), ())


@verb(Permission.CLINICAL_ENTER)
def complete(response: IntakeResponse, *, actor: Actor) -> IntakeResponse:
    """Send a form: its answers never change from now on, and its facts count.

    Raises Incomplete, NotAllowed, Conflict.
    """
    _must_fill(response, actor)
    hold_person(response.client)
    given = given_to(response)
    found = read_answers(form_of(response), given, response.on_date)
    if found.wrong:
        raise Incomplete(found.wrong)
    _check_giver(response.client, response.given_by, response.on_date)
    _move(response, "completed")
    response.answered_at = now()
    if given.get(SIGNED):
        response.signature = json.dumps({"name": given[SIGNED], "at": now().isoformat()})
    response.answers = told_to_json(given, found.answers)
    db.session.flush()
    _keep_facts(response, found, actor)
    refresh(response.client, actor=actor)
    return response


@verb(Permission.CLINICAL_ENTER)
def stop(response: IntakeResponse, *, actor: Actor, why: str = "") -> None:
    """Give a draft up; what was typed is kept sealed. Raises NotAllowed, Conflict."""
    _must_fill(response, actor)
    _move(response, "stopped")
    response.answered_at, response.why = now(), why[:WHY_MAX]


@verb(Permission.CLINICAL_DECIDE)
def mark_in_error(response: IntakeResponse, *, actor: Actor, why: str) -> None:
    """Say that a form was filled in for somebody else: it counts no more, nor do its facts.

    Raises DomainError without a reason, NotAllowed, Conflict.
    """
    _must_treat(actor, response.client)
    if not why.strip():
        raise DomainError(say("Say what happened."), field="why")
    hold_person(response.client)
    _move(response, "entered_in_error")
    response.why = why[:WHY_MAX]
    gone = [one for one in facts_of(response.client.known_as) if one.row.response_id == response.id]
    for one in gone:
        close(one.row, "error")
    _bring_back(response, gone, actor)
    refresh(response.client, actor=actor)


def _bring_back(response: IntakeResponse, gone: Sequence[Kept], actor: Actor) -> None:
    """What other forms that stand say word for word, or had said before this one took its place,
    counts again: those who told it have taken nothing back."""
    db.session.flush()
    lost = {content_of(one.fact) for one in gone}
    numbers = [one.row.id for one in gone]
    before = db.session.scalars(select(HealthFact).where(HealthFact.replaced_by_id.in_(numbers)))
    lost |= {content_of(fact_of(row)) for row in before if row.ended_why == "replaced"}
    for other in reversed(db.session.scalars(standing(response.client.known_as)).all()):
        back = [fact for fact in read(other).facts if content_of(fact) in lost]
        rows = add_facts(other.client, back, actor=actor, source=other.given_by, response=other)
        for row in rows:
            row.is_reviewed = other.status == "reviewed"
        lost -= {content_of(fact) for fact in back}


@verb(Permission.CLINICAL_DECIDE)
def review(
    response: IntakeResponse, *, actor: Actor, ended: Collection[str] = ()
) -> IntakeResponse:
    """A therapist has read it: it stands, and takes the place of what it repeats.

    ``ended`` are public ids of facts, no longer mentioned or from elsewhere, that count no
    more; all others shown beside it are confirmed. What the client likes goes to their
    preferences. Raises NotAllowed, Conflict.
    """
    _must_treat(actor, response.client)
    hold_person(response.client)
    db.session.refresh(response)
    found = review_of(response)
    _move(response, "reviewed")
    response.reviewed_at, response.reviewed_by_id = now(), actor.id
    for old, new in found.replaced:
        close(old, "replaced", by=new)
    for one in (*found.gone, *found.elsewhere):
        if one.row.public_id in ended:
            close(one.row, "review")
        one.row.is_reviewed = True
    for row in _own_facts(response):
        row.is_reviewed = True
    _supersede_earlier(response)
    _keep_wishes(response, actor)
    refresh(response.client, actor=actor)
    return response


def _supersede_earlier(response: IntakeResponse) -> None:
    """A full history takes the place of those before it; a correction of what it corrects."""
    rows = db.session.scalars(standing(response.client.known_as)).all()
    place = (response.on_date, response.id)
    for row in rows:
        is_before = row.form in HISTORIES and (row.on_date, row.id) < place
        if row.id == response.supersedes_id or (response.form == "full" and is_before):
            _move(row, "superseded")


def _own_facts(response: IntakeResponse) -> list[HealthFact]:
    wanted = select(HealthFact).where(HealthFact.response_id == response.id)
    return list(db.session.scalars(wanted))


def _keep_facts(response: IntakeResponse, found: Read, actor: Actor) -> None:
    """New facts; what stands word for word already is not written twice."""
    known = {content_of(one.fact) for one in facts_of(response.client.known_as)}
    fresh = [fact for fact in found.facts if content_of(fact) not in known]
    add_facts(response.client, fresh, actor=actor, source=response.given_by, response=response)


def _keep_wishes(response: IntakeResponse, actor: Actor) -> None:
    """What a client likes, where they said it, goes to their preferences.

    Not what a form answered later, and read before this one, has said already.
    """
    place = (response.on_date, response.id)
    later = db.session.scalars(standing(response.client.known_as)).all()
    said = {
        key
        for one in later
        if one.reviewed_at and (one.on_date, one.id) > place
        for key in likes_of(form_of(one), given_to(one))
    }
    found = likes_of(form_of(response), given_to(response))
    likes = {key: value for key, value in found.items() if key not in said}
    if not likes:
        return
    client = kept_record(response.client)
    if "focus_areas" in likes or "avoid_areas" in likes:
        likes["focus_areas"] = _focus_beside(likes, client.preference)
    prefer(client, actor=actor, **likes)


def _focus_beside(likes: Mapping[str, str], kept: Preference | None) -> str:
    """The areas to work on, without those to leave out: what is said now beside what stands."""
    focus = likes.get("focus_areas", kept.focus_areas if kept else "")
    left = split_areas(likes.get("avoid_areas", kept.avoid_areas if kept else ""))
    return ",".join(":".join(one) for one in split_areas(focus) if one not in left)


def _begin_with(response: IntakeResponse, earlier: IntakeResponse | None) -> None:
    if earlier is None or earlier.form != response.form:
        return
    given = allowed(form_of(response), given_to(earlier))
    kept = {name: text for name, text in given.items() if not name.startswith(SIGNED)}
    response.answers = told_to_json(kept | {BEGAN_WITH: earlier.public_id}, ())


def is_minor(client: Client, on: date) -> bool:
    """Whether a parent or guardian answers for this client."""
    return client.birth_date is not None and age_on(client.birth_date, on) < ADULT


def _check_giver(client: Client, given_by: str, on: date) -> None:
    if given_by not in IntakeResponse.GIVERS:
        raise DomainError(say("Choose from the list."), field="given_by")
    if is_minor(client, on) and given_by != "guardian":
        raise DomainError(
            say("A parent or guardian answers and signs for a minor."), field="given_by"
        )


def _must_fill(response: IntakeResponse, actor: Actor) -> None:
    db.session.refresh(response)
    if response.status != "in_progress":
        raise Conflict(say("This form was sent already."))
    if not (actor.is_system or may_fill(actor, response)):
        raise NotAllowed


def _must_treat(actor: Actor, client: Client) -> None:
    if not may_read_health(actor, client.id):
        raise NotAllowed(say("Only therapists in this client’s care review their forms."))


def _move(response: IntakeResponse, status: str) -> None:
    """Raises Conflict where a form does not go on like this."""
    if status not in MOVES[response.status]:
        raise Conflict(say("This form stands otherwise by now. Look at it again."))
    response.status = status
