from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import func, select

from clinic.core import cabinet
from clinic.core.db import db
from clinic.core.errors import DomainError, NotFound
from clinic.core.vault import CannotOpen, vault
from clinic.core.words import Words, say
from clinic.files.models import StoredFile


@dataclass(frozen=True, slots=True)
class Offered:
    """A document of a client's that may go with a letter: what it is called, and of when it is."""

    file: StoredFile
    called: Words
    on: date


class FileDamaged(DomainError):
    """The bytes of a document are gone, or are not those that were kept."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            say("This document is missing from the disk or damaged. It can come from a backup.")
        )


def the_file(public_id: str) -> StoredFile:
    """A document by its public id. Raises NotFound."""
    found = db.session.scalar(select(StoredFile).where(StoredFile.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def read(file: StoredFile) -> bytes:
    """The bytes of a document, opened and compared with what was kept. Raises FileDamaged."""
    try:
        data = vault().open_bytes(file.key, place_of(file.public_id), cabinet.get(file.kept_as))
    except (OSError, ValueError, CannotOpen):
        raise FileDamaged from None
    if sha256(data).hexdigest() != file.sha256:
        raise FileDamaged
    return data


def place_of(public_id: str) -> str:
    """What the bytes of a document are bound to when they are sealed."""
    return f"{StoredFile.__tablename__}.bytes.{public_id}"


def known_among(names: Collection[str]) -> set[str]:
    """Which of these names in the folder are those of documents."""
    query = select(StoredFile.kept_as).where(StoredFile.kept_as.in_(names))
    return set(db.session.scalars(query))


def how_many() -> int:
    """How many documents there are."""
    return db.session.scalar(select(func.count()).select_from(StoredFile)) or 0
