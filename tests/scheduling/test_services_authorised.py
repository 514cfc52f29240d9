"""Within what was authorised: the numbers, the window, the first visit, and a written reason."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import ChangeEntry
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.referrals.models import Authorisation
from clinic.referrals.services import amend_authorisation
from clinic.scheduling import services
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.counts import counted
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def lets_over(rule="warn"):
    with transaction():
        settle(actor=SYSTEM, over_authorisation=rule)


def from_first(house, days=90, visits=8, **more):
    return made.an_authorisation(house, visits, basis="first_visit", days=days, **more)


def now_of(authorisation):
    db.session.expire_all()
    return db.session.get_one(Authorisation, authorisation.id)


def lasts(authorisation):
    one = now_of(authorisation)
    return one.first_visit_on, one.valid_until


def ninety(day):
    return day, day + timedelta(days=89)


# ---- the first visit


def test_until_a_first_visit_is_booked_nobody_can_say_how_long_it_lasts(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    assert lasts(allowed) == (None, None)
    made.book(house, made.at(10, days=40), authorisation=allowed)
    assert lasts(allowed) == ninety(made.day(40))


def test_the_first_visit_may_be_another_one_by_every_verb(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    first = made.book(house, made.at(10, days=20), authorisation=allowed)
    made.book(house, made.at(10, days=30), authorisation=allowed)
    assert lasts(allowed) == ninety(made.day(20))
    made.done(services.move, first, house.desk, starts_at=made.at(10, days=25))
    assert lasts(allowed) == ninety(made.day(25))
    with transaction():
        services.take_back(latest_change(first.id), actor=house.desk)
    assert lasts(allowed) == ninety(made.day(20))
    made.done(services.cancel, first, house.desk, by="clinic")
    assert lasts(allowed) == ninety(made.day(30))
    made.done(services.undo, first, house.desk)
    assert lasts(allowed) == ninety(made.day(20))
    earlier = made.book(house, made.at(10, days=10), authorisation=allowed)
    assert lasts(allowed) == ninety(made.day(10))
    made.done(services.correct, earlier, house.owner, to="entered_in_error", why="A slip")
    assert lasts(allowed) == ninety(made.day(20))


def test_with_the_last_visit_gone_it_is_not_computable_again(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    visit = made.book(house, authorisation=allowed)
    made.done(services.cancel, visit, house.desk, by="clinic")
    assert lasts(allowed) == (None, None)


def test_a_missed_first_visit_begins_it_only_where_it_counts(inside: Flask):
    house = made.open_house()
    today = made.this_day()
    plain, counting = from_first(house), from_first(house, counts_missed=True)
    for allowed, minutes in ((plain, 60), (counting, 150)):
        visit = made.book_now(house, minutes, authorisation=allowed)
        made.done(services.mark_no_show, visit, house.desk)
    assert lasts(plain) == (None, None)
    assert lasts(counting) == ninety(today)


def test_the_ninetieth_day_counts_and_the_next_does_not(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    made.book(house, made.at(10, days=10), authorisation=allowed)
    made.book(house, made.at(10, days=99), authorisation=allowed)
    with pytest.raises(services.NotAdmitted, match=r"R-000001 lasts from .* to ") as refused:
        made.book(house, made.at(10, days=100), authorisation=allowed)
    assert refused.value.field == "referral"
    assert "without the referral" in str(refused.value.words)
    made.book(house, made.at(10, days=100), self_pay=True)
    assert counted([allowed.id])[allowed.id].taken == 2


def test_the_only_visit_may_move_beyond_its_own_window(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    visit = made.book(house, made.at(10, days=10), authorisation=allowed)
    made.done(services.move, visit, house.desk, starts_at=made.at(10, days=150))
    assert lasts(allowed) == ninety(made.day(150))


def test_an_order_takes_the_earliest_that_holds_on_the_day(inside: Flask):
    house = made.open_house()
    first = from_first(house, days=10, visits=2)
    second = from_first(house, visits=2)
    visits = [
        made.book(house, made.at(10, days=days), use_referral=True) for days in (10, 30, 12, 40)
    ]
    # On day 30 the first has ended; on day 12 it has one left; then the second.
    assert [one.authorisation_id for one in visits] == [first.id, second.id, first.id, second.id]


def test_one_that_is_closed_takes_no_more(inside: Flask):
    house = made.open_house()
    allowed = from_first(house)
    visit = made.book(house, made.at(10), authorisation=allowed)
    with transaction():
        one = now_of(allowed)
        amend_authorisation(
            one, actor=SYSTEM, count=counted, visits=8, valid_from=one.valid_from,
            valid_until=None, basis="first_visit", days=90, reference="", payer="",
            counts_missed=False, counts_late_cancelled=False, is_closed=True,
        )  # fmt: skip
    with pytest.raises(services.NotAdmitted, match="closed"):
        made.book(house, made.at(14), authorisation=allowed)
    with pytest.raises(services.NotAdmitted, match="no referral that is valid"):
        made.book(house, made.at(14), use_referral=True)
    made.done(services.move, visit, house.desk, starts_at=made.at(15))  # what stands stays


# ---- what counts


@pytest.mark.parametrize(("counts", "by", "left"), [(True, "client", 0), (True, "clinic", 1),
                                                    (False, "client", 1)])  # fmt: skip
def test_a_cancel_in_time_uses_one_up_where_the_payer_says_so(inside: Flask, counts, by, left):
    house = made.open_house()
    allowed = made.an_authorisation(house, 1, counts_cancelled=counts)
    visit = made.book(house, authorisation=allowed)
    made.done(services.cancel, visit, house.desk, by=by)
    assert visit.status == "cancelled"
    assert counted([allowed.id])[allowed.id].used == 1 - left
    # Taken back, it is the same visit: it needs no further one.
    made.done(services.undo, visit, house.desk)
    assert counted([allowed.id])[allowed.id].taken == 1


# ---- more than that


def test_what_is_refused_names_the_numbers(inside: Flask):
    house = made.open_house()
    allowed = made.an_authorisation(house, 2)
    made.book(house, made.at(10), authorisation=allowed)
    made.book(house, made.at(10, days=9), authorisation=allowed)
    with pytest.raises(services.NotAdmitted) as refused:
        made.book(house, made.at(14), use_referral=True, over_why="They asked so nicely")
    said = str(refused.value.words)
    assert "of 2 in R-000001, 0 are used and 2 booked" in said
    assert refused.value.field == "referral"


def test_where_the_owner_lets_it_a_reason_lets_one_more_be_booked(inside: Flask):
    house = made.open_house()
    lets_over()
    allowed = made.an_authorisation(house, 1)
    plain = made.book(house, made.at(10), use_referral=True, over_why="Not needed")
    assert plain.over_why == ""  # one was left
    with pytest.raises(services.NotAdmitted, match="Write down why") as refused:
        made.book(house, made.at(14), use_referral=True)
    assert refused.value.field == "over_why"
    over = made.book(house, made.at(14), use_referral=True, over_why="  Payer said yes by phone ")
    assert over.over_why == "Payer said yes by phone"
    assert counted([allowed.id])[allowed.id].taken == 2
    entry = db.session.scalars(
        select(ChangeEntry).where(
            ChangeEntry.object_id == over.public_id, ChangeEntry.kind == "added"
        )
    ).one()
    assert entry.actor_id == house.desk.id


def test_a_reason_holds_for_its_own_visit_and_only_while_the_owner_lets_it(inside: Flask):
    house = made.open_house()
    lets_over()
    allowed = made.an_authorisation(house, 1)
    made.book(house, made.at(10), authorisation=allowed)
    over = made.book(house, made.at(14), authorisation=allowed, over_why="By phone")
    made.done(services.move, over, house.desk, starts_at=made.at(15))
    made.done(services.cancel, over, house.desk, by="clinic")
    made.done(services.undo, over, house.desk)  # the reason was given before
    made.done(services.cancel, over, house.desk, by="clinic")
    lets_over("refuse")
    with pytest.raises(services.NotAdmitted, match="no visits left"):
        made.done(services.undo, over, house.desk)


def test_a_reason_too_long_is_refused(inside: Flask):
    house = made.open_house()
    lets_over()
    allowed = made.an_authorisation(house, 1)
    made.book(house, made.at(10), authorisation=allowed)
    with pytest.raises(DomainError) as refused:
        made.book(house, made.at(14), authorisation=allowed, over_why="x" * 201)
    assert refused.value.field == "over_why"


def test_a_visit_that_was_had_after_all_counts_with_its_reason(inside: Flask):
    house = made.open_house()
    allowed = made.an_authorisation(house, 1)
    missed = made.book_now(house, 120, authorisation=allowed)
    made.done(services.mark_no_show, missed, house.desk)
    made.book(house, made.at(10), authorisation=allowed)
    made.done(services.correct, missed, house.owner, to="completed", why="She was treated")
    assert (missed.over_why, counted([allowed.id])[allowed.id].taken) == ("She was treated", 2)


def test_somebody_elses_order_is_never_gone_over(inside: Flask):
    house = made.open_house()
    lets_over()
    allowed = made.an_authorisation(house, 1, client=a_client("Omar Haddad"))
    with pytest.raises(services.NotAdmitted, match="another client"):
        made.book(house, authorisation=allowed, over_why="By phone")
