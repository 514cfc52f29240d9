"""Whatever is done in whatever order: nothing leaves without a consent that covers it that day."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from clinic.clients.services import join_care
from clinic.consents import services as consenting
from clinic.consents.models import Consent
from clinic.consents.rules import DATA, PURPOSES, read_scope
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import queries, services
from clinic.letters.models import BARE, Dispatch, Letter
from clinic.letters.rules.kinds import KINDS, OWN_WORDS
from clinic.letters.services import drafting, sending
from clinic.letters.services.checking import this_day
from tests.factories import clients, letters
from tests.factories import staff as people
from tests.factories.consents import new_consent
from tests.factories.letters import FAX

KIND = st.sampled_from(sorted(KINDS))
DEEDS = st.one_of(
    st.tuples(
        st.just("agree"), st.frozensets(st.sampled_from(sorted(DATA)), min_size=1),
        st.frozensets(st.sampled_from(sorted(PURPOSES)), min_size=1), st.sampled_from([-400, 0]),
    ),
    st.tuples(st.just("agree to all")),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("refuse")),
    st.tuples(st.just("write"), KIND),
    st.tuples(st.just("write more"), st.sampled_from(BARE)),
    st.tuples(st.just("send"), st.sampled_from(["post", "print", "fax", "email"])),
    st.tuples(st.just("fax went")),
    st.tuples(st.just("e-mail went")),
    st.tuples(st.just("returned")),
)  # fmt: skip


class Desk:
    """One client's letters and consents, changed by deeds; what left is looked at each time."""

    def __init__(self, house: letters.World) -> None:
        self.house = house
        self.letter: Letter | None = None
        self.left = 0

    def do(self, deed: tuple[Any, ...]) -> None:
        before = self._how_many()
        try:
            with transaction():
                getattr(self, deed[0].replace(" ", "_").replace("-", "_"))(*deed[1:])
        except DomainError:
            db.session.rollback()
        if self._how_many() > before:
            self._look()

    def _how_many(self) -> int:
        wanted = select(func.count()).select_from(Dispatch)
        gone = Dispatch.status.in_(("sent", "delivered"))
        mine = Dispatch.client_id == self.house.client.id
        return db.session.scalar(wanted.where(gone, mine)) or 0

    def _look(self) -> None:
        self.left += 1
        found = db.session.scalars(select(Dispatch).order_by(Dispatch.id.desc())).first()
        today, kind = this_day(), KINDS[found.letter_kind]
        needs, purpose = kind.needs, kind.purpose
        if found.letter_kind in BARE:
            if queries.content_of(found.letter) == letters.PLAIN:
                return
            needs, purpose = OWN_WORDS
        live = db.session.scalars(
            select(Consent).where(
                Consent.client_id == found.client_id, Consent.provider_id == found.provider_id,
                Consent.kind == "SHARE_PROVIDER", Consent.answer == "given",
                Consent.status == "active", Consent.given_on <= today, Consent.expires_on >= today,
            )
        ).all()  # fmt: skip
        scopes = [read_scope(one.scope) for one in live]
        assert any(needs <= set(scope.data) and purpose in scope.purposes for scope in scopes), (
            found.letter_kind
        )

    def agree(self, data: frozenset[str], purposes: frozenset[str], days: int) -> None:
        new_consent(
            self.house.client, "SHARE_PROVIDER", provider=self.house.provider, data=tuple(data),
            purposes=tuple(purposes), given_on=this_day() + timedelta(days=days),
        )  # fmt: skip

    def agree_to_all(self) -> None:
        self.agree(frozenset(DATA), frozenset(PURPOSES), 0)

    def withdraw(self) -> None:
        live = db.session.scalars(
            select(Consent).where(
                Consent.client_id == self.house.client.id, Consent.status == "active"
            )
        )
        for one in live:
            consenting.withdraw(one, actor=SYSTEM)

    def refuse(self) -> None:
        consenting.refuse(
            self.house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=self.house.provider
        )

    def write(self, kind: str) -> None:
        self.letter = services.draft(
            actor=self.house.treats, client=self.house.client, provider=self.house.provider,
            organisation=self.house.place, kind=kind,
            content=letters.CLINICAL if KINDS[kind].is_clinical else letters.PLAIN,
            is_bare=KINDS[kind].is_bare,
        )  # fmt: skip
        services.approve(self.letter, actor=self.house.treats)

    def write_more(self, kind: str) -> None:
        self.letter = services.draft(
            actor=self.house.treats, client=self.house.client, provider=self.house.provider,
            organisation=self.house.place, kind=kind, content=letters.PLAIN, is_bare=True,
        )  # fmt: skip
        services.edit(self.letter, actor=self.house.treats, content=letters.OWN)
        services.approve(self.letter, actor=self.house.treats)

    def send(self, channel: str) -> None:
        if self.letter is not None:
            services.send(self.letter, actor=self.house.desk, channel=channel)

    def fax_went(self) -> None:
        dispatch = queries.live_dispatch(self.letter) if self.letter else None
        if dispatch is not None:
            services.mark_sent(dispatch, actor=self.house.desk, number=FAX)

    def e_mail_went(self) -> None:
        dispatch = queries.live_dispatch(self.letter) if self.letter else None
        if dispatch is not None and dispatch.message is not None:
            may = services.may_still_leave(dispatch.message)
            sending.end_message(dispatch, actor=SYSTEM, is_sent=may)

    def returned(self) -> None:
        dispatch = queries.last_dispatch(self.letter) if self.letter else None
        if dispatch is not None:
            services.mark_failed(dispatch, actor=self.house.desk, why="returned")


