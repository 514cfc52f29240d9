"""The pages of letters: who sees what, and the way from a draft to one that arrived."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.letters import queries
from clinic.letters.models import Dispatch, Letter
from tests.factories import clients, consents, directory, letters
from tests.factories import staff as people

SECRET = "The neck turns further than before."


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    """A drafted report and an approved one, and who treats their client."""
    with app.app_context():
        people.set_up()
        world = letters.world()
        return SimpleNamespace(
            client=world.client.public_id,
            provider=world.provider.public_id,
            draft=letters.drafted(world).public_id,
            ready=letters.approved(world).public_id,
            bare=letters.approved(world, "acknowledgement").public_id,
        )


def agreed(app: Flask) -> None:
    with app.app_context():
        world = _world()
        letters.agreed(world)


def _world() -> SimpleNamespace:
    letter = db.session.query(Letter).first()
    return SimpleNamespace(client=letter.client, provider=letter.provider)


def kept(app: Flask, public_id: str) -> Letter:
    with app.app_context():
        return queries.the_letter(public_id)


def therapist(app: Flask):
    browser = app.test_client()
    assert people.enter(browser, "Teo Marsh").status_code == 302
    return browser


def desk(app: Flask):
    browser = app.test_client()
    assert people.enter(browser, "Robin Vale").status_code == 302
    return browser


def press(browser, letter: str, deed: str):
    """Press a button of a letter's page, with all that its form carries."""
    page = browser.get(f"/letters/{letter}").text
    form = re.search(rf'<form[^>]*action="/letters/{letter}/{deed}".*?</form>', page, re.DOTALL)
    assert form, f"no {deed} on the page"
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    return browser.post(f"/letters/{letter}/{deed}", data=fields)


def typed(browser, path: str, **facts):
    """Send a form with the values that its page came with, and others in their place."""
    page = browser.get(path).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    hidden = re.findall(r'<input id="[^"]+" name="([^"]+)" type="hidden" value="([^"]*)"', page)
    return browser.post(path, data=fields | dict(hidden) | facts)


def test_who_treats_the_client_reads_the_letter(app, house):
    text = therapist(app).get(f"/letters/{house.draft}").text
    assert SECRET in text
    assert "Progress report" in text
    assert f"/letters/{house.draft}/edit" in text


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.OWNER])
def test_others_see_that_there_is_a_letter_and_not_what_it_says(app, house, role):
    browser = people.signed_in(app, role)
    for path in (f"/letters/{house.draft}", "/letters", f"/clients/{house.client}/letters"):
        text = browser.get(path).text
        assert SECRET not in text
        assert "Progress report" not in text
        assert "Report to a provider" in text
    page = browser.get(f"/letters/{house.draft}").text
    assert "What it says is for the care team" in page
    assert f"/letters/{house.draft}/edit" not in page
    assert f"/letters/{house.draft}/approve" not in page


@pytest.mark.parametrize("path", ["edit", "preview", "versions/1"])
def test_the_desk_gets_no_paper_of_a_clinical_letter(app, house, path):
    agreed(app)
    browser = desk(app)
    assert typed(browser, f"/letters/{house.ready}/send", channel="post").status_code == 302
    assert browser.get(f"/letters/{house.ready}/{path}").status_code == 403


def test_another_therapist_reads_nothing_either(app, house):
    browser = people.signed_in(app, Role.THERAPIST)
    assert SECRET not in browser.get(f"/letters/{house.draft}").text
    assert browser.get(f"/letters/{house.draft}/preview").status_code == 403


def test_the_desk_reads_and_prints_what_says_nothing_clinical(app, house):
    browser = desk(app)
    assert "We have your order." in browser.get(f"/letters/{house.bare}").text
    answer = browser.get(f"/letters/{house.bare}/preview")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == "attachment; filename=R-000001.pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["", "/edit", "/send", "/cancel", "/preview", "/versions/1", "/arrived", "/returned"]
)
def test_a_letter_that_is_not_there_is_no_page(app, house, path):
    assert therapist(app).get(f"/letters/{'z' * 20}{path}").status_code == 404


