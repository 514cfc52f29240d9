"""What an order asks to be careful with stands on the room card, in the sender's own words."""

from datetime import timedelta
from typing import Any

from flask import Flask

from clinic.clients.services import merge
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.queries.card import careful_orders
from clinic.referrals import services as referrals
from clinic.referrals.models import Referral
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services import check_in
from tests.engines import on_both_engines
from tests.factories import clients, directory, staff
from tests.factories import referrals as sent
from tests.factories import scheduling as made
from tests.factories.scheduling import this_day
from tests.statements import counted

CAREFUL = "No forceful rotation of the neck"
HEAD = "Precautions of the order"


def an_order(house: made.House, precautions: str = CAREFUL, **more: Any) -> Referral:
    facts = {"received_on": this_day(), "reason": "", "diagnosis": "", "is_another": True} | more
    who = facts.pop("client", house.client)
    return sent.order(who, precautions=precautions, **facts)


def allowed(order: Referral) -> Any:
    return sent.allowance(order, valid_from=this_day() - timedelta(days=1))


def ended(order: Referral) -> Referral:
    with transaction():
        return referrals.end(order, actor=SYSTEM, why="They are well")


def a_visit(house: made.House, order: Referral | None = None) -> Any:
    more = {"authorisation": allowed(order)} if order is not None else {}
    return made.book_now(house, 30, **more)


def numbers(visit: Any) -> list[str]:
    return [one.number for one in careful_orders(visit, visit.client)]


def a_clinic(app: Flask, precautions: str = CAREFUL) -> dict[str, str]:
    """A client who is here for a visit that their order allows."""
    with app.app_context():
        house = made.open_house()
        order = an_order(house, precautions, provider=directory.provider())
        visit = a_visit(house, order)
        made.done(check_in, visit, house.desk)
        made.a_therapist("Teo Marsh")
        return {
            "path": f"/visits/{visit.public_id}/card", "number": order.number,
            "sender": order.provider.name, "visit": visit.public_id, "order": order.public_id,
        }  # fmt: skip


def page(app: Flask, ids: dict[str, str], name: str = "June Park") -> Any:
    return staff.signed_in(app, name=name).get(ids["path"])


@on_both_engines
def test_who_treats_reads_what_to_be_careful_with_and_who_says_so(app: Flask):
    ids = a_clinic(app)
    text = page(app, ids).text
    before_the_start = text.split('id="gate"')[0]
    for words in (HEAD, CAREFUL, ids["sender"], ids["number"]):
        assert words in before_the_start


@on_both_engines
def test_nobody_else_reads_it(app: Flask):
    ids = a_clinic(app)
    for name in ("Robin Vale", "Olga Reed", "Teo Marsh"):
        refused = page(app, ids, name)
        assert refused.status_code == 403
        assert CAREFUL not in refused.text
    paths = (f"/visits/{ids['visit']}", f"/referrals/{ids['order']}")
    for path in paths:
        assert CAREFUL not in staff.signed_in(app, name="Robin Vale").get(path).text


def test_without_precautions_nothing_is_said_of_any(app: Flask):
    text = page(app, a_clinic(app, "")).text
    assert HEAD not in text
    assert "The order names precautions" not in text


def test_on_paper_it_is_said_that_there_are_some_and_not_which(app: Flask):
    text = page(app, a_clinic(app)).text
    secret = text.split('<div class="card__secret')[1].split('<p class="card__paper">')
    assert CAREFUL in secret[0]
    assert "read them on the screen" in secret[1]
    assert CAREFUL not in secret[1] + text.split('<div class="card__secret')[0]


def test_what_the_sender_wrote_is_text_and_nothing_else(app: Flask):
    text = page(app, a_clinic(app, "Not <b>here</b>\nNor there")).text
    assert "Not &lt;b&gt;here&lt;/b&gt;\nNor there" in text


@on_both_engines
def test_the_visits_own_order_counts_even_when_it_has_ended(inside):
    house = made.open_house()
    order = an_order(house)
    visit = a_visit(house, order)
    ended(order)
    assert numbers(visit) == [order.number]


@on_both_engines
def test_an_open_order_counts_whatever_pays_for_the_visit_and_an_ended_one_does_not(inside):
    house = made.open_house()
    older = an_order(house, received_on=this_day() - timedelta(days=9))
    ended(an_order(house))
    an_order(house, "")
    an_order(house, client=clients.a_client("Ida Stone"))
    assert numbers(a_visit(house)) == [older.number]


@on_both_engines
def test_several_are_said_the_latest_first(inside):
    house = made.open_house()
    older = an_order(house, received_on=this_day() - timedelta(days=9))
    newer = an_order(house)
    assert numbers(a_visit(house, older)) == [newer.number, older.number]


@on_both_engines
def test_they_are_read_in_one_statement(inside):
    house = made.open_house()
    visit = the_visit(a_visit(house, an_order(house)).public_id)
    with counted(db.engine) as asked:
        found = careful_orders(visit, visit.client)
        assert [(one.provider.name != "", one.precautions) for one in found] == [(True, CAREFUL)]
    assert len(asked) == 1


@on_both_engines
def test_an_order_of_a_record_that_was_merged_is_one_of_the_same_person(inside):
    house = made.open_house()
    double = clients.a_client("June Nakamura")
    order = an_order(house, client=double)
    visit = a_visit(house)
    with transaction():
        merge(house.client, double, actor=SYSTEM)
    assert numbers(visit) == [order.number]
