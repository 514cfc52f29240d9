"""How letters leave, and what becomes of them."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask

from clinic.consents import services as consenting
from clinic.core import cabinet
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.files.queries import FileDamaged
from clinic.letters import services
from clinic.letters.models import Dispatch, Letter
from clinic.letters.services.checking import this_day
from clinic.messages import services as outbox
from tests.factories import directory, letters
from tests.factories import staff as people
from tests.factories.letters import EMAIL, FAX

pytestmark = pytest.mark.usefixtures("inside")
CHECKS = {"letter": services.may_still_leave}


class Post:
    """A mail server that takes everything, or nothing."""

    sender = "clinic@harbour.example"

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.mails: list[Any] = []

    def send(self, mail: Any, name: str) -> str:
        if not self.is_open:
            raise outbox.Undelivered("address", is_final=True)
        self.mails.append(mail)
        return ""


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
        return services.send(letter, actor=more.pop("actor", house.desk), channel=channel, **more)


@pytest.mark.parametrize("channel", ["print", "post"])
def test_what_is_printed_or_posted_has_left_at_once(house, ready, channel):
    dispatch = send(ready, house, channel)
    assert (dispatch.status, ready.status) == ("sent", "sent")
    assert dispatch.sent_by_id == house.desk.id
    assert ready.sent_at == dispatch.sent_at
    assert dispatch.to == ("" if channel == "print" else
                           "Northside Family Practice, 12 Mill Street, Ripon")  # fmt: skip


def test_the_letter_is_kept_exactly_as_it_left(house, ready):
    send(ready, house)
    version = ready.versions[0]
    data = services.open_version(version)
    assert data.startswith(b"%PDF")
    assert version.sha256 == sha256(data).hexdigest() == version.file.sha256
    assert version.file.key_id == house.client.key_id


def test_a_letter_whose_bytes_are_others_is_not_opened(house, ready):
    send(ready, house)
    version = ready.versions[0]
    cabinet.path_of(version.file.kept_as).write_bytes(b"something else")
    with pytest.raises(FileDamaged):
        services.open_version(version)


def test_what_was_set_before_is_used_only_for_the_very_same(house, ready):
    made = services.prepare(ready, channel="post")
    send(ready, house, prepared=made)
    assert services.open_version(ready.versions[0]) == made.data
    other = letters.approved(house, reference="R-000002")
    send(other, house, prepared=made)
    assert services.open_version(other.versions[0]) != made.data


def test_a_fax_is_prepared_and_counts_when_its_number_was_repeated(house, ready):
    dispatch = send(ready, house, "fax")
    assert (dispatch.status, ready.status, dispatch.to) == ("prepared", "approved", FAX)
    assert ready.versions[0].file.pages == 2  # the cover sheet and the letter
    with pytest.raises(DomainError, match="another number") as refused, transaction():
        services.mark_sent(dispatch, actor=house.desk, number="+1 555 012 4471")
    assert refused.value.field == "number"
    assert dispatch.status == "prepared"
    with transaction():
        services.mark_sent(dispatch, actor=house.desk, number="+1 555 012-4470")
    assert (dispatch.status, ready.status) == ("sent", "sent")
    with pytest.raises(Conflict), transaction():
        services.mark_sent(dispatch, actor=house.desk, number=FAX)


def test_a_fax_whose_consent_was_taken_back_meanwhile_is_not_marked_sent(house, ready):
    dispatch = send(ready, house, "fax")
    with transaction():
        consenting.withdraw(dispatch.consent, actor=house.desk)
    with pytest.raises(services.ConsentMissing), transaction():
        services.mark_sent(dispatch, actor=house.desk, number=FAX)
    db.session.refresh(ready)
    assert ready.status == "approved"


@pytest.mark.parametrize("channel", ["fax", "email"])
def test_what_leaves_under_a_newer_consent_keeps_that_one(house, ready, channel):
    dispatch = send(ready, house, channel)
    older = dispatch.consent_id
    with transaction():
        consenting.withdraw(dispatch.consent, actor=house.desk)
    newer = letters.agreed(house)
    if channel == "fax":
        with transaction():
            services.mark_sent(dispatch, actor=house.desk, number=FAX)
    else:
        outbox.run(transport=Post(), checks=CHECKS)
        db.session.expire_all()
    assert (dispatch.status, dispatch.consent_id) == ("sent", newer.id)
    assert newer.id != older


def test_two_sendings_do_not_wait_beside_each_other(house, ready):
    dispatch = send(ready, house, "fax")
    with pytest.raises(Conflict, match="about to leave already"):
        send(ready, house, "post")
    with transaction():
        services.take_back(dispatch, actor=house.desk)
    assert dispatch.status == "withdrawn"
    assert send(ready, house, "post").status == "sent"


def test_cancelling_calls_off_what_waits(house, ready):
    dispatch = send(ready, house, "email")
    with transaction():
        services.cancel(ready, actor=house.desk)
    assert (dispatch.status, dispatch.message.status, ready.status) == (
        "withdrawn", "withdrawn", "cancelled",
    )  # fmt: skip


def test_an_email_waits_in_the_outbox_and_tells_nothing(house, ready):
    dispatch = send(ready, house, "email")
    message = dispatch.message
    assert (dispatch.status, ready.status, message.status) == ("prepared", "approved", "waiting")
    assert message.to == EMAIL
    assert message.file_id == ready.versions[0].file_id
    for words in (message.subject, message.body):
        assert "Nakamura" not in words
        assert "rogress" not in words
    assert "R-000001" in message.subject


def test_an_email_that_left_makes_its_letter_sent(house, ready):
    dispatch, post = send(ready, house, "email"), Post()
    assert outbox.run(transport=post, checks=CHECKS).sent == 1
    db.session.expire_all()
    assert (dispatch.status, ready.status) == ("sent", "sent")
    assert dispatch.sent_by_id == house.desk.id
    attached = next(post.mails[0].iter_attachments())
    assert sha256(attached.get_content()).hexdigest() == ready.versions[0].sha256


def test_an_email_nobody_takes_makes_its_letter_fail_and_it_can_be_sent_again(house, ready):
    dispatch = send(ready, house, "email")
    assert outbox.run(transport=Post(is_open=False), checks=CHECKS).given_up == 1
    db.session.expire_all()
    assert (dispatch.status, ready.status) == ("failed", "failed")
    assert dispatch.note == "The e-mail could not be delivered."
    assert send(ready, house, "post").status == "sent"
    assert [one.number for one in ready.versions] == [1, 2]


def test_an_email_that_is_tried_once_more_makes_its_letter_sent_after_all(house, ready):
    dispatch = send(ready, house, "email")
    outbox.run(transport=Post(is_open=False), checks=CHECKS)
    db.session.expire_all()
    with transaction():
        outbox.again(dispatch.message, actor=house.desk)
    assert outbox.run(transport=Post(), checks=CHECKS).sent == 1
    db.session.expire_all()
    assert (dispatch.status, ready.status) == ("sent", "sent")


def _withdrawn(house, dispatch):
    with transaction():
        consenting.withdraw(dispatch.consent, actor=house.desk)


def _gone(house, dispatch):
    letters.gone(house.provider)


def _gone_by_another_name(house, dispatch):
    other = directory.provider(last_name="Adeyemi")
    with transaction():
        outside.merge(other, house.provider, actor=SYSTEM)
    letters.gone(other)


def _moved_address(house, dispatch):
    with transaction():
        provider = house.provider
        outside.amend_provider(
            provider, actor=SYSTEM, first_name=provider.first_name,
            last_name=provider.last_name, email="new@northside.example",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (_withdrawn, "does not want"),
        (_gone, "retired"),
        (_gone_by_another_name, "retired"),
        (_moved_address, "another address"),
    ],
)
def test_an_email_that_waits_is_asked_about_once_more_before_it_leaves(house, ready, what, said):
    dispatch, post = send(ready, house, "email"), Post()
    what(house, dispatch)
    assert outbox.run(transport=post, checks=CHECKS).given_up == 1
    assert not post.mails
    db.session.expire_all()
    assert (dispatch.status, ready.status) == ("failed", "failed")
    assert said in dispatch.note


def test_an_email_that_failed_does_not_follow_a_letter_that_left_by_another_way(house, ready):
    dispatch = send(ready, house, "email")
    outbox.run(transport=Post(is_open=False), checks=CHECKS)
    db.session.expire_all()
    send(ready, house, "post")
    with transaction():
        outbox.again(dispatch.message, actor=house.desk)
    post = Post()
    outbox.run(transport=post, checks=CHECKS)
    assert not post.mails
    db.session.expire_all()
    assert ready.status == "sent"


def test_an_email_called_back_leaves_the_letter_as_it_was(house, ready):
    dispatch = send(ready, house, "email")
    with transaction():
        outbox.withdraw(dispatch.message, actor=house.desk)
    assert (dispatch.status, ready.status) == ("withdrawn", "approved")


def test_a_call_is_a_note_that_who_may_read_the_letter_writes(house, ready):
    with pytest.raises(NotAllowed):
        send(ready, house, "phone", note="told")
    with pytest.raises(DomainError, match="whom you spoke to"):
        send(ready, house, "phone", actor=house.treats)
    dispatch = send(ready, house, "phone", actor=house.treats, note="Spoke to June Bell.")
    assert (dispatch.status, dispatch.note) == ("sent", "Spoke to June Bell.")
    assert b"June" not in dispatch.note_sealed


@pytest.mark.parametrize(
    ("channel", "to", "field"),
    [
        ("fax", "+15550000000", "to"),
        ("email", "somebody@else.example", "to"),
        ("post", "1 Other Street", "to"),
        ("pigeon", "", "channel"),
    ],
)
def test_it_goes_only_where_the_directory_says(house, ready, channel, to, field):
    with pytest.raises(DomainError) as refused:
        send(ready, house, channel, to=to)
    assert refused.value.field == field


def test_a_way_for_which_nothing_is_on_file_is_none(house, ready):
    with transaction() as session, writing("test.provider", SYSTEM):
        house.provider.email = ""
        session.flush()
    with pytest.raises(DomainError, match="Nothing is on file"):
        send(ready, house, "email")


def test_a_letter_that_was_changed_meanwhile_does_not_leave(house, ready):
    with pytest.raises(StaleEdit):
        send(ready, house, version=ready.version - 1)


@pytest.mark.parametrize(
    ("kind", "days"), [("clearance", 14), ("renewal", 5), ("progress", None), ("decline", None)]
)
def test_an_answer_is_due_by_kind_from_the_day_of_sending(house, kind, days):
    if kind != "decline":
        letters.agreed(house, kind)
    letter = letters.approved(house, kind)
    send(letter, house)
    due = this_day() + timedelta(days=days) if days else None
    assert letter.needs_reply_by == due


@pytest.mark.parametrize("kind", ["renewal", "missing_information"])
def test_sent_again_after_it_came_back_an_answer_is_due_from_the_new_day(house, kind):
    if kind == "renewal":
        letters.agreed(house, kind)
    letter = letters.approved(house, kind)
    dispatch = send(letter, house)
    with transaction():
        services.mark_failed(dispatch, actor=house.desk, why="returned")
    with rehearsed(now() + timedelta(days=3)):
        send(letter, house, "print")
        assert letter.needs_reply_by == this_day() + timedelta(days=5)


def test_a_day_named_before_stays(house):
    letters.agreed(house, "clearance")
    due = this_day() + timedelta(days=1)
    letter = letters.approved(house, "clearance", needs_reply_by=due)
    send(letter, house)
    assert letter.needs_reply_by == due
