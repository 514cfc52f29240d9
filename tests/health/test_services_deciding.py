from datetime import timedelta

import pytest
from flask import Flask

from clinic.clients.services import merge
from clinic.core import announcements
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health.events import FactsChanged
from clinic.health.models import RuleHit
from clinic.health.queries.clearances import deciding_of, the_decision
from clinic.health.queries.history import standing_of, verdict_of
from clinic.health.rules.facts import Fact
from clinic.health.services.deciding import answer, decide, open_topics, withdraw_decision
from tests.factories import clients, staff
from tests.factories import screening as made

SHOWN = {"evidence": "conversation", "text": "Her doctor ruled it out yesterday."}


@pytest.fixture
def ines(inside: Flask) -> Actor:
    """Who treats the client."""
    return staff.therapist("Ines Okafor")


def treated(actor: Actor, *facts: Fact):
    """A client in somebody's care of whom this is known."""
    who = clients.a_client()
    made.treat(who, actor)
    made.know(who, *facts)
    return who


def settle(who, rule: str, says: str, actor: Actor, **more) -> RuleHit:
    inputs = more.pop("inputs", None) or made.hit_of(who, rule).inputs
    with transaction():
        return decide(who, rule, says, actor=actor, inputs=inputs, **more)


def state(who, rule: str, on=None) -> str:
    return made.hit_of(who, rule, on).state


def test_a_stop_is_lifted_only_by_showing_that_it_does_not_apply(ines: Actor) -> None:
    who = treated(ines, made.CLOT)
    for says in ("adjusted", "cleared", "nothing", ""):
        with pytest.raises(DomainError, match="cannot be decided so"):
            settle(who, "DVT_ACTIVE", says, ines, **SHOWN)
    with pytest.raises(DomainError, match="what shows it"):
        settle(who, "DVT_ACTIVE", "not_applicable", ines, text=SHOWN["text"])
    with pytest.raises(DomainError, match="few words"):
        settle(who, "DVT_ACTIVE", "not_applicable", ines, evidence="finding", text="no clot")
    assert verdict_of(who, made.today()).is_stopped
    settle(who, "DVT_ACTIVE", "not_applicable", ines, **SHOWN)
    assert not verdict_of(who, made.today()).is_stopped


