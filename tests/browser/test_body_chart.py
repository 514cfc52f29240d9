"""The body chart in a real browser: by pointer, by keys, by finger, read only, without script."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.anatomy import AREAS, REGIONS, Finding
from tests.browser.charts import OWNED, PLACE, served
from tests.browser.chromium import opened, witness_of
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes, on_a_phone

pytestmark = pytest.mark.browser

FOUND = (
    Finding("SHOULDER_TOP", "R", "pain", "back", "tenderness", 6, text="Two trigger points."),
    Finding("NECK_BACK", "B", "tension", "back", is_copied=True, text="Right more than left."),
    Finding("CHEST_FRONT", "R", "treated", "front", minutes=4, pressure=2),
    Finding("KNEE_BACK", "L", "avoid"),
)


@pytest.fixture(scope="module")
def charts() -> Iterator[tuple[str, dict[str, Any]]]:
    with served() as (address, shown):
        yield address, shown


@pytest.fixture
def shown(charts: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    charts[1].clear()
    return charts[1]


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, charts: Any, shown: dict[str, Any]
) -> Iterator[Page]:
    """The page with a chart, instead of the clinic's."""
    with opened(browser, charts[0], getattr(request, "param", "desktop")) as page:
        yield page
        complaints = witness_of(page).complaints()
    assert not complaints, "\n".join(complaints)


def figure(page: Page, face: str):
    """The figure to mark; on a phone it is turned to that face first."""
    turn = page.locator(f"[data-faces] [value={face}]")
    if turn.is_visible():
        turn.click()
    return page.locator(f"[data-bodychart] svg[data-face={face}]")


def press(page: Page, face: str, area: str, side: str) -> None:
    """Click or tap where a region can be met."""
    drawing = figure(page, face)
    drawing.scroll_into_view_if_needed()
    point = page.evaluate(PLACE, [drawing.element_handle(), area, side])
    assert point, f"{area} {side} cannot be met"
    is_phone = (page.viewport_size or {})["width"] < 500
    (page.touchscreen.tap if is_phone else page.mouse.click)(*point)


def written(page: Page) -> list[dict[str, Any]]:
    return list(json.loads(page.locator("[name=findings]").input_value()))


def spots(page: Page) -> list[tuple[str, str, str]]:
    return [(one["area"], one["side"], one["mode"]) for one in written(page)]


def rows(page: Page):
    return page.locator("[data-bodychart] [data-finding]")


@at_both_sizes
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_is_accessible_and_fits(page: Page, shown: dict[str, Any], theme: str):
    shown |= {"findings": FOUND, "blocked": (("CALF", "L"),), "theme": theme}
    shown["needs_consent"] = ("CHEST_FRONT",)
    page.goto("/")
    page.locator("summary").first.click()
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_click_adds_a_finding_where_it_was_made(page: Page, shown: dict[str, Any]):
    page.goto("/")
    expect(page.get_by_text("Nothing marked yet.")).to_be_visible()
    press(page, "back", "CALF", "L")
    page.get_by_role("button", name="Treated").click()
    press(page, "front", "KNEE", "R")
    press(page, "back", "SPINE_L", "N")
    assert spots(page) == [
        ("CALF", "L", "pain"),
        ("KNEE", "R", "treated"),
        ("SPINE_L", "N", "treated"),
    ]
    assert [one["face"] for one in written(page)] == ["back", "front", "back"]
    expect(page.get_by_role("status")).to_have_text("Finding 3: lumbar spine, treated")
    expect(rows(page).nth(0)).to_contain_text("left calf")
    expect(figure(page, "front")).to_have_attribute(
        "aria-label", "Front of the body; 2: right knee, treated"
    )
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_spot_marked_twice_is_one_finding(page: Page, shown: dict[str, Any]):
    page.goto("/")
    press(page, "back", "CALF", "L")
    press(page, "back", "CALF", "L")
    expect(page.get_by_role("status")).to_contain_text("Already marked, finding 1")
    assert spots(page) == [("CALF", "L", "pain")]
    page.get_by_role("button", name="Tension").click()
    press(page, "back", "CALF", "L")
    assert spots(page) == [("CALF", "L", "pain"), ("CALF", "L", "tension")]


def test_every_area_can_be_clicked(page: Page, shown: dict[str, Any]):
    page.goto("/")
    met = {key.split()[0] for face in REGIONS for key in figure(page, face).evaluate(OWNED)}
    assert met == set(AREAS) - {"BREAST", "GROIN", "WHOLE_BODY"}
    page.get_by_role("button", name="Show breast and groin").click()
    met = {key.split()[0] for face in REGIONS for key in figure(page, face).evaluate(OWNED)}
    assert met == set(AREAS) - {"WHOLE_BODY"}
    page.get_by_role("button", name="Whole body").click()
    assert spots(page) == [("WHOLE_BODY", "N", "pain")]
    expect(page.locator("[data-bodychart] .mark--pain")).to_have_count(2)


