"""Every route and method with hostile values, signed in as everybody: nothing ever breaks.

No answer is a 5xx or takes longer than five seconds; a refused request has changed nothing,
and no page says anything of what is behind it. How many requests a route gets follows
PROVE_ROUNDS; the requests are the same each time.
"""

import os
import re
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.web.guards import is_safe_path
from tests.architecture.doors import MAY_CHANGE, NOBODY, SAFE, browser, routes, token
from tests.engines import on_both_engines
from tests.factories import directory, referrals, scheduling, staff
from tests.prove.hostile import PROBE, Fuzzer, fields_of, ids_there

SLOWEST = 5.0
"""Seconds that one answer may take on a machine that does nothing else."""
SHARE = {"sqlite": 25, "postgresql": 100}
"""One request for each route, method and person in so many rounds."""
MACHINERY = re.compile(
    r"Traceback \(most recent|sqlalchemy\.|psycopg|sqlite3|pysqlite|SELECT .* FROM"
)
_CHANGE = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@pytest.fixture
def changed(app):
    """The tables that committed statements have changed since this set was last emptied."""
    with app.app_context():
        engines = {db.engine, app.extensions["access"]}
    tables: set[str] = set()

    def heard(conn, cursor, statement, parameters, context, many):
        found = _CHANGE.match(statement)
        if found:
            conn.info.setdefault("changed", set()).add(found[1].lower())

    def kept(conn):
        tables.update(conn.info.pop("changed", ()))

    def dropped(conn):
        conn.info.pop("changed", None)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", heard)
        event.listen(engine, "commit", kept)
        event.listen(engine, "rollback", dropped)
    yield tables
    for engine in engines:
        event.remove(engine, "before_cursor_execute", heard)
        event.remove(engine, "commit", kept)
        event.remove(engine, "rollback", dropped)


@pytest.fixture
def people(app):
    """Somebody for each column of the matrix; and a clinic with one of everything."""
    with app.app_context():
        house = scheduling.open_house()
        known = {NOBODY: None, "receptionist": house.desk.id, "owner": house.owner.id}
        known["therapist"] = house.therapist.id
        visit = scheduling.book(house)
        scheduling.book(house, scheduling.at(14))
        order = referrals.order(house.client, directory.provider())
        referrals.allowance(order)
        staff.member("Left Behind", Role.THERAPIST)
        scheduling.a_client("Other Person")
        ours = {house.desk.public_id, house.owner.public_id, house.therapist.public_id}
        assert visit.id
        db.session.remove()
    return known, ours


def ask(app, person, sent):
    """The answer, how long it took, and whether it failed outright."""
    headers = {"X-CSRFToken": token(app), **sent.headers}
    if sent.content_type:
        headers["Content-Type"] = sent.content_type
    begun = time.perf_counter()
    with browser(app, person).open(
        "/", method=sent.method, data=sent.body, headers=headers, environ_overrides=sent.environ()
    ) as answer:
        answer.get_data()
    return answer, time.perf_counter() - begun


def faults(sent, answer, took, changed):
    """What is wrong with an answer, in words."""
    wrong = []
    if answer.status_code >= 500:
        wrong.append(f"answered {answer.status_code}")
    if took > SLOWEST * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)):
        wrong.append(f"took {took:.1f} s")
    is_refused = answer.status_code >= 400 or sent.method in SAFE
    if is_refused and changed - MAY_CHANGE:
        wrong.append(f"answered {answer.status_code} and changed {sorted(changed - MAY_CHANGE)}")
    text = answer.get_data(as_text=True)
    if MACHINERY.search(text):
        wrong.append("shows machinery")
    if answer.mimetype == "text/html" and PROBE in text:
        wrong.append("does not escape")
    if not _stays(answer.headers.get("Location", "/")):
        wrong.append(f"leads to {answer.headers['Location'][:200]}")
    return [f"{sent}: {one}" for one in wrong]


def _stays(location):
    parts = urlsplit(location)
    return parts.netloc in ("", "localhost") and is_safe_path(parts.path or "/")


def offered(app, person, rule, fuzzer):
    """The fields that the route's own page shows, where it has one; those of its room else."""
    path = fuzzer.path(rule).decode("latin-1")
    for shown in (path, path.rpartition("/")[0] or "/"):
        answer = browser(app, person).open(
            "/", environ_overrides={"PATH_INFO": shown, "QUERY_STRING": fuzzer.query(rule)}
        )
        found = fields_of(answer.get_data(as_text=True)) if answer.status_code == 200 else {}
        if found:
            return found
    return {}


@on_both_engines
def test_nothing_that_is_sent_breaks_anything(app, people, changed, rounds, engine_name):
    known, ours = people
    fuzzer = Fuzzer(app, f"{engine_name} {rounds}", ids_there(app, ours))
    found, times = [], max(rounds // SHARE[engine_name], 1)
    for rule, method in routes(app):
        for person in known.values():
            fields = offered(app, person, rule, fuzzer) if method not in SAFE else {}
            for _ in range(times):
                sent = fuzzer.request(rule, method, fields)
                changed.clear()
                found += faults(sent, *ask(app, person, sent), changed)
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:20])


def test_nothing_is_found_where_there_is_no_page(app, people, changed):
    known, ours = people
    fuzzer = Fuzzer(app, "nowhere", ids_there(app, ours))
    found = []
    for sent in fuzzer.nowhere():
        for person in (None, known["owner"]):
            changed.clear()
            found += faults(sent, *ask(app, person, sent), changed)
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:20])


def test_sabotage_a_page_that_fails_is_found(app, people, changed, monkeypatch):
    known, _ = people

    def broken(**_):
        raise RuntimeError("broken by the test")

    monkeypatch.setitem(app.view_functions, "staff.index", broken)
    fuzzer = Fuzzer(app, "sabotage", {"staff_member": ["a" * 20]})
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == "staff.index")
    sent = fuzzer.request(rule, "GET", {})
    sent.host = "localhost"
    assert "answered 500" in faults(sent, *ask(app, known["owner"], sent), changed)[0]
