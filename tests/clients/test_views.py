"""The doors of the clients' room: what they show to whom, and what they say to bad input."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.clients import queries, services
from clinic.clients.models import Client
from clinic.clients.rules import GivenPhone
from clinic.core import clock
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from tests.factories.clients import a_client
from tests.factories.staff import send, signed_in

PAGES = ("", "/edit", "/preferences", "/standing", "/died", "/care", "/merge")
TYPED = {
    "first_name": "Walter",
    "last_name": "Brandt",
    "birth_date": "1958-02-14",
    "phones-0-number": "(555) 014-2276",
    "phones-0-kind": "mobile",
    "phones-0-may_text": "y",
    "phones-1-number": "",
    "phones-1-kind": "mobile",
    "sex_at_birth": "male",
    "source": "web",
    "payer": "",
    "needs": ["hearing", "step_free"],
    "email": "walter@example.com",
}
EVIL = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{7*7}}"
LIKES = (
    "lubricant", "scent", "music", "talk", "table_warmth", "undress", "therapist_gender", "draping",
)  # fmt: skip


def new(app: Flask, *args: Any, **facts: Any) -> str:
    """The public id of a client who was just put on the books."""
    with app.app_context():
        return a_client(*args, **facts).public_id


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Client).count()


def errors(page: str) -> list[str]:
    """The fields that a message stands beside."""
    return re.findall(r'class="field__error" id="([^"]+)-e"', page)


def version_on(page: str) -> str:
    """The version that a form would send."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def post(visitor: FlaskClient, path: str, data: Any, page: str = "") -> Any:
    return send(visitor, path, data, page=page or path)


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_client_opens(app: Flask, role: Role) -> None:
    pid = new(app)
    visitor = signed_in(app, role)
    for page in ("/clients", "/clients?q=nak", "/clients/suggest?q=nak", "/clients/new"):
        assert visitor.get(page).status_code == 200, page
    for page in PAGES:
        expected = 403 if page == "/merge" and role is Role.THERAPIST else 200
        assert visitor.get(f"/clients/{pid}{page}").status_code == expected, page


