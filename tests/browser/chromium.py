"""Chromium as the tests and the screenshots use it: the system's own, cut off from the network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Cut off from the network: not by asking us about each request, for then nothing is cached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        raise RuntimeError("A Chromium is missing: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Witness:
    """What went wrong behind a page's back."""

    address: str
    csp: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """See every page of a context, and what it asks other servers for."""
        context.on("request", self._asked)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("response", self._answered)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self.outside.append(request.url)

    def _heard(self, message: Any) -> None:
        # Said of an <iframe>, a style or a script alike, in these words.
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.csp.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.failures.append(f"{response.status} {response.url}")

    def complaints(self) -> list[str]:
        """Everything a page must not do, in words."""
        return [
            *(f"against the content security policy: {text}" for text in self.csp),
            *(f"script error: {text}" for text in self.errors),
            *(f"the server failed: {text}" for text in self.failures),
            *(f"asked another server: {url}" for url in self.outside),
        ]


_witnesses: dict[BrowserContext, Witness] = {}


def witness_of(page: Page) -> Witness:
    """The witness of the page's context."""
    return _witnesses[page.context]


@contextmanager
def opened(browser: Browser, address: str, size: str = "desktop", **more: Any) -> Iterator[Page]:
    """A page of one of the SIZES in a context of its own; ``page.goto`` takes paths."""
    context = browser.new_context(
        base_url=address,
        viewport=SIZES[size],
        has_touch=size == "phone",
        locale="en-US",
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(10_000)
    witness = _witnesses[context] = Witness(address)
    witness.watch(context)
    try:
        yield context.new_page()
    finally:
        context.close()
        del _witnesses[context]
