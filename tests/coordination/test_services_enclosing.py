"""What a paper of an order, or an answer, counts as with a letter: never as less than it tells."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.coordination.models import Reply
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.models import StoredFile
from clinic.letters import queries
from clinic.letters.models import Letter, LetterAttachment
from clinic.practice.services import settle
from tests.factories import letters
from tests.factories import outbound as out
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.factories.letters import World
from tests.letters.test_services_attaching import a_document, attached

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> World:
    people.set_up()
    orders.ready()
    return letters.world()


def scan(house: World, kind: str = "order") -> StoredFile:
    return orders.paper(orders.order(house.client, house.provider), kind=kind).file


def answer(house: World) -> StoredFile:
    cast = out.Cast(house.client, house.provider, house.treats, house.desk, SYSTEM)
    row, file = out.begin(cast), a_document(house.client)
    with transaction() as session, writing("test.reply", SYSTEM):
        facts = {"how": "letter", "said_by": "Dr Adeyemi", "received_on": out.day()}
        session.add(Reply(outbound=row, file=file, **facts))
        session.flush()
    return file


def refused(house: World, letter: Letter, tells: str, **more: object) -> None:
    with pytest.raises(DomainError) as found:
        attached(house, letter, tells, **more)
    db.session.rollback()
    assert found.value.field == "tells"
    assert db.session.scalar(select(func.count()).select_from(LetterAttachment)) == 0


@pytest.mark.parametrize("tells", ["visits", "bills"])
@pytest.mark.parametrize("kind", ["order", "authorisation", "report", "other"])
def test_reception_attaches_no_scan_of_an_order_as_dates_or_bills(house, kind, tells):
    with transaction():
        settle(actor=SYSTEM, desk_sees_diagnosis=True)
    file, letter = scan(house, kind), letters.drafted(house, "closing")
    refused(house, letter, tells, file=file, actor=house.desk)
    refused(house, letter, tells, file=file)


def test_an_order_counts_as_health_history_whoever_attaches_it(house):
    file, letter = scan(house), letters.drafted(house)
    refused(house, letter, "plan", file=file)
    attached(house, letter, file=file)
    assert queries.told_with(letter) == {"history"}


def test_a_report_and_an_answer_count_as_what_who_treats_says_and_never_as_plain(house):
    letter = letters.drafted(house)
    report, answered = scan(house, "report"), answer(house)
    refused(house, letter, "visits", file=answered)
    attached(house, letter, "measures", file=report)
    attached(house, letter, "plan", file=answered)
    assert queries.told_with(letter) == {"measures", "plan"}
