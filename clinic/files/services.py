"""Verbs for documents: keep one; remove from the disk what no document names."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from clinic.core import cabinet
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor
from clinic.core.vault import SubjectKey, vault
from clinic.files.models import StoredFile
from clinic.files.queries import how_many, known_among, place_of
from clinic.files.rules.kinds import Checked, check

GRACE = timedelta(hours=24)
"""How long a file may lie there before the transaction that names it has committed."""
FEW = 20
"""So many files without a document are nothing odd, however few documents there are."""

STEP = 500
"""Files asked for in one query."""


@verb(None)
def keep(data: bytes | Checked, name: str = "", *, actor: Actor, key: SubjectKey) -> StoredFile:
    """Keep a document, sealed under the key of whom it is about.

    Part of other verbs, which have asked for their own permission. ``check(data, name)`` may be
    called before the transaction, and what it gives be handed over instead of the bytes: a large
    picture takes seconds. Raises DomainError for the field ``file``.
    """
    checked = data if isinstance(data, Checked) else check(data, name)
    file = StoredFile(
        key=key,
        key_id=key.id,
        media_type=checked.media_type,
        size=len(checked.data),
        sha256=sha256(checked.data).hexdigest(),
        pages=checked.pages,
    )
    file.name = checked.name
    file.kept_as = cabinet.put(vault().seal_bytes(key, place_of(file.public_id), checked.data))
    db.session.add(file)
    return file


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many files were removed, and how many were left since something seems to be wrong."""

    removed: int = 0
    doubtful: int = 0


def tidy() -> Tidied:
    """Remove files that a day after they were written no document names.

    Where these are more than the documents, the database is most likely not the one that this
    folder belongs to: then nothing is removed. Writes no rows; safe to repeat.
    """
    old = list(cabinet.older_than(now() - GRACE))
    nameless = [
        path for begin in range(0, len(old), STEP) for path in _nameless(old[begin : begin + STEP])
    ]
    if len(nameless) > max(FEW, how_many()):
        return Tidied(doubtful=len(nameless))
    for path in nameless:
        path.unlink(missing_ok=True)
    return Tidied(removed=len(nameless))


def _nameless(paths: list[Path]) -> list[Path]:
    known = known_among([path.name for path in paths])
    return [path for path in paths if path.name not in known]