@on_a_phone
def test_every_shape_is_wide_enough_for_a_finger(page: Page, shown: dict[str, Any]):
    shown["also"] = ("BREAST", "GROIN")
    page.set_viewport_size({"width": 390, "height": 1400})
    page.goto("/")
    for face, shapes in REGIONS.items():
        found = figure(page, face).evaluate(OWNED)
        assert set(found) == {f"{one.area} {one.side}" for one in shapes}
        small = {
            key: (right - left + 2, low - high + 2)
            for key, (left, high, right, low) in found.items()
            if min(right - left, low - high) + 2 < 24  # looked at in steps of 2 px
        }
        assert not small


@on_a_phone
def test_buttons_and_rows_are_large_enough_for_a_finger(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    page.locator("summary").first.click()
    for one in page.locator("#findings :is(button, summary, select, input, textarea)").all():
        box = one.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 24


@at_both_sizes
def test_everything_is_done_by_keys_alone(page: Page, shown: dict[str, Any]):
    page.goto("/")
    add = page.get_by_role("button", name="Add", exact=True)
    add.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("New finding. Choose an area.")
    assert written(page) == []
    area = page.get_by_label("Area")
    expect(area).to_be_focused()
    page.keyboard.type("calf")
    expect(area).to_have_value("CALF")
    for typed, value in (("left", "L"), ("Trea", "treated"), ("tight", "hypertonicity")):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
        assert page.evaluate("document.activeElement.value") == value
    for typed in ("4", "10", "3", "Softer after."):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    assert written(page) == [
        {
            "area": "CALF",
            "side": "L",
            "face": "",
            "mode": "treated",
            "kind": "hypertonicity",
            "severity": 4,
            "minutes": 10,
            "pressure": 3,
            "text": "Softer after.",
            "is_copied": False,
        }
    ]
    summary = rows(page).locator("summary")
    expect(summary).to_contain_text("Treated · tight muscle · 4/10 · 10 min · pressure 3")
    summary.focus()
    page.keyboard.press("Enter")
    expect(area).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Removed: left calf, treated")
    expect(add).to_be_focused()
    assert written(page) == []


def test_the_picture_holds_no_stop_for_the_tab_key(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    page.locator("[data-modes] button").first.focus()
    stops = []
    for _ in range(11):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.closest('svg') !== null"))
    assert not any(stops)
    expect(page.get_by_role("button", name="Save")).to_be_focused()


def test_removing_one_keeps_the_focus_beside_it_and_renumbers(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    rows(page).nth(1).locator("summary").click()
    page.get_by_role("button", name="Remove").click()
    expect(rows(page)).to_have_count(3)
    expect(rows(page).nth(1).locator("summary")).to_be_focused()
    expect(rows(page).nth(1).locator("[data-no]")).to_have_text("2")
    expect(page.locator("#findings .pin")).to_have_text(["2", "1", "3"])


def test_a_number_on_the_picture_opens_its_row(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    page.locator("#findings [data-pins] [data-n='4']").click()
    expect(rows(page).nth(3).get_by_label("Words")).to_be_visible()
    page.locator("#findings [data-pins] [data-n='1']").click()
    expect(rows(page).nth(3).get_by_label("Words")).to_be_hidden()


def test_a_middle_area_has_no_sides_to_choose(page: Page, shown: dict[str, Any]):
    page.goto("/")
    press(page, "back", "CALF", "L")
    page.get_by_label("Area").select_option("SPINE_T")
    assert [one["side"] for one in written(page)] == ["N"]
    assert [one["face"] for one in written(page)] == [""]
    expect(page.get_by_label("Side").locator("option:disabled")).to_have_count(3)
    page.get_by_label("Area").select_option("CALF")
    expect(page.get_by_label("Side").locator("option:disabled")).to_have_count(0)


def test_copied_words_are_marked_until_they_are_edited(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    expect(page.locator("#findings [data-copied]:visible")).to_have_count(1)
    assert written(page)[1]["is_copied"] is True
    rows(page).nth(1).locator("summary").click()
    rows(page).nth(1).get_by_label("Words").fill("Even now.")
    expect(page.locator("#findings [data-copied]:visible")).to_have_count(0)
    assert written(page)[1]["is_copied"] is False


def test_treating_a_sensitive_area_asks_for_consent(page: Page, shown: dict[str, Any]):
    shown |= {"needs_consent": ("GLUTEAL",), "blocked": (("CALF", "L"),)}
    page.goto("/")
    asks = page.get_by_text("Needs the client's consent for this area today")
    leave = page.get_by_text("This area is to be left alone today")
    expect(page.get_by_text("Leave alone today: left calf").first).to_be_visible()
    press(page, "back", "GLUTEAL", "R")
    expect(asks).to_be_hidden()
    page.get_by_label("Mark as").last.select_option("treated")
    expect(asks.locator("visible=true")).to_have_count(1)
    page.get_by_role("button", name="Treated").click()
    press(page, "back", "CALF", "R")
    expect(leave.locator("visible=true")).to_have_count(0)
    press(page, "back", "CALF", "L")
    expect(leave.locator("visible=true")).to_have_count(1)


def test_every_change_is_told_to_who_saves_and_setting_is_not(page: Page, shown: dict[str, Any]):
    page.goto("/")
    page.evaluate(
        "document.addEventListener('findings:changed',"
        " (e) => (window.heard ??= []).push(e.detail.findings.length))"
    )
    press(page, "back", "CALF", "L")
    page.get_by_label("Words").press_sequentially("ab")
    assert page.evaluate("window.heard") == [1, 1, 1]
    given = [{"area": "BREAST", "side": "L", "mode": "pain", "severity": 3, "text": "<b>x</b>"}]
    page.evaluate("(it) => document.getElementById('findings').bodyChart.set(it)", given)
    assert len(page.evaluate("window.heard")) == 3
    got = page.evaluate("document.getElementById('findings').bodyChart.get()")
    assert got == written(page)
    assert got[0] | given[0] == got[0]
    expect(rows(page)).to_contain_text("<b>x</b>")
    page.evaluate("document.getElementById('findings').bodyChart.set('[]')")
    assert written(page) == []


def test_a_chart_holds_at_most_sixty(page: Page, shown: dict[str, Any]):
    shown["findings"] = [Finding("HAND", "L", "pain")] * 60
    page.goto("/")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(rows(page)).to_have_count(60)
    expect(page.get_by_role("status")).to_have_text("A body chart holds at most 60 findings.")


def test_words_without_an_area_are_told_that_they_are_not_kept(page: Page, shown: dict[str, Any]):
    page.goto("/")
    told = page.get_by_text("Choose an area: without one this is not kept").locator("visible=true")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(told).to_have_count(0)
    page.get_by_label("Words").fill("Sore.")
    expect(told).to_have_count(1)
    page.get_by_label("Area").select_option("CALF")
    expect(told).to_have_count(0)
    assert written(page)[0]["text"] == "Sore."


@at_both_sizes
def test_what_was_marked_is_sent_and_shown_again(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    press(page, "front", "HAND", "L")
    page.get_by_role("button", name="Save").click()
    expect(rows(page)).to_have_count(5)
    assert shown["sent"] == (*FOUND, Finding("HAND", "L", "pain", "front"))


@at_both_sizes
def test_a_signed_chart_says_everything_and_changes_nothing(page: Page, shown: dict[str, Any]):
    shown["findings"] = FOUND
    page.goto("/")
    signed = page.locator(".bodychart--read")
    expect(signed.locator("li")).to_have_count(4)
    expect(signed).to_contain_text("Pain · tenderness · 6/10")
    expect(signed).to_contain_text("Two trigger points.")
    expect(signed.locator("button, input, select, [data-area]")).to_have_count(0)
    expect(signed.locator("svg[data-face=front]")).to_have_attribute(
        "aria-label", "Front of the body; 3: right front chest wall, treated"
    )
    small = page.locator(".bodychart__figs--mini")
    expect(small.locator(".pin")).to_have_count(0)
    expect(small.locator(".mark")).to_have_count(5)


def test_the_server_draws_what_the_script_draws(page: Page, shown: dict[str, Any]):
    shown |= {"findings": (*FOUND, Finding("WHOLE_BODY", "N", "pain")), "also": ("BREAST",)}
    page.goto("/")
    for part in ("[data-pins] g", ".mark"):
        read = "(all) => all.map((e) => e.getAttribute('transform') ?? e.getAttribute('d'))"
        live = page.locator(f"#findings {part}").evaluate_all(read)
        assert live == page.locator(f".bodychart--read {part}").evaluate_all(read)
    for face in REGIONS:
        name = page.locator(f".bodychart--read svg[data-face={face}]").get_attribute("aria-label")
        expect(figure(page, face)).to_have_attribute("aria-label", name or "")
    closed = page.locator("#findings .finding__line").all_inner_texts()
    assert closed == page.locator(".bodychart--read .finding__line").all_inner_texts()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_without_script_it_is_a_list_of_rows(
    browser: Browser, charts: Any, shown: dict[str, Any], size: str
):
    shown["findings"] = FOUND
    with opened(browser, charts[0], size, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.get_by_role("button", name="Add", exact=True)).to_be_hidden()
        expect(page.locator("#findings .mark:visible")).to_have_count(5)
        rows(page).nth(0).locator("summary").click()
        rows(page).nth(0).get_by_label("Remove this finding").check()
        new = rows(page).nth(4)
        new.locator("summary").click()
        new.get_by_label("Area").select_option("HAND")
        new.get_by_label("Side").select_option("L")
        new.get_by_label("Severity").fill("7")
        page.get_by_role("button", name="Save").click()
        assert shown["sent"] == (*FOUND[1:], Finding("HAND", "L", "pain", severity=7))
        new = rows(page).nth(4)
        new.locator("summary").click()
        new.get_by_label("Area").select_option("FOOT")
        new.get_by_label("Severity").fill("70")
        page.get_by_role("button", name="Save").click()
        kept = rows(page).nth(4)
        kept.locator("summary").click()
        expect(kept.get_by_label("Severity")).to_have_value("70")
        expect(kept.get_by_label("Area")).to_have_value("FOOT")
