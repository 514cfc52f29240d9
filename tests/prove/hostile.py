"""What nobody types and somebody sends: hostile requests, the same for the same seed."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_from_bytes

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from clinic.core.db import Base, db
from clinic.web.forms import ClinicForm

PROBE = "<script>alert(7)</script>"
"""If it ever comes back as it is, something is not escaped."""
LONG = 20_000
_BYTES = (b"\xff\xfe", b"\xc0\x80", b"%ff%fe", b"\xf0\x9f")
VALUES: tuple[bytes, ...] = tuple(
    value.encode("utf-8", "surrogatepass")
    for value in (
        "", " ", "\x00", "a\x00b", "\ud800", "\ufffe", "\u202e", "\u00b2", "\u0661\u0662",
        "\ufdfa" * 200, "\U0001f9d8" * 90, "a" * LONG, "9" * 5000, "9" * 20, "-1", "0", "1e309",
        "NaN", "0x10", "1_000", "2147483648", "9223372036854775808", "0001-01-01", "9999-12-31",
        "2026-02-30", "2026-W01-1", "2199-12-31", "1900-01-01", "2026-03-08", "24:00", "25:61",
        "02:30", "00:00", PROBE, "' OR 1=1 --", "%", "_", "\\", "../../etc/passwd", "{{7*7}}",
        "{0.__class__}", "%(name)s %s %n", "{name}", "javascript:alert(7)", "//evil.example",
        "https:evil.example", "/\\evil.example", "\r\nX-Odd: 1", "a@b", "a@" + "b" * 300, "true",
        "[]", "{}", '{"a": 1}', ",", ",,,", ";", ".", "1.a.b", "z" * 20, "+1 555 014 8812",
        "\u0130\u0131\u1e9e\u212a", "XXX", "USD", "en_US", "root", "Etc/GMT+12", "owner",
        "visit", "kept,kept", "1" * 11 + "." + "a" * 20 + "." + "b" * 20,
    )
)  # fmt: skip
VALUES = (*VALUES, *_BYTES)
ODD_NAMES = ("", "a[]", "a[0]", "phones-\u00b2-number", "phones-" + "9" * 5000 + "-number",
             "phones-0-number", "phones-0-kind", "phones-7-may_text", "phones--1-number",
             "flt0_0", "flt1_1", "flt9_99", "flt\u00b2_0", "__proto__", "_method",
             "\ud800")  # fmt: skip
QUERY_NAMES = (
    "q", "page", "page_size", "sort", "desc", "search", "id", "url", "next", "on", "show", "after",
    "before", "client", "provider", "service", "variant", "therapist", "with", "name", "query",
    "limit", "offset", "time", "all", "every", "pick", "status", "kind", "instead", "part", "v",
)  # fmt: skip
TYPES = ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x",
         "application/x-www-form-urlencoded; charset=utf-16", "\u00b2")  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {}, {}, {},
    {"Accept": "application/json"}, {"Accept": "*/*;q=x"}, {"Accept-Language": "x" * 500},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-For": "1.2.3.4"}, {"If-None-Match": '"\xff"'}, {"Range": "bytes=9-1"},
    {"Referer": "https://evil.example/"}, {"User-Agent": "\x01" * 300},
)  # fmt: skip
HOSTS = ("localhost", "localhost", "localhost", "localhost", "evil.example", "localhost@evil", "[")


class _Fields(HTMLParser):
    """The fields of all forms of a page, with what they would send."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given.get("name", "")
        if tag in ("input", "textarea", "button", "select") and given.get("name"):
            self.found.setdefault(given["name"], []).append(given.get("value", ""))
        if tag == "option" and self._select:
            self.found[self._select].append(given.get("value", ""))


def fields_of(page: str) -> dict[str, list[str]]:
    """The names of a page's fields, each with values that it offers."""
    parser = _Fields()
    parser.feed(page)
    parser.found.pop("csrf_token", None)
    return parser.found


def known_names() -> list[str]:
    """Every field of every form of the house."""
    names, kinds = set(), [ClinicForm]
    for kind in kinds:
        kinds += kind.__subclasses__()
        names |= {name for name in dir(kind) if hasattr(getattr(kind, name), "field_class")}
    return sorted(names)


def ids_there(app: Flask, but: set[str]) -> dict[str, list[str]]:
    """Public ids of what is in the clinic, by table; ``but`` are left out."""
    found = {}
    with app.app_context():
        for mapper in Base.registry.mappers:
            if hasattr(mapper.class_, "public_id"):
                ids = db.session.scalars(select(mapper.class_.public_id).limit(40))
                found[mapper.class_.__tablename__] = [one for one in ids if one not in but]
        db.session.remove()
    return {table: ids for table, ids in found.items() if ids}


@dataclass
class Sent:
    """One request, as it goes over the wire."""

    method: str
    path: bytes
    query: str
    body: bytes | None
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    host: str = "localhost"

    def environ(self) -> dict[str, Any]:
        return {
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": self.query,
            "HTTP_HOST": self.host,
        }

    def __str__(self) -> str:
        body = repr(self.body)[:600]
        path = repr(self.path)[:200]
        return f"{self.method} {path}?{self.query[:400]} {self.content_type} {self.headers} {body}"


