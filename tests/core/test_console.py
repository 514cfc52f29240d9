"""The commands of the ground: they refuse to start where that would be unsafe."""

import re

import pytest
from sqlalchemy import create_engine

from clinic.cli import serving
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff import services
from tests.engines import configuration, create_app, on_both_engines, on_postgresql, release
from tests.factories import staff as people


@pytest.fixture(autouse=True)
def _never_serve(monkeypatch):
    """A start that is not refused must not keep the test waiting."""
    monkeypatch.setattr(serving, "_run", lambda *_: pytest.fail("it served"))


def run(app, *words: str):
    return app.test_cli_runner().invoke(args=list(words))


@on_both_engines
def test_a_link_for_the_first_owner_is_printed_until_there_is_one(app):
    said = run(app, "owner", "link").output
    assert re.search(r"http://localhost/link/[\w-]{43}", said)
    with app.app_context():
        people.owner()
    again = run(app, "owner", "link")
    assert again.exit_code == 1
    assert "There is an owner already" in again.output


@on_both_engines
def test_the_logs_are_verified_from_the_console(app):
    with app.app_context(), transaction():
        services.name_qualification(actor=SYSTEM, code="A", name="A")
    said = run(app, "audit", "verify")
    assert said.exit_code == 0
    assert "change log: 1 entries, holds" in said.output
    assert "access log: 0 entries, holds" in said.output


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LISTEN": "0.0.0.0:8000"}, "plain http"),
        ({"LISTEN": "0.0.0.0:8000", "BASE_URL": "https://clinic.example"}, "CLINIC_PROXIES"),
    ],
)
def test_it_does_not_serve_where_strangers_could_read_along(app, monkeypatch, settings, words):
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    said = run(app, "serve")
    assert said.exit_code == 1
    assert words in said.output


def test_it_does_not_serve_while_debugging(app, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")  # the console asks this alone
    monkeypatch.setitem(app.config, "DEBUG", False)  # put back when the test ends
    said = run(app, "serve")
    assert said.exit_code == 1
    assert "debug mode" in said.output


@on_postgresql
def test_it_does_not_serve_as_the_tables_owner(ground, tmp_path):
    owner = ground.server.uri("clinic", "clinic_owner")
    other = create_app(configuration(tmp_path, owner, owner, owner))
    said = run(other, "serve")
    assert said.exit_code == 1
    assert "owns tables" in said.output
    release(other)


@on_postgresql
def test_it_does_not_serve_an_empty_database(ground, tmp_path):
    ground.server.make("nothing")
    own = ground.server.uri("nothing")
    other = create_app(configuration(tmp_path, own, own, own))
    said = run(other, "serve")
    assert said.exit_code == 1
    assert "make migrate" in said.output
    release(other)


def test_it_does_not_serve_a_database_of_another_shape(tmp_path):
    path = tmp_path / "clinic.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0000_older')")
    engine.dispose()
    uri = f"sqlite:///{path}"
    other = create_app(configuration(tmp_path, uri, uri, f"sqlite:///{tmp_path / 'access'}"))
    said = run(other, "serve")
    assert said.exit_code == 1
    assert "make migrate" in said.output
    release(other)
