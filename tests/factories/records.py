"""Session notes of a made-up clinic."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from clinic.anatomy import Finding
from clinic.catalogue.models import Technique
from clinic.core.clock import rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.models import Note
from clinic.records.rules.notes import Body
from clinic.records.services import notes as services
from clinic.scheduling.models import Visit
from clinic.scheduling.services import check_in, finish, start
from tests.factories import scheduling as made
from tests.factories.ready import ready
from tests.factories.scheduling import House

FULL = Body(
    told="Stiff on the right since Monday.",
    pain_now=4,
    since="better",
    has_consent=True,
    findings=(
        Finding("SHOULDER_TOP", "R", "tension", kind="tenderness", severity=6),
        Finding("SHOULDER_TOP", "R", "treated", minutes=10, pressure=3),
    ),
    techniques=("SWEDISH",),
    minutes=50,
    assessment="Moves more freely.",
    plan="Again in two weeks.",
    home_care="Chin tucks",
)
"""A note that can be signed."""


def techniques(*codes: str) -> None:
    """Techniques to choose from."""
    with transaction() as session, writing("test.techniques", SYSTEM):
        known = {one.code for one in session.query(Technique)}
        session.add_all(
            Technique(code=code, name=code.capitalize())
            for code in codes or ("SWEDISH", "DEEP")
            if code not in known
        )
        session.flush()


def begun(house: House, **more: Any) -> Visit:
    """A visit that is in session now."""
    ready(house, more.get("client"))
    visit = made.book_now(house, 30, **more)
    made.done(check_in, visit, house.desk)
    return made.done(start, visit, house.treats)


def finished(house: House, at: datetime | None = None, **more: Any) -> Visit:
    """A visit that was had, at another instant if one is given."""
    if at is None:
        return made.done(finish, begun(house, **more), house.treats)
    at = at.replace(minute=0, second=0, microsecond=0)
    with rehearsed(at - timedelta(days=1)):
        visit = made.book(house, at, **more)
    with rehearsed(at):
        ready(house, more.get("client"))
        made.done(check_in, visit, house.desk)
        made.done(start, visit, house.treats)
    with rehearsed(at + timedelta(minutes=60)):
        return made.done(finish, visit, house.treats)


def drafted(house: House, visit: Visit, **more: Any) -> Note:
    """A draft that could be signed, but for what is said otherwise."""
    with transaction():
        return services.save_draft(visit, actor=house.treats, body=replace(FULL, **more))


def signed(house: House, visit: Visit, **more: Any) -> Note:
    """A signed note."""
    drafted(house, visit, **more)
    with transaction():
        return services.sign(visit, actor=house.treats)


def again(note: Note) -> Note:
    """The same note as it stands in the database now."""
    db.session.rollback()
    return db.session.get_one(Note, note.id)
