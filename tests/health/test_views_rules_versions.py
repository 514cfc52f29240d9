import pytest
from flask import Flask

from clinic.catalogue.services import stock_starter
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.health.queries.rules import rules_version
from tests.factories import screening as made
from tests.factories import staff as people

CHANGE = "/screening/rules/FIBROMYALGIA/change"


@pytest.fixture
def typed(app: Flask) -> dict[str, object]:
    """What the form sends when one thing is to be tighter."""
    with app.app_context():
        people.set_up()
        with transaction():
            stock_starter(actor=SYSTEM)
        return {
            "version": "1", "klass": "CLEARANCE", "is_active": "y", "pressure": "1",
            "effective_from": made.today().isoformat(), "qualification": "",
            "action": "Ask first.", "trigger": "condition(FIBROMYALGIA)", "why": "Our own care.",
        }  # fmt: skip


def test_an_owner_reads_and_changes_a_rule(app: Flask, typed) -> None:
    browser = people.signed_in(app, Role.OWNER)
    page = browser.get("/screening/rules?q=fibromyalgia")
    assert "Fibromyalgia" in page.text
    assert "Osteoporosis" not in page.text
    assert "do not replace assessment" in page.text
    assert people.send(browser, CHANGE, typed, page=CHANGE).status_code == 302
    shown = browser.get("/screening/rules/FIBROMYALGIA").text
    assert "Our own care." in shown
    assert "Changed here" in shown


def test_a_therapist_reads_rules_and_the_desk_does_not(app: Flask, typed) -> None:
    therapist = people.signed_in(app, Role.THERAPIST)
    assert therapist.get("/screening/rules").status_code == 200
    assert therapist.get(CHANGE).status_code == 403
    desk = people.signed_in(app, Role.RECEPTIONIST)
    for path in ("/screening/rules", "/screening/rules/FEVER", CHANGE, "/screening"):
        assert desk.get(path).status_code == 403
    assert desk.get("/screening/clearances").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"trigger": "condition(DRAGON_POX)"}, "DRAGON_POX"),
        ({"why": ""}, "Say why."),
        ({"effective_from": "2020-01-01"}, "Begin today or later."),
        ({"klass": "MAYBE"}, "Choose from the list."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(app: Flask, typed, wrong, said) -> None:
    browser = people.signed_in(app, Role.OWNER)
    answer = people.send(browser, CHANGE, typed | {"action": "Kept words."} | wrong, page=CHANGE)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Kept words." in answer.text
    with app.app_context():
        assert rules_version() == 0


def test_there_is_no_page_of_a_rule_that_is_not_there(app: Flask, typed) -> None:
    browser = people.signed_in(app, Role.OWNER)
    assert browser.get("/screening/rules/NOTHING").status_code == 404
