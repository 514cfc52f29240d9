"""What all batches of one import share: its number, its lock, and the rows that are good."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.imports.models import Import
from clinic.imports.rules import Entry, Unreadable
from clinic.imports.services.checking import read
from clinic.imports.services.report import Tally
from clinic.imports.services.sheets import Refused, Sheet

BATCH = 200
"""Rows of one transaction."""
IMPORTING = 2
"""The number of the house's lock under which imports write, one batch at a time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all batches of one import share."""

    format: str
    source: str
    last_client: int


def good_rows(sheet: Sheet, tally: Tally) -> Iterator[tuple[int, Entry]]:
    """The good rows again, as they were when they were checked. Raises Unreadable."""
    for line, found in read(sheet):
        if line in tally.refused_lines:
            continue
        if isinstance(found, Refused):
            raise Unreadable(say("The file changed while it was read."), sheet.file.name)
        yield line, found


def the_run(number: int | None, reading: Reading) -> Import:
    """The import of this number, or a new one. Raises Conflict where it is being undone."""
    if number is None:
        run = Import(format=reading.format, source=reading.source[: Import.SOURCE_MAX])
        db.session.add(run)
        db.session.flush()
        return run
    run = db.session.get_one(Import, number)
    if run.state != "writing":
        raise Conflict(say("This import is being undone. It was stopped."))
    return run


@verb(Permission.CLIENTS_WRITE)
def finish(number: int, refused: int, *, actor: Actor) -> None:
    """An import has written all that it had to."""
    run = db.session.get_one(Import, number)
    if run.state == "writing":
        run.state, run.refused, run.ended_at = "done", refused, now()
