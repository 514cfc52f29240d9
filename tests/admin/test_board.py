"""The board as the desk's browsers ask for it: the page, its feed, the panel."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.audit.models import access_entry
from clinic.audit.queries import Followed
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.queries import the_setting
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.staff.models import WebSession
from tests.admin.boards import FEED, HERE, a_booked_day, address, change
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import signed_in
from tests.statements import counted

ROLES = pytest.mark.parametrize("role", list(Role))


@pytest.fixture
def booked(app: Flask) -> dict[str, Any]:
    return a_booked_day(app)


def confirm(booked: dict[str, Any]) -> None:
    services.confirm(db.session.get_one(Visit, booked["visit_id"]), actor=SYSTEM)


# ---- what is in it


def test_the_feed_says_who_comes_to_whom_where_and_when(app: Flask, booked: dict[str, Any]) -> None:
    found = signed_in(app).get(address(booked)).json
    (event,) = found["events"]
    on = booked["on"].isoformat()
    assert found["days"] == [on]
    assert [flag["text"] for flag in event["flags"]] == ["Health form missing"]
    assert event | {"grace": 0, "flags": []} == {
        "id": booked["visit"], "v": 1, "staff": booked["therapist"], "place": booked["place"],
        "room": "R1", "start": f"{on}T10:00:00", "end": f"{on}T11:00:00",
        "title": "Grace Nakamura", "service": "Therapeutic 60", "minutes": 60, "fam": "relax",
        "st": "booked", "note": "", "is_standing": True, "flags": [], "over": False,
        "group": None, "grace": 0, "may": ["move", "length"],
    }  # fmt: skip
    (turn,) = found["turns"]
    assert (turn["start"], turn["end"]) == (f"{on}T11:00:00", f"{on}T11:15:00")
    (person,) = found["people"]
    assert (person["title"], person["initials"], person["room"]) == ("June Park", "JP", "R1")
    assert (person["hours"], person["load"]) == ("0–24", "1h00")
    assert [room["title"] for room in found["rooms"]] == ["R1", "R2"]


def test_what_is_not_worked_is_shaded(app: Flask) -> None:
    with app.app_context():
        made.open_house()
        ada = made.a_therapist("Ada Stone", hours=(9 * 60, 12 * 60))
        made.works(ada, 13 * 60, 17 * 60 + 30)
        on, pid = made.day().isoformat(), ada.public_id
    found = signed_in(app).get(f"{FEED}?on={on}").json
    own = [one for one in found["off"] if one["staff"] == pid]
    assert [(one["kind"], one["start"][11:16], one["end"][11:16]) for one in own] == [
        ("off", "00:00", "09:00"),
        ("break", "12:00", "13:00"),
        ("off", "17:30", "00:00"),
    ]
    assert own[1]["title"] == "Break"
    assert found["people"][0]["hours"] == "9–17:30"


def test_flags_are_actions_in_their_order(app: Flask, booked: dict[str, Any]) -> None:
    def flag() -> None:
        client = db.session.get_one(Client, booked["client_id"])
        client.is_prepay_only = True
        clients.stop_booking(client, actor=SYSTEM, reason="Owes for three visits")
        visit = db.session.get_one(Visit, booked["visit_id"])
        visit.overlap_why = "Four hands"

    change(app, flag)
    answer = signed_in(app).get(address(booked))
    flags = answer.json["events"][0]["flags"]
    assert [(one["tone"], one["text"]) for one in flags] == [
        ("stop", "Do not book"),
        ("care", "Overlaps on purpose"),
        ("admin", "Health form missing"),
        ("admin", "Prepay"),
    ]
    assert "Owes for three visits" not in answer.text


@ROLES
def test_nothing_clinical_and_nothing_sealed_is_on_the_board(
    app: Flask, booked: dict[str, Any], role: Role
) -> None:
    change(
        app,
        lambda: setattr(
            db.session.get_one(Client, booked["client_id"]), "alert", "Secret of the record"
        ),
    )
    visitor = signed_in(app, role)
    for page in (address(booked), f"{HERE}/?on={booked['on']}"):
        text = visitor.get(page).text
        assert "Grace Nakamura" in text
        assert "Secret of the record" not in text
        assert "Brings a pillow" not in text


def test_a_week_begins_on_monday_and_has_seven_days(app: Flask, booked: dict[str, Any]) -> None:
    days = signed_in(app).get(address(booked, "week")).json["days"]
    first = booked["on"] - timedelta(days=booked["on"].weekday())
    assert days == [(first + timedelta(days=number)).isoformat() for number in range(7)]


def test_the_record_that_was_kept_stands_on_the_board(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        other = a_client("Gracie Ito")
        made.book(house, client=other)
        on = made.day().isoformat()
        with transaction():
            clients.merge(house.client, other, actor=SYSTEM)
    assert signed_in(app).get(f"{FEED}?on={on}").json["events"][0]["title"] == "Grace Nakamura"


def test_a_change_is_in_the_next_feed(app: Flask, booked: dict[str, Any]) -> None:
    desk = signed_in(app)
    before = desk.get(address(booked))
    change(app, lambda: confirm(booked))
    after = desk.get(address(booked), headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json["events"][0]["st"] == "confirmed"


def test_a_board_drawn_by_settings_of_before_is_not_kept_for_those_of_now(
    app: Flask, booked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = signed_in(app)
    monkeypatch.setattr(Followed, "mark", lambda *_: (0, 0))
    before = desk.get(address(booked)).json["events"][0]["grace"]
    change(app, lambda: setattr(the_setting(), "no_show_grace", 60))
    assert desk.get(address(booked)).json["events"][0]["grace"] == before + 45 * 60


def test_a_change_on_another_day_leaves_the_feed_as_it_was(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)
    far = f"{FEED}?on={booked['on'] + timedelta(days=30)}"
    before = desk.get(far).headers["ETag"]
    change(app, lambda: confirm(booked))
    assert desk.get(far, headers={"If-None-Match": before}).status_code == 304


# ---- what it costs, and what it leaves behind


def entries(app: Flask) -> int:
    with app.extensions["access"].connect() as connection:
        return connection.scalar(select(func.count()).select_from(access_entry)) or 0


def test_a_week_costs_five_statements_and_a_drawn_one_two(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)
    desk.get(address(booked))  # the process has written to the log of reads before
    with counted() as cold:
        answer = desk.get(address(booked, "week"))
    assert answer.status_code == 200
    assert len(cold) <= 5, cold
    tag = {"If-None-Match": answer.headers["ETag"]}
    with counted() as cached:
        assert desk.get(address(booked, "week"), headers=tag).status_code == 304
    assert len(cached) <= 2, cached


def test_an_unchanged_board_writes_nothing_and_keeps_no_idle_session_alive(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)
    tag = {"If-None-Match": desk.get(address(booked)).headers["ETag"]}
    with app.app_context(), transaction() as session, writing("test.idle", SYSTEM):
        session.query(WebSession).update({"last_seen_at": now() - timedelta(minutes=10)})

    def kept() -> tuple[Any, ...]:
        with app.app_context():
            return tuple(db.session.execute(select(*WebSession.__table__.columns)).all())

    before, logged = kept(), entries(app)
    with counted() as sent:
        for _ in range(3):
            answer = desk.get(address(booked), headers=tag)
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] == tag["If-None-Match"]
    assert not [one for one in sent if not one.startswith("SELECT")]
    assert (kept(), entries(app)) == (before, logged)
    # Neither does a board that changed: it is asked for by itself, too.
    change(app, lambda: confirm(booked))
    assert desk.get(address(booked), headers=tag).status_code == 200
    assert kept() == before
    assert entries(app) == logged + 1


def test_who_saw_the_board_is_written_once_for_each_look_of_it(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk, before = signed_in(app), entries(app)
    desk.get(f"{HERE}/?on={booked['on']}")
    for _ in range(3):
        desk.get(address(booked))
    assert entries(app) == before + 1
    desk.get(address(booked, "week"))
    assert entries(app) == before + 2
    signed_in(app, Role.OWNER).get(address(booked))
    assert entries(app) == before + 3


def test_a_hold_that_ran_out_is_in_no_feed(app: Flask, booked: dict[str, Any]) -> None:
    with app.app_context():
        desk_actor = made.staff.receptionist("Holly Keep")
        visit = db.session.get_one(Visit, booked["visit_id"])
        with transaction():
            hold = services.hold_time(
                actor=desk_actor, variant=visit.variant, therapist=visit.therapist,
                starts_at=made.at(15),
            )  # fmt: skip
            until = hold.slot.expires_at
    desk = signed_in(app)
    first = desk.get(address(booked))
    assert len(first.json["holds"]) == 1
    assert first.json["holds"][0]["is_mine"] is False
    assert until is not None
    with rehearsed(until + timedelta(seconds=1)):
        later = desk.get(address(booked), headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.json["holds"] == []


# ---- the page


def test_the_page_carries_its_first_feed_so_that_no_tag_can_end_it(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        made.book(house, client=a_client("Ada O'Hara </script><b>Stone"))
        on = made.day().isoformat()
    desk = signed_in(app)
    page = desk.get(f"{HERE}/?on={on}").text
    found = re.search(r"data-feed='([^']*)'", page)
    assert found
    assert json.loads(found[1]) == desk.get(f"{FEED}?on={on}").json
    assert "<b>Stone" not in page


def test_dates_and_views_that_are_none_show_today_and_are_refused_by_the_feed(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)
    today = desk.get(FEED).json["days"]
    for on in ("2027-02-30", "x", "9999-12-31", "0001-01-01", "'", "1" * 3000, "\x00"):
        page = desk.get(f"{HERE}/", query_string={"on": on, "view": "'", "who": "x", "visit": on})
        assert page.status_code == 200
        answer = desk.get(FEED, query_string={"on": on})
        assert answer.status_code == 400
        assert answer.json["error"]
    assert desk.get(f"{FEED}?view=month").status_code == 400
    assert desk.get(f"{FEED}?on=").json["days"] == today


def test_an_empty_clinic_has_an_empty_board(app: Flask) -> None:
    owner = signed_in(app, Role.OWNER)
    assert owner.get(f"{HERE}/").status_code == 200
    found = owner.get(FEED).json
    assert (found["people"], found["events"]) == ([], [])
    assert (found["min"], found["max"]) == ("08:00", "18:00")


# ---- the panel


def panel(app: Flask, booked: dict[str, Any], *roles: Role, **more: Any) -> str:
    answer = signed_in(app, *roles, **more).get(f"{HERE}/visit/{booked['visit']}")
    assert answer.status_code == 200
    return answer.text


def test_the_panel_tells_what_the_desk_needs(app: Flask, booked: dict[str, Any]) -> None:
    page = panel(app, booked)
    for word in ("Booked", "Grace Nakamura", "first visit", "Therapeutic, 60 min", "June Park",
                 "R1", "$85.00", "Brings a pillow", "Move to", "Cancel the visit", "Rebook",
                 "What happened"):  # fmt: skip
        assert word in page, word
    assert page.count("btn--primary") == 1
    assert 'data-step="confirm"' in page
    assert f'href="/clients/{booked["client"]}"' in page
    moves = [
        json.loads(one.replace("&#34;", '"')) for one in re.findall(r'data-move="([^"]*)"', page)
    ]
    assert len(moves) == 5
    assert set(moves[0]) == {"start", "staff", "place"}


def test_the_panel_takes_few_statements(app: Flask, booked: dict[str, Any]) -> None:
    desk = signed_in(app)
    address_of_it = f"{HERE}/visit/{booked['visit']}"
    desk.get(address_of_it)  # the process has written to the log of reads before
    with counted() as sent:
        assert desk.get(address_of_it).status_code == 200
    assert len(sent) <= 10, sent


def test_a_card_that_is_kept_is_another_one_after_any_change_of_its_row(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)

    def state() -> list[tuple[str, int]]:
        found = desk.get(address(booked)).get_json()["events"]
        return [(one["st"], one["v"]) for one in found]

    assert state() == [("booked", 1)]
    change(app, lambda: confirm(booked))
    assert state() == [("confirmed", 2)]


def test_every_form_of_the_panel_works_without_script(app: Flask, booked: dict[str, Any]) -> None:
    desk = signed_in(app)
    page = desk.get(f"{HERE}/visit/{booked['visit']}").text
    form = re.search(r'<form method="post" action="([^"]*/confirm)">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
    fields["next"] = fields["next"].replace("&amp;", "&")
    answer = desk.post(form[1], data=fields)
    assert answer.status_code == 302
    assert answer.location == f"{HERE}/?on={booked['on']}&visit={booked['visit']}"
    assert "Confirmed" in desk.get(f"{HERE}/visit/{booked['visit']}").text


def test_a_therapist_beside_the_visit_may_look_and_not_touch(
    app: Flask, booked: dict[str, Any]
) -> None:
    page = panel(app, booked, Role.THERAPIST, name="Teo Marsh")
    assert "Grace Nakamura" in page
    assert "data-step" not in page
    assert "data-move" not in page
    own = panel(app, booked, Role.THERAPIST, name="June Park")
    assert 'data-step="confirm"' in own


def test_the_panel_of_no_visit_is_not_found(app: Flask, booked: dict[str, Any]) -> None:
    desk = signed_in(app)
    for visit in ("a" * 20, "1", "x" * 4000):
        assert desk.get(f"{HERE}/visit/{visit}").status_code == 404
