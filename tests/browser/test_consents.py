"""Consents are read, given, taken back and worded, with mouse, keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.clients import services as clients_services
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors, at_rest
from tests.browser.sizes import at_both_sizes
from tests.factories import directory
from tests.factories import staff as people
from tests.factories.clients import a_client
from tests.factories.consents import agree, door

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """An owner who treats, and a client with consents of many kinds."""
    with app.app_context():
        people.set_up()
        person = people.member("Olga Reed", Role.OWNER, Role.THERAPIST)
        client, provider = a_client(), directory.provider()
        with transaction():
            clients_services.join_care(client, person.id, actor=SYSTEM)
        agree(client, "SHARE_PROVIDER", provider=provider)
        areas = agree(client, "SENSITIVE_AREA", areas=("GLUTEAL", "THIGH_INNER"))
        agree(client, "SMS")
        agree(client, "SMS")
        own = f"/clients/{client.public_id}/consents"
        return SimpleNamespace(own=own, areas=f"{own}/{areas.public_id}")


@pytest.fixture
def owner(page: Page, clinic: SimpleNamespace) -> Page:
    """The owner, signed in."""
    page.goto("/sign-in?next=/clients")
    page.get_by_label("E-mail").fill(people.address_of("Olga Reed"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_every_page_of_consents_is_usable_by_everyone(owner: Page, clinic: SimpleNamespace):
    for path in (
        clinic.own,
        door(clinic.own, "new", "TREATMENT"),
        door(clinic.own, "new", "SENSITIVE_AREA"),
        door(clinic.own, "new", "SHARE_PROVIDER"),
        door(clinic.own, "refuse", "SHARE_FAMILY"),
        f"{clinic.own}/withdraw",
        clinic.areas,
        f"{clinic.areas}/withdraw",
        f"{clinic.areas}/mistake",
        "/settings/consents",
        "/settings/consents/TREATMENT",
        "/settings/consents/TREATMENT/0",
    ):
        owner.goto(path)
        looked_at(owner)


@at_both_sizes
def test_a_consent_is_given_and_taken_back_with_the_keyboard(owner: Page, clinic: SimpleNamespace):
    owner.goto(clinic.own)
    expect(owner.get_by_text("Missing before a session can start")).to_be_visible()
    owner.get_by_role("link", name="Take Treatment", exact=True).press("Enter")
    expect(owner.get_by_text("What can go wrong.")).to_be_visible()
    at_rest(owner)  # the key is the page's script's
    owner.keyboard.press("Control+s")
    expect(owner.get_by_role("alert")).to_be_visible()
    looked_at(owner)
    owner.locator("#signature").fill("Grace Nakamura")
    owner.keyboard.press("Control+s")
    owner.wait_for_url(lambda url: url.endswith("/consents"))
    expect(owner.get_by_text("Missing before a session can start")).to_have_count(0)
    owner.get_by_role("link", name="Withdraw Treatment", exact=True).press("Enter")
    owner.get_by_label("How they said so").select_option("phone")
    at_rest(owner)
    owner.keyboard.press("Control+s")
    owner.wait_for_url(lambda url: url.endswith("/consents"))
    expect(owner.get_by_text("Missing before a session can start")).to_be_visible()
    looked_at(owner)


def test_what_was_agreed_to_is_printed_with_its_words(owner: Page, clinic: SimpleNamespace):
    owner.goto(clinic.areas)
    expect(owner.get_by_role("button", name="Print")).to_be_visible()
    owner.emulate_media(media="print")
    for words in ("only the areas named below are meant", "upper inner thigh", "Grace Nakamura"):
        expect(owner.get_by_text(words).first).to_be_visible()
    expect(owner.get_by_role("button", name="Print")).to_be_hidden()
