"""A session note in a real browser: saved by itself, kept through what goes wrong, signed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from clinic.core.clock import now
from clinic.records.queries.notes import note_of
from clinic.records.rules.notes import read_body
from clinic.scheduling.queries.visits import the_visit
from tests.browser.chromium import opened
from tests.browser.looking import assert_accessible, assert_fits, at_rest
from tests.browser.sizes import at_both_sizes
from tests.factories import records, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser


def a_clinic(app: Flask, *, is_return: bool = True) -> dict[str, str]:
    """A visit in session, and a signed note of the visit before."""
    with app.app_context():
        house = made.open_house()
        records.techniques()
        note = None
        if is_return:
            note = records.signed(house, records.finished(house, now() - timedelta(days=9)))
        visit = records.begun(house)
        return {
            "visit": visit.public_id,
            "client": house.client.public_id,
            "note": note.public_id if note else "",
        }


def enter(page: Page, then: str) -> None:
    page.goto(f"/sign-in?next={then}")
    page.fill("[name=email]", staff.address_of("June Park"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    at_rest(page)  # its scripts are there: what is clicked now is theirs


def saved(app: Flask, visit_id: str) -> Any:
    with app.app_context():
        note = note_of(the_visit(visit_id).id)
        return read_body(note.body) if note else None


class Hand:
    """Counts what a therapist does with one hand: a click or a tap, or typing into one field."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def click(self, what: str) -> None:
        self.actions += 1
        self.page.locator(what).click()

    def type(self, field: str, text: str) -> None:
        self.actions += 1
        self.page.fill(field, text)


