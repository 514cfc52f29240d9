"""What an authorisation says of itself, and whether an order is used elsewhere too."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral, ReferralDocument
from clinic.scheduling.queries.counts import counted
from tests.factories import clients
from tests.factories import referrals as orders
from tests.factories import scheduling as made


@pytest.fixture
def order(inside: Flask) -> Referral:
    made.open_house()
    return orders.order()


def paper(order: Referral, kind: str = "authorisation") -> ReferralDocument:
    return orders.paper(order, kind=kind)


def amend(one: Authorisation, **facts: object) -> None:
    kept = {
        "visits": one.visits, "valid_from": one.valid_from, "valid_until": one.valid_until,
        "reference": one.reference, "payer": one.payer, "counts_missed": one.counts_missed,
        "counts_late_cancelled": one.counts_late_cancelled, "received_on": one.received_on,
        "frequency": one.frequency, "document": one.document,
    }  # fmt: skip
    with transaction():
        services.amend_authorisation(one, actor=SYSTEM, count=counted, **kept | facts)


def test_it_came_today_where_nobody_says_otherwise(order):
    assert orders.allowance(order).received_on == made.this_day()
    before = made.this_day() - timedelta(days=3)
    assert orders.allowance(order, received_on=before).received_on == before


def test_it_says_how_often_and_on_which_paper_it_stands(order):
    scan = paper(order)
    one = orders.allowance(order, frequency=" twice a week ", document=scan)
    assert (one.frequency, one.document, one.paper) == ("twice a week", scan, scan.public_id)
    amend(one, frequency="once a week", document=None)
    assert (one.frequency, one.document, one.paper) == ("once a week", None, "")


def test_a_day_to_come_is_refused(order):
    with pytest.raises(DomainError) as refused:
        orders.allowance(order, received_on=made.day(1))
    assert refused.value.field == "received_on"


def test_a_paper_of_another_order_is_refused(order):
    other = paper(orders.order(clients.a_client("Omar Haddad")))
    with pytest.raises(DomainError) as refused:
        orders.allowance(order, document=other)
    assert refused.value.field == "paper"


def test_a_paper_that_was_removed_is_not_chosen_but_stays_where_it_was(order):
    scan = paper(order)
    one = orders.allowance(order, document=scan)
    with transaction():
        services.remove_document(scan, actor=SYSTEM, why="Another client's.")
    amend(one, frequency="weekly")
    assert one.document is scan
    with pytest.raises(DomainError) as refused:
        orders.allowance(order, document=scan)
    assert refused.value.field == "paper"


@pytest.mark.parametrize("answer", [None, True, False])
def test_whether_it_is_used_elsewhere_is_kept_and_corrected(inside, answer):
    made.open_house()
    order = orders.order(used_elsewhere=answer)
    assert order.used_elsewhere is answer
    with transaction():
        services.amend(
            order, actor=SYSTEM, used_elsewhere=True, received_on=order.received_on,
            received_via="fax", urgency="routine", their_reference="", frequency="", minutes=None,
        )  # fmt: skip
    assert order.used_elsewhere is True
