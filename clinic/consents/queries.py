"""What a person agreed to, on any day, and the words they agreed to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.consents.models import Consent, ConsentText
from clinic.consents.rules import KINDS, Consents, Line, read_scope, shipped
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.practice.queries import the_practice
from clinic.staff.models import Qualification, StaffQualification
from clinic.staff.queries import holds_on


def of_person(person_id: int) -> Select[Consent]:
    """Every consent on any record of a person (the kept record's id), latest first."""
    return (
        select(Consent)
        .where(is_of_person(Consent.client_id, person_id))
        .options(joinedload(Consent.client, innerjoin=True).lazyload(Client.phones))
        .order_by(Consent.given_on.desc(), Consent.id.desc())
    )


def lines_of(person_id: int) -> tuple[Line, ...]:
    """All that a person said, as far as days are concerned: one query."""
    return tuple(line_of(row) for row in db.session.scalars(of_person(person_id)))


def line_of(row: Consent) -> Line:
    """One consent as far as days are concerned.

    A consent names a person: of a provider with two records that an owner has merged, both
    answer one question, under the record that is kept, and the later answer decides.
    """
    ended = row.withdrawn_at
    return Line(
        id=row.id,
        kind=row.kind,
        answer=row.answer,
        status=row.status,
        given_on=row.given_on,
        expires_on=row.expires_on,
        ended_on=local_day(ended, the_practice().zone) if ended else None,
        provider_id=_whom(row),
        scope=read_scope(row.scope),
    )


def _whom(row: Consent) -> int | None:
    if row.provider_id is None:
        return None
    # One that is about to be written down has not been read with its provider.
    return (row.provider or db.session.get_one(Provider, row.provider_id)).known_as


def consents_on(person_id: int, on: date) -> Consents:
    """What a person (the kept record's id) has agreed to on a day: one query.

    ``has(kind)``, ``areas()``, ``may_share(...)``, ``is_refused(kind)`` and
    ``missing_for(age)`` answer from it without another.
    """
    return Consents(on, lines_of(person_id))


def with_names(person_id: int) -> list[Consent]:
    """The same rows with whoever took them and with whom is shared, for a page."""
    wanted = of_person(person_id).options(
        selectinload(Consent.provider), selectinload(Consent.taken_by)
    )
    return list(db.session.scalars(wanted))


def consents_of(rows: Iterable[Consent], on: date) -> Consents:
    """What rows that were read already come to on a day."""
    return Consents(on, tuple(line_of(row) for row in rows))


def has_consent(person_id: int, kind: str, on: date) -> bool:
    """Whether a consent of this kind counts on a day. Raises KeyError for no such kind."""
    return consents_on(person_id, on).has(kind)


def is_refused(
    person_id: int, kind: str, on: date | None = None, provider_id: int | None = None
) -> bool:
    """Whether this person said no to a kind, or took it back; today if no day is named."""
    day = on or today(the_practice().zone)
    return consents_on(person_id, day).is_refused(kind, provider_id=provider_id)


def the_consent(client_id: int, public_id: str) -> Consent:
    """One consent of a person (the kept record's id). Raises NotFound."""
    found = db.session.scalar(
        select(Consent)
        .where(Consent.public_id == public_id, is_of_person(Consent.client_id, client_id))
        .options(selectinload(Consent.provider), selectinload(Consent.taken_by))
    )
    if found is None:
        raise NotFound(say("There is no such consent."))
    return found


def holds(staff_id: int | None, code: str, on: date) -> bool:
    """Whether somebody here holds a qualification that counts on a day."""
    held = (
        exists()
        .where(StaffQualification.staff_id == staff_id, holds_on(on))
        .where(StaffQualification.qualification_id == Qualification.id, Qualification.code == code)
    )
    return bool(db.session.scalar(select(held)))


# ---- words


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a kind: number 0 ships with the application."""

    kind: str
    number: int
    body: str


def text_of(kind: str, number: int) -> Text:
    """The words of one number, as they were and will be. Raises NotFound."""
    if kind in KINDS and number == 0:
        return Text(kind, 0, shipped()[kind])
    body = db.session.scalar(
        select(ConsentText.body).where(ConsentText.kind == kind, ConsentText.number == number)
    )
    if body is None:
        raise NotFound(say("There is no such text."))
    return Text(kind, number, body)


def current_text(kind: str) -> Text:
    """The words that are agreed to now: the newest. Raises NotFound for no such kind."""
    return text_of(kind, current_numbers().get(kind, 0))


def current_numbers() -> dict[str, int]:
    """The newest number of each kind for which the clinic has its own words."""
    number = func.max(ConsentText.number).label("number")
    newest = select(ConsentText.kind, number).group_by(ConsentText.kind)
    return {row.kind: row.number for row in db.session.execute(newest)}


def newest_texts() -> dict[str, ConsentText]:
    """The clinic's own words that are agreed to now, by kind; others have those that ship."""
    numbers = current_numbers()
    rows = db.session.scalars(select(ConsentText))
    return {row.kind: row for row in rows if numbers.get(row.kind) == row.number}


def published(kind: str) -> list[Any]:
    """The clinic's own texts of a kind, newest first."""
    return list(
        db.session.scalars(
            select(ConsentText).where(ConsentText.kind == kind).order_by(ConsentText.number.desc())
        )
    )