@pytest.fixture
def house(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> letters.World:
    people.set_up()
    made = letters.world()
    with transaction():
        pass
    pdf = sending.set_pdf(letters.approved(made))
    monkeypatch.setattr(sending, "set_pdf", lambda *_, **__: pdf)  # set once: it is slow
    return made


def newcomer(house: letters.World) -> letters.World:
    """The same house with another client."""
    client = clients.a_client("Ada Lund")
    with transaction():
        join_care(client, house.treats.id, actor=SYSTEM)
    return letters.World(client, house.provider, house.place, house.treats, house.desk)


def worked(house: letters.World, deeds: list[tuple[Any, ...]]) -> int:
    """How many letters left in a new client's life."""
    desk = Desk(newcomer(house))
    for deed in deeds:
        desk.do(deed)
    return desk.left


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=st.lists(DEEDS, min_size=4, max_size=12))
def test_whatever_is_done_nothing_leaves_without_consent(house, deeds):
    worked(house, deeds)


WALK = [
    ("write", "progress"), ("send", "post"), ("agree to all",), ("send", "fax"), ("withdraw",),
    ("fax went",), ("agree to all",), ("fax went",), ("returned",), ("send", "email"),
    ("e-mail went",), ("write", "clearance"), ("send", "email"), ("refuse",), ("e-mail went",),
]  # fmt: skip


def test_a_walk_in_which_letters_do_leave(house):
    assert worked(house, WALK) == 2


def test_sabotage_without_the_second_question_the_walk_is_seen_to_leak(house, monkeypatch):
    monkeypatch.setattr(sending, "must_be_agreed", _only_at_first(sending.must_be_agreed))
    with pytest.raises(AssertionError):
        worked(house, [("agree to all",), ("write", "progress"), ("send", "fax"), ("withdraw",),
                       ("fax went",)])  # fmt: skip


def test_sabotage_letters_that_stay_bare_whatever_is_added_are_seen_to_leak(house, monkeypatch):
    deeds = [("write more", "decline"), ("send", "post")]
    assert worked(house, deeds) == 0
    monkeypatch.setattr(drafting, "adds_nothing", lambda *_: True)
    with pytest.raises(AssertionError):
        worked(house, deeds)


def _only_at_first(gate: Any) -> Any:
    asked: dict[int, int | None] = {}

    def once(letter: Letter, on: Any) -> Any:
        if letter.id not in asked:
            asked[letter.id] = gate(letter, on)
        return asked[letter.id]

    return once