def test_a_hold_may_need_no_conversation_when_it_is_said_why(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    with pytest.raises(DomainError):
        settle(who, "THROMBOCYTOPENIA", "adjusted", ines)
    settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    verdict = verdict_of(who, made.today())
    assert not verdict.is_held
    assert verdict.pressure == 1  # the rule's own effects stay


def test_one_tap_says_that_the_session_is_adjusted_and_the_effects_stay(ines: Actor) -> None:
    who = treated(ines, made.FIBROMYALGIA)
    before = verdict_of(who, made.today())
    settle(who, "FIBROMYALGIA", "adjusted", ines)
    after = verdict_of(who, made.today())
    assert state(who, "FIBROMYALGIA") == "adjusted"
    assert (after.pressure, after.softened) == (before.pressure, before.softened)


def test_a_caution_does_not_apply_only_with_a_reason(ines: Actor) -> None:
    who = treated(ines, made.FIBROMYALGIA)
    with pytest.raises(DomainError) as refused:
        settle(who, "FIBROMYALGIA", "not_applicable", ines)
    assert refused.value.field == "text"
    settle(who, "FIBROMYALGIA", "not_applicable", ines, text="Mistaken")
    assert state(who, "FIBROMYALGIA") == "not_applicable"


def test_a_decision_is_for_what_was_found_and_opens_again_with_more(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    settle(who, "THROMBOCYTOPENIA", "not_applicable", ines, **SHOWN)
    assert not verdict_of(who, made.today()).is_held
    made.know(who, Fact("condition", "LOW_PLATELETS", text="worse"))
    assert state(who, "THROMBOCYTOPENIA") == "open"


def test_a_page_that_shows_something_older_decides_nothing(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    shown = made.hit_of(who, "THROMBOCYTOPENIA").inputs
    made.know(who, Fact("condition", "LOW_PLATELETS", text="worse"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        settle(who, "THROMBOCYTOPENIA", "cleared", ines, inputs=shown, **SHOWN)
    with pytest.raises(Conflict, match="changed meanwhile"):
        settle(who, "DVT_HISTORY", "cleared", ines, inputs=shown, **SHOWN)
    settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    with pytest.raises(Conflict, match="changed meanwhile"):
        settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    assert db.session.query(RuleHit).count() == 1


def test_a_decision_counts_until_its_last_day(ines: Actor) -> None:
    who, today = treated(ines, made.LOW_PLATELETS), made.today()
    with pytest.raises(DomainError) as refused:
        settle(who, "THROMBOCYTOPENIA", "cleared", ines, until=today - timedelta(days=1), **SHOWN)
    assert refused.value.field == "until"
    settle(who, "THROMBOCYTOPENIA", "cleared", ines, until=today, **SHOWN)
    assert not verdict_of(who, today).is_held
    assert verdict_of(who, made.tomorrow()).is_held


def test_a_decision_can_be_taken_back_once(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    row = settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    with transaction():
        withdraw_decision(the_decision(row.public_id), actor=ines)
    assert verdict_of(who, made.today()).is_held
    with pytest.raises(Conflict, match="already"), transaction():
        withdraw_decision(the_decision(row.public_id), actor=ines)


def test_only_who_treats_a_client_decides_about_them(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    row = settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    made.know(who, Fact("condition", "LOW_PLATELETS", text="worse"))
    for actor in (staff.therapist("Teo Marsh"), staff.receptionist(), staff.owner()):
        with pytest.raises(NotAllowed):
            settle(who, "THROMBOCYTOPENIA", "cleared", actor, **SHOWN)
        with pytest.raises(NotAllowed), transaction():
            withdraw_decision(the_decision(row.public_id), actor=actor)
        with pytest.raises(NotAllowed), transaction():
            answer(who, "DVT_HISTORY", ["condition:DVT"], "no", actor=actor, inputs="")


def test_what_is_decided_is_sealed_and_announced(
    ines: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = treated(ines, made.LOW_PLATELETS)
    heard: list[object] = []
    monkeypatch.setattr(announcements, "_hearers", {FactsChanged: (heard.append,)})
    row = settle(who, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    assert heard == [FactsChanged(who.id)]
    assert deciding_of(row).text == SHOWN["text"]
    assert b"doctor" not in row.details_sealed
    assert b"THROMBOCYTOPENIA" not in row.details_sealed


def test_a_decision_holds_for_the_person_whichever_record_it_was_made_on(ines: Actor) -> None:
    kept = treated(ines, made.LOW_PLATELETS)
    other = clients.a_client("Grace Nakamoto")
    with transaction():
        merge(kept, other, actor=SYSTEM)
    settle(other, "THROMBOCYTOPENIA", "cleared", ines, **SHOWN)
    assert not verdict_of(kept, made.today()).is_held
    assert not verdict_of(other, made.today()).is_held


def test_asking_the_client_settles_what_could_not_be_told(ines: Actor) -> None:
    who = treated(ines)
    hit = made.hit_of(who, "LICE_SCABIES")
    assert hit.state == "ask"
    topics = [cause.topic for cause in open_topics(hit)]
    assert topics
    with transaction():
        answer(who, "LICE_SCABIES", topics, "no", actor=ines, inputs=hit.inputs)
    assert verdict_of(who, made.today()).hit("LICE_SCABIES") is None


def test_a_yes_opens_the_rule(ines: Actor) -> None:
    who = treated(ines)
    hit = made.hit_of(who, "OLDER_FRAIL")
    with transaction():
        answer(who, "OLDER_FRAIL", ["answer:frail"], "yes", actor=ines, inputs=hit.inputs)
    assert state(who, "OLDER_FRAIL") == "open"


def test_only_what_the_rule_asks_is_answered_and_only_yes_or_no(ines: Actor) -> None:
    who = treated(ines)
    hit = made.hit_of(who, "OLDER_FRAIL")
    for topics, said in ((["answer:sunburn"], "no"), ([], "no"), (["answer:frail"], "perhaps")):
        with pytest.raises(DomainError, match="Choose an answer"), transaction():
            answer(who, "OLDER_FRAIL", topics, said, actor=ines, inputs=hit.inputs)


def test_a_mild_word_does_not_outdo_a_strict_one_of_the_same_day(ines: Actor) -> None:
    who = treated(ines)
    hit = made.hit_of(who, "OLDER_FRAIL")
    with transaction():
        from_form = [cause.topic for cause in open_topics(hit)]
        answer(who, "OLDER_FRAIL", from_form, "yes", actor=ines, inputs=hit.inputs)
    again = made.hit_of(who, "OLDER_FRAIL")
    with pytest.raises(DomainError), transaction():
        answer(who, "OLDER_FRAIL", from_form, "no", actor=ines, inputs=again.inputs)
    assert state(who, "OLDER_FRAIL") == "open"


def test_the_page_tells_what_is_open_seen_to_and_to_be_asked(ines: Actor) -> None:
    who = treated(ines, made.LOW_PLATELETS, made.FIBROMYALGIA)
    settle(who, "FIBROMYALGIA", "adjusted", ines, text="Lighter, and shorter.")
    standing = standing_of(who, made.today())
    assert "THROMBOCYTOPENIA" in {one.hit.rule for one in standing.open}
    seen = {one.hit.rule: one for one in standing.seen}
    assert seen["FIBROMYALGIA"].told.text == "Lighter, and shorter."
    assert {one.hit.state for one in (*standing.asks, *standing.later)} == {"ask"}
    assert "CAUTION_SITES" not in {one.hit.rule for one in (*standing.open, *standing.seen)}
