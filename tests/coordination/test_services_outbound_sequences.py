"""Whatever is done in whatever order: nothing live is left alone, and nothing leaves unagreed."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from clinic.consents import services as consents
from clinic.consents.models import Consent
from clinic.consents.queries import consents_on
from clinic.consents.rules import Scope
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import about_outbound, outbound_steps
from clinic.coordination.rules.outbound import AWAITING, BEFORE_SENDING, TASKS
from clinic.coordination.services import outbound as verbs
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Limits
from clinic.health.services.clearing import ask_clearance, record_answer, withdraw_clearance
from clinic.letters import services as letters
from clinic.letters.models import Dispatch
from clinic.tasks.queries import live_about
from tests.coordination.outbound_edges import EDGES
from tests.factories import outbound as made
from tests.factories import screening

RULE = "THROMBOCYTOPENIA"
Deed = Callable[[made.Cast, OutboundReferral, Random], Any]


def _verb(name: str, **told: Any) -> Deed:
    def act(who: made.Cast, row: OutboundReferral, _chance: Random) -> Any:
        days = {key: made.day() if value == "today" else value for key, value in told.items()}
        return getattr(verbs, name)(row, actor=who.ines, **days)

    return act


def _send(who: made.Cast, row: OutboundReferral, _chance: Random) -> None:
    if row.letter is not None:
        letters.send(row.letter, actor=who.ines, channel="print")


def _fail(who: made.Cast, row: OutboundReferral, _chance: Random) -> None:
    if row.letter is not None and row.letter.dispatches:
        letters.mark_failed(row.letter.dispatches[-1], actor=who.ines, why="returned")


def _reopen(who: made.Cast, row: OutboundReferral, _chance: Random) -> None:
    if row.letter is not None:
        letters.reopen(row.letter, actor=who.ines)


def _agree(who: made.Cast, _row: OutboundReferral, chance: Random) -> None:
    data = ("visits", "notes", "history")[: chance.choice((2, 3, 3))]
    consents.take_consent(
        who.client, "SHARE_PROVIDER", actor=who.robin, method="signed", signature="Grace",
        provider=who.provider,
        scope=Scope(purposes=("referral", "safety"), data=data),
    )  # fmt: skip


def _withdraw(who: made.Cast, _row: OutboundReferral, _chance: Random) -> None:
    for row in db.session.query(Consent).filter_by(status="active"):
        consents.withdraw(row, actor=who.robin, why="changed their mind")


def _ask(who: made.Cast, _row: OutboundReferral, _chance: Random) -> None:
    ask_clearance(who.client, [RULE], actor=who.ines, provider=who.provider, question="May she?")


def _record(who: made.Cast, row: OutboundReferral, chance: Random) -> None:
    if row.clearance is not None:
        outcome = chance.choice(("cleared", "refused", "cleared_with_limits"))
        record_answer(
            row.clearance, actor=who.ines, outcome=outcome, said_by="Dr Adeyemi", said="so",
            how="phone", on=made.day(), limits=Limits(pressure=2),
        )  # fmt: skip


def _take_back(who: made.Cast, row: OutboundReferral, _chance: Random) -> None:
    if row.clearance is not None:
        withdraw_clearance(row.clearance, actor=who.ines, why="asked twice")


def _begin(who: made.Cast, _row: OutboundReferral, chance: Random) -> None:
    verbs.begin(
        actor=who.ines, client=who.client, provider=who.provider, reason="red_flag",
        urgency=chance.choice(("routine", "soon", "urgent")), question="what is it?",
    )  # fmt: skip


def _sweep(_who: made.Cast, _row: OutboundReferral, chance: Random) -> None:
    verbs.sweep(actor=SYSTEM, today=made.day() + timedelta(days=chance.choice((0, 2, 30))))


DEEDS: tuple[Deed, ...] = (
    _verb("ask_consent"), _verb("make_ready"), _verb("make_ready"), _verb("consent_given"),
    _verb("client_refused"), _verb("acknowledged", by="Mrs Lund", on="today"),
    _verb("declined", why="no places"), _verb("scheduled", on="today"), _verb("attended"),
    _verb("not_attended"), _verb("remind", how="fax"), _verb("call", result="left_message"),
    _verb("no_answer"), _verb("cancel", code="not_needed"), _verb("mistake", why="wrong client"),
    _verb("answer", how="phone", said_by="Dr Adeyemi", said="seen", on="today"),
    _verb("act_on", what="nothing"), _verb("tell_client", how="phone"), _verb("close"),
    _verb("write_letter"), _send, _send, _fail, _reopen, _agree, _agree, _withdraw, _ask, _begin,
    _begin, _record, _take_back, _sweep,
)  # fmt: skip


def holds(row: OutboundReferral) -> None:
    """What is true of a referral after every deed."""
    walked = {(one.from_status, one.to_status) for one in outbound_steps(row)}
    assert {one for one in walked if one[0] != one[1]} <= set(EDGES)
    live = live_about(about_outbound(row))
    own = [one for one in live if (one.dedupe or "").endswith(f":{row.next_action}")]
    if row.ended_at is not None:
        assert row.next_action == ""
        left = {"reassign", "referral_next_action", "call_provider"}
        assert {one.kind for one in live} <= left
        assert len(live) <= (2 if row.status == "client_declined" else 1)
        return
    assert row.owner_id is not None
    assert row.due_on is not None
    assert len(own) == (1 if row.next_action in TASKS else 0)
    assert len(live) <= len(own) + 1  # and an owner's, where it is urgent and late
    if row.status in AWAITING:
        assert row.sent_at is not None
    if row.clearance is not None and row.status in BEFORE_SENDING:
        assert row.clearance.status == "asked"
    if row.clearance is not None and row.status in ("acted_on", "told_client"):
        assert row.clearance.status != "asked"


@pytest.mark.parametrize("seed", range(3))
def test_nothing_live_is_left_alone_and_nothing_leaves_without_consent(
    inside, monkeypatch: pytest.MonkeyPatch, seed: int
):
    made.swift_setting(monkeypatch)
    who, chance = made.cast(), Random(seed)
    screening.know(who.client, screening.LOW_PLATELETS)
    made.begin(who)
    done, left = 0, 0
    for _ in range(150):
        rows = db.session.query(OutboundReferral).order_by(OutboundReferral.id).all()
        live = [one for one in rows if one.ended_at is None or one.status == "no_response"]
        row, deed = chance.choice(live or rows), chance.choice(DEEDS)
        agreed = consents_on(who.client.known_as, made.day()).has("SHARE_PROVIDER")
        try:
            with transaction():
                deed(who, row, chance)
            done += 1
        except DomainError:
            pass  # refused, and nothing was changed
        db.session.expire_all()
        count = db.session.query(Dispatch).count()
        assert count == left or agreed
        left = count
        for one in db.session.query(OutboundReferral).all():
            holds(one)
    assert done > 30
    assert all(one.consent_id for one in db.session.query(Dispatch))
