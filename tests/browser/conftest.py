"""A served clinic and a browser that looks at it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium, opened, witness_of
from tests.browser.serving import serve
from tests.engines import Grounds


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def address(grounds: Grounds) -> Iterator[str]:
    """Where the SQLite clinic is served, for all tests of this process."""
    with serve(grounds.on("sqlite").app) as address:
        yield address


@pytest.fixture
def live_server(app: Flask, address: str) -> str:
    """The address of the served clinic, on a fresh copy; ``app`` is the same clinic."""
    return address


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, live_server: str) -> Iterator[Page]:
    """A page on a desktop, or on the size that ``at_both_sizes`` gives.

    At the end it must not have broken its policy, raised a script error, got an
    answer of 500 or more, or asked another server for anything.
    """
    with opened(browser, live_server, getattr(request, "param", "desktop")) as page:
        yield page
        complaints = witness_of(page).complaints()
    assert not complaints, "\n".join(complaints)
