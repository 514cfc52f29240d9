"""Marks from higher rooms that close a visit: its note is signed, or it is paid.

They are set inside the verb of the room above, in its transaction.
"""

from sqlalchemy import select

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.words import say
from clinic.scheduling.models import Visit, VisitSeal


def seal(visit: Visit, kind: str) -> None:
    """Close a visit; once is enough. ``kind`` is ``note`` or ``payment``."""
    if _of(visit, kind) is None:
        db.session.add(VisitSeal(visit_id=visit.id, kind=kind, made_at=now()))


def unseal(visit: Visit, kind: str) -> None:
    """Take the mark back: its note was entered in error."""
    found = _of(visit, kind)
    if found is not None:
        db.session.delete(found)


def must_be_open(visit: Visit) -> None:
    """Refuse to step back behind a signed note. Raises Conflict."""
    if _of(visit, "note") is not None:
        raise Conflict(say("The note of this visit is signed: add to the note instead."))


def must_be_unpaid(visit: Visit) -> None:
    """Refuse to change who pays for what is paid; a signed note says nothing of that, and keeps
    nobody from it. Raises Conflict."""
    if _of(visit, "payment") is not None:
        raise Conflict(say("This visit is paid: what it counts against stays as it is."))


def _of(visit: Visit, kind: str) -> VisitSeal | None:
    return db.session.scalar(
        select(VisitSeal).where(VisitSeal.visit_id == visit.id, VisitSeal.kind == kind)
    )