@at_both_sizes
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_editor_and_a_signed_note_are_accessible(app: Flask, page: Page, theme: Any):
    page.emulate_media(color_scheme=theme)
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    expect(page.get_by_text("No next visit is booked")).to_be_visible()
    if page.locator(".rail").is_visible():
        expect(page.locator(".rail [data-count='/notes/count']")).to_have_text("1")
    for folded in page.locator("details.more:not([open]) > summary").all()[::-1]:
        folded.click()
    assert_accessible(page)
    assert_fits(page)
    page.goto(f"/notes/{ids['note']}")
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_return_visits_note_takes_at_most_twelve_actions(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    hand = Hand(page)
    hand.type("#told", "Less stiff. One headache.")
    hand.click("label:has([name=pain_now][value='3'])")
    hand.click("#since-1")
    hand.click("[data-field=has_consent]")
    page.evaluate("window.isSamePage = true")
    hand.click("button[name=copy][value=o]")
    expect(page.locator("[data-finding] [data-copied]").first).to_be_visible()
    hand.click("button[name=copy][value=p]")
    expect(page.locator("[data-copied-mark=plan]")).to_be_visible()
    expect(page.locator("#told")).to_have_value("Less stiff. One headache.")
    assert page.evaluate("window.isSamePage")
    assert_accessible(page)
    assert_fits(page)
    hand.type("#assessment", "Improving. Holds between visits.")
    hand.type("#minutes", "45")
    hand.click("label:has([name=pain_after][value='1'])")
    expect(page.get_by_text("Copied and right today: ")).to_be_visible()
    hand.click("[data-confirm-copied] label")
    hand.click("button[name=sign]")
    expect(page.get_by_text("The note is signed.")).to_be_visible()
    assert hand.actions <= 12
    print(f"\nactions for a return visit's note: {hand.actions}")
    expect(page.get_by_text("June Park, LMT_LICENSE")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def fill_a_first_note(page: Page) -> None:
    page.fill("#told", "Low back, since moving house")
    page.locator("[data-field=has_consent]").click()
    page.get_by_role("button", name="Treated").first.click()
    page.locator("svg[data-face=back] .hit[data-area=CALF][data-side=L]").click()
    page.locator("#techniques-0").click()
    page.fill("#minutes", "45")
    page.fill("#assessment", "Tight, moves freely after")
    page.fill("#plan", "Again in a week")


def test_a_note_that_is_saved_already_is_signed_by_one_press(app: Flask, page: Page):
    ids = a_clinic(app, is_return=False)
    enter(page, f"/visits/{ids['visit']}/note")
    fill_a_first_note(page)
    page.locator("button[name=save]").click()
    expect(page.get_by_role("status").filter(has_text="Draft saved")).to_be_visible()
    page.wait_for_timeout(1000)  # everything is kept: nothing is left to send first
    page.locator("button[name=sign]").click()
    expect(page.get_by_text("The note is signed.")).to_be_visible()


def test_a_first_note_is_marked_on_the_chart_and_signed_by_key(app: Flask, page: Page):
    ids = a_clinic(app, is_return=False)
    enter(page, f"/visits/{ids['visit']}/note")
    expect(page.get_by_text("This is the first note.")).to_be_visible()
    fill_a_first_note(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The note is signed.")).to_be_visible()
    assert [one.area for one in saved(app, ids["visit"]).treated] == ["CALF"]
    page.fill("#why", "Forgot")
    page.fill("#text", "She rang: better")
    page.get_by_role("button", name="Sign the addendum").click()
    expect(page.get_by_text("She rang: better")).to_be_visible()
    for address in ("/notes", f"/clients/{ids['client']}/notes"):
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


def test_a_draft_saves_itself_and_outlives_a_reload(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    page.fill("#told", "Typed and left")
    expect(page.locator("[data-state]")).to_contain_text("Draft saved", timeout=9000)
    page.reload()
    expect(page.locator("#told")).to_have_value("Typed and left")
    expect(page.locator("[data-elsewhere]")).to_be_hidden()
    page.fill("#told", "Typed, left and more")
    page.locator("#plan").focus()
    expect(page.locator("[data-state]")).to_contain_text("Draft saved")
    assert page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})") == "{}"


def test_a_second_tab_is_told_and_the_first_keeps_its_text(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    page.fill("#told", "From the first tab")
    page.locator("#plan").focus()
    expect(page.locator("[data-state]")).to_contain_text("Draft saved")
    second = page.context.new_page()
    second.goto(f"/visits/{ids['visit']}/note")
    expect(second.locator("[data-elsewhere]")).to_contain_text("open in another tab")
    assert_accessible(second)
    second.get_by_role("button", name="Take over here").click()
    expect(second.locator("[data-elsewhere]")).to_be_hidden()
    expect(second.locator("#told")).to_have_value("From the first tab")
    second.fill("#told", "From the second tab")
    second.locator("#plan").focus()
    expect(second.locator("[data-state]")).to_contain_text("Draft saved")
    page.fill("#told", "Typed on in the first tab")
    page.locator("#plan").focus()
    expect(page.locator("[data-elsewhere]")).to_contain_text("open in another tab")
    expect(page.locator("#told")).to_have_value("Typed on in the first tab")
    assert saved(app, ids["visit"]).told == "From the second tab"
    second.close()


def test_what_is_typed_while_the_line_is_lost_is_saved_when_it_is_back(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    page.wait_for_load_state("networkidle")
    page.route("**/note/draft", lambda route: route.abort())
    page.fill("#told", "Typed in the tunnel")
    page.locator("#plan").focus()
    expect(page.locator("[data-state]")).to_contain_text("Trying again", timeout=9000)
    page.get_by_role("button", name="Sign and complete visit").click()
    expect(page.locator("#told")).to_have_value("Typed in the tunnel")
    page.unroute("**/note/draft")
    expect(page.locator("[data-state]")).to_contain_text("Draft saved", timeout=30000)
    assert saved(app, ids["visit"]).told == "Typed in the tunnel"


# ---- a server that is killed


SERVER = """
import sys
from pathlib import Path
from waitress import serve
import config
from clinic.app import create_app
folder, port = sys.argv[1], int(sys.argv[2])
uri, access, base = sys.argv[3:6]
kind = type("Kept", (config.TestConfig,), {
    "DATA_DIR": Path(folder), "SQLALCHEMY_DATABASE_URI": uri, "MIGRATION_DATABASE_URI": uri,
    "ACCESS_DATABASE_URI": access, "BASE_URL": base,
})
serve(create_app(kind), host="127.0.0.1", port=port, threads=4)
"""


@contextmanager
def a_process(app: Flask, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The same clinic, served by a process of its own."""
    settings = ("SQLALCHEMY_DATABASE_URI", "ACCESS_DATABASE_URI", "BASE_URL")
    told = [str(app.config[name]) for name in settings]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(app.config["DATA_DIR"]), str(port), *told],
        cwd=Path(__file__).resolve().parents[2], env=os.environ | {"PYTHONPATH": "."},
    )  # fmt: skip
    try:
        for _ in range(300):
            with suppress(OSError):
                urllib.request.urlopen(f"http://localhost:{port}/sign-in", timeout=5).read()
                break
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_draft_survives_killing_the_server(app: Flask, browser: Browser):
    ids = a_clinic(app)
    port = free_port()
    with opened(browser, f"http://localhost:{port}", "desktop") as page:
        with a_process(app, port) as process:
            enter(page, f"/visits/{ids['visit']}/note")
            page.fill("#told", "Kept before the crash")
            page.locator("#plan").focus()
            expect(page.locator("[data-state]")).to_contain_text("Draft saved", timeout=9000)
            page.type("#told", " and typed on while it", delay=5)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            page.type("#told", " went down", delay=5)
            expect(page.locator("[data-state]")).to_contain_text("Not saved since", timeout=15000)
        assert saved(app, ids["visit"]).told.startswith("Kept before the crash")
        with a_process(app, port):
            expect(page.locator("[data-state]")).to_contain_text("Draft saved", timeout=40000)
            typed = page.input_value("#told")
            assert typed.endswith("went down")
            assert saved(app, ids["visit"]).told == typed
            page.reload()
            expect(page.locator("#told")).to_have_value(typed)


@at_both_sizes
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_blood_pressure_says_at_once_where_it_stands(app: Flask, page: Page, theme: Any):
    page.emulate_media(color_scheme=theme)
    ids = a_clinic(app)
    enter(page, f"/visits/{ids['visit']}/note")
    place = page.locator("[data-vitals]")
    expect(place).to_have_text("")
    for upper, lower, said in (
        ("120", "80", "Within limits"),
        ("165", "95", "measure again"),
        ("182", "95", "stop, and ask a provider today"),
    ):
        page.fill("[name=systolic]", upper)
        page.fill("[name=diastolic]", lower)
        page.keyboard.press("Tab")
        expect(place).to_contain_text(said, timeout=15000)
    assert_accessible(page)
    assert_fits(page)
    expect(place.get_by_role("link")).to_have_attribute("href", "/screening/rules/HTN_CRISIS")
    page.reload()
    expect(place).to_contain_text("stop, and ask a provider today")
