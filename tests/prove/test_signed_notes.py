"""A signed note cannot be changed: by no statement, service, route or screen, on either engine.

The last test takes the lock away as the database's owner would, and shows that the very
statements of the first then go through: it is the lock that refuses them, and nothing else.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from clinic.audit.services.changes import UnnotedChange
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import UnguardedWrite, writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.models import Addendum, Note
from clinic.records.rules.notes import Body
from clinic.records.services import notes as services
from clinic.scheduling.models import Visit
from tests.engines import on_both_engines
from tests.factories import records, staff
from tests.factories import scheduling as made

pytestmark = on_both_engines

LOCKED = (
    "client_id", "visit_id", "author_id", "kind", "body_sealed", "pen", "minutes", "saved_at",
    "signed_at", "signed_as", "is_late", "created_at", "public_id",
)  # fmt: skip
OTHER: dict[str, Any] = {
    "client_id": 99, "visit_id": 99, "author_id": 99, "kind": "short", "body_sealed": b"x",
    "pen": "x", "minutes": 7, "saved_at": datetime(2020, 1, 1, tzinfo=UTC),
    "signed_at": datetime(2020, 1, 1, tzinfo=UTC), "signed_as": "Nobody", "is_late": True,
    "created_at": datetime(2020, 1, 1, tzinfo=UTC), "public_id": "a" * 20,
}  # fmt: skip


@pytest.fixture
def signed(app: Flask) -> dict[str, Any]:
    """A signed note with an addendum."""
    with app.app_context():
        house = made.open_house()
        visit = records.begun(house)
        note = records.signed(house, visit)
        with transaction():
            services.add_addendum(note, actor=house.treats, text="More", why="Forgot")
        return {
            "house": house, "note": note.id, "visit": visit.id, "row": row(note.id),
            "added": added(), "pid": note.public_id, "visit_pid": visit.public_id,
        }  # fmt: skip


def row(note_id: int) -> dict[str, Any]:
    """The note as it stands, without what may follow it: its state, and why it is in error."""
    found = db.session.execute(text("SELECT * FROM note WHERE id = :id"), {"id": note_id})
    standing = dict(found.mappings().one())
    for name in ("status", "why_sealed", "version", "updated_at"):
        standing.pop(name)
    return standing


def added() -> list[tuple[Any, ...]]:
    return [tuple(one) for one in db.session.execute(text("SELECT * FROM addendum ORDER BY id"))]


def attempts(note_id: int) -> dict[str, Any]:
    """Statements that would change or remove a note, each by another way."""
    columns = [column.name for column in Note.__table__.columns]
    same = ", ".join(columns)
    replaced = ", ".join("'Nobody'" if name == "signed_as" else name for name in columns)
    found: dict[str, Any] = {
        f"update {name}": update(Note).where(Note.id == note_id).values({name: OTHER[name]})
        for name in LOCKED
    }
    found |= {
        "update all": update(Note).values(signed_as="Nobody"),
        "unsign": update(Note).values(signed_at=None, status="draft"),
        "delete": delete(Note).where(Note.id == note_id),
        "delete all": text("DELETE FROM note"),
        "addendum update": update(Addendum).values(signed_as="Nobody"),
        "addendum delete": delete(Addendum),
    }
    if db.engine.dialect.name == "postgresql":
        return found | {
            "truncate": text("TRUNCATE note CASCADE"),
            "truncate addendum": text("TRUNCATE addendum"),
            "upsert": text(
                f"INSERT INTO note ({same}) SELECT {same} FROM note"
                " ON CONFLICT (id) DO UPDATE SET signed_as = 'Nobody'"
            ),
        }
    return found | {
        "replace": text(f"INSERT OR REPLACE INTO note ({same}) SELECT {replaced} FROM note"),
        "replace addendum": text("INSERT OR REPLACE INTO addendum SELECT * FROM addendum"),
        "upsert": text(
            f"INSERT INTO note ({same}) SELECT {same} FROM note WHERE true"
            " ON CONFLICT (id) DO UPDATE SET signed_as = 'Nobody'"
        ),
    }


def tried(statement: Any) -> bool:
    """Whether a statement went through, on the application's own connection."""
    try:
        with transaction() as session, writing("test.attack", SYSTEM):
            session.execute(statement.execution_options(unaudited=True))
    except DBAPIError:
        return False
    return True


def test_no_statement_changes_what_was_signed(app: Flask, signed: dict[str, Any]):
    with app.app_context():
        for name, statement in attempts(signed["note"]).items():
            assert not tried(statement), name
            assert row(signed["note"]) == signed["row"], name
            assert added() == signed["added"], name


def set_one(note_id: int, name: str) -> None:
    with transaction() as session, writing("test.attack", SYSTEM):
        setattr(session.get_one(Note, note_id), name, OTHER[name])
        session.flush()


