"""Guessing is slowed down; nobody else is shut out by it, and nothing is left of it."""

import pytest
from sqlalchemy import func, select, update

from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import separate_transaction
from clinic.staff import services
from clinic.staff.models import Throttle
from clinic.staff.rules import TRIES_IN_ALL, TRIES_PER_ADDRESS, network_of
from clinic.staff.services.throttle import count_try
from tests.factories import staff as people

EMAIL = people.address_of("Robin Vale")


def guess(email, address, times=1):
    for _ in range(times):
        with pytest.raises(services.SignInRefused):
            services.check_password(email, "not this one", address=address)


def counted(key):
    return db.session.scalar(select(Throttle.tries).where(Throttle.key == key))


def put(key, tries):
    """As if there had been so many tries under a key in the present window."""
    with writing("test", SYSTEM), separate_transaction() as connection:
        connection.execute(update(Throttle).where(Throttle.key == key).values(tries=tries))


def test_one_who_guesses_without_end_shuts_out_nobody_elsewhere(inside):
    people.member()
    guess("a@clinic.example", "203.0.113.9")
    put("address:203.0.113.9", TRIES_PER_ADDRESS)
    put("all", TRIES_IN_ALL * 2)
    guess("b@clinic.example", "203.0.113.9", times=3)
    assert services.check_password(EMAIL, people.PASSWORD, address="198.51.100.7")


def test_from_a_network_that_is_shut_nothing_more_is_kept(inside):
    guess("a@clinic.example", "203.0.113.9")
    put("address:203.0.113.9", TRIES_PER_ADDRESS)
    before = db.session.scalar(select(func.count()).select_from(Throttle))
    for number in range(5):
        guess(f"{number}@clinic.example", "203.0.113.9")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Throttle)) == before


def test_signing_in_rightly_uses_up_no_tries_of_the_desk(inside):
    people.member()
    for _ in range(3):
        services.check_password(EMAIL, people.PASSWORD, address="198.51.100.7")
    assert counted("address:198.51.100.7") == 0


def test_windows_long_past_are_forgotten(inside):
    count_try("account:old", 900)
    with writing("test", SYSTEM), separate_transaction() as connection:
        connection.execute(update(Throttle).values(window=Throttle.window - 5))
    count_try("account:new", 900)
    assert db.session.scalars(select(Throttle.key)).all() == ["account:new"]


def test_an_ipv6_home_is_one_network():
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") != ""
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("198.51.100.7") == "198.51.100.7"
    assert network_of("odd") == "odd"
