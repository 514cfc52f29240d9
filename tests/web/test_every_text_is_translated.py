"""Every page in a language nobody speaks: a text that gettext never saw stands out."""

import ast
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from importlib.resources import files
from types import ModuleType
from typing import Any
from zoneinfo import available_timezones

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, String, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from clinic.cli import health, invented, noting, readying, told
from clinic.cli.demonstration import ACCOUNTS
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import CREDENTIALS
from clinic.letters.models import Letter
from clinic.messages.models import OutboxMessage
from clinic.messages.rules import masked
from clinic.practice.queries import the_setting
from clinic.practice.services import settle
from clinic.referrals.rules.payers import SOURCES
from clinic.web import answers
from tests.factories.staff import send
from tests.web import pseudo
from tools.pages import PASSWORD, demonstration

SAME_EVERYWHERE = {
    "NPI", "ICD-10-CM", "US$", *(word for word in CREDENTIALS if word.isupper()),
    *(zone.replace("_", " ") for zone in available_timezones()),
}  # fmt: skip
STARTS = (
    "/", "/sign-in", "/nowhere", "/day", "/my-day", "/clients", "/clients?q=00000000", "/book",
    "/office/referrals/", "/directory", "/services", "/staff", "/account", "/settings", "/setup",
    "/time-off", "/office/",
)  # fmt: skip
INVENTED = (health, invented, noting, readying, told)
SHIPPED = (("clinic.health", "starter.json"), ("clinic.consents", "wording.json"))
"""What a clinic makes its own: rules and the words of consents are data, as services are. Where
the rule of a payer can be read is data too: what somebody else published, under its own name."""
LETTERS = "/letters/"
LOGS = ("/office/changes/", "/office/reads/")
"""Show the names of columns, verbs and pages as the program has them, which no one else sees."""
_IDENTIFIERS = re.compile(r"[a-z_]+\.[a-z_]+|[a-z ]+(?:, [a-z ]+)*")
_CITED = re.compile(r"\bdoi 10\.")
_LINK = re.compile(r'href="(/[^"#]*)"')
_FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_CODE = re.compile(r"[a-z_0-9]+")


def data_of(app: Flask) -> set[str]:
    """What stands in the database or was invented for it: nobody translates that."""
    with app.app_context(), db.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        texts = {
            str(value)
            for table in tables.sorted_tables
            for column in table.columns
            if isinstance(column.type, String)
            for value in connection.scalars(select(column).distinct())
        }
    # A code is no data: it has to be shown by its word.
    return {text for text in texts if len(text) > 1 and not _CODE.fullmatch(text)}


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for one in value.values() for text in texts_in(one))
    elif isinstance(value, tuple | list):
        yield from (text for one in value for text in texts_in(one))