def test_a_draft_is_edited_approved_and_written_anew(app, house):
    browser = therapist(app)
    path = f"/letters/{house.draft}/edit"
    facts = {
        "subject": "Progress after visit 6", "salutation": "Dear Dr Adeyemi",
        "parts-0-text": "Turning to the left: 60 degrees.", "more": "Please write to us.",
        "closing": "Kind regards",
    }  # fmt: skip
    assert typed(browser, path, **facts).status_code == 302
    content = letters_content(app, house.draft)
    assert [block.text for block in content.blocks] == [
        "Turning to the left: 60 degrees.", "Please write to us.",
    ]  # fmt: skip
    assert all(block.is_clinical for block in content.blocks)
    assert press(browser, house.draft, "approve").status_code == 302
    assert kept(app, house.draft).status == "approved"
    assert browser.get(path).status_code == 302
    answer = press(browser, house.draft, "reopen")
    again = answer.headers["Location"].rpartition("/")[2]
    assert again != house.draft
    assert (kept(app, again).status, kept(app, house.draft).status) == ("draft", "cancelled")
    assert letters_content(app, again) == content


def letters_content(app, public_id):
    with app.app_context():
        return queries.content_of(queries.the_letter(public_id))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"subject": ""}, "Write what it is about."),
        ({"subject": "x" * 161}, "Use at most 160 characters."),
        ({"more": "x" * 6001}, "Use at most 6000 characters."),
    ],
)
def test_bad_input_keeps_what_was_typed(app, house, facts, said):
    browser = therapist(app)
    base = {"subject": "Progress", "parts-0-text": "kept typing", "closing": "Regards"}
    answer = typed(browser, f"/letters/{house.draft}/edit", **(base | facts))
    assert answer.status_code == 422
    assert said in answer.text
    assert "kept typing" in answer.text


def test_two_who_edit_at_once_see_it(app, house):
    one, other = therapist(app), therapist(app)
    path = f"/letters/{house.draft}/edit"
    page = other.get(path).text
    fields = dict(re.findall(r'name="(version|csrf_token)"[^>]* value="([^"]*)"', page))
    assert typed(one, path, subject="First", **{"parts-0-text": "first"}).status_code == 302
    answer = other.post(path, data=fields | {"subject": "Second", "parts-0-text": "second"})
    assert answer.status_code == 409
    assert "This was changed while you were editing" in answer.text
    assert "second" in answer.text


def test_a_letter_in_ones_own_words_is_a_draft_for_who_treats(app, house):
    browser = desk(app)
    path = f"/clients/{house.client}/letters/new"
    facts = {"provider": house.provider, "subject": "A question", "text": "canary words"}
    answer = typed(browser, path, **facts)
    assert answer.status_code == 302
    made = answer.headers["Location"].rpartition("/")[2]
    assert "canary words" not in browser.get(f"/letters/{made}").text
    assert "canary words" in therapist(app).get(f"/letters/{made}").text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"provider": ""}, "Choose a provider from the list."),
        ({"provider": "z" * 20}, "Choose a provider from the list."),
        ({"subject": ""}, "Write what it is about."),
        ({"text": ""}, "Write the letter."),
    ],
)
def test_a_letter_without_its_parts_is_not_begun(app, house, facts, said):
    base = {"provider": house.provider, "subject": "A question", "text": "keep this"}
    answer = typed(desk(app), f"/clients/{house.client}/letters/new", **(base | facts))
    assert answer.status_code == 422
    assert said in answer.text
    if "text" not in facts:
        assert "keep this" in answer.text


