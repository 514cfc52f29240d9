"""The page of a referral, as each role sees it."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import access_entry
from clinic.clients import services as clients_services
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.letters.models import Letter
from clinic.letters.services import cancel
from clinic.practice.models import Setting
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral
from clinic.staff.models import StaffMember
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.statements import counted


@pytest.fixture
def logged(app: Flask) -> str:
    """An order for eight visits of which one was had and two are booked; its public id."""
    with app.app_context():
        people.set_up()
        orders.ready()
        place = directory.organisation()
        order = orders.order(provider=directory.provider(at=place))
        one = orders.allowance(order)
        orders.visits(one, "completed", "booked", "booked", "cancelled")
        return order.public_id


def post(client, path, **data):
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account").text)
    return client.post(path, data={"csrf_token": token[1]} | data)


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def test_what_is_used_booked_and_left_stands_on_the_page(app, logged):
    assert "1 used, 2 booked, 5 left" in page(people.signed_in(app), f"/referrals/{logged}")


def test_the_page_shows_the_visits_and_those_that_do_not_count(app, logged):
    text = page(people.signed_in(app), f"/referrals/{logged}")
    assert len(re.findall(r'class="visit__bar" href="/visits/', text)) == 3
    assert "1 visit that does not count" in text


@pytest.mark.parametrize("roles", [(Role.RECEPTIONIST,), (Role.OWNER,), (Role.THERAPIST,)])
def test_nobody_outside_the_care_team_receives_clinical_text(app, logged, roles):
    seer = people.signed_in(app, *roles)
    with app.app_context():
        allowed = db.session.scalar(select(Authorisation.public_id))
    for path in (
        f"/referrals/{logged}", f"/referrals/{logged}/edit", f"/referrals/{logged}/authorise",
        f"/referrals/{logged}/end",
        f"/referrals/authorisations/{allowed}", "/referrals/new",
    ):  # fmt: skip
        assert "canary" not in page(seer, path), path


def test_who_treats_the_client_reads_it_and_the_log_says_so(app, logged):
    with app.app_context():
        person = people.member("Teo Marsh", Role.THERAPIST)
        with transaction():
            client = db.session.scalar(select(Referral)).client
            clients_services.join_care(client, person.id, actor=SYSTEM)
    seer = people.signed_in(app, Role.THERAPIST, name="Teo Marsh")
    for path in (f"/referrals/{logged}", f"/referrals/{logged}/edit"):
        text = page(seer, path)
        assert all(part in text for part in orders.CLINICAL.values())
    assert [entry.category for entry in reads(app)][-2:] == ["clinical", "clinical"]


def reads(app):
    with app.app_context(), app.extensions["access"].connect() as connection:
        return connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()


def test_the_history_names_fields_and_never_values(app, logged):
    with app.app_context(), transaction():
        order = db.session.scalar(select(Referral))
        services.amend(
            order, actor=SYSTEM, received_on=order.received_on, received_via="phone",
            urgency="soon", their_reference="", frequency="", minutes=None,
            organisation=order.organisation, reason="canary-new",
        )  # fmt: skip
    text = page(people.signed_in(app), f"/referrals/{logged}")
    assert "came by, urgency, reason" in " ".join(text.split())
    assert "canary" not in text


def test_a_merged_record_leads_to_the_kept_one(app, logged):
    with app.app_context():
        kept = clients.a_client("Grace Nakamura-Bell")
        with transaction():
            old = db.session.scalar(select(Referral)).client
            clients_services.merge(kept, old, actor=SYSTEM)
        kept_id = kept.public_id
    desk = people.signed_in(app)
    text = page(desk, f"/referrals/{logged}")
    assert f"/clients/{kept_id}" in text


def test_a_page_that_is_not_there_is_no_page(app, logged):
    desk = people.signed_in(app)
    page(desk, f"/referrals/{'a' * 20}", 404)
    page(desk, "/referrals/nonsense", 404)


def test_strangers_are_sent_to_sign_in(client, logged):
    for path in ("/referrals", f"/referrals/{logged}"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 302


def test_everyone_on_the_staff_sees_who_sent_whom(app, logged):
    for role in Role:
        assert "Samuel Adeyemi" in page(people.signed_in(app, role), f"/referrals/{logged}")
    with app.app_context():
        assert db.session.scalar(select(StaffMember.id)) is not None


# ---- where it stands


@pytest.fixture
def under_way(app: Flask, logged: str) -> str:
    """The same with a case, in treatment, its report overdue."""
    with app.app_context():
        order = db.session.scalar(select(Referral))
        case = cases.case_of(order, "in_treatment", late=3, action="report",
                             first_visit_on=orders.FIRST)  # fmt: skip
        cases.step(case, "accepted", code="", from_status="received", to_status="accepted")
        cases.attempt(case, "no_answer", note="Try again after five.")
        cases.owed(case, late=3)
    return logged


def test_the_page_says_what_is_next_and_how_late_it_is(app, under_way):
    text = page(people.signed_in(app, Role.RECEPTIONIST), f"/referrals/{under_way}")
    for part in ("Next step", "Write a report", "3 days late", "Progress report", "in treatment"):
        assert part in text, part


def test_all_that_happened_stands_in_one_timeline(app, under_way):
    text = page(people.signed_in(app, Role.RECEPTIONIST), f"/referrals/{under_way}")
    told = text.partition('<ol class="timeline')[2]
    titles = re.findall(r"<b>(?:<a[^>]*>)?([^<]+)", told)
    assert {"Accepted", "Called the client", "Visit had"} <= set(titles)
    assert "Try again after five." in told
    assert "canary" not in text


def test_a_report_is_one_press_from_its_letter(app, under_way):
    desk = people.signed_in(app, Role.RECEPTIONIST)
    with app.app_context():
        report = db.session.scalar(select(ProgressReport.public_id))
    answer = post(desk, f"/referrals/{under_way}/reports/{report}")
    assert answer.status_code == 302
    with app.app_context():
        letter = db.session.scalar(select(Letter))
        assert (letter.kind, letter.status) == ("progress", "draft")
        assert answer.location.endswith(f"/letters/{letter.public_id}")
    text = page(desk, f"/referrals/{under_way}")
    assert "Report to a provider" in text
    assert "Go on with it" in text
    assert "canary" not in text
    with app.app_context(), transaction():
        cancel(db.session.scalar(select(Letter)), actor=SYSTEM)
    text = page(desk, f"/referrals/{under_way}")
    assert "Go on with it" not in text
    assert post(desk, f"/referrals/{under_way}/reports/{report}").status_code == 302
    assert "Go on with it" in page(desk, f"/referrals/{under_way}")


def test_a_report_can_be_asked_for_before_it_is_due(app, logged):
    with app.app_context():
        cases.case_of(db.session.scalar(select(Referral)), "in_treatment")
    answer = post(people.signed_in(app), f"/referrals/{logged}/reports")
    assert "/letters/" in answer.location


def test_a_report_is_waived_with_a_reason(app, under_way):
    owner = people.signed_in(app, Role.OWNER)
    with app.app_context():
        report = db.session.scalar(select(ProgressReport.public_id))
    path = f"/referrals/{under_way}/reports/{report}/waive"
    assert post(owner, path, why=" ").status_code == 302
    assert "Say why it is not written" in page(owner, f"/referrals/{under_way}")
    post(owner, path, why="The sender asked for none")
    assert "The sender asked for none" in page(owner, f"/referrals/{under_way}")


def test_a_report_of_another_referral_is_none_of_this(app, under_way):
    with app.app_context():
        other = cases.case_of(orders.order(clients.a_client("Other One")), "in_treatment")
        report = cases.owed(other).public_id
    desk = people.signed_in(app)
    assert post(desk, f"/referrals/{under_way}/reports/{report}").status_code == 404
    assert post(desk, f"/referrals/{under_way}/reports/{'a' * 20}").status_code == 404


def test_reception_sees_what_an_order_says_only_where_the_owner_lets_it(app, logged):
    desk = people.signed_in(app, Role.RECEPTIONIST)
    assert "canary" not in page(desk, f"/referrals/{logged}")
    with app.app_context(), transaction(), writing("test.setting", SYSTEM):
        db.session.scalar(select(Setting)).desk_sees_diagnosis = True
        db.session.flush()
    text = page(desk, f"/referrals/{logged}")
    assert orders.CLINICAL["reason"] in text
    assert orders.CLINICAL["diagnosis"] in text
    assert orders.CLINICAL["precautions"] not in text
    assert reads(app)[-1].category == "clinical"
    owner = people.signed_in(app, Role.OWNER)
    assert "canary" not in page(owner, f"/referrals/{logged}")


def test_the_page_of_a_referral_takes_few_queries_however_much_happened(app, under_way):
    desk = people.signed_in(app)
    page(desk, f"/referrals/{under_way}")
    before = queries(desk, under_way)
    with app.app_context():
        case = db.session.scalar(select(ReferralCase))
        for _ in range(6):
            cases.step(case, "planned")
            cases.attempt(case, "left_message")
            orders.visits(case.referral.authorisations[0], "completed")
    assert queries(desk, under_way) <= before + 1


def queries(client, order):
    with counted() as sent:
        page(client, f"/referrals/{order}")
    return len([one for one in sent if one.startswith(("SELECT", "WITH"))])


def test_the_rail_says_how_many_are_overdue(app, under_way):
    desk = people.signed_in(app, Role.RECEPTIONIST)
    assert desk.get("/referrals/count").json == {"count": 1}
    assert 'data-count="/referrals/count"' in page(desk, "/office/schedule/")