def words_of_dates() -> set[str]:
    """The names of days and months, long and short."""
    english = Locale.parse(pseudo.LOCALE)
    return {
        name
        for kinds in (english.days["format"], english.months["format"])
        for width in ("abbreviated", "wide")
        for name in kinds[width].values()
    }


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The demonstration clinic, in the language nobody speaks."""
    folder = tmp_path_factory.mktemp("pseudo")
    app = demonstration(folder)
    pseudo.compile_into(folder / "translations")
    app.extensions["babel"].translation_directories = [str(folder / "translations")]
    with app.app_context(), transaction():
        settle(actor=SYSTEM, version=the_setting().version, locale=pseudo.LOCALE)
    return app


@pytest.fixture(scope="module")
def written(clinic: Flask) -> set[str]:
    """What letters say: they keep the language that the clinic spoke when they were written."""
    with clinic.app_context():
        found = [json.loads(one.content) for one in db.session.scalars(select(Letter))]
    return {line for text in texts_in(found) for line in lines_of(text)}


@pytest.fixture(scope="module")
def known(clinic: Flask) -> set[str]:
    """What a page may say as it is."""
    said = [text for room in INVENTED for text in _written_in(room)]
    shipped = [json.loads(files(room).joinpath(name).read_text("utf-8")) for room, name in SHIPPED]
    lines = {line for text in texts_in([said, shipped, SOURCES]) for line in lines_of(text)}
    return data_of(clinic) | lines | addresses(clinic) | words_of_dates() | SAME_EVERYWHERE


def addresses(app: Flask) -> set[str]:
    """To whom messages went, as far as a page shows it."""
    with app.app_context():
        return {masked(one.to) for one in db.session.scalars(select(OutboxMessage))}


def lines_of(text: str) -> set[str]:
    """A text whole and line by line, as it is and without the dash before it."""
    return {text} | {line.lstrip("-• ") for line in (text, *text.split("\n"))}


def _written_in(room: ModuleType) -> set[str]:
    """Every text that stands in a module: what made-up people say and write."""
    tree = ast.parse(inspect.getsource(room))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text.strip() for text in found if isinstance(text, str) and len(text.strip()) > 1}


def browser(app: Flask, role: str | None) -> FlaskClient:
    """Somebody of a role who has signed in; nobody, for no role."""
    client = app.test_client()
    if role:
        form = {"email": ACCOUNTS[role], "password": PASSWORD}
        send(client, "/sign-in", form, page="/sign-in")
    return client


class Walk:
    """Goes where pages lead, to two of each kind, and sends each form empty and wrong."""

    PAGES_OF_A_KIND = 2
    LEFT_ALONE = ("static", "staff.sign_out", "staff.link")

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.client = client
        self.map = app.url_map.bind("localhost")
        self.seen: Counter[str] = Counter()
        self.ahead = list(STARTS)

    def pages(self) -> Iterator[tuple[str, str]]:
        """Where, and what was said there."""
        while self.ahead:
            path = self.ahead.pop(0)
            if self._is_new(path):
                answer = self.client.get(path, follow_redirects=True)
                if answer.mimetype != "text/html":
                    continue  # a file for another program
                page = answer.text
                yield path, page
                self.ahead += [unescape(found) for found in _LINK.findall(page)]
                yield from self._forms(path, page)

    def _is_new(self, path: str) -> bool:
        try:
            endpoint, _ = self.map.match(path.partition("?")[0])
        except (HTTPException, RequestRedirect):
            return False
        self.seen[endpoint] += 1
        return self.seen[endpoint] <= self.PAGES_OF_A_KIND and endpoint not in self.LEFT_ALONE

    def _forms(self, path: str, page: str) -> Iterator[tuple[str, str]]:
        token = _TOKEN.search(page)
        if token is None or not self.map.test(path.partition("?")[0], "POST"):
            return
        for wrong in ({}, dict.fromkeys(_FIELD.findall(page), "-")):
            answer = self.client.post(path, data=wrong | {"csrf_token": token[1]})
            assert answer.status_code < 500, path
            if answer.status_code >= 400:
                yield f"{path}, sent {'wrong' if wrong else 'empty'}", answer.text


@pytest.mark.parametrize("role", [None, "receptionist", "therapist", "owner"])
def test_no_page_says_anything_that_cannot_be_translated(clinic, known, written, role):
    walk = Walk(clinic, browser(clinic, role))
    bare = {
        text: path
        for path, page in walk.pages()
        for text in pseudo.left_over(page, known)
        if not (path.startswith(LOGS) and _IDENTIFIERS.fullmatch(text))
        if not (path.startswith(LETTERS) and text in written)
        if text not in path and not _CITED.search(text)
    }
    assert len(walk.seen) > (60 if role else 1)
    assert not bare


def test_no_refusal_says_anything_that_cannot_be_translated(clinic, known):
    for status in answers.PAGES:
        with clinic.test_request_context("/"):
            page, _ = answers.answer(status)
        assert not pseudo.left_over(page, known), status


def test_translators_are_given_every_text_and_no_other():
    with pseudo.TEMPLATE.open("rb") as file:
        given = {message.id for message in read_po(file) if message.id}
    assert given == set(pseudo.collected()), "run `make messages`"


def test_a_text_that_is_not_translated_is_found():
    page = '<p title="⟦Day⟧">⟦Visits: ⟧12</p><p aria-label="Close">Grace Nakamura is late</p>'
    assert pseudo.left_over(page, {"Grace Nakamura"}) == {"Close", "Grace Nakamura is late"}