def test_the_stop_offers_to_ask_for_exactly_the_consent_that_is_missing(app, house):
    browser = desk(app)
    page = browser.get(f"/letters/{house.ready}/send").text
    assert "Consent to share is missing" in page
    answer = typed(browser, f"/letters/{house.ready}/send", channel="post")
    assert answer.status_code == 409
    assert "Ask for it first." in answer.text
    asking = re.search(r'href="(/clients/[^"]+/consents/new/[^"]+)"', answer.text)[1]
    asking = asking.replace("&amp;", "&")
    for word in ("visits", "plan", "measures", "progress", "SHARE"):
        assert word not in asking
    form = browser.get(asking).text
    for code in ("visits", "plan", "measures"):
        assert re.search(rf'value="{code}" checked', form)
    assert re.search(r'value="progress" checked', form)
    assert re.search(rf'<option selected value="{house.provider}"', form)
    facts = {
        "provider": house.provider, "purposes": "progress", "given_by": "client",
        "shared": ["visits", "plan", "measures"], "method": "signed", "signature": "Grace",
    }  # fmt: skip
    day = re.search(r'name="given_on"[^>]*value="([^"]+)"', form)[1]
    answer = typed(browser, asking, given_on=day, **facts)
    assert answer.headers["Location"] == f"/letters/{house.ready}"
    assert "Covered" in browser.get(f"/letters/{house.ready}").text
    assert typed(browser, f"/letters/{house.ready}/send", channel="post").status_code == 302
    assert kept(app, house.ready).status == "sent"


def test_a_consent_that_covers_too_little_is_asked_for_anew(app, house):
    with app.app_context():
        world = _world()
        little = consents.agree(
            world.client, "SHARE_PROVIDER", provider=world.provider, data=("visits",)
        ).public_id
    browser = desk(app)
    page = browser.get(f"/letters/{house.ready}").text
    assert "They agreed to share with this provider, and not this:" in page
    asking = re.search(r'href="(/clients/[^"]+/consents/new/[^"]+)"', page)[1]
    assert f"again={little}" in asking
    form = browser.get(asking.replace("&amp;", "&")).text
    for code in ("visits", "plan", "measures"):
        assert re.search(rf'value="{code}" checked', form)


def test_a_refusal_is_said_as_such(app, house):
    with app.app_context():
        letters.refused(_world())
    page = desk(app).get(f"/letters/{house.ready}").text
    assert "The client does not want this shared" in page


def test_a_fax_from_preparing_to_arriving(app, house):
    agreed(app)
    browser = desk(app)
    answer = typed(browser, f"/letters/{house.ready}/send", channel="fax")
    fax = answer.headers["Location"]
    assert fax.endswith("/fax")
    page = browser.get(fax).text
    assert "(555) 012-4470" in page
    assert "2 pages with the cover sheet" in page
    cover = browser.get(fax.removesuffix("fax") + "cover").text
    assert "Northside Family Practice" in cover
    assert "Grace" not in re.sub(r'<nav class="crumbs".*?</nav>', "", cover, flags=re.DOTALL)
    wrong = typed(browser, fax, number="555 012 4471")
    assert wrong.status_code == 422
    assert "another number" in wrong.text
    assert "555 012 4471" in wrong.text
    assert typed(browser, fax, number="+1 555 012 4470").status_code == 302
    assert kept(app, house.ready).status == "sent"
    day = "1999-01-01"
    assert typed(browser, f"/letters/{house.ready}/arrived", on=day).status_code == 422
    with app.app_context():
        day = letters.this_day().isoformat()
    assert typed(browser, f"/letters/{house.ready}/arrived", on=day).status_code == 302
    assert kept(app, house.ready).status == "delivered"


def test_what_came_back_is_sent_again(app, house):
    agreed(app)
    browser = desk(app)
    typed(browser, f"/letters/{house.ready}/send", channel="post")
    assert typed(browser, f"/letters/{house.ready}/returned", why="").status_code == 422
    assert typed(browser, f"/letters/{house.ready}/returned", why="moved").status_code == 302
    page = browser.get(f"/letters/{house.ready}").text
    assert "Send again" in page
    assert "Did not arrive" in browser.get("/letters").text
    assert typed(browser, f"/letters/{house.ready}/send", channel="print").status_code == 302
    assert kept(app, house.ready).status == "sent"


