"""A therapist's secret address: made, read, and taken back."""

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, NotFound
from clinic.core.transactions import transaction
from clinic.scheduling.models import FeedToken
from clinic.scheduling.queries.feeds import feed_behind, feeds_of, visits_for_feed
from clinic.scheduling.rules.calendars import FEEDS_AT_MOST
from clinic.scheduling.services import cancel
from clinic.scheduling.services.feeds import open_feed, revoke_feed
from tests.factories import scheduling as made


def a_feed(house, **shown):
    with transaction():
        return open_feed(house.therapist, actor=house.treats, **shown)


def test_the_secret_opens_the_feed_and_is_kept_nowhere(inside: Flask):
    house = made.open_house()
    secret = a_feed(house)
    assert feed_behind(secret).staff_id == house.therapist.id
    kept = db.session.scalars(select(FeedToken)).one()
    assert secret not in str(vars(kept))


def test_what_is_taken_back_opens_nothing(inside: Flask):
    house = made.open_house()
    secret = a_feed(house)
    feed = feed_behind(secret)
    made.done(revoke_feed, feed, house.treats)
    with pytest.raises(NotFound):
        feed_behind(secret)
    with pytest.raises(Conflict):
        made.done(revoke_feed, feed, house.treats)


def test_nobody_makes_or_takes_back_the_address_of_another_but_who_manages_the_staff(inside: Flask):
    house = made.open_house()
    feed = feed_behind(a_feed(house))
    with pytest.raises(NotAllowed):
        made.done(open_feed, house.therapist, house.desk)
    with pytest.raises(NotAllowed):
        made.done(revoke_feed, feed, house.desk)
    made.done(revoke_feed, feed, house.owner)
    assert not feeds_of(house.therapist.id)


def test_an_address_too_many_is_refused_with_the_number(inside: Flask):
    house = made.open_house()
    for _ in range(FEEDS_AT_MOST):
        a_feed(house)
    with pytest.raises(DomainError, match=str(FEEDS_AT_MOST)):
        a_feed(house)


def test_a_feed_holds_what_stands_and_nothing_that_was_cancelled(inside: Flask):
    house = made.open_house()
    kept, gone = made.book(house), made.book(house, starts_at=made.at(14))
    made.done(cancel, gone, house.desk)
    assert [row.public_id for row in visits_for_feed(house.therapist.id)] == [kept.public_id]