def set_in_bulk(note_id: int) -> None:
    with transaction() as session, writing("test.attack", SYSTEM):
        version = session.get_one(Note, note_id).version
        row = {"id": note_id, "version": version, "signed_as": "Nobody"}
        session.bulk_update_mappings(Note, [row])  # type: ignore[arg-type]


def remove(note_id: int) -> None:
    with transaction() as session, writing("test.attack", SYSTEM):
        for one in session.scalars(select(Addendum)):
            session.delete(one)
        session.delete(session.get_one(Note, note_id))
        session.flush()


def test_nothing_of_a_signed_note_is_saved_by_the_mapper(app: Flask, signed: dict[str, Any]):
    with app.app_context():
        for name in LOCKED:
            with pytest.raises((DBAPIError, StaleDataError)):
                set_one(signed["note"], name)
        for attack in (set_in_bulk, remove):
            with pytest.raises((DBAPIError, StaleDataError, UnnotedChange)):
                attack(signed["note"])
        with pytest.raises(UnnotedChange), transaction() as session, writing("test.x", SYSTEM):
            session.execute(update(Note).values(signed_as="Nobody"))
        with pytest.raises(UnguardedWrite), transaction() as session:
            session.execute(text("UPDATE note SET signed_as = 'Nobody'"))
        assert row(signed["note"]) == signed["row"]
        assert added() == signed["added"]


def test_no_service_changes_what_was_signed(app: Flask, signed: dict[str, Any]):
    house = signed["house"]
    deeds: tuple[Any, ...] = (
        lambda visit: services.save_draft(visit, actor=house.treats, body=Body(told="x")),
        lambda visit: services.take_pen(visit, actor=house.treats, pen="x", is_forced=True),
        lambda visit: services.copy_part(visit, actor=house.treats, part="p"),
        lambda visit: services.sign(visit, actor=house.treats, is_confirmed=True),
    )
    with app.app_context():
        for deed in deeds:
            with pytest.raises(DomainError), transaction():
                deed(db.session.get_one(Visit, signed["visit"]))
        with transaction():
            visit = db.session.get_one(Visit, signed["visit"])
            services.give_pen(visit, actor=house.treats, pen="")
        with transaction():
            note = db.session.get_one(Note, signed["note"])
            services.mark_in_error(note, actor=house.owner, why="Another client")
        assert row(signed["note"]) == signed["row"]
        assert added() == signed["added"]


def test_no_route_changes_what_was_signed(app: Flask, signed: dict[str, Any]):
    """Every address that leads to this note or its visit, sent all that it could take."""
    names = ["June Park", "Olga Reed", "Robin Vale"]
    sent = {
        "told": "x", "assessment": "x", "signed_as": "Nobody", "seq": "0", "pen": "", "save": "1",
        "sign": "1", "copy": "p", "force": "y", "to": "entered_in_error", "minutes": "5",
    }  # fmt: skip
    filled = {"visit_id": signed["visit_pid"], "note_id": signed["pid"]}
    doors = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.arguments
        and rule.arguments <= {*filled, "step"}
        and rule.arguments & set(filled)
    ]
    assert len(doors) > 6
    for name in names:
        client = staff.signed_in(app, name=name)
        for rule in doors:
            with app.test_request_context():
                steps = ("undo", "reopen", "start") if "step" in rule.arguments else ("",)
            for step in steps:
                values = filled | ({"step": step} if step else {})
                path = rule.rule
                for key, value in values.items():
                    path = path.replace(f"<pid:{key}>", value)
                path = path.split("<any(")[0] + (step if "<any(" in path else "")
                assert staff.send(client, path, sent).status_code < 500, path
    with app.app_context():
        assert row(signed["note"]) == signed["row"]
        assert added()[: len(signed["added"])] == signed["added"]


def test_the_back_office_has_no_screen_for_notes(app: Flask, signed: dict[str, Any]):
    views = [view for view in app.extensions["admin"][0]._views if hasattr(view, "model")]
    assert views
    assert not {view.model for view in views} & {Note, Addendum}


def test_without_the_lock_the_same_statement_goes_through(app: Flask, signed: dict[str, Any]):
    with app.app_context():
        one = update(Note).where(Note.id == signed["note"]).values(signed_as="Nobody")
        assert not tried(one)
        owner = create_engine(app.config["MIGRATION_DATABASE_URI"])
        with owner.begin() as connection:
            if owner.dialect.name == "postgresql":
                connection.exec_driver_sql("ALTER TABLE note DISABLE TRIGGER USER")
            else:
                connection.exec_driver_sql("DROP TRIGGER note_locked_update")
        owner.dispose()
        assert tried(one)
        assert row(signed["note"])["signed_as"] == "Nobody"


def test_a_draft_is_not_locked(app: Flask):
    with app.app_context():
        house = made.open_house()
        note = records.drafted(house, records.begun(house))
        assert tried(update(Note).where(Note.id == note.id).values(pen="other"))
