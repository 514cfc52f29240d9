"""No client's information leaves without their consent: not by a service, not by a statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from clinic.clients import services as client_services
from clinic.consents import services as consenting
from clinic.consents.models import Consent
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import writing
from clinic.core.ids import new_public_id
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as directing
from clinic.letters import queries, services
from clinic.letters.models import Dispatch, Letter
from clinic.letters.rules.blocks import Content, MeasureLine, Measures
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.sending import CHANNELS
from clinic.letters.services import hearing, sending
from clinic.letters.services.checking import this_day
from clinic.messages import services as outbox
from clinic.messages.models import OutboxMessage
from clinic.messages.services import running
from tests.factories import clients, consents, directory, letters
from tests.factories import staff as people
from tests.factories.messages import Pocket

pytestmark = pytest.mark.usefixtures("inside")
ASKING = sorted(code for code, kind in KINDS.items() if kind.needs)


@pytest.fixture
def house(inside: Flask) -> letters.World:
    people.set_up()
    return letters.world()


def send(letter: Letter, house: letters.World, channel: str = "post", **more: Any) -> Dispatch:
    with transaction():
        return services.send(letter, actor=house.treats, channel=channel, **more)


def nothing_left(letter: Letter) -> bool:
    db.session.rollback()
    db.session.refresh(letter)
    dispatches = db.session.scalar(select(func.count()).select_from(Dispatch))
    messages = db.session.scalar(select(func.count()).select_from(OutboxMessage))
    return not dispatches and not messages and letter.status == "approved"


@pytest.mark.parametrize("kind", ASKING)
def test_without_consent_no_letter_leaves_and_it_is_said_what_to_ask_for(house, kind):
    letter = letters.approved(house, kind)
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house)
    needs = stopped.value.needs
    assert set(needs.data) == set(needs.lacking) == KINDS[kind].needs
    assert (needs.purpose, needs.is_refused) == (KINDS[kind].purpose, False)
    assert nothing_left(letter)


@pytest.mark.parametrize("kind", ASKING)
def test_with_consent_it_leaves_and_keeps_which_one(house, kind):
    letter, consent = letters.approved(house, kind), letters.agreed(house, kind)
    dispatch = send(letter, house)
    assert (letter.status, dispatch.consent_id) == ("sent", consent.id)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_no_way_leads_past_the_gate(house, channel):
    letter = letters.approved(house)
    with pytest.raises(services.ConsentMissing):
        send(letter, house, channel, note="called")
    assert nothing_left(letter)


@pytest.mark.parametrize("kind", ["acknowledgement", "missing_information", "decline"])
def test_a_bare_letter_leaves_without(house, kind):
    dispatch = send(letters.approved(house, kind), house)
    assert (dispatch.consent_id, dispatch.status) == (None, "sent")


def _with_another(house, **more):
    return letters.agreed(house, provider=directory.provider("June", "Bell"))


def _for_less(house, **more):
    return letters.agreed(house, data=("visits",))


def _for_something_else(house, **more):
    return letters.agreed(house, purposes=("payment",))


def _of_somebody_else(house, **more):
    data = tuple(sorted(KINDS["progress"].needs))
    return consents.agree(
        clients.a_client("Ada Lund"), "SHARE_PROVIDER", provider=house.provider, data=data
    )


def _run_out(house, **more):
    long_ago = this_day() - timedelta(days=400)
    return letters.agreed(house, given_on=long_ago)


def _with_a_payer(house, **more):
    return consents.agree(house.client, "SHARE_PAYER", data=("visits", "plan", "measures"))


@pytest.mark.parametrize(
    "given", [_with_another, _for_less, _for_something_else, _of_somebody_else, _run_out,
              _with_a_payer],
)  # fmt: skip
def test_a_consent_that_says_something_else_opens_nothing(house, given):
    letter = letters.approved(house)
    given(house)
    with pytest.raises(services.ConsentMissing):
        send(letter, house)
    assert nothing_left(letter)


def test_a_consent_taken_back_or_refused_is_said_as_such(house):
    letter, consent = letters.approved(house), letters.agreed(house)
    with transaction():
        consenting.withdraw(consent, actor=house.desk)
    with pytest.raises(services.ConsentMissing, match="does not want") as stopped:
        send(letter, house)
    assert stopped.value.needs.is_refused
    with transaction():
        consenting.refuse(house.client, "SHARE_PROVIDER", actor=house.desk, provider=house.provider)
    with pytest.raises(services.ConsentMissing, match="does not want"):
        send(letter, house)
    assert nothing_left(letter)


def test_the_consent_of_any_record_of_the_person_counts(house):
    other = clients.a_client("Grace Nakamura")
    data = tuple(sorted(KINDS["progress"].needs))
    consent = consents.agree(other, "SHARE_PROVIDER", provider=house.provider, data=data)
    letter = letters.approved(house)
    with pytest.raises(services.ConsentMissing):
        send(letter, house)
    with transaction():
        client_services.merge(house.client, other, actor=SYSTEM)
    assert send(letter, house).consent_id == consent.id


def test_measures_in_any_letter_need_a_consent_that_names_them(house):
    table = Measures((MeasureLine("Pain", baseline="6", now="3"),))
    content = Content("Closing", "Dear", (table,))
    letter = letters.approved(house, "closing", content=content)
    letters.agreed(house, "closing")
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house)
    assert stopped.value.needs.lacking == ("measures",)


@pytest.mark.parametrize("status", ["retired", "deceased", "moved"])
def test_nothing_is_sent_to_a_provider_who_is_gone(house, status):
    letter = letters.approved(house)
    letters.agreed(house)
    letters.gone(house.provider, status)
    with pytest.raises(Conflict, match="Nothing is sent there"):
        send(letter, house)
    assert nothing_left(letter)


# ---- the database itself


def row(letter: Letter, version_id: int, **more: Any) -> dict[str, Any]:
    """A sending as somebody would write it past every service."""
    at = now()
    return {
        "public_id": new_public_id(), "letter_id": letter.id, "letter_kind": letter.kind,
        "letter_is_bare": False,
        "client_id": letter.client_id, "provider_id": letter.provider_id,
        "version_id": version_id, "consent_id": None, "channel": "post", "status": "sent",
        "version": 1, "created_at": at, "updated_at": at,
    } | more  # fmt: skip


@contextmanager
def attacking() -> Iterator[Any]:
    """A transaction in which any statement is let through to the database."""
    with transaction() as session, writing("test.attack", SYSTEM):
        yield session


def written(letter: Letter, version_id: int, **more: Any) -> None:
    table: Table = Dispatch.__table__
    with attacking() as session:
        session.execute(insert(table).values(**row(letter, version_id, **more)))


@pytest.fixture
def sent(house: letters.World) -> Dispatch:
    """A letter that left as it should."""
    letters.agreed(house)
    return letters.sent(house)


def test_the_database_refuses_a_sending_without_consent(sent):
    with pytest.raises(DBAPIError, match="with_consent"):
        written(sent.letter, sent.version_id)
    written(sent.letter, sent.version_id, consent_id=sent.consent_id)


def test_the_database_lets_nobody_call_a_letter_by_a_bare_kind(sent):
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        written(sent.letter, sent.version_id, letter_kind="decline", letter_is_bare=True)


def test_the_database_refuses_a_consent_with_another_provider(house, sent):
    other = letters.agreed(house, provider=directory.provider("June", "Bell"))
    with pytest.raises(DBAPIError, match="dispatch_consented"):
        written(sent.letter, sent.version_id, consent_id=other.id)
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        written(sent.letter, sent.version_id, consent_id=other.id, provider_id=other.provider_id)


@pytest.mark.parametrize("which", ["of somebody else", "refused", "withdrawn"])
def test_the_database_refuses_a_consent_that_is_none(house, sent, which):
    if which == "of somebody else":
        consent = _of_somebody_else(house)
    elif which == "refused":
        with transaction():
            consent = consenting.refuse(
                house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=house.provider
            )
    else:
        consent = db.session.get_one(Consent, sent.consent_id)
        with transaction():
            consenting.withdraw(consent, actor=SYSTEM)
    with pytest.raises(DBAPIError, match="dispatch_consented"):
        written(sent.letter, sent.version_id, consent_id=consent.id)


def test_what_left_is_not_written_again(house, sent):
    for table, values in (
        (Dispatch.__table__, {"consent_id": None}),
        (Dispatch.__table__, {"to_sealed": b"another"}),
        (Letter.__table__, {"content_sealed": b"other words"}),
    ):
        with pytest.raises(DBAPIError, match="append_only"), attacking() as session:
            session.execute(update(table).values(**values))
    version = sent.letter.versions[0].__table__
    with pytest.raises(DBAPIError, match=r"append_only|permission denied"), attacking() as session:
        session.execute(update(version).values(sha256="0" * 64))


# ---- what the gate is good for


def test_sabotage_without_the_gate_the_database_still_refuses(house, monkeypatch):
    monkeypatch.setattr(sending, "must_be_agreed", lambda *_: None)
    letter = letters.approved(house)
    with pytest.raises(DBAPIError, match="with_consent"):
        send(letter, house)
    assert nothing_left(letter)


def test_sabotage_a_gate_that_takes_any_consent_is_seen(house, monkeypatch):
    """Which data a consent names lies sealed: there the gate alone stands."""
    little = letters.agreed(house, data=("visits",))
    letter = letters.approved(house)
    with pytest.raises(services.ConsentMissing):
        send(letter, house)
    monkeypatch.setattr(sending, "must_be_agreed", lambda *_: little.id)
    assert send(letter, house).consent_id == little.id
    assert queries.consent_for(letter, this_day())[1] is not None


def test_sending_holds_the_person_so_that_no_consent_changes_meanwhile(house, monkeypatch):
    """The same lock under which a consent is given and taken back is held before it is asked."""
    order: list[str] = []
    real_hold, real_gate = sending.hold_person, sending.must_be_agreed
    monkeypatch.setattr(sending, "hold_person", lambda *a: (order.append("held"), real_hold(*a)))
    monkeypatch.setattr(
        sending, "must_be_agreed", lambda *a: (order.append("asked"), real_gate(*a))[1]
    )
    letters.agreed(house)
    letters.sent(house)
    assert order == ["held", "asked"]


def test_an_email_holds_the_person_before_its_consent_is_asked_and_before_it_is_itself_held(
    house, monkeypatch
):
    """At every asking, when it is taken up and when it has left; so does who takes it back."""
    order: list[str] = []
    real = {name: getattr(hearing, name) for name in ("hold_person", "consent_for")}
    monkeypatch.setattr(
        hearing, "hold_person", lambda *a: (order.append("held"), real["hold_person"](*a))
    )
    for room in (hearing, sending):
        monkeypatch.setattr(
            room, "consent_for", lambda *a: (order.append("asked"), real["consent_for"](*a))[1]
        )
    still = running.still_due
    monkeypatch.setattr(running, "still_due", lambda *a: (order.append("taken up"), still(*a))[1])
    letters.agreed(house)
    letters.sent(house, channel="email")
    order.clear()
    outbox.run(transport=Pocket(), checks={"letter": services.may_still_leave})
    assert order == ["held", "taken up", "asked", "held", "asked"]


# ---- a provider who was entered twice


def _twice(house: letters.World) -> Any:
    """Another record of the provider, which an owner has found to be the same person."""
    twin = directory.provider()
    with transaction():
        directing.merge(house.provider, twin, actor=SYSTEM)
    return twin


def test_a_consent_for_either_record_of_one_provider_counts_once_they_are_merged(house):
    letter = letters.approved(house)
    twin = directory.provider()
    consent = letters.agreed(house, provider=twin)
    with pytest.raises(services.ConsentMissing), transaction():
        services.send(letter, actor=house.desk, channel="post")
    with transaction():
        directing.merge(house.provider, twin, actor=SYSTEM)
    with transaction():
        dispatch = services.send(letter, actor=house.desk, channel="post")
    assert dispatch.consent_id == consent.id


def test_parted_again_it_counts_for_the_one_it_was_given_for_alone(house):
    twin = _twice(house)
    letters.agreed(house, provider=twin)
    letter = letters.approved(house)
    with transaction():
        directing.part(twin, actor=SYSTEM)
    with pytest.raises(services.ConsentMissing), transaction():
        services.send(letter, actor=house.desk, channel="post")


def test_of_two_answers_about_one_person_the_later_decides(house):
    twin = _twice(house)
    letters.agreed(house, provider=twin)
    with transaction():
        consenting.refuse(house.client, "SHARE_PROVIDER", actor=house.desk, provider=house.provider)
    letter = letters.approved(house)
    with pytest.raises(services.ConsentMissing), transaction():
        services.send(letter, actor=house.desk, channel="post")


def test_the_database_lets_a_merged_records_consent_pass_until_they_are_parted(house, sent):
    twin = _twice(house)
    consent = letters.agreed(house, provider=twin)
    written(sent.letter, sent.version_id, consent_id=consent.id)
    with transaction():
        directing.part(twin, actor=SYSTEM)
    with pytest.raises(DBAPIError, match="dispatch_consented"):
        written(sent.letter, sent.version_id, consent_id=consent.id)


def test_to_the_other_record_of_who_is_gone_nothing_is_sent_either(house):
    twin = _twice(house)
    letters.gone(house.provider, "retired")
    with pytest.raises(Conflict, match="retired"), transaction():
        services.draft(
            actor=house.treats, client=house.client, provider=twin, organisation=None,
            kind="other", content=letters.PLAIN,
        )  # fmt: skip
