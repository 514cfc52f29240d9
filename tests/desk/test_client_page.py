"""The page of a client: what it shows to whom, and what it costs."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from clinic.audit.models import access_entry
from clinic.clients import queries, services
from clinic.clients.models import ImportedHistoryLine
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.desk.queries.openness import nothing_open
from clinic.scheduling.rules.series import Phase
from clinic.scheduling.services import end_series, plan_series, waiting
from clinic.staff.models import StaffMember
from tests.factories import desk, outbound
from tests.factories import referrals as orders
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import enter, send, signed_in

CANARY = "canary-history latex"
NOTE = "canary-note sore"


def add_history(pid: str) -> None:
    """A line of history that another system wrote."""
    with transaction(), writing("test.history", SYSTEM):
        client = queries.the_client(pid)
        line = ImportedHistoryLine(client_id=client.id, import_ref="x", kind="allergy")
        line.client, line.line = client, CANARY
        db.session.add(line)
        db.session.flush()


@pytest.fixture
def pid(app: Flask) -> str:
    """A client with an order, a visit, preferences and imported history."""
    with app.app_context():
        orders.ready()
        client = a_client()
        order = orders.allowance(orders.order(client))
        orders.visits(order, "completed", "booked")
        add_history(client.public_id)
        with transaction():
            services.prefer(queries.the_client(client.public_id), actor=SYSTEM, note=NOTE)
        return client.public_id


def join_care(app: Flask, pid: str, name: str) -> None:
    with app.app_context():
        staff_id = db.session.scalar(select(StaffMember.id).where(StaffMember.name == name))
        with transaction():
            services.join_care(queries.the_client(pid), staff_id, actor=SYSTEM)


def post(visitor: Any, path: str, data: Any = None, page: str = "/account") -> Any:
    return send(visitor, path, data, page=page)


def test_the_page_says_who_when_and_how_many_visits_are_left(app: Flask, pid: str) -> None:
    page = signed_in(app).get(f"/clients/{pid}").text
    for shown in ("Grace Nakamura", "8 Apr 1985", "(555) 014-8812", "1 used, 1 booked, 6 left"):
        assert shown in page
    assert "Put on the books" in page


def test_health_is_shown_to_those_who_treat_this_client_and_nobody_else(
    app: Flask, pid: str
) -> None:
    treating = signed_in(app, Role.THERAPIST, name="June Park")
    others = [signed_in(app, role) for role in Role]
    join_care(app, pid, "June Park")
    join_care(app, pid, "Owner")
    for visitor in others:
        page = visitor.get(f"/clients/{pid}").text
        assert CANARY not in page
        assert NOTE not in page
        assert "history" not in page.lower()
    page = treating.get(f"/clients/{pid}").text
    assert CANARY in page
    assert NOTE in page


def test_every_look_at_a_client_is_logged_with_its_kind(app: Flask, pid: str) -> None:
    desk, treating = signed_in(app), signed_in(app, Role.THERAPIST, name="June Park")
    join_care(app, pid, "June Park")
    desk.get(f"/clients/{pid}")
    treating.get(f"/clients/{pid}")
    with app.extensions["access"].connect() as connection:
        seen = connection.execute(
            select(access_entry.c.category, access_entry.c.subjects).where(
                access_entry.c.place == "desk.client"
            )
        ).all()
    assert [row.category for row in seen] == ["schedule", "clinical"]
    assert all(pid in row.subjects for row in seen)


@pytest.mark.parametrize("role", list(Role))
def test_a_page_costs_few_statements_and_the_session(app: Flask, pid: str, role: Role) -> None:
    visitor = signed_in(app, role, name="June Park")
    join_care(app, pid, "June Park")
    visitor.get(f"/clients/{pid}")
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    visitor.get(f"/clients/{pid}")
    event.remove(engine, "before_cursor_execute", note)
    asked = [one for one in sent if "web_session" not in one and not one.startswith("BEGIN")]
    assert len(asked) <= (12 if role is Role.THERAPIST else 9), asked


def test_what_is_open_keeps_a_record_out_of_the_archive(app: Flask, pid: str) -> None:
    desk = signed_in(app)
    page = post(desk, f"/clients/{pid}/archive")
    assert page.status_code == 302
    assert "visits booked" in desk.get(page.location).text
    with app.app_context():
        other = a_client("Walter Brandt").public_id
    post(desk, f"/clients/{other}/archive")
    assert "This record is archived" in desk.get(f"/clients/{other}").text
    post(desk, f"/clients/{other}/reopen")
    assert "This record is archived" not in desk.get(f"/clients/{other}").text


def test_two_records_are_compared_merged_and_parted_again(app: Flask, pid: str) -> None:
    with app.app_context():
        other = a_client("Gracie Nakamura").public_id
    desk = signed_in(app)
    path = f"/clients/{pid}/merge"
    compared = desk.get(f"{path}?with={other}").text
    pairs = re.findall(r'name="pair" value="([^"]+)"', compared)
    assert pairs == [f"{pid},{other}", f"{other},{pid}"]
    assert post(desk, path, {"pair": pairs[0]}).status_code == 302
    merged = desk.get(f"/clients/{other}").text
    assert "This record was merged" in merged
    assert "Part them again" in merged
    assert "/edit" not in merged.replace(f"/clients/{pid}/edit", "")
    assert other in desk.get(f"/clients/{pid}").text
    post(desk, f"/clients/{other}/part")
    assert "This record was merged" not in desk.get(f"/clients/{other}").text


def test_visits_at_one_time_are_listed_before_merging(app: Flask, pid: str) -> None:
    with app.app_context():
        orders.ready()
        other = a_client("Gracie Nakamura").public_id
    desk = signed_in(app)
    assert "Visits at the same time" not in desk.get(f"/clients/{pid}/merge?with={other}").text
    assert desk.get(f"/clients/{pid}/merge?with={pid}").status_code == 200
    assert desk.get(f"/clients/{pid}/merge?with={'a' * 20}").status_code == 404
    assert post(desk, f"/clients/{pid}/merge", {"pair": "x,y"}).status_code == 200


def test_who_waits_or_has_visits_to_book_is_not_archived(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        pid, day = house.client.public_id, made.this_day()
        with transaction():
            entry = waiting.wait(
                actor=house.desk, client=house.client, variant=house.variant, earliest=day,
                latest=day,
            )  # fmt: skip
            plan = plan_series(
                actor=house.desk, client=house.client, variant=house.variant,
                phases=[Phase(7, 2)], first_on=day, wall=600,
            )  # fmt: skip
        record = queries.the_client(pid)
        with pytest.raises(Conflict, match="plans with visits to book"):
            nothing_open(record)
        with transaction():
            end_series(plan, actor=house.desk, why="Moved away")
        with pytest.raises(Conflict, match="waitlist"):
            nothing_open(record)
        with transaction():
            waiting.withdraw(entry, actor=house.desk)
        assert nothing_open(record).client_id == record.id


@pytest.fixture
def known(app: Flask) -> str:
    """A client of whom everything is known, whom June Park treats."""
    with app.app_context():
        made_up = desk.everything_known(made.open_house())
        made.a_therapist("Teo Marsh")
        return made_up.client.public_id


UNTOLD = re.compile(
    r"canary|\bclot|\bdvt\b|embolism|fibromyalgia|\blatex\b|stiff since|blind spot", re.IGNORECASE
)
"""The short ones as words of their own: a form's token may hold any three letters."""


