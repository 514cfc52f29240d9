"""More than was authorised, by every other way in which visits are booked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.groups import visits_of
from clinic.scheduling.services import waiting
from clinic.scheduling.services.groups import Member, book_together
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.plans import each, plan
from tests.scheduling.waits import an_entry, answer, offered

NUMBERS = "of 1 in R-000001, 0 are used and 1 booked"
WHY = "Payer said yes by phone"


@pytest.fixture
def house(inside: Flask) -> made.House:
    """One visit was authorised, and it is booked."""
    house = made.open_house()
    allowed = made.an_authorisation(house, 1)
    made.book(house, made.at(8, days=3), authorisation=allowed)
    return house


def lets_over(rule: str) -> None:
    with transaction():
        settle(actor=SYSTEM, over_authorisation=rule)


def a_series(house: made.House, **more: Any) -> Visit:
    chosen = each(house, numbers={1})
    return plan(house, chosen=chosen, use_referral=True, **more).items[0].visit


def an_item(house: made.House, **more: Any) -> Visit:
    item = plan(house, chosen=(), use_referral=True).items[0]
    with transaction():
        return services.book_item(
            item, actor=house.desk, starts_at=made.at(10), therapist=house.therapist, **more
        )


def a_group(house: made.House, **more: Any) -> Visit:
    made.a_room_for_two()
    other = made.a_therapist("Ines Okafor")
    members = [
        Member(house.client, house.variant, house.therapist, use_referral=True, **more),
        Member(a_client("Omar Haddad"), house.variant, other),
    ]
    with transaction():
        group = book_together(actor=house.desk, members=members, starts_at=made.at(10))
    found: Visit = next(one for one in visits_of(group) if one.client_id == house.client.id)
    return found


def from_the_waitlist(house: made.House, **more: Any) -> Visit:
    offer = offered(house, an_entry(house, use_referral=True))
    done = answer(waiting.accept, offer, house.desk, **more)
    if done.visit is None:
        assert offer.entry.status == "waiting"
        raise DomainError(done.refused, field="referral")
    return done.visit


Way = Callable[..., Visit]
ways = pytest.mark.parametrize("way", [a_series, an_item, a_group, from_the_waitlist])


@ways
def test_where_the_owner_does_not_let_it_the_numbers_say_why_and_no_reason_helps(
    house: made.House, way: Way
) -> None:
    lets_over("refuse")
    with pytest.raises(DomainError, match=NUMBERS) as refused:
        way(house, over_why=WHY)
    assert refused.value.field != "over_why"


@ways
def test_where_the_owner_lets_it_the_numbers_ask_for_a_reason(house: made.House, way: Way) -> None:
    lets_over("warn")
    with pytest.raises(DomainError, match=NUMBERS) as refused:
        way(house)
    assert refused.value.field == "over_why"


@ways
def test_with_a_reason_it_is_booked_and_the_visit_keeps_it(house: made.House, way: Way) -> None:
    lets_over("warn")
    assert way(house, over_why=f" {WHY} ").over_why == WHY


def test_an_offer_stays_open_while_a_reason_is_asked_for(house: made.House) -> None:
    lets_over("warn")
    offer = offered(house, an_entry(house, use_referral=True))
    with pytest.raises(services.NotAdmitted):
        answer(waiting.accept, offer, house.desk)
    assert offer.status == "open"
    assert answer(waiting.accept, offer, house.desk, over_why=WHY).visit.over_why == WHY


def test_a_plan_goes_over_what_is_valid_on_the_day_and_not_over_what_ended_before(
    house: made.House,
) -> None:
    ended = made.day(0)
    older = made.an_authorisation(
        house, valid_from=ended - timedelta(days=60), valid_until=ended - timedelta(days=1)
    )
    lets_over("warn")
    visit = a_series(house, over_why=WHY)
    assert visit.over_why == WHY
    assert visit.authorisation_id not in (None, older.id)
