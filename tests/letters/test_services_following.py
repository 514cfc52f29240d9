"""What becomes of letters after they left, and letters that come."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.consents import services as consenting
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.letters import queries, services
from clinic.letters.models import Dispatch, Letter
from clinic.letters.services.checking import this_day
from tests.factories import letters
from tests.factories import staff as people

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> letters.World:
    people.set_up()
    return letters.world()


@pytest.fixture
def ready(house: letters.World) -> Letter:
    """An approved report, and the consent that it needs."""
    letters.agreed(house)
    return letters.approved(house)


def send(letter: Letter, house: letters.World, channel: str = "post", **more: Any) -> Dispatch:
    with transaction():
        return services.send(letter, actor=house.desk, channel=channel, **more)


def test_it_arrives(house, ready):
    dispatch = send(ready, house)
    with transaction():
        services.mark_delivered(dispatch, actor=house.desk, on=this_day())
    assert (dispatch.status, ready.status) == ("delivered", "delivered")
    assert ready.delivered_at == dispatch.delivered_at is not None


@pytest.mark.parametrize("days", [-1, 1])
def test_it_arrives_neither_before_it_left_nor_tomorrow(house, ready, days):
    dispatch = send(ready, house)
    with pytest.raises(DomainError) as refused, transaction():
        services.mark_delivered(dispatch, actor=house.desk, on=this_day() + timedelta(days=days))
    assert refused.value.field == "on"


def test_it_comes_back_and_is_sent_again_to_the_number_on_file_now(house, ready):
    dispatch = send(ready, house)
    with pytest.raises(DomainError, match="why it did not arrive"), transaction():
        services.mark_failed(dispatch, actor=house.desk, why=" ")
    with transaction():
        services.mark_failed(dispatch, actor=house.desk, why="returned: moved away")
    assert (dispatch.status, ready.status, dispatch.note) == (
        "failed", "failed", "returned: moved away",
    )  # fmt: skip
    with transaction() as session, writing("test.place", SYSTEM):
        house.place.address = "99 New Street"
        session.flush()
    again = send(ready, house)
    assert "99 New Street" in again.to
    assert ready.status == "sent"


def test_a_letter_that_came_back_asks_for_the_consent_anew(house, ready):
    dispatch = send(ready, house)
    with transaction():
        services.mark_failed(dispatch, actor=house.desk, why="returned")
    with transaction():
        consenting.withdraw(dispatch.consent, actor=house.desk)
    with pytest.raises(services.ConsentMissing):
        send(ready, house)


def test_who_says_that_it_came_says_that_it_arrived(house, ready):
    dispatch = send(ready, house)
    with transaction():
        services.acknowledge(ready, actor=house.desk, on=this_day(), by="June Bell")
    assert (ready.acknowledged_on, ready.acknowledged_by) == (this_day(), "June Bell")
    assert (ready.status, dispatch.status) == ("delivered", "delivered")


@pytest.mark.parametrize("status", ["draft", "approved", "failed", "cancelled"])
def test_what_did_not_leave_is_neither_acknowledged_nor_answered(house, status):
    letter = letters.standing(letters.drafted(house), status)
    for act in (services.acknowledge, services.mark_replied):
        with pytest.raises(Conflict), transaction():
            act(letter, actor=house.desk, on=this_day())


def test_a_letter_comes_answers_ours_and_is_filed_by_who_reads_it(house):
    letters.agreed(house, "clearance")
    ours = letters.sent(house, "clearance", about="outbound:" + "b" * 20).letter
    pdf = services.open_version(ours.versions[0])
    with transaction():
        file = keep(pdf, "answer.pdf", actor=house.desk, key=house.client.key)
        theirs = services.receive(
            actor=house.desk, client=house.client, provider=house.provider, about=ours.about,
            file=file, subject="Your question", received_on=this_day(), answers=ours,
        )  # fmt: skip
    assert (theirs.direction, theirs.status, theirs.kind) == ("in", "received", "reply")
    assert ours.replied_on == this_day()
    assert services.open_version(theirs.versions[0]) == pdf
    assert not services.may_read(theirs, house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.file_letter(theirs, actor=house.desk)
    with transaction():
        services.file_letter(theirs, actor=house.treats)
    assert theirs.status == "filed"
    with pytest.raises(Conflict), transaction():
        services.file_letter(theirs, actor=house.treats)


def test_a_letter_that_came_is_never_sent(house):
    letter = letters.standing(letters.drafted(house), "received")
    with pytest.raises(Conflict, match="came to us"):
        send(letter, house)


def test_lists_say_what_waits(house, ready):
    drafted = letters.drafted(house)
    assert list(queries.waiting("draft")) == [drafted]
    assert list(queries.waiting("approved")) == [ready]
    assert list(queries.waiting("approved", written_by=house.desk.id)) == []
    letters.agreed(house, "clearance")
    asked = letters.sent(house, "clearance").letter
    assert list(queries.waiting("answer")) == [asked]
    with transaction():
        services.mark_replied(asked, actor=house.desk, on=this_day())
    assert list(queries.waiting("answer")) == []
    assert {one.id for one in queries.open_for_provider(house.provider.id)} == {
        drafted.id, ready.id,
    }  # fmt: skip


def test_a_letter_is_found_by_what_it_is_about(house):
    about = "referral:" + "c" * 20
    letter = letters.drafted(house, about=about)
    assert list(queries.of_about(about)) == [letter]
    assert list(queries.of_about("referral:" + "d" * 20)) == []


def test_one_that_came_back_and_is_written_anew_is_answered_so_long_after_it_leaves_again(house):
    letters.agreed(house, "clearance")
    letter = letters.approved(house, "clearance")
    dispatch = send(letter, house)
    assert letter.needs_reply_by is not None
    with transaction():
        services.mark_failed(dispatch, actor=house.desk, why="returned")
    with transaction():
        again = services.reopen(letter, actor=house.treats)
    assert again.needs_reply_by is None
