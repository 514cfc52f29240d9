"""A bare letter leaves without consent; with a word of somebody's own in it, it asks for one."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Table, update
from sqlalchemy.exc import DBAPIError

from clinic.core.transactions import transaction
from clinic.letters import services
from clinic.letters.models import BARE, Dispatch, Letter
from clinic.letters.rules.blocks import Facts, Points
from clinic.letters.rules.sending import CHANNELS
from clinic.letters.services import sending
from tests.factories import letters
from tests.factories import staff as people
from tests.letters.test_services_gate import attacking, nothing_left, send, written

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> letters.World:
    people.set_up()
    return letters.world()


@pytest.fixture
def sent(house: letters.World) -> Dispatch:
    """A letter that left as it should."""
    letters.agreed(house)
    return letters.sent(house)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("kind", BARE)
def test_a_word_of_ones_own_in_a_bare_letter_asks_for_consent_like_every_other(
    house, kind, channel
):
    letter = letters.with_own_words(house, kind)
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house, channel, note="called")
    assert (stopped.value.needs.data, stopped.value.needs.purpose) == (("notes",), "care")
    assert nothing_left(letter)


def test_with_the_consent_of_any_other_letter_it_leaves(house):
    letter, consent = letters.with_own_words(house), letters.agreed(house, "other")
    assert send(letter, house).consent_id == consent.id


OWN = [
    ("a paragraph", letters.OWN),
    ("the subject", replace(letters.PLAIN, subject="Your referral of a woman with a clot")),
    ("the greeting", replace(letters.PLAIN, salutation="Dear colleague, she has a clot")),
    ("the closing", replace(letters.PLAIN, closing="Mind the clot")),
    ("a list", replace(letters.PLAIN, blocks=(*letters.PLAIN.blocks, Points("", ("clot",))))),
    ("a fact", replace(letters.PLAIN, blocks=(Facts((("Found", "clot"),)),))),
]


@pytest.mark.parametrize("content", [one for _, one in OWN], ids=[name for name, _ in OWN])
def test_wherever_it_stands_it_is_seen_and_left_out_again_it_is_forgotten(house, content):
    letter = letters.drafted(house, "acknowledgement")
    assert letter.is_bare
    for words, is_bare in ((content, False), (letters.PLAIN, True)):
        with transaction():
            services.edit(letter, actor=house.desk, content=words)
        assert letter.is_bare is is_bare


def test_what_nobody_calls_ready_made_is_not_bare_and_written_anew_it_stays_so(house):
    letter = letters.approved(house, "acknowledgement", is_bare=False)
    with transaction():
        again = services.reopen(letter, actor=house.desk)
        services.approve(again, actor=house.desk)
    with pytest.raises(services.ConsentMissing):
        send(again, house)
    bare = letters.approved(house, "decline")
    with transaction():
        again = services.reopen(bare, actor=house.desk)
        services.approve(again, actor=house.desk)
    assert send(again, house).consent_id is None


def test_sabotage_past_the_gate_the_database_refuses_own_words_without_consent(house, monkeypatch):
    monkeypatch.setattr(sending, "must_be_agreed", lambda *_: None)
    letter = letters.with_own_words(house)
    with pytest.raises(DBAPIError, match="with_consent"):
        send(letter, house)
    assert nothing_left(letter)


def test_the_database_lets_nobody_call_a_letter_bare_that_is_not(house, sent):
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        written(sent.letter, sent.version_id, letter_is_bare=True)
    letters.approved(house)
    table: Table = Letter.__table__
    with pytest.raises(DBAPIError, match="bare"), attacking() as session:
        session.execute(update(table).values(is_bare=True).where(table.c.status == "approved"))