def test_a_client_is_put_on_the_books(app: Flask) -> None:
    visitor = signed_in(app)
    answer = post(visitor, "/clients/new", TYPED)
    assert answer.status_code == 302
    page = visitor.get(answer.location).text
    for shown in (
        "Walter Brandt",
        "(555) 014-2276",
        "walter@example.com",
        "14 Feb 1958",
        "Hearing",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("first_name", ""),
        ("first_name", "x" * 81),
        ("last_name", " "),
        ("last_name", "x" * 81),
        ("preferred_name", "x" * 81),
        ("pronouns", "x" * 31),
        ("birth_date", ""),
        ("birth_date", "tomorrow"),
        ("birth_date", "2099-01-01"),
        ("birth_date", "1850-01-01"),
        ("birth_date", "0001-01-01"),
        ("sex_at_birth", "unheard-of"),
        ("gender", "x" * 41),
        ("phones-0-number", "ring me"),
        ("phones-1-number", "12"),
        ("phones-0-kind", "pigeon"),
        ("email", "no address"),
        ("email", "a@" + "x" * 260 + ".com"),
        ("address", "x" * 201),
        ("city", "x" * 81),
        ("region", "x" * 61),
        ("postcode", "x" * 21),
        ("country", "x" * 61),
        ("language", "x" * 41),
        ("needs", "wings"),
        ("occupation", "x" * 81),
        ("source", "unheard-of"),
        ("payer", "unheard-of"),
        ("emergency_name", "x" * 81),
        ("emergency_relation", "x" * 41),
        ("emergency_phone", "ring me"),
        ("guardian_name", "x" * 81),
        ("guardian_relation", "x" * 41),
        ("guardian_phone", "ring me"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(
    app: Flask, visitor: FlaskClient, field: str, typed: str
) -> None:
    answer = post(visitor, "/clients/new", TYPED | {field: typed})
    assert answer.status_code == 422
    assert errors(answer.text) == [field]
    kept = TYPED | {field: typed.strip()}
    for name in ("first_name", "last_name", "email", "phones-0-number"):
        if kept[name]:
            assert f'value="{kept[name]}"' in answer.text
    assert count(app) == 0


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A receptionist at a browser."""
    return signed_in(app)


def test_a_minor_needs_a_guardian_and_somebody_a_way_to_be_reached(
    app: Flask, visitor: FlaskClient
) -> None:
    answer = post(visitor, "/clients/new", TYPED | {"birth_date": "2020-05-05"})
    assert (answer.status_code, errors(answer.text)) == (422, ["guardian_name"])
    answer = post(visitor, "/clients/new", TYPED | {"email": "", "phones-0-number": ""})
    assert (answer.status_code, errors(answer.text)) == (422, ["email"])


def test_somebody_alike_is_shown_side_by_side_before_saving(
    app: Flask, visitor: FlaskClient
) -> None:
    known = new(app, "Walter Brand", phones=[GivenPhone("+15550142276")])
    answer = post(visitor, "/clients/new", TYPED)
    assert answer.status_code == 409
    assert f"/clients/{known}" in answer.text
    assert 'value="walter@example.com"' in answer.text
    assert count(app) == 1
    chosen = re.search(r'name="not_these" value="([^"]+)"', answer.text)
    assert chosen is not None
    assert post(visitor, "/clients/new", TYPED | {"not_these": chosen[1]}).status_code == 302


def test_the_confirmation_covers_only_those_who_were_compared(
    app: Flask, visitor: FlaskClient
) -> None:
    first = new(app, "Walter Brand", phones=[GivenPhone("+15550142276")])
    new(app, "Wally Brandt", phones=[GivenPhone("+15550142276")])
    assert post(visitor, "/clients/new", TYPED | {"not_these": first}).status_code == 409


def test_a_stale_edit_shows_both_versions_and_a_second_save_wins(app: Flask) -> None:
    pid = new(app)
    path = f"/clients/{pid}/edit"
    one, other = signed_in(app, name="Ann One"), signed_in(app, name="Bea Two")
    begun = {
        **TYPED,
        "version": re.search(r'name="version"[^>]*value="(\d+)"', one.get(path).text)[1],
    }
    assert post(other, path, begun | {"city": "Theirtown"}).status_code == 302
    answer = post(one, path, begun | {"city": "Mytown"})
    assert answer.status_code == 409
    assert "Theirtown" in answer.text
    assert 'value="Mytown"' in answer.text
    again = {"city": "Mytown", "version": version_on(answer.text)}
    assert post(one, path, begun | again).status_code == 302
    assert "Mytown" in one.get(f"/clients/{pid}").text


def test_a_form_shows_what_was_saved_and_saves_it_unchanged(
    app: Flask, visitor: FlaskClient
) -> None:
    address = post(visitor, "/clients/new", TYPED).location
    page = visitor.get(f"{address}/edit").text
    assert re.search(r'value="hearing" checked', page)
    assert not re.search(r'value="vision" checked', page)
    likes = dict.fromkeys(LIKES, "") | {"pressure": "", "positions_to_avoid": ["prone", "side"]}
    path = f"{address}/preferences"
    assert post(visitor, path, likes).status_code == 302
    page = visitor.get(path).text
    assert re.search(r'name="pressure"[^>]*value="" checked', page)
    assert re.search(r'value="prone" checked', page)
    assert not re.search(r'value="supine" checked', page)


def test_stored_scripts_come_out_inert(app: Flask, visitor: FlaskClient) -> None:
    texts = ("first_name", "last_name", "preferred_name", "address", "city", "occupation")
    typed = TYPED | dict.fromkeys(texts, EVIL[:80])
    address = post(visitor, "/clients/new", typed).location
    with app.app_context():
        client = queries.the_client(address.rsplit("/", 1)[1])
        with transaction():
            services.caution(client, actor=SYSTEM, alert=EVIL, is_prepay_only=True)
    pages = [address, "/clients", "/clients?q=script", "/clients/suggest?q=script"]
    pages += [f"{address}{page}" for page in ("/edit", "/standing", "/care", "/died", "/merge")]
    for page in (
        *pages,
        "/clients?q=" + EVIL,
        "/clients/suggest?q=" + EVIL,
        "/clients/new?name=" + EVIL,
    ):
        text = visitor.get(page).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page


def test_search_as_you_type_leads_to_the_page_or_picks(app: Flask, visitor: FlaskClient) -> None:
    pid = new(app)
    going, picking = (visitor.get(f"/clients/suggest?q=nak{more}").text for more in ("", "&pick=1"))
    assert f'data-href="/clients/{pid}"' in going
    assert f'data-value="{pid}"' in picking
    assert f'data-href="/clients/{pid}"' not in picking
    assert "/clients/new?name=nak" in picking


def test_a_line_that_was_drawn_before_says_what_the_record_says_now(
    app: Flask, visitor: FlaskClient
) -> None:
    pid = new(app)
    pages = ("/clients", "/clients/suggest?q=nak")
    for page in pages:
        assert visitor.get(page).text.count("(555) 014-8812") > 0, page
    with app.app_context(), transaction():
        given = [GivenPhone("+15550142276")]
        services.amend(queries.the_client(pid), actor=SYSTEM, phones=given)
    for page in pages:
        text = visitor.get(page).text
        assert "(555) 014-8812" not in text, page
        assert "(555) 014-2276" in text, page


def test_a_line_that_was_drawn_before_says_how_old_somebody_is_today(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_a_year_off = (clock.now().month + 5) % 12 + 1
    new(app, birth_date=date(1985, half_a_year_off, 15))
    before = re.findall(r"\((\d\d)\)", visitor.get("/clients").text)
    later = clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    after = re.findall(r"\((\d\d)\)", visitor.get("/clients").text)
    assert [int(age) for age in after] == [int(age) + 1 for age in before] != []


def test_reception_sees_do_not_book_and_never_why(app: Flask) -> None:
    pid = new(app)
    owner, desk = signed_in(app, Role.OWNER), signed_in(app)
    path = f"/clients/{pid}/do-not-book"
    standing = f"/clients/{pid}/standing"
    assert post(desk, path, {"reason": "Was rude", "version": 1}, standing).status_code == 403
    assert post(owner, path, {"reason": "", "version": 1}, standing).status_code == 422
    assert post(owner, path, {"reason": "Was rude", "version": 1}, standing).status_code == 302
    for page in (f"/clients/{pid}", standing):
        assert "Was rude" in owner.get(page).text
        shown = desk.get(page).text
        assert "Do not book" in shown
        assert "Was rude" not in shown
    assert "/book?client=" not in desk.get(f"/clients/{pid}").text


def test_the_note_on_preferences_is_for_those_who_treat(app: Flask) -> None:
    pid = new(app)
    treating, desk = signed_in(app, Role.THERAPIST, name="Ines Okafor"), signed_in(app)
    path = f"/clients/{pid}/preferences"
    assert 'name="note"' not in treating.get(path).text
    staff = re.search(r'value="([a-z0-9]{20})">Ines Okafor', desk.get(f"/clients/{pid}/care").text)
    joined = {"staff": staff[1], "provider": "", "role": "therapist", "why": "Books her"}
    assert post(desk, f"/clients/{pid}/care", joined).status_code == 302
    likes = dict.fromkeys(LIKES, "") | {"pressure": "4", "note": "Sore shoulder"}
    assert post(treating, path, likes).status_code == 302
    wiped = {"version": version_on(desk.get(path).text), "pressure": "2", "note": "Wiped"}
    assert post(desk, path, likes | wiped).status_code == 302
    assert "Sore shoulder" in treating.get(f"/clients/{pid}").text
    for page in (path, f"/clients/{pid}"):
        assert "Sore shoulder" not in desk.get(page).text


@pytest.mark.parametrize(
    ("page", "typed", "field"),
    [
        ("preferences", {"pressure": "9"}, "pressure"),
        ("preferences", {"music": "x" * 61}, "music"),
        ("preferences", {"scent": "roses"}, "scent"),
        ("preferences", {"positions_to_avoid": "upside"}, "positions_to_avoid"),
        ("standing", {"alert": "x" * 201}, "alert"),
        ("died", {"on": "2099-01-01"}, "on"),
        ("died", {"on": "1950-01-01"}, "on"),
        ("died", {"on": "never"}, "on"),
        ("care", {"role": "therapist"}, "staff"),
        ("care", {"staff": "nobody", "role": "therapist"}, "staff"),
        ("care", {"why": "x" * 81}, "why"),
    ],
)
def test_the_smaller_forms_say_it_beside_the_field(
    app: Flask, visitor: FlaskClient, page: str, typed: dict[str, str], field: str
) -> None:
    pid = new(app)
    answer = post(visitor, f"/clients/{pid}/{page}", typed | {"version": "1"})
    assert answer.status_code == 422
    assert field in errors(answer.text)


@pytest.mark.parametrize(
    "page", ["?after=x", "?before=" + "a" * 20, "?show=odd", "?q=%00%ff", "?q=" + "x" * 3000]
)
def test_odd_addresses_are_answered_calmly(app: Flask, visitor: FlaskClient, page: str) -> None:
    new(app)
    assert visitor.get(f"/clients{page}").status_code == 200
    assert visitor.get(f"/clients/suggest{page}").status_code == 200


def test_nobody_s_page_is_no_page(visitor: FlaskClient) -> None:
    for page in PAGES:
        if page != "/merge":
            assert visitor.get(f"/clients/{'a' * 20}{page}").status_code == 404
    assert visitor.get("/clients/1").status_code == 404
