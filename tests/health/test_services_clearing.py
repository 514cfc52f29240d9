from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import Actor
from clinic.core.transactions import transaction
from clinic.health.models import Clearance
from clinic.health.queries.clearances import asking_of, open_clearances, the_clearance
from clinic.health.queries.history import due, standing_of, unreviewed, verdict_of
from clinic.health.rules.facts import Fact, Limits
from clinic.health.services.clearing import (
    ask_clearance,
    limits_of,
    present_hits,
    record_answer,
    withdraw_clearance,
)
from tests.factories import clients, directory, health, staff
from tests.factories import screening as made

RULE = "THROMBOCYTOPENIA"
SAID = "canary-said: 90 000 and rising, light massage is fine."
LIGHT = Limits(pressure=2, blocked=("DEEP",), positions=("prone",), minutes=45)


@pytest.fixture
def ines(inside: Flask) -> Actor:
    """Who treats the client."""
    return staff.therapist("Ines Okafor")


@pytest.fixture
def who(ines: Actor):
    """A client whose visits are held until a provider is asked."""
    client = clients.a_client()
    made.treat(client, ines)
    made.know(client, made.LOW_PLATELETS)
    return client


def ask(who, actor: Actor, **more) -> Clearance:
    with transaction():
        return ask_clearance(who, [RULE], actor=actor, **more)


def record(row: Clearance, actor: Actor, outcome: str, **more) -> None:
    plain = {"said_by": "Dr Adeyemi", "said": SAID, "how": "phone", "on": made.today()}
    with transaction():
        record_answer(the_clearance(row.public_id), actor=actor, outcome=outcome, **(plain | more))


def test_asking_holds_and_the_answer_frees_with_its_limits(ines: Actor, who) -> None:
    row = ask(who, ines, provider=directory.provider(), question="May she have massage?")
    assert verdict_of(who, made.today()).is_held
    record(row, ines, "cleared_with_limits", limits=LIGHT)
    verdict = verdict_of(who, made.today())
    assert not verdict.is_held
    assert (verdict.pressure, verdict.minutes, verdict.positions) == (2, 45, ("prone",))
    assert verdict.barred == {"DEEP"}


def test_cleared_without_limits_leaves_nothing_of_the_rules_own(ines: Actor, who) -> None:
    before = verdict_of(who, made.today())
    record(ask(who, ines), ines, "cleared", limits=LIGHT)
    after = verdict_of(who, made.today())
    assert before.barred
    assert not after.barred
    assert after.qualifications == before.qualifications  # training stays needed


def test_a_no_keeps_the_visits_held(ines: Actor, who) -> None:
    row = ask(who, ines)
    record(row, ines, "refused")
    assert verdict_of(who, made.today()).is_held
    assert row.status == "refused"
    again = ask(who, ines)
    assert again.id != row.id


def test_an_answer_counts_from_its_day_until_its_last(ines: Actor, who) -> None:
    today = made.today()
    record(ask(who, ines), ines, "cleared", valid_until=made.tomorrow())
    assert not verdict_of(who, made.tomorrow()).is_held
    assert verdict_of(who, today + timedelta(days=2)).is_held


def test_what_was_asked_for_a_day_to_come_is_answered_for_what_holds_that_day(
    ines: Actor, who
) -> None:
    own = limits_of([made.hit_of(who, RULE)])
    record(ask(who, ines), ines, "cleared", valid_until=made.tomorrow())
    later = made.today() + timedelta(days=20)
    row = ask(who, ines, on=later)
    asking = asking_of(row)
    (hit,) = present_hits(who, asking)
    assert (hit.state, limits_of([hit])) == ("open", own)
    assert limits_of([made.hit_of(who, RULE)]) != own  # today an earlier answer counts
    with rehearsed(now() + timedelta(days=30)):
        assert present_hits(who, asking)[0].state == "open"  # that day has passed: today counts
    record(row, ines, "cleared")
    assert not verdict_of(who, later).is_held


def test_an_answer_is_for_what_was_known_then(ines: Actor, who) -> None:
    record(ask(who, ines), ines, "cleared")
    assert not verdict_of(who, made.today()).is_held
    made.know(who, Fact("condition", "LOW_PLATELETS", text="worse"))
    assert verdict_of(who, made.today()).is_held


def test_an_answer_to_what_changed_meanwhile_is_not_taken_unseen(ines: Actor, who) -> None:
    row = ask(who, ines)
    shown = asking_of(row).inputs
    made.know(who, Fact("condition", "LOW_PLATELETS", text="worse"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        record(row, ines, "cleared", inputs=shown)
    record(row, ines, "cleared", inputs=[made.hit_of(who, RULE).inputs])
    assert not verdict_of(who, made.today()).is_held


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"outcome": "perhaps"}, "outcome"),
        ({"outcome": "cleared_with_limits"}, "outcome"),
        ({"said_by": " "}, "said_by"),
        ({"said": ""}, "said"),
        ({"how": "pigeon"}, "how"),
        ({"on": "tomorrow"}, "since"),
        ({"valid_until": "yesterday"}, "valid_until"),
        ({"outcome": "cleared_with_limits", "limits": Limits(minutes=5)}, "minutes"),
        ({"outcome": "cleared_with_limits", "limits": Limits(pressure=9)}, "pressure"),
        ({"outcome": "cleared_with_limits", "limits": Limits(areas=(("MOON", "L"),))}, "areas"),
        ({"outcome": "cleared_with_limits", "limits": Limits(positions=("air",))}, "positions"),
    ],
)
def test_an_answer_without_who_what_and_when_is_refused(ines: Actor, who, facts, field) -> None:
    days = {"tomorrow": made.tomorrow(), "yesterday": made.today() - timedelta(days=1)}
    facts = {name: days.get(str(value), value) for name, value in facts.items()}
    row = ask(who, ines)
    with pytest.raises(DomainError) as refused:
        record(row, ines, facts.pop("outcome", "cleared"), **facts)
    assert refused.value.field == field
    assert verdict_of(who, made.today()).is_held


