"""A sender is told that an order is accepted: in the acknowledgement, or by a second letter."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import consent_for, content_of, of_about
from clinic.letters.rules.blocks import Paragraph
from clinic.tasks.models import Task
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.scheduling import House

LOOKING, TAKEN, ARRANGING = "We are looking at it now", "we take it on", "We now arrange"


@pytest.fixture
def house(inside: object) -> House:
    return made.open_house(locale="en_US")


@pytest.fixture
def case(house: House) -> ReferralCase:
    case = cases.received(house)
    cases.allowed(case, house)
    return case


def _acknowledgements(case: ReferralCase) -> list[Letter]:
    """The oldest first."""
    found = [one for one in of_about(about(case)) if one.kind == "acknowledgement"]
    return found[::-1]


def _said(letter: Letter) -> str:
    return str(content_of(letter))


def _approve(letter: Letter, house: House) -> None:
    with transaction():
        letters.approve(letter, actor=house.desk)


def _send(letter: Letter, house: House) -> None:
    if letter.status == "draft":
        _approve(letter, house)
    with transaction():
        letters.send(letter, actor=house.desk, channel="print")


def _edit(letter: Letter, house: House) -> None:
    content = content_of(letter)
    assert content is not None
    own = replace(content, blocks=(*content.blocks, Paragraph("Give my regards to Ana.")))
    with transaction():
        letters.edit(letter, actor=house.desk, content=own)


def _to_tell(case: ReferralCase) -> list[tuple[date, int | None]]:
    """The tasks to tell the sender that it is accepted: by when, and whose."""
    wanted = select(Task).where(
        Task.dedupe == f"case:{case.public_id}:letter:accepted", Task.closed_at.is_(None)
    )
    return [(one.due_on, one.assignee_id) for one in db.session.scalars(wanted).unique()]


def _sweep(days: int = 0) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())


def _live_tasks(case: ReferralCase) -> list[tuple[int, str, int]]:
    wanted = select(Task).where(Task.about == about(case), Task.closed_at.is_(None))
    found = db.session.scalars(wanted.order_by(Task.id)).unique()
    return [(one.id, one.kind, one.version) for one in found]


# --- one letter, as long as it can still say so ---


def test_an_untouched_acknowledgement_says_that_it_is_accepted_and_no_other_is_written(
    house: House, case: ReferralCase
):
    cases.do("accept", case, house.owner)
    (letter,) = _acknowledgements(case)
    assert TAKEN in _said(letter)
    assert _to_tell(case) == []
    assert "acknowledge_referral" in [kind for _, kind, _ in _live_tasks(case)]


def test_an_acknowledgement_that_only_listed_what_was_missing_says_that_it_is_accepted(
    house: House, case: ReferralCase
):
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    (letter,) = _acknowledgements(case)
    assert "A signature" in _said(letter)
    cases.do("accept", case, house.owner)
    assert _acknowledgements(case) == [letter]
    assert TAKEN in _said(letter)
    assert "A signature" not in _said(letter)


# --- a second one, where it cannot ---


def test_one_that_is_accepted_after_the_acknowledgement_left_is_told_in_a_second_letter(
    house: House, case: ReferralCase
):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    first, second = _acknowledgements(case)
    assert (first.status, second.status) == ("sent", "draft")
    assert LOOKING in _said(first)
    assert TAKEN in _said(second)
    assert _to_tell(case) == [(after(made.this_day(), 2), case.owner_id)]
    _approve(second, house)
    assert len(_to_tell(case)) == 1
    _send(second, house)
    assert _to_tell(case) == []


def test_the_second_letter_leaves_without_a_consent(house: House, case: ReferralCase):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    cases.booked(case, house)
    second = _acknowledgements(case)[1]
    assert second.is_bare
    assert consent_for(second, made.this_day()) == (None, None)
    _send(second, house)
    assert second.status == "sent"


def test_what_was_asked_for_meanwhile_does_not_keep_the_sender_from_being_told(
    house: House, case: ReferralCase
):
    _send(_acknowledgements(case)[0], house)
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    cases.do("accept", case, house.owner)
    assert TAKEN in _said(_acknowledgements(case)[1])
    assert len(_to_tell(case)) == 1


def test_an_acknowledgement_that_was_not_wanted_is_followed_by_one_that_says_it_is_accepted(
    house: House, case: ReferralCase
):
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    with transaction():
        letters.cancel(_acknowledgements(case)[0], actor=house.desk, why="Asked for it instead.")
    cases.do("accept", case, house.owner)
    cancelled, told = _acknowledgements(case)
    assert (cancelled.status, told.status) == ("cancelled", "draft")
    assert TAKEN in _said(told)
    assert "acknowledge_referral" in [kind for _, kind, _ in _live_tasks(case)]
    _send(told, house)
    assert case.acknowledged_at is not None
    assert "acknowledge_referral" not in [kind for _, kind, _ in _live_tasks(case)]


@pytest.mark.parametrize("touch", [_approve, _edit])
def test_an_acknowledgement_that_somebody_has_seen_to_stays_and_a_second_one_tells(
    house: House, case: ReferralCase, touch
):
    (first,) = _acknowledgements(case)
    touch(first, house)
    before = _said(first)
    cases.do("accept", case, house.owner)
    assert _said(first) == before
    assert TAKEN in _said(_acknowledgements(case)[1])
    assert len(_to_tell(case)) == 1


def test_a_second_letter_that_is_given_up_is_nobodys_task(house: House, case: ReferralCase):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    with transaction():
        letters.cancel(_acknowledgements(case)[1], actor=house.desk, why="Told by telephone.")
    assert _to_tell(case) == []


# --- what it does not tell ---


def test_a_visit_that_is_booked_stands_in_no_letter_that_leaves_without_a_consent(
    house: House, case: ReferralCase
):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    second = _acknowledgements(case)[1]
    before = _said(second)
    assert ARRANGING in before
    cases.booked(case, house, days=3)
    assert _said(second) == before


# --- time ---


def test_a_night_changes_nothing_about_it_however_often_it_comes(house: House, case: ReferralCase):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    before = _live_tasks(case), [one.version for one in _acknowledgements(case)]
    for _ in range(2):
        _sweep(days=1)
        db.session.expire_all()
        assert (_live_tasks(case), [one.version for one in _acknowledgements(case)]) == before
    _send(_acknowledgements(case)[1], house)
    _sweep(days=1)
    assert _to_tell(case) == []


def test_what_was_accepted_before_without_a_word_is_nobodys_task_by_night(
    house: House, case: ReferralCase
):
    _send(_acknowledgements(case)[0], house)
    cases.do("accept", case, house.owner)
    with transaction():
        letters.cancel(_acknowledgements(case)[1], actor=house.desk)
    _sweep()
    assert len(_acknowledgements(case)) == 2
    assert _to_tell(case) == []
