"""The browser tests' own tools, tried on pages made to offend."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.chromium import opened, witness_of
from tests.browser.looking import (
    AXE,
    assert_accessible,
    assert_fits,
    assert_no_csp_errors,
    violations,
)
from tests.browser.serving import serve

GOOD = """<!doctype html><html lang="en"><head><title>Good</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>Good</h1><p>Nothing wrong here.</p></main></body></html>"""
BAD = """<!doctype html><html><head><title></title></head><body>
<img src="/missing.png"><button onclick="void 0"></button>
<img src="http://192.0.2.1/pixel.png" alt=""><div style="width: 9000px">wide</div>
</body></html>"""
LATE = """<!doctype html><html lang="en"><head><title>Late</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/late.css"></head>
<body><main><h1>Late</h1><table width="9000"><tr><td>Wide at first</td></tr></table></main>
</body></html>"""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    app = Flask("pages_that_offend", static_folder=None)
    app.add_url_rule("/good", view_func=lambda: GOOD, endpoint="good")
    app.add_url_rule("/bad", view_func=lambda: BAD, endpoint="bad")
    app.add_url_rule("/late", view_func=lambda: LATE, endpoint="late")
    app.add_url_rule("/late.css", view_func=late_sheet, endpoint="late_sheet")
    app.add_url_rule("/missing.png", view_func=lambda: ("", 503), endpoint="missing")
    app.add_url_rule("/favicon.ico", view_func=lambda: ("", 204), endpoint="icon")

    @app.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; img-src *; style-src 'self'"
        )
        return response

    with serve(app) as address:
        yield address


def late_sheet() -> tuple[str, dict[str, str]]:
    time.sleep(0.5)
    return "table { width: auto }", {"Content-Type": "text/css"}


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_good_page_passes(browser: Browser, pages: str, size: str):
    with opened(browser, pages, size) as page:
        page.goto("/good")
        assert_accessible(page)
        assert_no_csp_errors(page)
        assert_fits(page)
        assert witness_of(page).complaints() == []


def test_a_page_is_judged_once_its_style_sheets_are_there(browser: Browser, pages: str):
    with opened(browser, pages) as page:
        page.goto("/late", wait_until="commit")
        assert_fits(page)
        page.goto("/late", wait_until="commit")
        assert_accessible(page)
        assert page.evaluate("document.readyState") == "complete"


def test_every_offence_is_seen(browser: Browser, pages: str):
    with opened(browser, pages) as page:
        page.goto("/bad")
        page.wait_for_load_state("networkidle")
        assert {"html-has-lang", "document-title", "image-alt", "button-name"} <= {
            rule["id"] for rule in violations(page)
        }
        witness = witness_of(page)
        assert witness.csp
        assert witness.outside == ["http://192.0.2.1/pixel.png"]
        assert witness.failures == [f"503 {pages}/missing.png"]
        with pytest.raises(AssertionError):
            assert_accessible(page)
        with pytest.raises(AssertionError):
            assert_no_csp_errors(page)


def test_targets_that_are_too_small_are_seen_wherever_they_are_scrolled_to(
    browser: Browser, pages: str
):
    with opened(browser, pages, "phone") as page:
        page.goto("/good")
        assert "target-size" not in {rule["id"] for rule in violations(page)}
        page.evaluate("""() => {
          for (const top of [2000, 2010]) {
            const made = document.createElement("button");
            made.textContent = "x";
            Object.assign(made.style, { position: "absolute", left: "0", top: `${top}px`,
              width: "10px", height: "10px", padding: "0", border: "0", color: "black" });
            document.querySelector("main").append(made);
          }
        }""")
        assert "target-size" in {rule["id"] for rule in violations(page)}


def test_the_vendored_files_are_those_that_were_published():
    listed = (AXE.parent / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    for line in listed:
        digest, name = line.split()
        content = Path(AXE.parent / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
