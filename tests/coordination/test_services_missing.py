"""A second visit missed during treatment is told to whoever sent the client, once."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.consents.services import refuse
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.rules.next_steps import Facts, what_next
from clinic.coordination.rules.visits import Course, Seen
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import content_of, of_about
from clinic.letters.rules.blocks import Points
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.tasks.queries import live_about
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.consents import agree
from tests.factories.scheduling import House

D = date(2026, 3, 2)


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house(locale="en_US")


def miss(case: ReferralCase, house: House, days: int) -> date:
    """A visit some days from today that the client does not come to."""
    with rehearsed(now() + timedelta(days=days)):
        cases.missed(case, house)
        return made.this_day()


def treated(house: House) -> ReferralCase:
    case = cases.accepted(house)
    cases.had(case, house, minutes=120)
    return case


def told(case: ReferralCase) -> list[Letter]:
    return [one for one in of_about(about(case)) if one.kind == "unreachable"]


def night(days: int) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()


def left(letter: Letter, house: House, days: int) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        letters.approve(letter, actor=house.desk)
        letters.send(letter, actor=house.desk, channel="print")


def agreed(case: ReferralCase) -> None:
    agree(
        case.referral.client, "SHARE_PROVIDER", provider=case.referral.provider,
        data=("visits", "plan", "measures"), purposes=("care", "progress"),
    )  # fmt: skip


# --- the rule ---


def course(*seen: tuple[str, int]) -> Course:
    return Course((), tuple(Seen(1, status, D + timedelta(days=n)) for status, n in seen))


@pytest.mark.parametrize(
    ("seen", "told_on", "expected"),
    [
        ([("completed", 0), ("no_show", 2), ("late_cancelled", 5)], None, [2, 5]),
        ([("no_show", 0), ("completed", 2), ("no_show", 5)], None, [5]),
        ([("completed", 0), ("no_show", 2), ("no_show", 5), ("no_show", 7)], 5, [7]),
        ([("completed", 0), ("cancelled", 2), ("released", 5)], None, []),
        ([("completed", 0), ("no_show", 2), ("completed", 4), ("no_show", 5)], 2, [5]),
    ],
)
def test_misses_count_since_the_last_visit_had_and_since_the_sender_was_told(
    seen: list[tuple[str, int]], told_on: int | None, expected: list[int]
):
    day = None if told_on is None else D + timedelta(days=told_on)
    found = course(*seen).missed_since(day)
    assert found == [D + timedelta(days=n) for n in expected]


@pytest.mark.parametrize("status", ["in_treatment", "renewal_requested"])
def test_a_second_miss_comes_before_all_that_is_next(status: str):
    facts = Facts(
        D, D, first_visit_on=D, second_miss_on=D + timedelta(days=8), report_on=D, renew_on=D
    )
    assert what_next(status, facts) == ("tell_missed", after(D + timedelta(days=8), 2))


def test_where_no_visit_counts_any_more_that_is_looked_at_first():
    assert what_next("in_treatment", Facts(D, D, second_miss_on=D))[0] == "check_visits"


# --- with a clinic ---


def test_the_second_miss_is_told_within_two_working_days_by_a_letter_that_lies_ready(house):
    case = treated(house)
    first = miss(case, house, 3)
    assert (told(case), case.next_action) == ([], "book_next")
    second = miss(case, house, 5)
    assert (case.next_action, case.due_on) == ("tell_missed", after(second, 2))
    (letter,) = told(case)
    assert (letter.status, letter.kind) == ("draft", "unreachable")
    content = content_of(letter)
    assert content is not None
    assert content.subject == "Missed visits"
    (days,) = [one for one in content.blocks if isinstance(one, Points)]
    assert len(days.items) == 2
    assert all(str(day.day) in said for day, said in zip((first, second), days.items, strict=True))
    tasks = [(one.kind, one.due_on) for one in live_about(about(case))]
    assert ("referral_next_action", after(second, 2)) in tasks


def test_a_visit_had_in_between_begins_the_count_anew(house):
    case = treated(house)
    miss(case, house, 3)
    with rehearsed(now() + timedelta(days=5)):
        cases.had(case, house)
    miss(case, house, 8)
    assert (told(case), case.next_action == "tell_missed") == ([], False)


def test_the_night_draws_up_no_second_letter(house):
    case = treated(house)
    miss(case, house, 3)
    second = miss(case, house, 5)
    for days in (5, 5, 6, 12):
        night(days)
    assert len(told(case)) == 1
    assert (case.next_action, case.due_on) == ("tell_missed", after(second, 2))


def test_it_leaves_only_with_the_clients_consent_and_is_done_when_it_left(house):
    case = treated(house)
    miss(case, house, 3)
    miss(case, house, 5)
    (letter,) = told(case)
    with pytest.raises(Conflict, match="no consent"):
        left(letter, house, 5)
    agreed(case)
    left(letter, house, 6)
    assert case.next_action != "tell_missed"
    night(9)
    assert (len(told(case)), case.next_action == "tell_missed") == (1, False)


def test_after_that_two_more_are_told_once_more(house):
    case = treated(house)
    miss(case, house, 3)
    miss(case, house, 5)
    agreed(case)
    left(told(case)[0], house, 6)
    miss(case, house, 9)
    assert len(told(case)) == 1
    fourth = miss(case, house, 12)
    assert (case.next_action, case.due_on) == ("tell_missed", after(fourth, 2))
    assert [one.status for one in told(case)] == ["draft", "sent"]


def test_a_letter_that_somebody_calls_off_is_not_drawn_up_again(house):
    case = treated(house)
    miss(case, house, 3)
    miss(case, house, 5)
    with rehearsed(now() + timedelta(days=5)), transaction():
        letters.cancel(told(case)[0], actor=house.desk, why="They know.")
    assert case.next_action != "tell_missed"
    night(8)
    assert [one.status for one in told(case)] == ["cancelled"]


def test_a_draft_from_before_the_treatment_makes_way(house):
    case = cases.accepted(house)
    for days in (0, 1, 2):
        with rehearsed(now() + timedelta(days=days)):
            cases.tried(case, house)
    (before,) = told(case)
    with rehearsed(now() + timedelta(days=4)):
        cases.had(case, house)
    miss(case, house, 6)
    miss(case, house, 8)
    assert [one.status for one in told(case)] == ["draft", "cancelled"]
    assert before.status == "cancelled"


def test_where_the_client_does_not_want_the_sender_told_nothing_is_written(house):
    case = treated(house)
    with transaction():
        refuse(house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=case.referral.provider)
    miss(case, house, 3)
    miss(case, house, 5)
    assert (told(case), case.next_action == "tell_missed") == ([], False)


def test_a_miss_that_was_none_after_all_is_not_told(house):
    case = treated(house)
    miss(case, house, 3)
    miss(case, house, 5)
    last = db.session.scalars(select(Visit).order_by(Visit.id.desc())).first()
    assert last is not None
    made.done(scheduling.correct, last, house.owner, to="completed", why="They came.")
    assert case.next_action != "tell_missed"