def test_what_is_prepared_is_called_off(app, house):
    agreed(app)
    browser = desk(app)
    typed(browser, f"/letters/{house.ready}/send", channel="email")
    with app.app_context():
        dispatch = db.session.query(Dispatch).one().public_id
    assert press(browser, house.ready, f"sendings/{dispatch}/call-off").status_code == 302
    with app.app_context():
        assert db.session.query(Dispatch).one().status == "withdrawn"
    assert kept(app, house.ready).status == "approved"


def test_the_desk_is_not_offered_to_tell_by_telephone_what_it_may_not_read(app, house):
    assert 'value="phone"' not in desk(app).get(f"/letters/{house.ready}/send").text
    assert 'value="phone"' in therapist(app).get(f"/letters/{house.ready}/send").text


def test_the_letter_as_sent_is_opened_by_who_treats(app, house):
    agreed(app)
    browser = therapist(app)
    typed(browser, f"/letters/{house.ready}/send", channel="print")
    answer = browser.get(f"/letters/{house.ready}/versions/1")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == "attachment; filename=R-000001-1.pdf"
    assert browser.get(f"/letters/{house.ready}/versions/2").status_code == 404


def test_acknowledged_and_answered(app, house):
    agreed(app)
    browser = desk(app)
    typed(browser, f"/letters/{house.ready}/send", channel="post")
    with app.app_context():
        day = letters.this_day().isoformat()
    answer = typed(browser, f"/letters/{house.ready}/acknowledged", on=day, by="June")
    assert answer.status_code == 302
    assert typed(browser, f"/letters/{house.ready}/answered", on=day).status_code == 302
    letter = kept(app, house.ready)
    assert (letter.acknowledged_by, letter.status) == ("June", "delivered")
    assert letter.replied_on is not None


def test_a_provider_who_is_gone_is_said_on_the_page(app, house):
    with app.app_context():
        letters.gone(_world().provider)
    page = therapist(app).get(f"/letters/{house.ready}").text
    assert "This provider has retired" in page
    assert f'href="/letters/{house.ready}/send"' not in page


def test_the_list_is_that_of_all_or_ones_own(app, house):
    path, browser = f"/letters/{house.draft}", desk(app)
    assert path in therapist(app).get("/letters?whose=mine").text
    assert path not in browser.get("/letters?whose=mine").text


def test_lists_that_hold_nothing_say_what_goes_there(app):
    with app.app_context():
        people.set_up()
        client = clients.a_client().public_id
        directory.provider()
    browser = people.signed_in(app)
    assert "No letter waits" in browser.get("/letters").text
    assert "No letters yet" in browser.get(f"/clients/{client}/letters").text


def test_a_letter_that_came_is_kept_and_read_by_who_treats(app, house):
    browser = desk(app)
    pdf = browser.get(f"/letters/{house.bare}/preview").data
    path = f"/clients/{house.client}/letters/received"
    with app.app_context():
        day = letters.this_day().isoformat()
    facts = {"provider": house.provider, "received_on": day, "subject": "canary answer"}
    without = typed(browser, path, **facts)
    assert without.status_code == 422
    assert "canary answer" in without.text
    wrong = typed(browser, path, **facts, file=letters.upload(b"MZ nothing", "answer.pdf"))
    assert wrong.status_code == 422
    answer = typed(browser, path, **facts, file=letters.upload(pdf, "answer.pdf"))
    assert answer.status_code == 302
    made = answer.headers["Location"].rpartition("/")[2]
    assert "canary answer" not in browser.get(f"/letters/{made}").text
    assert browser.get(f"/letters/{made}/versions/1").status_code == 403
    reads = therapist(app)
    assert "canary answer" in reads.get(f"/letters/{made}").text
    assert reads.get(f"/letters/{made}/versions/1").data == pdf
    assert press(reads, made, "file").status_code == 302
    assert kept(app, made).status == "filed"
