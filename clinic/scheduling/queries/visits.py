"""One visit: the row, what it looks like on a page, and what happened to it."""

from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.scheduling.models import Visit


def the_visit(public_id: str) -> Visit:
    """Raises NotFound."""
    visit = db.session.scalar(select(Visit).where(Visit.public_id == public_id))
    if visit is None:
        raise NotFound
    return visit


def version_of(visit_id: int) -> int | None:
    """The version that stands now, whatever was read before."""
    return db.session.scalar(select(Visit.version).where(Visit.id == visit_id))
