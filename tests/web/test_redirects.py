"""Where one may be sent after signing in: a place in this house, and nowhere else."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.web.guards import is_safe_path
from tests.factories import staff as people

EVIL = "evil.example"
PAYLOADS = [
    *(prefix + EVIL for prefix in (
        "http://", "https://", "//", "///", "////", "/\\", "\\/", "\\\\", "/\\/", "//\\", "https:",
        "https:/", "http:", "ftp://", "HTTP://", " //", "\t//", "\n//", "\r//", "/\t/", "/\n/",
        "/\r/", "\x00//", "/\x00/", "//\x00", "https:\\\\", "https:/\\", "\u2028//", "\x0b//",
        "//localhost@", "https://localhost@", "//localhost\\@", "//localhost%5c@", "https:///",
        "//localhost:80@", "http://localhost.", "x://", "//%0d%0a", "\ufeff//", "//user:pass@",
    )),
    "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,<p>",
    "vbscript:x", "//", "/\\", "\\", "//[", "http://[", "https://[::1", "//\u3002example",
    "//evil\u3002example", "//\uff0fevil.example", "\uff0f\uff0fevil.example", "//0x7f000001",
    "//2130706433", "file:///etc/passwd", "blob:x", "?next=//evil.example", "evil.example", "",
    "/\x7f/evil.example", "//evil.example/%2e%2e",
]  # fmt: skip


def test_there_are_sixty_of_them():
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nobody_is_sent_out_of_the_house(payload):
    assert not is_safe_path(payload)


def test_signing_in_ignores_what_leads_elsewhere(app):
    people.signed_in(app)
    browser = app.test_client()
    for payload in PAYLOADS[::6]:
        browser.delete_cookie("sid", domain="localhost")
        assert people.enter(browser, "Receptionist", next=payload).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/clients?q=a&page=2", "/day/2026-05-04", "/a//b", "/%2F"])
def test_a_place_in_the_house_is_kept(path):
    assert is_safe_path(path)


@given(st.text(max_size=40).map(lambda text: "/" + text))
def test_whatever_is_let_through_stays_on_this_host(path):
    if is_safe_path(path):
        try:
            there = urlsplit(urljoin("http://localhost/sign-in", path))
        except ValueError:
            pytest.fail("a browser would have to guess")
        assert there.netloc == "localhost"
