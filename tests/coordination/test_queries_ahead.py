"""What is read of many referrals at once is what is read of each, until something is written."""

from flask import Flask

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries import attempts_of, reports_of
from clinic.coordination.queries.ahead import known_of, looking_at, read_ahead
from clinic.coordination.queries.cases import last_entry, letters_about, tasks_about
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.many import known_of_all
from clinic.coordination.services import inbound
from clinic.coordination.services.reporting import owe
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.consents import agree
from tests.statements import counted


def _asked(case: ReferralCase) -> tuple[object, ...]:
    return (
        course_of(case), last_entry(case), reports_of(case), attempts_of(case),
        list(letters_about(case)), list(tasks_about(case)),
    )  # fmt: skip


def _some(house: made.House) -> list[ReferralCase]:
    """In several states, with visits, attempts, letters, reports and tasks."""
    found = [cases.received(house), cases.accepted(house), cases.accepted(house)]
    cases.had(found[1], house, 200)
    with transaction():
        inbound.log_attempt(found[2], actor=house.desk, channel="phone", result="no_answer")
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    return found


def test_what_was_read_ahead_is_what_each_is_asked_for(inside: Flask):
    found = _some(made.open_house())
    each = [_asked(case) for case in found]
    assert all(any(part[n] for part in each) for n in range(2, 6))
    with read_ahead(known_of_all(found)), counted() as sent:
        assert [_asked(case) for case in found] == each
    assert sent == []
    assert all(known_of(case) is None for case in found)


def test_what_is_written_about_one_is_seen_by_whoever_asks_after_it(inside: Flask):
    one, other, _ = found = _some(made.open_house())
    with transaction(), read_ahead(known_of_all(found)):
        db.session.flush()
        assert known_of(one) is not None
        with looking_at(one):
            report = owe(one, "progress", made.day(5), "visits", actor=SYSTEM)
            assert report in reports_of(one)
            assert known_of(one) is None
        assert known_of(other) is not None
        again = owe(other, "progress", made.day(5), "visits", actor=SYSTEM)
        assert again in reports_of(other)
        assert known_of(found[2]) is None  # nobody said about which one that was


def _quiet() -> list[str]:
    """What a night asks in which nothing is to be done."""
    with transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()
    with counted() as sent, transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    return sent


def test_a_quiet_night_asks_of_many_no_more_than_of_few(inside: Flask):
    house = made.open_house()
    cases.accepted(house)
    few = len(_quiet())
    for _ in range(4):
        cases.accepted(house)
    assert len(_quiet()) == few


def _treated(house: made.House, name: str, minutes: int) -> None:
    """Somebody in treatment, who has agreed that their sender is told."""
    client = a_client(name)
    case = cases.accepted(house, client)
    cases.had(case, house, minutes)
    agree(
        client, "SHARE_PROVIDER", provider=case.referral.provider,
        data=("visits", "plan", "measures"),
    )  # fmt: skip


def test_so_it_does_where_it_looks_at_what_each_client_agreed_to(inside: Flask):
    house = made.open_house()
    _treated(house, "Omar Haddad", 600)
    few = _quiet()
    for number, name in enumerate(("Ines Roth", "Ken Nakamura", "Lena Fischer")):
        _treated(house, name, 500 - 100 * number)
    many = _quiet()
    assert len(many) == len(few), [one for one in many if one not in few]