def test_no_page_of_a_record_tells_the_desk_why(app: Flask, known: str) -> None:
    for name in ("Robin Vale", "Olga Reed", "Teo Marsh"):
        visitor = signed_in(app, name=name)
        for tab in ("", "/health", "/consents"):
            page = visitor.get(f"/clients/{known}{tab}")
            assert page.status_code == 200
            assert "No treatment until a therapist has looked" in page.text
            assert not UNTOLD.search(page.text)
            assert "Outcomes" not in page.text
        for tab in ("/plan", "/outcomes", "/notes"):
            page = visitor.get(f"/clients/{known}{tab}")
            assert page.status_code == 403
            assert not UNTOLD.search(page.text)


def test_who_treats_a_client_reads_it_all_on_one_page(app: Flask, known: str) -> None:
    page = signed_in(app, name="June Park").get(f"/clients/{known}").text
    for shown in (
        "canary-goal Check my blind spot", "<polyline", "Allergy: Latex: canary-allergy",
        "Blood clot in a deep vein (DVT): canary-clot", "None known, said", "Looser.",
        "Note signed", "Consent current", "/card", "/events/new?client=",
    ):  # fmt: skip
        assert shown in page, shown


def test_ones_own_day_tells_of_hits_form_and_note(app: Flask, known: str) -> None:
    page = signed_in(app, name="June Park").get("/my-day").text
    for shown in ("return visit", "1 of 6", "to stop or ask", "to adapt", "/card", "/check"):
        assert shown in page, shown
    assert not UNTOLD.search(page)


def test_that_a_provider_was_asked_is_for_everybody_and_why_for_who_treats_the_client(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbound.swift_setting(monkeypatch)
    with app.app_context():
        who = outbound.cast()
        row = outbound.begin(who, reason="red_flag")
        pid, own, number, to = (
            who.client.public_id, row.public_id, row.number, who.provider.name,
        )  # fmt: skip
    ask = f"/outbound/new?client={pid}"
    for name in ("Robin Vale", "Olga Reed", "Ines Okafor"):
        visitor = app.test_client()
        assert enter(visitor, name).status_code == 302
        page = visitor.get(f"/clients/{pid}").text
        part = page.split('id="outbound"')[1].split("</section>")[0]
        for shown in (number, to, "Draft", f"/outbound/{own}"):
            assert shown in part
        is_treating = name == "Ines Okafor"
        assert ("Red flag" in page) is is_treating
        assert (ask in part) is is_treating
        assert "canary" not in page
    nobody = signed_in(app)
    with app.app_context():
        other = a_client("Walter Brandt").public_id
    assert 'id="outbound"' not in nobody.get(f"/clients/{other}").text
