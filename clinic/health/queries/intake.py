"""Forms that were filled in: drafts, what waits for a therapist, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from clinic.clients.queries import is_of_person, may_read_health
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.core.words import say
from clinic.health.models import HealthFact, IntakeResponse
from clinic.health.queries.facts import Kept, facts_of
from clinic.health.rules.asking import Form
from clinic.health.rules.facts import Answer
from clinic.health.rules.forms_1 import the_form
from clinic.health.rules.reading import Diff, Read, compare, content_of, read_answers, twin_of
from clinic.health.rules.telling import Told, answers_that_count, given_in, is_news, told_from

BEGAN_WITH = "began_with"
"""Under this name a draft keeps which form it began with: it tells what was told before."""
TOLD_BY = ("client", "guardian", "import")
"""Sources whose facts a form of the client can take the place of, once it was reviewed."""


def the_response(public_id: str) -> IntakeResponse:
    """Raises NotFound."""
    wanted = select(IntakeResponse).where(IntakeResponse.public_id == public_id)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound(say("There is no such form."))
    return found


def may_fill(actor: Actor, response: IntakeResponse) -> bool:
    """Whether somebody may see and go on with a draft: who began it, and who treats the client.

    Once it is sent nobody reads it but a therapist in the client's care.
    """
    if response.status != "in_progress":
        return False
    if may_read_health(actor, response.client_id):
        return True
    return response.entered_by_id == actor.id and BEGAN_WITH not in given_to(response)


def form_of(response: IntakeResponse) -> Form:
    """The questions as they were asked then."""
    return the_form(response.form, response.form_version)


def given_to(response: IntakeResponse) -> dict[str, str]:
    """What was typed into it so far."""
    return given_in(response.answers)


def read(response: IntakeResponse) -> Read:
    """What it says, as facts and answers."""
    return read_answers(form_of(response), given_to(response), response.on_date)


def responses_of(person_id: int) -> Sequence[IntakeResponse]:
    """Every form of a person, the latest first."""
    wanted = (
        select(IntakeResponse)
        .where(is_of_person(IntakeResponse.client_id, person_id))
        .order_by(IntakeResponse.on_date.desc(), IntakeResponse.id.desc())
    )
    return db.session.scalars(wanted).all()


def standing(person_id: int) -> Select[Any]:
    """Forms of a person that count, the earliest first."""
    return (
        select(IntakeResponse)
        .where(
            is_of_person(IntakeResponse.client_id, person_id),
            IntakeResponse.status.in_(("completed", "reviewed")),
        )
        .order_by(IntakeResponse.on_date, IntakeResponse.id)
    )


def told(row: IntakeResponse) -> Told:
    """A form that was completed, opened."""
    return told_from(
        row.answers,
        form=row.form,
        on=row.on_date,
        is_reviewed=row.status == "reviewed",
        ref=row.public_id,
    )


def waits_for_review(row: IntakeResponse) -> bool:
    """Whether a therapist has to look at it: a check on which nothing is new needs nobody."""
    return row.status == "completed" and (row.form != "check" or is_news(told(row)))


def last_full(person_id: int) -> IntakeResponse | None:
    """The latest full history that counts."""
    wanted = standing(person_id).where(IntakeResponse.form == "full")
    return next(iter(reversed(db.session.scalars(wanted).all())), None)


@dataclass(frozen=True, slots=True)
class Review:
    """What a therapist looks at: what differs, and facts from elsewhere that nobody has read.

    ``rows`` leads from the content of a fact to its row: (twin) -> kept.
    """

    read: Read
    diff: Diff
    gone: tuple[Kept, ...]
    elsewhere: tuple[Kept, ...]
    replaced: tuple[tuple[HealthFact, HealthFact], ...]
    """Rows that give way when it is reviewed, each with the one that takes its place."""


def review_of(response: IntakeResponse) -> Review:
    """Compare a form with all that was known besides it."""
    person_id = response.client.known_as
    now, known = read(response), facts_of(person_id)
    said = {content_of(fact) for fact in now.facts}
    own = {twin_of(one.fact): one for one in known if one.row.response_id == response.id}
    earlier = [
        one for one in known if one.row.source in TOLD_BY and one.row.response_id != response.id
    ]
    before = _answers_before(response, person_id)
    diff = compare([one.fact for one in earlier], before, now.facts, now.answers)
    named = {twin_of(fact) for fact in now.facts}
    twins = [
        (one.row, own.get(twin_of(one.fact))) for one in earlier if content_of(one.fact) not in said
    ]
    gone = [one for one in earlier if twin_of(one.fact) not in named]
    return Review(
        read=now,
        diff=diff,
        gone=tuple(one for one in gone if one.row.is_reviewed) if response.form == "full" else (),
        elsewhere=tuple(one for one in gone if not one.row.is_reviewed),
        replaced=tuple((row, kept.row) for row, kept in twins if kept is not None),
    )


def _answers_before(response: IntakeResponse, person_id: int) -> list[Answer]:
    """What was answered before, each topic once: the latest that counts."""
    rows = db.session.scalars(standing(person_id)).all()
    place = (response.on_date, response.id)
    earlier = [told(row) for row in rows if (row.on_date, row.id) < place]
    latest = {one.topic: one for one in answers_that_count(earlier) if one.of == "history"}
    return list(latest.values())
