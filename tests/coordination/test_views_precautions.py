"""From the room card to where an order's precautions are confirmed, and back; every way of
beginning asks for it."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.coordination.queries import the_case
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.scheduling.queries import starting as asked
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services import check_in
from tests.factories import inbound as cases
from tests.factories import records
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.ready import ready

CAREFUL = "Nothing on one lower leg"
MISSING = "Nobody has confirmed the precautions of R-000001 yet."


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """A client who is here for their first visit under an order that asks to be careful."""
    with app.app_context():
        house = made.open_house()
        records.techniques("SWEDISH", "DEEP", "HEAT")
        case = cases.received(house, precautions=CAREFUL)
        cases.allowed(case, house)
        with transaction():
            join_care(house.client, house.therapist.id, actor=SYSTEM, by_visit=True)
        cases.do("accept", case, house.owner)
        ready(house)
        visit = made.done(check_in, made.book_now(house, 30, use_referral=True), house.desk)
        return SimpleNamespace(
            id=case.referral.public_id, visit=visit.public_id,
            card=f"/visits/{visit.public_id}/card",
            step=f"/referrals/{case.referral.public_id}/steps/precautions",
            client=house.client.public_id, day=visit.on_date.isoformat(),
        )  # fmt: skip


def june(app: Flask) -> Any:
    return people.signed_in(app, Role.THERAPIST, name="June Park")


def confirm(app: Flask, there: SimpleNamespace, who: Any, **typed: Any) -> Any:
    with app.app_context():
        case = the_case(there.id)
        shown = {"version": str(case.version), "read": str(case.referral.version)}
    return people.send(who, there.step, shown | {"back": there.card} | typed)


def begin(app: Flask, there: SimpleNamespace, who: Any, path: str = "/start", **more: str) -> Any:
    with app.app_context():
        version = str(the_visit(there.visit).version)
    return people.send(who, f"/visits/{there.visit}{path}", {"version": version} | more)


def status(app: Flask, there: SimpleNamespace) -> str:
    with app.app_context():
        return the_visit(there.visit).status


def test_the_card_leads_to_it_and_back_and_then_the_session_begins(app, there):
    who = june(app)
    card = who.get(there.card).text
    assert MISSING in card
    assert f"{there.step}?back=%2Fvisits%2F{there.visit}%2Fcard" in card
    page = who.get(f"{there.step}?back={there.card}").text
    assert CAREFUL in page
    assert f'value="{there.card}"' in page
    done = confirm(app, there, who, blocked="HEAT", areas="CALF:L", pressure="2")
    assert (done.status_code, done.headers["Location"]) == (302, there.card)
    card = who.get(there.card).text
    assert MISSING not in card
    for words in ("left calf", "pressure at most", "Heat"):
        assert words.lower() in card.split("What holds today")[1].lower()
    assert begin(app, there, who, "/card/start").status_code == 302
    assert status(app, there) == "in_session"


@pytest.mark.parametrize("path", ["/start", "/card/start"])
def test_no_page_begins_it_before_whatever_reason_is_given(app, there, path):
    who = june(app)
    answer = begin(app, there, who, path, override_why="I know what they are")
    followed = who.get(there.card) if answer.status_code in (302, 307) else answer
    assert MISSING in followed.text
    assert status(app, there) == "arrived"


def test_the_visits_page_says_it_to_all_and_leads_there_only_who_can_read_them(app, there):
    own, desk = june(app), people.signed_in(app, name="Robin Vale")
    for who, leads in ((own, True), (desk, False)):
        page = who.get(f"/visits/{there.visit}").text
        assert MISSING in page
        assert (there.step in page) is leads
        assert CAREFUL not in page


def test_neither_a_limit_nor_none_is_refused_and_what_was_typed_is_kept(app, there):
    who = june(app)
    empty = confirm(app, there, who)
    assert empty.status_code == 422
    assert "Set at least one limit, or say that none are needed." in empty.text
    both = confirm(app, there, who, pressure="2", positions="prone", is_none_needed="y")
    assert both.status_code == 422
    assert "Choose one of the two." in both.text
    assert '<option selected value="2">' in both.text
    assert f'value="{there.card}"' in both.text
    wrong = confirm(app, there, who, areas="MOON:L")
    assert wrong.status_code == 422
    assert MISSING in who.get(there.card).text


def test_what_was_corrected_meanwhile_is_read_first(app, there):
    who = june(app)
    with app.app_context():
        order = the_case(there.id).referral
        before = str(order.version)
        with transaction(), writing("test.corrected", SYSTEM):
            order.precautions = "Nothing on either lower leg"
            db.session.flush()
    late = confirm(app, there, who, pressure="2", read=before)
    assert late.status_code == 409
    assert "The order was corrected meanwhile." in late.text
    assert "Nothing on either lower leg" in late.text
    assert '<option selected value="2">' in late.text
    assert confirm(app, there, who, pressure="2", read="").status_code == 409
    now = late.text.split('name="read"')[1].split('value="')[1].split('"')[0]
    assert confirm(app, there, who, pressure="2", read=now).status_code == 302


def test_without_a_place_to_go_back_to_it_ends_on_the_referral(app, there):
    done = confirm(app, there, june(app), is_none_needed="y", back="")
    assert done.headers["Location"] == f"/referrals/{there.id}"


@pytest.mark.parametrize("back", ["//elsewhere.example/x", "https://elsewhere.example/"])
def test_it_leads_nowhere_else(app, there, back):
    done = confirm(app, there, june(app), is_none_needed="y", back=back)
    assert done.headers["Location"] == f"/referrals/{there.id}"


def test_who_does_not_treat_the_client_neither_reads_nor_confirms(app, there):
    for name, role in (("Robin Vale", Role.RECEPTIONIST), ("Teo Marsh", Role.THERAPIST)):
        who = people.signed_in(app, role, name=name)
        assert CAREFUL not in who.get(there.step).text
        sent = confirm(app, there, who, is_none_needed="y")
        assert sent.status_code == 403
        assert CAREFUL not in sent.text
    assert MISSING in june(app).get(there.card).text


def test_the_health_page_names_the_limits_and_they_can_be_taken_back(app, there):
    who = june(app)
    confirm(app, there, who, areas="CALF:L")
    page = who.get(f"/clients/{there.client}/health").text
    assert "limits of an order" in page
    address = page.split("/screening/clearances/")[1].split('"')[0]
    told = who.get(f"/screening/clearances/{address}").text
    assert f"/referrals/{there.id}" in told
    assert "left calf" in told.lower()
    assert "Letter and referral" not in told
    path = f"/screening/clearances/{address}/withdraw"
    assert "it no longer binds" in who.get(path).text
    assert people.send(who, path, {"why": "The sender says so"}).status_code == 302
    assert "left calf" not in who.get(there.card).text.lower()


def test_sabotage_without_the_check_the_session_begins(app, there, monkeypatch):
    """So that the tests above see it when nobody asks any more."""
    monkeypatch.setattr(asked, "_careful", lambda *_: None)
    assert begin(app, there, june(app), "/card/start").status_code == 302
    assert status(app, there) == "in_session"
