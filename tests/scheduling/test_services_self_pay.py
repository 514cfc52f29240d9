"""Who pays: asked once nothing authorises a visit any more, by every way of booking."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals.models import Authorisation
from clinic.referrals.services import amend_authorisation, authorise, end
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.groups import visits_of
from clinic.scheduling.queries.self_pay import spent_on
from clinic.scheduling.services import waiting
from clinic.scheduling.services.gate import NotAdmitted
from clinic.scheduling.services.groups import Member, book_together
from clinic.scheduling.services.recounting import count_against
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.plans import each, plan
from tests.scheduling.waits import an_entry, answer, offered
from tests.statements import counted as statements

ASKED = "agree to pay"


@pytest.fixture
def house(inside: Flask) -> made.House:
    return made.open_house()


def used_up(house: made.House, visits: int = 1, **lasts: Any) -> Authorisation:
    """So many were authorised, and all of them are booked."""
    allowed = made.an_authorisation(house, visits, **lasts)
    for number in range(visits):
        made.book(house, made.at(8, days=2 + number), authorisation=allowed)
    return allowed


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def refused(act: Callable[[], Any]) -> NotAdmitted:
    before = count()
    with pytest.raises(DomainError, match=ASKED) as found:
        act()
    db.session.rollback()
    assert count() == before
    assert found.value.field == "self_pay"
    assert found.value.status == 422
    return found.value  # type: ignore[return-value]


def test_the_numbers_are_named_and_what_the_client_agreed_to_is_kept(house: made.House) -> None:
    used_up(house, 2)
    error = refused(lambda: made.book(house))
    assert "R-000001: 0 of 2 used, 2 reserved." in str(error.words)
    visit = made.book(house, self_pay=True)
    assert visit.self_pay_agreed_at is not None
    assert visit.authorisation_id is None


def test_what_is_over_before_the_day_is_named_with_its_last_day(house: made.House) -> None:
    until = made.this_day() + timedelta(days=3)
    made.an_authorisation(house, 8, valid_until=until)
    error = refused(lambda: made.book(house))
    assert "0 of 8 used, 0 reserved, expired " in str(error.words)
    assert str(until) in str(error.words)
    assert made.book(house, made.at(10, days=2)).self_pay_agreed_at is None


def test_who_has_visits_left_or_never_had_any_or_whose_order_ended_is_not_asked(
    house: made.House,
) -> None:
    assert made.book(house, self_pay=True).self_pay_agreed_at is None
    allowed = made.an_authorisation(house, 2)
    assert made.book(house, made.at(12), self_pay=True).self_pay_agreed_at is None
    other = a_client("Omar Haddad")
    used_up(house, 1)
    assert made.book(house, made.at(14)).self_pay_agreed_at is None, "one of two orders has some"
    assert made.book(house, made.at(16), client=other).self_pay_agreed_at is None
    with transaction():
        end(allowed.referral, actor=SYSTEM, why="Done")
    refused(lambda: made.book(house, made.at(18)))


def test_what_begins_later_is_still_left_and_what_is_closed_is_not(house: made.House) -> None:
    later = made.this_day() + timedelta(days=30)
    allowed = made.an_authorisation(house, 3, valid_from=later)
    assert made.book(house).self_pay_agreed_at is None
    with transaction():
        amend_authorisation(
            allowed, actor=SYSTEM, count=counted, visits=3, valid_from=later, valid_until=None,
            reference="", payer="", counts_missed=False, counts_late_cancelled=False,
            is_closed=True,
        )  # fmt: skip
    error = refused(lambda: made.book(house, made.at(12)))
    assert "0 of 3 used, 0 reserved, closed." in str(error.words)


def test_more_visits_that_are_authorised_end_the_asking(house: made.House) -> None:
    allowed = used_up(house)
    refused(lambda: made.book(house))
    with transaction():
        authorise(allowed.referral, actor=SYSTEM, visits=4, valid_from=made.this_day())
    assert made.book(house).self_pay_agreed_at is None


def a_series(house: made.House) -> Callable[..., list[Visit]]:
    def act(**more: Any) -> list[Visit]:
        items = plan(house, chosen=each(house, numbers={1, 2}), **more).items
        return [item.visit for item in items if item.visit is not None]

    return act


def an_item(house: made.House) -> Callable[..., list[Visit]]:
    item = plan(house, chosen=()).items[0]

    def act(**more: Any) -> list[Visit]:
        with transaction():
            return [
                services.book_item(
                    item, actor=house.desk, starts_at=made.at(10), therapist=house.therapist, **more
                )
            ]

    return act


def a_group(house: made.House) -> Callable[..., list[Visit]]:
    made.a_room_for_two()
    other, friend = made.a_therapist("Ines Okafor"), a_client("Omar Haddad")

    def act(**more: Any) -> list[Visit]:
        members = [
            Member(house.client, house.variant, house.therapist, **more),
            Member(friend, house.variant, other),
        ]
        with transaction():
            group = book_together(actor=house.desk, members=members, starts_at=made.at(10))
        return [one for one in visits_of(group) if one.client_id == house.client.id]

    return act


def from_the_waitlist(house: made.House) -> Callable[..., list[Visit]]:
    offer = offered(house, an_entry(house))

    def act(**more: Any) -> list[Visit]:
        assert offer.status == "open"
        return [answer(waiting.accept, offer, house.desk, **more).visit]

    return act


@pytest.mark.parametrize("way", [a_series, an_item, a_group, from_the_waitlist])
def test_every_way_of_booking_asks_and_keeps_it(house: made.House, way: Any) -> None:
    used_up(house)
    act = way(house)
    refused(act)
    for visit in act(self_pay=True):
        assert visit.self_pay_agreed_at is not None


def test_a_move_to_another_day_asks_and_who_agreed_is_not_asked_again(house: made.House) -> None:
    private = made.book(house, made.at(12, days=3))
    used_up(house)
    move = services.move
    with pytest.raises(NotAdmitted, match=ASKED):
        made.done(move, private, house.desk, starts_at=made.at(12, days=5))
    db.session.rollback()
    made.done(move, private, house.desk, starts_at=made.at(14, days=3))
    assert private.self_pay_agreed_at is None, "the same day asks for nothing"
    made.done(move, private, house.desk, starts_at=made.at(12, days=5), self_pay=True)
    agreed = private.self_pay_agreed_at
    assert agreed is not None
    made.done(move, private, house.desk, starts_at=made.at(12, days=9))
    assert private.self_pay_agreed_at == agreed


def test_who_agreed_to_a_move_that_is_taken_back_has_not_agreed(house: made.House) -> None:
    private = made.book(house, made.at(12, days=3))
    used_up(house)
    made.done(services.move, private, house.desk, starts_at=made.at(12, days=5), self_pay=True)
    assert private.self_pay_agreed_at is not None
    taken_back(private, house)
    assert private.starts_at == made.at(12, days=3)
    assert private.self_pay_agreed_at is None


def test_who_agreed_before_a_move_that_is_taken_back_has_agreed_still(house: made.House) -> None:
    used_up(house)
    visit = made.book(house, self_pay=True)
    agreed = visit.self_pay_agreed_at
    made.done(services.move, visit, house.desk, starts_at=made.at(12, days=9))
    taken_back(visit, house)
    assert visit.self_pay_agreed_at == agreed is not None


def taken_back(visit: Visit, house: made.House) -> None:
    change = latest_change(visit.id)
    assert change is not None
    with transaction():
        services.take_back(change, actor=house.desk)


def test_what_is_authorised_after_all_is_no_agreement_any_more(house: made.House) -> None:
    allowed = used_up(house)
    visit = made.book(house, self_pay=True)
    with transaction():
        more = authorise(allowed.referral, actor=SYSTEM, visits=4, valid_from=made.this_day())
    made.done(count_against, visit, house.desk, authorisation=more, why="Renewed")
    assert visit.self_pay_agreed_at is None


def test_a_client_without_an_order_costs_no_statement_more(house: made.House) -> None:
    made.book(house, made.at(8))
    with statements() as plain:
        made.book(house, made.at(12))
    assert not [one for one in plain if "authorisation.valid_from" in one]
    assert spent_on(house.client.id, made.day()) is None
