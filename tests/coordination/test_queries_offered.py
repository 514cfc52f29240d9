"""Which stored documents of a person may go with a letter, and to whom they are offered."""

from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.clients import services as client_services
from clinic.coordination.models import Reply
from clinic.coordination.queries.outbound import offered_answers
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.referrals.queries import offered_scans
from clinic.referrals.services import remove_document
from tests.factories import clients, letters
from tests.factories import outbound as out
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.letters.test_services_attaching import a_document

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> SimpleNamespace:
    """A client with an order, the payer's paper and another's report, who was sent to somebody."""
    people.set_up()
    orders.ready()
    world = letters.world()
    order = orders.order(world.client, world.provider)
    papers = [orders.paper(order, kind=kind) for kind in ("order", "report")]
    orders.paper(orders.order(clients.a_client("Ada Lund"), world.provider))
    cast = out.Cast(world.client, world.provider, world.treats, world.desk, SYSTEM)
    row, file = out.begin(cast), a_document(world.client)
    with transaction() as session, writing("test.reply", SYSTEM):
        facts = {"how": "letter", "said_by": "Dr Adeyemi", "received_on": out.day()}
        session.add_all([Reply(outbound=row, file=file, **facts), Reply(outbound=row, **facts)])
        session.flush()
    return SimpleNamespace(
        world=world, person=world.client.id, papers=papers, answer=file, number=order.number
    )


def scans(house: SimpleNamespace, who: str = "treats") -> list[int]:
    found = offered_scans(getattr(house.world, who), house.person)
    return sorted(one.file.id for one in found)


def test_who_treats_is_offered_every_paper_of_their_orders_alone(house):
    assert scans(house) == [one.file_id for one in house.papers]
    called = [str(one.called) for one in offered_scans(house.world.treats, house.person)]
    assert called == [f"{house.number}: Report", f"{house.number}: Order"]


def test_the_desk_is_offered_no_paper_of_an_order_also_where_it_reads_them(house):
    assert scans(house, "desk") == []
    with transaction():
        settle(actor=SYSTEM, desk_sees_diagnosis=True)
    assert scans(house, "desk") == []


def test_what_was_removed_is_offered_to_nobody(house):
    with transaction():
        remove_document(house.papers[0], actor=SYSTEM, why="Another order")
    assert scans(house) == [house.papers[1].file_id]


def test_papers_of_every_record_of_the_person_are_offered(house):
    twin = clients.a_client("Grace Nakamura")
    more = orders.paper(orders.order(twin, house.world.provider))
    with transaction():
        client_services.merge(house.world.client, twin, actor=SYSTEM)
    assert scans(house) == sorted([*(one.file_id for one in house.papers), more.file_id])


def test_answers_on_paper_are_for_who_treats(house):
    found = offered_answers(house.world.treats, house.person)
    assert [(one.file.id, one.on) for one in found] == [(house.answer.id, out.day())]
    assert offered_answers(house.world.desk, house.person) == []
