"""People at the back office, and a clinic with something in every list."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from clinic.core.db import db
from clinic.core.permissions import Role
from tests.admin.filling import Office, filled
from tests.factories import staff


class Visitor:
    """Somebody signed in, who sends forms as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    @property
    def token(self) -> str:
        if not self._token:
            page = self.client.get("/account").text
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            self._token = found[1] if found else ""
        return self._token

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        return self.client.post(path, data={"csrf_token": self.token} | (data or {}), **kwargs)


@pytest.fixture
def as_(app: Flask) -> Callable[..., Visitor]:
    """Sign somebody in with these roles."""

    def sign_in(*roles: Role) -> Visitor:
        return Visitor(staff.signed_in(app, *roles))

    return sign_in


@pytest.fixture
def owner(as_: Callable[..., Visitor]) -> Visitor:
    return as_(Role.OWNER)


@pytest.fixture
def receptionist(as_: Callable[..., Visitor]) -> Visitor:
    return as_(Role.RECEPTIONIST)


@pytest.fixture
def therapist(as_: Callable[..., Visitor]) -> Visitor:
    return as_(Role.THERAPIST)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the main database meanwhile."""
    with app.app_context():
        engine = db.engine
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def office(app: Flask) -> Office:
    """A clinic with something in every list, and the public ids by which it is reached."""
    with app.app_context():
        return filled()
