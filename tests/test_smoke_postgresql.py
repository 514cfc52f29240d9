"""The demonstration clinic on PostgreSQL: every page answers, and each kind of deed is done."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from clinic.catalogue.models import Service
from clinic.cli.demonstration import fill
from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core.clock import local_day, now
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.referrals.models import Referral
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.timetable import services as timetable
from clinic.timetable.models import Room
from tests.engines import on_postgresql
from tests.factories import papers, referrals, scheduling, staff
from tests.walking import ids_there, steps

pytestmark = [pytest.mark.smoke, on_postgresql]

EVERYBODY = "Every Thing"
ELSEWHERE = {
    "/": 302, "/setup": 302, "/sign-in": 302, "/link/nobodys": 404,
    "/calendar/nobodys.ics": 404,
    "/referrals": 302, "/referrals/numbers/list": 404, "/outbound/new": 404,
    "/office/authorisations/ajax/lookup/": 404, "/office/providers/ajax/lookup/": 404,
}  # fmt: skip
"""What leads on, is over, or was not asked for anything."""
LEADING_ON = ("coordination.outbound_for", "letters.edit", "letters.enclose")
"""To the referral that asks; to the letter, which is not changed any more."""
HEALTH = ("consents.", "health.", "records.", "coordination.new_outbound")
NOT_HERE = {
    "coordination.reply_scan": 404,
    "coordination.copy_letter": 409,
    "coordination.change_recipient": 409,
    "letters.enclosed": 404,
}
"""The demonstration's answers were given on the telephone, its question has left, and the letter
that waits to be faxed is no report and has no document."""
QUERIES = {
    "clients.index": ["q=gra", "show=all"],
    "clients.suggest": ["q=gra"],
    "coordination.new_outbound": ["client={client_id}"],
    "desk.day": ["on={day}"],
    "desk.my_day": ["on={day}"],
    "desk.merge": ["with={other}"],
    "desk.numbers_list": ["number=open", "number=attended&part=hit"],
    "office_cases.index": ["q=gra", "show=ended", "mine=1&report=1&overdue=1&payer=x"],
    "directory.suggest": ["q=ad"],
    "scheduling.new": ["client={client_id}&service={service_id}"],
    "office_authorisations.ajax_lookup": ["name=referral&query=gra"],
    "office_providers.ajax_lookup": ["name=organisation&query=mer"],
    "office_appointments.index_view": ["search=gra", "sort=0&desc=1"],
}
VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')
ERROR = re.compile(r"field__error.{0,20}-e.>.*?<span>(.*?)<.span>")
OPENING = re.compile(r'name="opening" value="([^"]+)"')


def _complete(everybody: StaffMember) -> str:
    """What a demonstration has no need of: a day of other hours, a closed room, a fax that waits,
    a scan, a paper that is nothing yet, and somebody who treats every client. The letter that waits
    to be faxed."""
    day = local_day(now(), scheduling.zone()) + timedelta(days=40)
    with transaction():
        member = db.session.scalars(select(StaffMember)).first()
        timetable.except_hours(member, actor=SYSTEM, on_date=day)
    with transaction():
        timetable.close_room(
            db.session.scalars(select(Room)).first(),
            actor=SYSTEM,
            starts_at=scheduling.at(8, on=day),
            ends_at=scheduling.at(12, on=day),
        )
    with transaction():
        for client in db.session.scalars(select(Client)):
            join_care(client, everybody.id, actor=SYSTEM, by_visit=True)
        begun = select(Letter).where(Letter.status == "draft", Letter.kind == "acknowledgement")
        letter = db.session.scalars(begun).first()
        letters.approve(letter, actor=SYSTEM)
        letters.send(letter, actor=SYSTEM, channel="fax")
    referrals.paper(db.session.scalars(select(Referral)).first())
    papers.paper()
    return str(letter.public_id)


def test_every_page_answers_and_each_kind_of_deed_is_done(app: Flask) -> None:
    with app.app_context():
        fill(now())
        letter_id = _complete(staff.member(EVERYBODY, *Role))
    browser = staff.signed_in(app, name=EVERYBODY)
    client_id = registers(app, browser)
    visit_id = books(app, browser, client_id)
    checks_in(app, browser, visit_id)
    logs_a_referral(app, browser, client_id)
    edits_in_the_office(app, browser)
    with app.app_context():
        other = db.session.scalar(select(Client.public_id).order_by(Client.id))
        day = str(scheduling.this_day())
    ids = ids_there(app) | {"client_id": client_id, "other": str(other), "day": day}
    ids |= {"letter_id": letter_id}
    assert answers_of(app, browser, ids) == {}


def answers_of(app: Flask, browser: FlaskClient, ids: dict[str, str]) -> dict[str, int]:
    """The answers that are not what is expected, by address; a closed page refuses."""
    odd = {}
    for step in steps(app, ids, QUERIES):
        with browser.get(step.path, headers={"Accept": "text/html"}) as answer:
            expected = 302 if step.endpoint in LEADING_ON else ELSEWHERE.get(step.path, 200)
            expected = NOT_HERE.get(step.endpoint, expected)
            is_closed = step.endpoint.startswith("office_") and answer.status_code == 403
            # Somebody else's health: those who may are walked by the canaries, on both engines.
            is_closed |= step.endpoint.startswith(HEALTH) and 403 <= answer.status_code < 405
            if answer.status_code != expected and not is_closed:
                odd[step.path] = answer.status_code
    return odd


def registers(app: Flask, browser: FlaskClient) -> str:
    typed = {
        "first_name": "Walter", "last_name": "Brandt", "birth_date": "1958-02-14",
        "phones-0-number": "(555) 014-2276", "phones-0-kind": "mobile", "phones-1-number": "",
        "phones-1-kind": "mobile", "sex_at_birth": "undisclosed", "source": "", "payer": "",
    }  # fmt: skip
    answer = staff.send(browser, "/clients/new", typed)
    assert answer.status_code == 302, ERROR.findall(answer.text)
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def books(app: Flask, browser: FlaskClient, client_id: str) -> str:
    with app.app_context():
        service = db.session.scalar(select(Service).where(Service.code == "SWEDISH"))
        chosen = {"client": client_id, "service": service.public_id}
        chosen["variant"] = next(one.public_id for one in service.variants if one.minutes == 60)
    opening = OPENING.search(browser.get("/book", query_string=chosen).text)
    assert opening is not None
    chosen |= {"therapist": "", "part": "", "source": "phone", "opening": opening[1]}
    answer = staff.send(browser, "/book", chosen)
    assert answer.status_code == 302, ERROR.findall(answer.text)
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def checks_in(app: Flask, browser: FlaskClient, visit_id: str) -> None:
    version = VERSION.search(browser.get(f"/visits/{visit_id}").text)
    assert version is not None
    sent = staff.send(browser, f"/visits/{visit_id}/check-in", {"version": version[1]})
    assert sent.status_code == 302
    with app.app_context():
        found = db.session.scalar(select(Visit.status).where(Visit.public_id == visit_id))
    assert found == "arrived"


def logs_a_referral(app: Flask, browser: FlaskClient, client_id: str) -> None:
    with app.app_context():
        provider = db.session.scalars(select(Provider.public_id)).first()
        day = str(scheduling.this_day())
    typed = {
        "client": client_id, "provider": provider, "received_on": day, "received_via": "fax",
        "urgency": "routine", "reason": "Stiff neck", "visits": "8", "valid_from": day,
    }  # fmt: skip
    answer = staff.send(browser, "/referrals/new", typed)
    assert answer.status_code == 302, ERROR.findall(answer.text)
    assert "0 used, 0 booked, 8 left" in browser.get(answer.headers["Location"]).text


def edits_in_the_office(app: Flask, browser: FlaskClient) -> None:
    with app.app_context():
        room = db.session.scalars(select(Room)).first()
        address = f"/office/rooms/edit/?id={room.public_id}"
        typed = {"name": "Garden room", "note": room.note, "position": str(room.position)}
    version = VERSION.search(browser.get(address).text)
    assert version is not None
    answer = staff.send(browser, address, typed | {"version": version[1]})
    assert answer.status_code == 302, ERROR.findall(answer.text)
    assert "Garden room" in browser.get("/office/rooms/").text
