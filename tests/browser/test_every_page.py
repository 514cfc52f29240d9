"""Every page, for every role, light and dark, at both sizes: usable, within its policy, fitting."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.chromium import SIZES, opened, witness_of
from tests.browser.looking import at_rest, violations
from tests.browser.serving import serve
from tools.pages import demonstration, found, sign_in

pytestmark = pytest.mark.browser
ROLES = ("owner", "therapist", "receptionist")
_TOKEN = re.compile(r'name="csrf_token"[^>]*>')
_WIDEST = """() => {
  const wide = document.documentElement.clientWidth;
  const beyond = [...document.querySelectorAll("body *")].filter(
    (e) => e.getBoundingClientRect().right > wide + 1 && e.checkVisibility());
  return document.documentElement.scrollWidth <= wide ? [] :
    beyond.slice(0, 4).map((e) => `${e.tagName}.${e.className}`);
}"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The demonstration clinic, on files of its own."""
    return demonstration(tmp_path_factory.mktemp("every-page"))


@pytest.fixture(scope="module")
def served(clinic: Flask) -> Iterator[str]:
    with serve(clinic) as address:
        yield address


@pytest.fixture(scope="module")
def judged() -> set[tuple[str, str, str]]:
    """Size, path and what was shown there: what looks the same for another role is."""
    return set()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_fit_to_be_used(
    browser: Browser, clinic: Flask, served: str, judged: set, size: str, role: str
):
    # What draws itself is waited for, where nothing has to be pressed first.
    shots = [shot for shot in reversed(found(clinic)) if shot.role]
    paths = {shot.path: "" if shot.click or shot.script else shot.sees for shot in shots}
    with opened(browser, served, size) as page:
        sign_in(page, role)
        wrong = [
            f"{path}: {said}"
            for path, sees in paths.items()
            for said in looked_at(page, path, sees, size, judged)
        ]
        wrong += witness_of(page).complaints()
    assert wrong == []


def looked_at(
    page: Page, path: str, sees: str, size: str, judged: set[tuple[str, str, str]]
) -> list[str]:
    """What is wrong with a page: judged again for another role where it shows them another."""
    page.emulate_media(color_scheme="light")
    answer = page.goto(path)
    if answer is None or answer.status == 403:
        return []
    if sees:
        page.locator(sees).first.wait_for()
    at_rest(page)
    wide = page.evaluate(_WIDEST)
    wrong = [f"wider than the screen: {wide}"] if wide else []
    shows = _TOKEN.sub("", page.locator("main").inner_html())
    if (size, path, shows) in judged:
        return wrong
    judged.add((size, path, shows))
    wrong += [f"light: {said}" for said in broken(violations(page))]
    page.emulate_media(color_scheme="dark")
    at_rest(page)  # colours fade into those of the dark: what is half way is not judged
    found = contrast(page)
    if found:  # what had not begun to fade when it was asked to settle
        at_rest(page)
        found = contrast(page)
    return wrong + [f"dark: {said}" for said in broken(found)]


def contrast(page: Page) -> list[dict]:
    """What axe, which is there already, says of the colours: all that the dark could change."""
    found = page.evaluate(
        "() => axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']})"
    )
    return list(found["violations"])


def broken(rules: list[dict]) -> list[str]:
    return [f"{rule['id']} {[node['html'][:120] for node in rule['nodes'][:3]]}" for rule in rules]
