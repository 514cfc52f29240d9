"""How long an authorisation lasts as it is written down; papers; payers' rules."""

from datetime import date

import pytest
from flask import Flask

from clinic.core.errors import Conflict, DomainError, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral, ReportRule
from clinic.referrals.queries import lacking, open_authorisations
from clinic.referrals.rules import PRESETS
from clinic.scheduling.queries.counts import counted
from tests.factories import clients, files, staff
from tests.factories import referrals as orders

FIRST = orders.FIRST


def lasts(one: Authorisation) -> tuple[object, ...]:
    return one.basis, one.days, one.issued_on, one.first_visit_on, one.valid_until


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"valid_until": date(2027, 3, 1)}, ("fixed_date", None, None, None, date(2027, 3, 1))),
        ({}, ("open", None, None, None, None)),
        (
            {"basis": "open", "valid_until": date(2027, 3, 1)},
            ("fixed_date", None, None, None, date(2027, 3, 1)),
        ),
        (
            {"basis": "issue_date", "days": 90, "issued_on": date(2026, 9, 1)},
            ("issue_date", 90, date(2026, 9, 1), None, date(2026, 11, 29)),
        ),
        ({"basis": "issue_date", "days": 1}, ("issue_date", 1, FIRST, None, FIRST)),
        ({"basis": "first_visit", "days": 90}, ("first_visit", 90, None, None, None)),
    ],
)
def test_it_lasts_as_its_basis_says(inside: Flask, given, kept):
    assert lasts(orders.allowance(orders.order(), **given)) == kept


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"basis": "first_visit"}, "days"),
        ({"basis": "first_visit", "days": 731}, "days"),
        ({"basis": "issue_date", "days": 5, "issued_on": date(2026, 1, 1)}, "days"),
        ({"basis": "for ever"}, "basis"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(inside: Flask, given, field):
    order = orders.order()
    with pytest.raises(DomainError) as refused:
        orders.allowance(order, **given)
    assert refused.value.field == field


def amend(one: Authorisation, **change: object) -> None:
    plain = {"visits": 8, "valid_from": FIRST, "valid_until": None, "reference": "", "payer": "",
             "counts_missed": False, "counts_late_cancelled": False}  # fmt: skip
    with transaction():
        services.amend_authorisation(one, actor=SYSTEM, count=counted, **(plain | change))


def test_days_from_the_first_visit_begin_with_the_one_that_is_there(inside: Flask):
    staff.set_up()
    orders.ready()
    one = orders.allowance(orders.order())
    orders.visit(one, "completed", date(2026, 9, 10))
    orders.visit(one, "booked", date(2026, 10, 10))
    amend(one, basis="first_visit", days=90)
    assert lasts(one)[3:] == (date(2026, 9, 10), date(2026, 12, 8))
    with pytest.raises(DomainError, match="still") as refused:
        amend(one, basis="first_visit", days=30)  # 9 October is the last
    assert refused.value.field == "valid_until"
    amend(one, basis="first_visit", days=31)
    amend(one)
    assert lasts(one) == ("open", None, None, None, None)


def test_one_that_is_closed_is_open_no_more_and_says_nothing_of_it_keeps_it_so(inside: Flask):
    one = orders.allowance(orders.order())
    amend(one, is_closed=True)
    assert open_authorisations(one.referral.client_id, FIRST) == []
    amend(one, payer="Meridian")
    assert one.is_closed
    amend(one, is_closed=False)
    assert open_authorisations(one.referral.client_id, FIRST) == [one]


# ---- papers


def test_a_paper_is_attached_and_removed_with_a_reason(inside: Flask):
    order = orders.order()
    paper = orders.paper(order, kind="authorisation")
    assert paper.received_on
    with pytest.raises(DomainError), transaction():
        services.remove_document(paper, actor=SYSTEM, why="  ")
    with transaction():
        services.remove_document(paper, actor=SYSTEM, why="Sent twice")
    with pytest.raises(Conflict), transaction():
        services.remove_document(paper, actor=SYSTEM, why="Sent twice")
    with pytest.raises(DomainError):
        orders.paper(order, kind="holiday")
    with pytest.raises(DomainError):
        orders.paper(order, received_on=date(2099, 1, 1))


def test_a_paper_sealed_for_somebody_else_is_not_attached(inside: Flask):
    order = orders.order()
    with pytest.raises(DomainError) as refused, transaction():
        services.attach(order, actor=SYSTEM, file=files.new_file(), kind="order")
    assert refused.value.field == "file"


def test_what_an_order_lacks_is_read_without_opening_it(inside: Flask):
    order = orders.order(clients.a_client("Omar Haddad"), diagnosis="", reason="")
    codes = lacking(order)
    assert {"signature", "ordered_on", "reason", "visits", "service"} <= set(codes)
    assert "diagnosis" not in codes
    orders.allowance(order, payer="Meridian")
    assert {"diagnosis", "reference"} <= set(lacking(order))
    assert "visits" not in lacking(order)


def test_an_order_was_not_written_after_it_came(inside: Flask):
    with pytest.raises(DomainError) as refused:
        orders.order(ordered_on=date(2026, 9, 3))
    assert refused.value.field == "ordered_on"
    assert orders.db.session.query(Referral).count() == 0


# ---- payers


def test_what_ships_is_stocked_once_and_what_was_changed_stays(inside: Flask):
    with transaction():
        assert services.stock_rules(actor=SYSTEM) == len(PRESETS)
    rule = orders.db.session.query(ReportRule).filter_by(code="wa_lni").one()
    facts = {"name": "Ours", "payer": "L&I", "basis": "fixed_date", "report_visits": 5}
    with transaction():
        services.amend_rule(rule, actor=SYSTEM, version=rule.version, **facts)
    with transaction():
        assert services.stock_rules(actor=SYSTEM) == 0
    assert (rule.name, rule.report_visits, rule.is_active) == ("Ours", 5, False)
    with pytest.raises(StaleEdit), transaction():
        services.amend_rule(rule, actor=SYSTEM, version=1, **facts)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "name"), ({"report_visits": 0}, "report_visits"), ({"days": 731}, "days"),
     ({"renew_days": 181}, "renew_days"), ({"basis": "never"}, "basis")],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(inside: Flask, wrong, field):
    facts = {"name": "Ours", "basis": "first_visit", "days": 30} | wrong
    with pytest.raises(DomainError) as refused, transaction():
        services.add_rule(actor=SYSTEM, **facts)
    assert refused.value.field == field
