"""Every door tried by everybody: what docs/access_matrix.csv is made of.

    make matrix        (python -m tests.architecture.doors) writes the file anew

Each request has a session of its own with a valid token and an empty form, so that
nothing but the permission decides. ``passes`` means that the door opened, whatever
came after (a page, a 404 for a made-up id, a 422 for the empty form).
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import MetaData, insert, select
from werkzeug.routing import Rule

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.ids import new_public_id
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import separate_transaction
from clinic.staff.models import WebSession
from clinic.staff.rules import new_token, token_hash
from tests.engines import Grounds
from tests.factories import staff as people

FILE = Path(__file__).resolve().parents[2] / "docs" / "access_matrix.csv"
SAFE = ("GET", "HEAD", "OPTIONS")
NOBODY = "anonymous"
RAW = "0123456789abcdef0123456789abcdef01234567"
MAY_CHANGE = frozenset({"web_session", "throttle", "access_entry"})
"""The only tables that a safe method may write to."""
PLACEHOLDERS = {
    "PublicId": "a" * 20,
    "IntegerConverter": 1,
    "FloatConverter": 1.0,
    "DateConverter": "2026-05-04",
    "AnyConverter": None,
}


def staff(app: Flask) -> dict[str, int | None]:
    """One person for each role, and one who holds all; by the name of the column."""
    with app.app_context():
        people.set_up()
        known: dict[str, int | None] = {NOBODY: None}
        for role in Role:
            known[role.value] = people.member(role.value.title(), role).id
        known["everything"] = people.member("Every Thing", *Role).id
        db.session.remove()
    return known


def browser(app: Flask, person: int | None) -> Any:
    """A browser with a session made for one request, and a token that fits it."""
    token, at = new_token(), now()
    payload = {"csrf_token": RAW} | ({"_user_id": str(person), "_fresh": True} if person else {})
    with app.app_context(), writing("test", SYSTEM), separate_transaction() as connection:
        connection.execute(
            insert(WebSession).values(
                public_id=new_public_id(), token_hash=token_hash(token), staff_id=person,
                payload=json.dumps(payload), created_at=at, last_seen_at=at, agent="", address="",
            )
        )  # fmt: skip
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], token, domain="localhost")
    return client


def token(app: Flask) -> str:
    """The token as a page of that session would hold it."""
    return URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(RAW)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with every method it takes."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def address(app: Flask, rule: Rule) -> str:
    """An address of the rule with made-up arguments."""
    values = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = PLACEHOLDERS.get(kind, "x") or min(converter.items)
    adapter = app.url_map.bind("localhost")
    return adapter.build(rule.endpoint, values | (rule.defaults or {}), method=None)


def outcome(answer: Any) -> str:
    """What became of a request, as a word."""
    if answer.status_code >= 500:
        return f"failed with {answer.status_code}"
    is_sign_in = answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
    if answer.status_code == 401 or is_sign_in:
        return "signs in"
    return "refused" if answer.status_code == 403 else "passes"


def ask(app: Flask, rule: Rule, method: str, person: int | None, **more: Any) -> Any:
    """Make the request, as a browser would."""
    headers = {"Accept": "text/html", "X-CSRFToken": token(app), **more.pop("headers", {})}
    with browser(app, person).open(
        address(app, rule), method=method, headers=headers, **more
    ) as answer:
        answer.get_data()
        return answer


def matrix(app: Flask, known: dict[str, int | None]) -> list[list[str]]:
    """A row for each route and method: who passes, who is refused, who must sign in."""
    columns = [NOBODY, *(role.value for role in Role)]
    rows = [["route", "method", *columns]]
    for rule, method in routes(app):
        found = [outcome(ask(app, rule, method, known[name])) for name in columns]
        rows.append([rule.rule, method, *found])
    return rows


def contents(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table but those that a safe method may write to."""
    with app.app_context(), db.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in tables.sorted_tables
            if table.name not in MAY_CHANGE
        }


def as_text(rows: list[list[str]]) -> str:
    """The rows as the file holds them."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def main() -> None:
    """Write the file anew."""
    grounds = Grounds()
    try:
        app = grounds.on("sqlite").renew()
        rows = matrix(app, staff(app))
        FILE.write_text(as_text(rows), encoding="utf-8")
        print(f"{FILE.name}: {len(rows) - 1} routes and methods")
    finally:
        grounds.close()


if __name__ == "__main__":
    main()
