"""Scans of an order: reception puts them in, who treats opens them; what payers ask for."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.referrals.models import Authorisation, Referral, ReferralDocument, ReportRule
from clinic.referrals.rules import PRESETS
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.factories.files import a_pdf
from tests.referrals.test_views import ALLOWED, NEW, ORDER, how_many, kept, whom
from tests.referrals.test_views import known as known  # noqa: PLC0414 - a fixture

RULES = "/referrals/payers"


@pytest.fixture
def logged(app: Flask) -> SimpleNamespace:
    """An order with a scan."""
    with app.app_context():
        people.set_up()
        orders.ready()
        order = orders.order()
        paper = orders.paper(order)
        return SimpleNamespace(
            path=f"/referrals/{order.public_id}",
            client=order.client.id,
            paper=f"/referrals/documents/{paper.public_id}",
            version=paper.version,
        )


def scan(data=None, name="scan.pdf"):
    return {"file": (BytesIO(data or a_pdf()), name)}


def lets_desk_see(app):
    with app.app_context(), transaction():
        settle(actor=SYSTEM, desk_sees_diagnosis=True)


def who_treats(app, logged, *, is_in_care=True):
    with app.app_context():
        person = people.therapist("Rhea Stone")
        if is_in_care:
            with transaction() as session:
                join_care(session.get_one(Client, logged.client), person.id, actor=SYSTEM)
    return people.signed_in(app, Role.THERAPIST, name="Rhea Stone")


def test_an_order_is_logged_with_its_scan(app, known):
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | ALLOWED | scan() | {"ordered_on": "2026-09-01"}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 302
    paper = kept(app, ReferralDocument)
    assert (paper.kind, paper.received_on.isoformat()) == ("order", "2026-09-02")
    assert "2 pages" in desk.get(answer.headers["Location"]).text


def test_what_is_no_document_is_refused_beside_its_field_and_all_is_kept(app, known):
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | scan(b"MZ nothing", "order.exe")
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 422
    assert "NF-88" in answer.text
    assert (how_many(app, Referral), how_many(app, ReferralDocument)) == (0, 0)


def test_the_form_says_what_an_order_must_say_and_what_is_there(app, known):
    desk = people.signed_in(app)
    text = desk.get(NEW).text
    assert text.count("is-missing") == 8
    typed = whom(known) | ORDER | {"is_signed": "y", "received_on": ""}
    text = people.send(desk, NEW, typed, page=NEW).text
    assert text.count("is-there") >= 3  # a signature, the provider, how often


def test_reception_puts_a_scan_in_and_cannot_open_it(app, logged):
    desk = people.signed_in(app)
    page = f"{logged.path}/documents"
    answer = people.send(
        desk, page, scan() | {"kind": "authorisation", "received_on": "2026-09-02"}, page=page
    )
    assert answer.status_code == 302
    text = desk.get(logged.path).text
    assert "Payer\u2019s authorisation" in text
    assert logged.paper not in text.replace(f"{logged.paper}/remove", "")
    assert desk.get(logged.paper).status_code == 403


def test_who_treats_opens_it_and_nobody_else_does(app, logged):
    treats = who_treats(app, logged)
    answer = treats.get(logged.paper)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "scan" not in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"%PDF")


def test_another_therapist_and_an_owner_open_nothing_even_where_the_desk_may(app, logged):
    lets_desk_see(app)
    assert who_treats(app, logged, is_in_care=False).get(logged.paper).status_code == 403
    assert people.signed_in(app, Role.OWNER).get(logged.paper).status_code == 403


def test_the_desk_opens_it_where_the_owner_lets_it(app, logged):
    lets_desk_see(app)
    desk = people.signed_in(app)
    assert desk.get(logged.paper).status_code == 200


def test_the_desk_opens_nobodys_report_even_where_it_may_open_an_order(app, logged):
    lets_desk_see(app)
    with app.app_context(), transaction() as session, writing("test.paper", SYSTEM):
        session.scalar(select(ReferralDocument)).kind = "report"
        session.flush()
    desk = people.signed_in(app)
    assert logged.paper not in desk.get(logged.path).text.replace(f"{logged.paper}/remove", "")
    assert desk.get(logged.paper).status_code == 403
    assert who_treats(app, logged).get(logged.paper).status_code == 200


def test_what_is_removed_says_why_and_is_opened_no_more(app, logged):
    treats = who_treats(app, logged)
    page = f"{logged.paper}/remove"
    answer = people.send(treats, page, {"why": "", "version": logged.version}, page=page)
    assert answer.status_code == 422
    typed = {"why": "Another client\u2019s", "version": logged.version}
    assert people.send(treats, page, typed, page=page).status_code == 302
    assert "Another client\u2019s" in treats.get(logged.path).text
    assert treats.get(logged.paper).status_code == 404
    assert people.send(treats, page, typed, page=page).status_code == 409


# ---- what payers ask for


def test_what_ships_is_put_in_once_by_the_owner(app, logged):
    owner = people.signed_in(app, Role.OWNER)
    assert "Add what ships" in owner.get(RULES).text
    for _ in range(2):
        assert people.send(owner, f"{RULES}/stock", {}, page=RULES).status_code == 302
    assert how_many(app, ReportRule) == len(PRESETS)
    text = owner.get(RULES).text
    assert "6 visits or 30 days, whichever is first" in text
    assert "90 days from the first visit" in text
    assert "Washington Administrative Code" in text


def test_the_desk_reads_rules_and_changes_none(app, logged):
    with app.app_context():
        orders.rules()
        rule = db.session.scalars(select(ReportRule)).first().public_id
    desk = people.signed_in(app)
    assert desk.get(RULES).status_code == 200
    for page in (f"{RULES}/new", f"{RULES}/{rule}"):
        assert desk.get(page).status_code == 403


def test_a_rule_is_added_changed_and_taken_out_of_use(app, logged):
    owner = people.signed_in(app, Role.OWNER)
    typed = {"name": "Report at 8", "payer": "Meridian", "report_visits": "8", "is_active": "y",
             "basis": "issue_date", "days": "60", "visits": "8"}  # fmt: skip
    page = f"{RULES}/new"
    assert people.send(owner, page, typed | {"name": ""}, page=page).status_code == 422
    assert people.send(owner, page, typed, page=page).status_code == 302
    rule = kept(app, ReportRule)
    assert (rule.report_visits, rule.days, rule.renew_days, rule.code) == (8, 60, 0, None)
    page = f"{RULES}/{rule.public_id}"
    typed |= {"version": rule.version, "is_active": ""}
    assert people.send(owner, page, typed, page=page).status_code == 302
    assert kept(app, ReportRule).is_active is False
    assert people.send(owner, page, typed | {"visits": "9"}, page=page).status_code == 409


def test_what_is_left_empty_is_as_the_payers_rule_says(app, known):
    with app.app_context():
        orders.rules()
        rule = db.session.scalars(select(ReportRule).filter_by(code="va_initial")).one()
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | {"reports_by": rule.public_id}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 302
    one = kept(app, Authorisation)
    assert (one.visits, one.basis, one.days, one.payer) == (
        12, "first_visit", 90, "US Veterans Affairs",
    )  # fmt: skip
    assert "not computable yet" in desk.get(answer.headers["Location"]).text


def test_days_without_a_number_are_refused(app, known):
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | {"visits": "8", "basis": "issue_date"}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 422
    assert "Enter 1 to 730 days." in answer.text


def test_a_rule_out_of_use_stays_with_what_goes_by_it(app, logged):
    with app.app_context(), transaction() as session, writing("test.rule", SYSTEM):
        rule = ReportRule(name="Old rule", renew_days=14, renew_visits=2, is_active=False)
        session.add(rule)
        order = session.scalar(select(Referral))
        session.flush()
        allowed = Authorisation(
            referral=order, visits=6, valid_from=order.received_on, basis="open",
            report_rule_id=rule.id,
        )  # fmt: skip
        session.add(allowed)
        session.flush()
        page, chosen = f"/referrals/authorisations/{allowed.public_id}", rule.public_id
    assert f'<option selected value="{chosen}">' in people.signed_in(app).get(page).text
