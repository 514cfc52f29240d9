"""What is known of a person, as screening reads it: one statement for all of their records."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, or_, select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey, vault
from clinic.health.models import FactSheet
from clinic.health.rules.facts import Sheet, from_json, join


@dataclass(frozen=True, slots=True)
class Known:
    """A person's sheet; ``version`` grows with every change of it and is 0 before the first.

    ``history_on`` is the day of the last full history and ``checked_on`` that of
    the last visit check. Nothing said yet counts as not reviewed.
    """

    sheet: Sheet = field(default_factory=Sheet)
    version: int = 0
    history_on: date | None = None
    is_reviewed: bool = False
    checked_on: date | None = None


_PERSON: Any = bindparam("person_id", 0)
SHEETS = Swift(
    select(
        FactSheet.public_id,
        FactSheet.contents_sealed,
        FactSheet.version,
        FactSheet.checked_on,
        SubjectKey.id.label("key_id"),
        SubjectKey.subject,
        SubjectKey.wrapped,
    )
    .join(Client, Client.id == FactSheet.client_id)
    .join(SubjectKey, SubjectKey.id == Client.key_id)
    .where(or_(Client.id == _PERSON, Client.person_id == _PERSON))
    .order_by(FactSheet.client_id)
)
"""The sheets of a person's records, still sealed; ``known_from`` opens its rows."""


def known_of(person_id: int) -> Known:
    """What is known of a person by the id of their kept record (``Client.known_as``)."""
    return known_from(SHEETS.rows(db.session.connection(), person_id=person_id))


def known_from(found: list[Any]) -> Known:
    """Rows of ``SHEETS``, opened and joined. Raises CannotOpen."""
    if not found:
        return Known()
    sheet = join(from_json(contents_of(row)) for row in found)
    days = [row.checked_on for row in found if row.checked_on]
    return Known(
        sheet=sheet,
        version=sum(row.version for row in found),
        history_on=sheet.history_on,
        is_reviewed=sheet.is_reviewed,
        checked_on=max(days, default=None),
    )


def contents_of(row: Any) -> str:
    """The text of a sheet that was read as columns. Raises CannotOpen."""
    place = f"{FactSheet.__tablename__}.contents_sealed.{row.public_id}"
    return vault().open(row, place, row.contents_sealed)
