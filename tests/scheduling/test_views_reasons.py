"""A therapist's reason for what health stops, on every page that books or moves."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import epoch
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.scheduling import services
from clinic.scheduling.models import GroupBooking, Series, Visit, VisitVerdict, WaitlistOffer
from clinic.scheduling.services import groups, offering, waiting
from clinic.scheduling.services.series import Phase
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from tests.factories import catalogue, ready, screening
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import send, signed_in

STOPS = Fact("condition", "ANEURYSM", text="canary-fact")
WHY = "Seen by the surgeon on Monday"
LONG = "Seen by the surgeon. " * 16
OPENING = re.compile(r'name="opening" value="([^"]+)"')
PICK = re.compile(r'name="(pick-\d+)" value="([^"]+)" checked')
SHOWN = re.compile(r'name="shown" value="([^"]*)"')


@dataclass
class Clinic:
    """A clinic with somebody who treats and keeps the schedule, and a client to be minded."""

    app: Flask
    kept: made.House
    ids: dict[str, str]
    browser: FlaskClient

    @property
    def house(self) -> made.House:
        """It, as it is now; inside an application context."""
        return replace(
            self.kept,
            therapist=db.session.query(StaffMember).filter_by(name="June Park").one(),
            client=db.session.query(Client).filter_by(public_id=self.ids["client"]).one(),
            variant=db.session.query(ServiceVariant).filter_by(public_id=self.ids["variant"]).one(),
            places=db.session.query(Place).order_by(Place.id).all(),
        )

    def send(self, path: str, sent: dict[str, Any], page: str = "/account") -> Any:
        return send(self.browser, path, sent, page=page)

    def visits(self) -> list[Any]:
        """Of the client: when, how it waits, and the reason, as it is sealed and as it is read."""
        with self.app.app_context():
            rows = db.session.query(Visit).filter_by(client_id=self.house.client.id)
            return [
                (row.public_id, row.starts_at, row.verdict.outcome, row.verdict.why)
                for row in rows.order_by(Visit.id)
                if row.held_slot_id is not None
            ]


@pytest.fixture
def clinic(app: Flask) -> Clinic:
    with app.app_context():
        house = made.open_house()
        ready.about(house.variant, "DEEP")
        made.a_therapist("Bea Lind", Role.THERAPIST, Role.RECEPTIONIST)
        calm = catalogue.variant(60, code="CALM")
        ids = {
            "client": house.client.public_id, "service": house.variant.service.public_id,
            "variant": house.variant.public_id, "calm": calm.public_id,
            "june": house.therapist.public_id, "other": a_client("Omar Haddad").public_id,
            "on": made.at(10).astimezone(made.zone()).date().isoformat(),
        }  # fmt: skip
        for name in ("Bea Lind", "June Park"):
            member = db.session.query(StaffMember).filter_by(name=name).one()
            screening.treat(house.client, made.staff_queries.actor_of(member))
    browser = signed_in(app, Role.THERAPIST, Role.RECEPTIONIST, name="Bea Lind")
    return Clinic(app, house, ids, browser)


def stop(clinic: Clinic) -> None:
    with clinic.app.app_context():
        screening.know(clinic.house.client, STOPS)


def standing(clinic: Clinic, hour: int = 10) -> str:
    """A visit that was booked before anything was known."""
    with clinic.app.app_context():
        return made.book(clinic.house, made.at(hour)).public_id


def must_ask(answer: Any) -> None:
    """Refused for want of a reason, with the field there."""
    assert answer.status_code == 422, answer.status_code
    assert "Say why it may be booked nevertheless." in answer.text
    assert 'name="override_why"' in answer.text


def must_keep(answer: Any) -> None:
    """Refused for a reason that is too long, which is kept as it was typed."""
    assert answer.status_code == 422, answer.status_code
    assert "That is too long." in answer.text
    assert LONG.strip() in answer.text


def must_stand(clinic: Clinic, answer: Any) -> None:
    """Booked, waiting for a review; the reason is sealed, and only who treats reads it."""
    assert answer.status_code == 302, answer.text
    visit, _, outcome, why = clinic.visits()[-1]
    assert outcome == "needs_review"
    assert WHY in why
    with clinic.app.app_context():
        kept = [row.why_sealed for row in db.session.query(VisitVerdict) if row.why_sealed]
    assert kept
    assert not any(WHY.encode() in one for one in kept)
    page = f"/visits/{visit}"
    assert WHY in clinic.browser.get(page).text
    for role in (Role.RECEPTIONIST, Role.OWNER, Role.THERAPIST):
        other = signed_in(clinic.app, role, name=f"{role.value.title()} Else")
        assert WHY not in other.get(page).text, role


def try_all(clinic: Clinic, path: str, sent: dict[str, Any]) -> None:
    """Without a reason, with one too long, with one that does."""
    before = clinic.visits()
    must_ask(clinic.send(path, sent))
    must_keep(clinic.send(path, sent | {"override_why": LONG}))
    assert clinic.visits() == before
    must_stand(clinic, clinic.send(path, sent | {"override_why": WHY}))


def test_a_visit_is_booked_with_a_reason(clinic: Clinic) -> None:
    stop(clinic)
    sent = {key: clinic.ids[key] for key in ("client", "service", "variant", "on")}
    sent |= {"therapist": clinic.ids["june"], "source": "phone"}
    page = clinic.send("/book", sent | {"refresh": "1"}).text
    try_all(clinic, "/book", sent | {"opening": OPENING.findall(page)[0], "book": "1"})


def test_a_plan_is_booked_with_a_reason(clinic: Clinic) -> None:
    stop(clinic)
    sent = {key: clinic.ids[key] for key in ("client", "service", "variant")}
    sent |= {"therapist": clinic.ids["june"], "time": "10:00", "first_on": clinic.ids["on"],
             "every": "1", "unit": "weeks", "visits": "2"}  # fmt: skip
    page = clinic.send("/series/new", sent | {"show": "1"}).text
    sent |= dict(PICK.findall(page)) | {"shown": SHOWN.search(page)[1], "book": "1"}
    refused = clinic.send("/series/new", sent).text
    assert dict(PICK.findall(refused)) == dict(PICK.findall(page))
    try_all(clinic, "/series/new", sent)
    assert all(WHY in why for *_, why in clinic.visits())


def test_one_visit_of_a_plan_is_booked_with_a_reason(clinic: Clinic) -> None:
    with clinic.app.app_context():
        house = clinic.house
        with transaction():
            plan = services.plan_series(
                actor=house.desk, client=house.client, variant=house.variant,
                therapist=house.therapist, phases=[Phase(7, 1)],
                first_on=made.this_day() + timedelta(days=7), wall=600,
            ).public_id  # fmt: skip
    stop(clinic)
    page = clinic.browser.get(f"/series/{plan}?find=1").text
    with clinic.app.app_context():
        version = db.session.query(Series).one().items[0].version
    sent = {"opening": OPENING.findall(page)[0], "version": version}
    try_all(clinic, f"/series/{plan}/1/book", sent)


def test_two_are_booked_together_with_a_reason(clinic: Clinic) -> None:
    stop(clinic)
    ids = clinic.ids
    sent = {"people": "2", "kind": "group", "on": ids["on"], "client-0": ids["client"],
            "variant-0": ids["variant"], "client-1": ids["other"], "variant-1": ids["calm"],
            "note-1": "Window side"}  # fmt: skip
    page = clinic.send("/book/together", sent | {"refresh": "1"}).text
    sent |= {"opening": OPENING.findall(page)[0], "book": "1"}
    refused = clinic.send("/book/together", sent).text
    assert 'value="Window side"' in refused
    assert f'value="{sent["opening"]}" checked' in refused
    try_all(clinic, "/book/together", sent)


def test_a_group_is_moved_with_a_reason(clinic: Clinic) -> None:
    with clinic.app.app_context():
        house = clinic.house
        bea = db.session.query(StaffMember).filter_by(name="Bea Lind").one()
        calm = catalogue.variant(60, code="MILD")
        members = [
            groups.Member(house.client, house.variant, house.therapist),
            groups.Member(a_client("Lena Ford"), calm, bea),
        ]
        with transaction():
            groups.book_together(
                actor=house.desk, members=members, starts_at=made.at(10), kind="group"
            )
        group = db.session.query(GroupBooking).one().public_id
    stop(clinic)
    here = f"/groups/{group}"
    page = clinic.browser.get(here).text
    chip = re.search(rf'href="{here}\?to=(\d+)#move"', page)[1]
    filled = clinic.browser.get(f"{here}?to={chip}").text
    versions = re.search(r'name="versions" value="([^"]+)"|value="([^"]+)" name="versions"', page)
    on = re.search(r'name="on"[^>]*value="([^"]+)"', filled)[1]
    wall = re.search(r'name="time"[^>]*value="([^"]+)"', filled)[1]
    sent = {"versions": next(one for one in versions.groups() if one), "on": on, "time": wall}
    try_all(clinic, f"{here}/move", sent)


def test_an_offer_is_accepted_with_a_reason(clinic: Clinic) -> None:
    with clinic.app.app_context():
        house = clinic.house
        with transaction():
            entry = waiting.wait(
                actor=house.desk, client=house.client, variant=house.variant,
                earliest=made.this_day(), latest=made.this_day() + timedelta(days=20),
                notice_hours=0,
            )  # fmt: skip
        with transaction():
            offering.offer(
                entry, actor=house.desk, therapist=house.therapist, starts_at=made.at(10)
            )
        offer = db.session.query(WaitlistOffer).one().public_id
    stop(clinic)
    path = f"/waitlist/offers/{offer}/accept"
    sent = {"next": "/waitlist/free"}
    refused = clinic.send(path, sent)
    assert 'name="next" value="/waitlist/free"' in refused.text
    assert "Grace Nakamura" in refused.text
    try_all(clinic, path, sent)


def test_many_are_moved_with_a_reason(clinic: Clinic) -> None:
    visit = standing(clinic)
    stop(clinic)
    with clinic.app.app_context():
        row = db.session.query(Visit).one()
        to = f"{epoch(made.at(15))}.{clinic.ids['june']}.{row.place.public_id}"
        version = row.version
    sent = {f"to-{visit}": to, f"version-{visit}": version}
    shown = clinic.send("/schedule/hurt", sent)
    assert 'name="override_why"' in shown.text
    refused = clinic.send("/schedule/hurt", sent | {"do": "1"})
    assert "Old and new" in refused.text
    try_all(clinic, "/schedule/hurt", sent | {"do": "1"})


def test_who_waits_for_a_review_is_left_where_they_are_unless_a_time_is_chosen(
    clinic: Clinic,
) -> None:
    standing(clinic)
    stop(clinic)
    page = clinic.browser.get("/schedule/hurt").text
    assert re.search(r'<option value="leave" selected>', page)


def test_a_time_beside_a_visit_leads_to_its_form_where_a_reason_is_needed(clinic: Clinic) -> None:
    visit = standing(clinic)
    here = f"/visits/{visit}"
    assert f"{here}?to=" not in clinic.browser.get(here).text
    stop(clinic)
    page = clinic.browser.get(here).text
    chip = re.search(rf'href="({re.escape(here)}\?to=[^"#]+)#move"', page)[1]
    filled = clinic.browser.get(chip).text
    on = re.search(r'name="on"[^>]*value="([^"]+)"', filled)[1]
    wall = re.search(r'name="time"[^>]*value="([^"]+)"', filled)[1]
    assert re.search(rf'name="on"[^>]*value="{on}"', page) is None or wall != "10:00"
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    sent = {"on": on, "time": wall, "therapist": clinic.ids["june"], "version": version}
    try_all(clinic, f"{here}/move", sent)
    assert f"{here}?to=" not in clinic.browser.get(here).text


def test_an_opening_that_needs_a_reason_stands_in_the_form_after_the_refusal(
    clinic: Clinic,
) -> None:
    visit = standing(clinic)
    stop(clinic)
    with clinic.app.app_context():
        row = db.session.query(Visit).one()
        opening = f"{epoch(made.at(15))}.{clinic.ids['june']}.{row.place.public_id}"
        sent = {"opening": opening, "therapist": clinic.ids["june"], "version": row.version}
    refused = clinic.send(f"/visits/{visit}/move", sent)
    must_ask(refused)
    assert re.search(r'name="time"[^>]*value="15:00"', refused.text)
    assert re.search(rf'name="on"[^>]*value="{clinic.ids["on"]}"', refused.text)


def test_another_service_beside_a_refusal_keeps_what_was_chosen(clinic: Clinic) -> None:
    with clinic.app.app_context():
        screening.know(clinic.house.client, screening.LOW_PLATELETS)
    sent = {key: clinic.ids[key] for key in ("client", "service", "variant", "on")}
    page = clinic.send("/book", sent | {"part": "morning", "note": "Ground floor", "book": "1"})
    assert "does not suit this client on that day" in page.text
    rather = re.search(r'name="rather" value="([^"]+)"', page.text)[1]
    other = clinic.send("/book", sent | {"part": "morning", "note": "Ground floor",
                                         "rather": rather})  # fmt: skip
    assert other.status_code == 200
    assert f'<option selected value="{rather}">' in other.text
    assert "Ground floor</textarea>" in other.text
    assert re.search(r'<input checked[^>]*value="morning"|value="morning"[^>]* checked', other.text)


def test_a_plan_tells_the_desk_that_a_therapist_must_look_and_not_that_no_time_is_open(
    clinic: Clinic,
) -> None:
    with clinic.app.app_context():
        house = clinic.house
        with transaction():
            plan = services.plan_series(
                actor=house.desk, client=house.client, variant=house.variant,
                therapist=house.therapist, phases=[Phase(7, 1)],
                first_on=made.this_day() + timedelta(days=7), wall=600,
            ).public_id  # fmt: skip
    stop(clinic)
    desk = signed_in(clinic.app, Role.RECEPTIONIST, name="Robin Vale")
    page = desk.get(f"/series/{plan}?find=1").text
    assert "A therapist must review this before it can be booked." in page
    assert "No time is open around then." not in page


def test_who_cannot_be_booked_together_is_said_beside_their_name(clinic: Clinic) -> None:
    stop(clinic)
    ids = clinic.ids
    desk = signed_in(clinic.app, Role.RECEPTIONIST, name="Robin Vale")
    page = desk.get(
        f"/book/together?client-0={ids['client']}&client-1={ids['other']}"
        f"&variant-0={ids['variant']}&variant-1={ids['calm']}"
    ).text
    assert "A therapist must review this before it can be booked." in page
    assert "They cannot be booked like this" in page
    assert "No time suits all" not in page


def test_a_list_without_any_visit_says_what_it_is_for(clinic: Clinic) -> None:
    assert "No visit is judged differently" in clinic.browser.get("/schedule/screened").text
    assert "Every visit fits" in clinic.browser.get("/schedule/hurt").text
