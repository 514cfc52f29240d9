"""How soon a provider answers, counted from what was sent to them."""

from datetime import timedelta

import pytest

from clinic.coordination.models import OutboundReferral
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk.queries.provider import Took, turnaround
from clinic.letters.models import Letter
from tests.factories import letters, referrals
from tests.factories import outbound as sending
from tests.factories import tasks as made
from tests.statements import counted


@pytest.fixture
def house(inside):
    return letters.world()


def write(row, **facts):
    """As if it had happened so: how it comes to that is another room's affair."""
    with transaction(), writing("test.row", SYSTEM):
        kept = db.session.get_one(type(row), row.id)
        for name, value in facts.items():
            setattr(kept, name, value)
        db.session.flush()


def sent(house, days: int, *, acknowledged=None, replied=None, expects=True) -> Letter:
    letter = letters.drafted(house, "renewal")
    write(
        letter,
        sent_at=now() - timedelta(days=days),
        needs_reply_by=made.day() if expects else None,
        acknowledged_on=made.day(acknowledged - days) if acknowledged is not None else None,
        replied_on=made.day(replied - days) if replied is not None else None,
    )
    return letter


def test_of_whom_nothing_was_asked_nothing_is_said(house):
    took = turnaround(house.provider)
    assert (took.acknowledged, took.answered, took.waiting) == (Took(None, 0), Took(None, 0), 0)
    assert (took.referrals, took.referrals_of_year) == (0, 0)


def test_the_middle_of_the_days_is_said_with_how_many_there_were(house):
    sent(house, 30, acknowledged=1, replied=4)
    sent(house, 30, acknowledged=3, replied=10)
    sent(house, 30, acknowledged=2)
    sent(house, 9)
    took = turnaround(house.provider)
    assert took.acknowledged == Took(2.0, 3)
    assert took.answered == Took(7.0, 2)
    assert took.waiting == 2


def test_what_expects_no_answer_is_no_question_and_a_year_is_enough(house):
    sent(house, 30, replied=4, expects=False)
    sent(house, 400, replied=4)
    letters.drafted(house, "renewal")
    took = turnaround(house.provider)
    assert (took.answered, took.waiting) == (Took(None, 0), 0)


def test_a_referral_to_them_counts_once_and_not_with_its_letter_again(inside):
    cast = sending.cast()
    row = sending.begin(cast)
    write(
        row,
        sent_at=now() - timedelta(days=10),
        acknowledged_on=made.day(-9),
        answered_at=now() - timedelta(days=5),
    )
    if row.letter_id is not None:
        write(db.session.get_one(Letter, row.letter_id), sent_at=now(), needs_reply_by=made.day())
    took = turnaround(cast.provider)
    assert (took.acknowledged, took.answered) == (Took(1.0, 1), Took(5.0, 1))
    assert took.waiting == 0
    assert db.session.get_one(OutboundReferral, row.id).provider_id == cast.provider.id


def test_referrals_from_them_are_counted_by_the_day_they_came(house):
    referrals.order(house.client, house.provider, received_on=made.day(-10))
    referrals.order(house.client, house.provider, received_on=made.day(-500))
    took = turnaround(house.provider)
    assert (took.referrals, took.referrals_of_year) == (2, 1)


def test_it_costs_as_many_statements_for_many_letters_as_for_one(house):
    sent(house, 30, replied=4)
    provider = house.provider
    turnaround(provider)
    with counted() as once:
        turnaround(provider)
    for _ in range(5):
        sent(house, 30, replied=4)
    turnaround(provider)
    with counted() as often:
        turnaround(provider)
    assert len(often) == len(once)
