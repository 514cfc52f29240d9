"""An order that is declined, and what may help instead: in the letter, and in the history."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about, last_entry, steps_of
from clinic.coordination.services import reporting
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import consent_for, content_of, of_about
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.saying import said
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house(locale="en_US", phone="(555) 014-8800")


@pytest.fixture
def case(house: House) -> ReferralCase:
    return cases.received(house)


def _declined(house: House, case: ReferralCase, alternative: str) -> Letter:
    cases.do("decline", case, house.desk, code="no_capacity", alternative=alternative)
    (letter,) = (one for one in of_about(about(case)) if one.kind == "decline")
    return letter


def test_an_alternative_stands_in_a_decline_and_is_kept_with_the_case(
    house: House, case: ReferralCase
):
    letter = _declined(house, case, "  Lakeside\r\nMassage ")
    assert "What may help instead: Lakeside Massage" in said(letter)
    kept = steps_of(case)[-1]
    assert (kept.kind, kept.why, kept.by_id) == ("suggested", "Lakeside Massage", house.desk.id)
    assert b"Lakeside" not in (kept.why_sealed or b"")
    entry = last_entry(case)
    assert entry is not None
    assert entry.kind == "declined"


def test_a_decline_drawn_up_anew_says_the_alternative_again(house: House, case: ReferralCase):
    letter = _declined(house, case, "Lakeside Massage")
    with transaction():
        letters.cancel(letter, actor=house.desk)
        again = reporting.draft_letter(case, "decline", actor=house.desk)
    assert again is not None
    assert again is not letter
    assert "What may help instead: Lakeside Massage" in said(again)


def test_a_decline_without_an_alternative_asks_for_no_consent(house: House, case: ReferralCase):
    letter = _declined(house, case, " \n ")
    assert letter.is_bare
    assert "What may help instead" not in said(letter)
    assert [step.kind for step in steps_of(case)] == ["received", "declined"]


def test_an_alternative_that_is_too_long_declines_nothing(house: House, case: ReferralCase):
    with pytest.raises(DomainError) as refused:
        cases.do("decline", case, house.desk, code="other", alternative="x" * 201)
    assert refused.value.field == "alternative"
    db.session.expire_all()
    assert (case.status, len(steps_of(case))) == ("received", 1)


def test_a_decline_asks_for_no_consent_once_its_alternative_is_left_out_again(
    house: House, case: ReferralCase
):
    letter = _declined(house, case, "Lakeside Massage")
    assert not letter.is_bare
    assert consent_for(letter, made.day())[1] is not None
    content = content_of(letter)
    assert content is not None
    ready = tuple(one for one in content.blocks if "Lakeside" not in str(one))
    with transaction():
        letters.edit(letter, actor=house.desk, content=replace(content, blocks=ready))
    assert letter.is_bare
    assert consent_for(letter, made.day()) == (None, None)