def test_what_was_answered_can_be_taken_back_and_then_holds_again(ines: Actor, who) -> None:
    row = ask(who, ines)
    record(row, ines, "cleared")
    with pytest.raises(DomainError), transaction():
        withdraw_clearance(the_clearance(row.public_id), actor=ines, why=" ")
    with transaction():
        withdraw_clearance(the_clearance(row.public_id), actor=ines, why="Another patient.")
    assert verdict_of(who, made.today()).is_held
    assert asking_of(row).said == SAID  # what was said stays on the record
    with pytest.raises(Conflict), transaction():
        withdraw_clearance(the_clearance(row.public_id), actor=ines, why="Again.")


def test_an_answer_is_written_down_once(ines: Actor, who) -> None:
    row = ask(who, ines)
    version = row.version
    record(row, ines, "refused", version=version)
    with pytest.raises(StaleEdit):
        record(row, ines, "cleared", version=version)
    with pytest.raises(Conflict, match="already"):
        record(row, ines, "cleared")


def test_only_rules_that_hold_are_asked_about(ines: Actor, who) -> None:
    made.know(who, made.FIBROMYALGIA)
    for rules in ([], ["FIBROMYALGIA"], ["NO_SUCH"], [RULE, "FIBROMYALGIA"]):
        with pytest.raises(Conflict), transaction():
            ask_clearance(who, rules, actor=ines)


def test_only_who_treats_the_client_asks_answers_and_takes_back(ines: Actor, who) -> None:
    row = ask(who, ines)
    for actor in (staff.therapist("Teo Marsh"), staff.receptionist(), staff.owner()):
        with pytest.raises(NotAllowed):
            ask(who, actor)
        with pytest.raises(NotAllowed):
            record(row, actor, "cleared")
        with pytest.raises(NotAllowed), transaction():
            withdraw_clearance(the_clearance(row.public_id), actor=actor, why="No.")


def test_the_words_are_sealed(ines: Actor, who) -> None:
    row = ask(who, ines, question="canary-question")
    record(row, ines, "cleared")
    assert b"canary" not in row.details_sealed
    assert RULE.encode() not in row.details_sealed


def test_limits_begin_with_the_rules_own_effects(ines: Actor, who) -> None:
    hit = made.hit_of(who, RULE)
    limits = limits_of([hit])
    assert limits.pressure == 1
    assert limits.blocked == hit.blocks


def test_the_page_shows_what_is_waited_for_and_what_cleared(ines: Actor, who) -> None:
    row = ask(who, ines)
    assert standing_of(who, made.today()).open[0].waiting.id == row.id
    record(row, ines, "cleared")
    seen = {one.hit.rule: one for one in standing_of(who, made.today()).seen}
    assert seen[RULE].clearance.id == row.id
    assert not open_clearances()


def test_the_oldest_question_stands_first(ines: Actor, who) -> None:
    first, second = ask(who, ines), ask(who, ines)
    assert [one.id for one in open_clearances()] == [first.id, second.id]
    assert db.session.query(Clearance).count() == 2


def test_the_worklist_holds_ones_own_clients_only(ines: Actor, who) -> None:
    other = staff.therapist("Teo Marsh")
    today = made.today()
    assert [one.client.id for one in due(ines.id, today)] == [who.id]
    assert not due(other.id, today)
    form = health.filled(who, on=today)
    assert [one.id for one in unreviewed(ines.id)] == [form.id]
    assert not unreviewed(other.id)
    assert not due(ines.id, today)
    assert [one.client.id for one in due(ines.id, today + timedelta(days=400))] == [who.id]


@pytest.mark.parametrize(
    ("on", "last"),
    [
        (date(2026, 11, 2), date(2027, 11, 2)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 3, 1), date(2029, 3, 1)),
    ],
)
def test_a_history_is_due_on_the_worklist_on_the_day_screening_asks_for_one(
    ines: Actor, who, on: date, last: date
) -> None:
    with rehearsed(datetime(2030, 6, 1, 12, tzinfo=UTC)):
        health.filled(who, on=on)
    assert (verdict_of(who, last).form, due(ines.id, last)) == ("ok", [])
    after = last + timedelta(days=1)
    assert verdict_of(who, after).form == "due"
    assert [one.history_on for one in due(ines.id, after)] == [on]