class Fuzzer:
    """Makes requests for a rule: half of what they say is right, so that they get far."""

    def __init__(self, app: Flask, seed: str, ids: dict[str, list[str]]) -> None:
        self.random = random.Random(seed)
        self.app, self.ids = app, ids
        self.names = known_names()
        self.pool = [one for ids in self.ids.values() for one in ids]
        self.models = {
            view.endpoint: view.model.__tablename__
            for view in app.extensions["admin"][0]._views
            if hasattr(view, "model")
        }

    def value(self) -> bytes:
        """Something hostile, or the id of something that is there."""
        if self.random.random() < 0.25:
            return self.random.choice(self.pool).encode()
        return self.random.choice(VALUES)

    def path(self, rule: Rule) -> bytes:
        """An address of the rule: most often of something that is there."""

        def part(found: re.Match[str]) -> str:
            known = self._known(found[2])
            if known and self.random.random() < 0.85:
                return self.random.choice(known)
            if found[1].startswith("any("):
                return self.random.choice(re.findall(r"[\w-]+", found[1])[1:])
            return quote_from_bytes(self.value(), safe="")

        filled = re.sub(r"<(?:([^<>]*):)?(\w+)>", lambda m: part(_Two(m)), rule.rule)
        return _unquoted(filled)

    def _known(self, argument: str) -> list[str]:
        plain = argument.removesuffix("_id")
        tables = {
            "member": "staff_member", "variant": "service_variant",
            "session": "web_session",
        }  # fmt: skip
        return self.ids.get(tables.get(plain, plain), [])

    def query(self, rule: Rule) -> str:
        pairs = []
        table = self.models.get(rule.endpoint.partition(".")[0])
        if table and table in self.ids and self.random.random() < 0.9:
            pairs.append(("id", self.random.choice(self.ids[table]).encode()))
        for _ in range(self.random.randint(0, 4)):
            name = self.random.choice((*QUERY_NAMES, *ODD_NAMES))
            pairs.append((name, self.value()))
        return _encoded(pairs)

    def body(self, offered: dict[str, list[str]]) -> bytes:
        """A form: what the page offers, some of it replaced, left out or said twice."""
        pairs = []
        for name, values in offered.items():
            if self.random.random() < 0.1:
                continue
            if self.random.random() < 0.2:
                pairs.append((name, self.value()))
            else:
                pairs.append((name, self.random.choice(values).encode("utf-8", "replace")))
            if self.random.random() < 0.05:
                pairs.append((name, self.value()))
        more = self.names if not offered or self.random.random() < 0.2 else ()
        pairs += [(name, self.value()) for name in more if self.random.random() < 0.4]
        if self.random.random() < 0.3:
            pairs.append((self.random.choice(ODD_NAMES), self.value()))
        if "rowid" in offered or self.random.random() < 0.2:
            pairs += [("rowid", self.value()) for _ in range(self.random.choice((1, 3, 150)))]
        return _encoded(pairs).encode("ascii")

    def request(self, rule: Rule, method: str, offered: dict[str, list[str]]) -> Sent:
        body, content_type = None, "application/x-www-form-urlencoded"
        if method not in ("GET", "HEAD", "OPTIONS"):
            body = self.body(offered)
            odd = self.random.random()
            if odd < 0.06:
                content_type = self.random.choice(TYPES).encode().decode("latin-1")
            elif odd < 0.08:
                body = b"a=" + b"x" * 1_100_000
            elif odd < 0.10:
                body = b"&".join(b"a%d=1" % number for number in range(5000))
        headers = dict(self.random.choice(HEADERS))
        host = self.random.choice(HOSTS) if self.random.random() < 0.05 else "localhost"
        return Sent(method, self.path(rule), self.query(rule), body, content_type, headers, host)

    def nowhere(self) -> Iterator[Sent]:
        """Addresses that no route has, and methods that none takes."""
        for path in (
            b"/\x00", b"/..%2f..", b"//evil.example/", b"/clients/\xff", b"/clients/" + b"a" * 9000,
            b"/static/../config.py", b"/static/..\\config.py", b"/static/css", b"/static/\x00",
            b"/static/css/base.css\x00", b"/office/static/x", b"/office", b"/clients/", b"/book/",
            b"/visits/" + b"a" * 20 + b"/burn", b"/link/", b"/;a=b", b"/\xf0\x9f",
        ):  # fmt: skip
            for method in ("GET", "POST", "PUT", "DELETE", "TRACE", "ODD"):
                yield Sent(method, path, "", b"a=1", "application/x-www-form-urlencoded")


class _Two:
    """A converter's name, always there, and its argument's."""

    def __init__(self, found: re.Match[str]) -> None:
        self._parts = (found[0], found[1] or "default", found[2])

    def __getitem__(self, number: int) -> str:
        return self._parts[number]


def _encoded(pairs: list[tuple[str, bytes]]) -> str:
    def name(text: str) -> str:
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")

    return "&".join(f"{name(key)}={quote_from_bytes(value, safe='')}" for key, value in pairs)


def _unquoted(path: str) -> bytes:
    from_hex = re.sub(
        r"%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), path.encode().decode("latin-1")
    )
    return from_hex.encode("latin-1")
