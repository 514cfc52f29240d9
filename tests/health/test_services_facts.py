from datetime import date

import pytest

from clinic.clients.services import merge
from clinic.consents.events import ConsentChanged
from clinic.consents.models import Consent
from clinic.core import announcements
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health import services
from clinic.health.events import FactsChanged
from clinic.health.models import FactSheet, RuleHit
from clinic.health.queries import known_of
from clinic.health.queries.facts import ended_facts_of, facts_of
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Answer, Fact, Sheet
from clinic.health.rules.vocabulary import OTHER
from tests.factories import clients, health, staff
from tests.factories.screening import today
from tests.statements import counted

LONG_AGO = date(2020, 1, 1)
ASTHMA = Fact("condition", "ASTHMA", on=LONG_AGO, details=(("status", "active"),))


def treated(name="Grace Nakamura"):
    client, teo = clients.a_client(name), staff.therapist()
    health.in_care(client, teo)
    return client, teo


def do(act, *given, **more):
    with transaction():
        return act(*given, **more)


def test_before_anything_is_said_nothing_is_known(inside):
    known = known_of(clients.a_client().id)
    assert (known.sheet, known.version, known.history_on) == (Sheet(), 0, None)
    assert not known.is_reviewed


def test_what_is_known_of_a_person_takes_one_statement(inside):
    grace, teo = treated()
    other = clients.a_client("Grace Nakamura-Bell")
    do(services.record_fact, grace, ASTHMA, actor=teo)
    do(services.take_facts, other, [Fact("device", "PORT")], actor=SYSTEM, source="client")
    with transaction():
        merge(grace, other, actor=SYSTEM)
    person_id = grace.id
    with counted() as statements:
        known = known_of(person_id)
    assert len(statements) == 1
    assert {one.code for one in known.sheet.facts} == {"ASTHMA", "PORT"}
    assert not known.is_reviewed


def test_every_change_makes_another_version_and_is_announced(inside, monkeypatch):
    heard = []
    monkeypatch.setitem(announcements._hearers, FactsChanged, (heard.append,))
    grace, teo = treated()
    touches = grace.touches
    row = do(services.record_fact, grace, ASTHMA, actor=teo)
    new = do(services.change_fact, row, Fact("condition", "COPD"), actor=teo)
    do(services.confirm_fact, new, actor=teo)
    do(services.end_fact, new, actor=teo, why="error")
    assert known_of(grace.id).version == 4
    assert heard == [FactsChanged(grace.id)] * 4
    db.session.refresh(grace)
    assert grace.touches == touches + 4
    assert [one.row.ended_why for one in ended_facts_of(grace.id)] == ["error", "replaced"]


def test_what_has_ended_is_not_changed_again(inside):
    grace, teo = treated()
    row = do(services.record_fact, grace, ASTHMA, actor=teo)
    do(services.end_fact, row, actor=teo)
    for act in (
        lambda: services.end_fact(row, actor=teo),
        lambda: services.confirm_fact(row, actor=teo),
        lambda: services.change_fact(row, ASTHMA, actor=teo),
    ):
        with pytest.raises(Conflict), transaction():
            act()


def test_only_who_treats_a_client_writes_their_facts(inside):
    grace, _ = treated()
    for actor in (staff.therapist("Mia Stone"), staff.receptionist(), staff.owner()):
        with pytest.raises(NotAllowed), transaction():
            services.record_fact(grace, ASTHMA, actor=actor)
    assert facts_of(grace.id) == []


def test_what_no_list_names_is_kept_with_its_text(inside):
    grace = clients.a_client()
    lines = [Fact("condition", "A rare thing"), Fact("medicine", OTHER, text="Herbal tea")]
    do(services.take_facts, grace, lines, actor=SYSTEM, source="client")
    found = [(one.fact.code, one.fact.text) for one in facts_of(grace.id)]
    assert found == [(OTHER, "A rare thing"), (OTHER, "Herbal tea")]


@pytest.mark.parametrize(
    ("fact", "field"),
    [
        (Fact("condition", "MI", on=date(2999, 1, 1)), "on"),
        (Fact("condition", "MI", on=date(2020, 2, 2), until=date(2020, 2, 1)), "until"),
        (Fact("condition", "MI", area="ELSEWHERE"), "area"),
        (Fact("condition", "MI", area="SPINE_C", side="L"), "area"),
        (Fact("condition", "MI", details=(("flare", "perhaps"),)), "flare"),
        (Fact("condition", "MI", details=(("mood", "yes"),)), "mood"),
        (Fact("condition", OTHER), "text"),
        (Fact("reading", "temp_c", value=400.0), "value"),
        (Fact("reading", "temp_c"), "value"),
        (Fact("reading", "height"), "code"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(inside, fact, field):
    grace = clients.a_client()
    with pytest.raises(DomainError) as refusal, transaction():
        services.take_facts(grace, [fact], actor=SYSTEM, source="client")
    assert refusal.value.field == field


def test_a_line_of_another_system_is_taken_once(inside):
    grace = clients.a_client()
    line = Fact("condition", "ASTHMA", ref="folder/conditions/1")
    for _ in range(2):
        do(services.take_facts, grace, [line], actor=SYSTEM, source="import")
    (one,) = facts_of(grace.id)
    assert (one.row.import_ref, one.row.is_reviewed) == ("folder/conditions/1", False)


def test_none_known_is_not_the_same_as_never_asked(inside):
    grace, teo = treated()
    answer = Answer("allergy", "no", LONG_AGO)
    do(services.record_answers, grace, [answer], actor=teo)
    (kept,) = known_of(grace.id).sheet.answers
    assert (kept.topic, kept.said, kept.on, kept.of) == ("allergy", "no", LONG_AGO, "history")
    for wrong in (Answer("nonsense", "no", LONG_AGO), Answer("answer:x", "no", LONG_AGO),
                  Answer("allergy", "perhaps", LONG_AGO)):  # fmt: skip
        with pytest.raises(DomainError), transaction():
            services.record_answers(grace, [wrong], actor=teo)


def test_decisions_stand_on_the_sheet_until_they_are_withdrawn(inside):
    grace, teo = treated()
    with transaction(), writing("health.test", SYSTEM):
        hit = RuleHit(client=grace, decided_at=grace.created_at, decided_by_id=teo.id)
        hit.details = '{"rule": "ASTHMA", "says": "adjusted", "inputs": "abc", "text": "ok"}'
        db.session.add(hit)
        db.session.flush()
        services.refresh(grace, actor=teo)
    (decision,) = known_of(grace.id).sheet.decisions
    assert (decision.rule, decision.says, decision.inputs) == ("ASTHMA", "adjusted", "abc")


def _consent(client, answer, **more):
    row = Consent(client=client, kind="SHARE_PROVIDER", answer=answer, method="verbal",
                  given_on=LONG_AGO, **more)  # fmt: skip
    with transaction(), writing("consents.test", SYSTEM):
        db.session.add(row)
        db.session.flush()
        announce(ConsentChanged(client.id))
    return row


def test_a_refused_consent_reaches_the_sheet_by_itself_and_leaves_it_again(inside):
    grace = clients.a_client()
    _consent(grace, "refused")
    assert known_of(grace.id).sheet.refused == ("SHARE_PROVIDER",)
    _consent(grace, "given")
    assert known_of(grace.id).sheet.refused == ()


def test_the_sheet_s_text_is_bound_to_its_row(inside):
    grace, teo = treated()
    do(services.record_fact, grace, ASTHMA, actor=teo)
    sheet = db.session.query(FactSheet).one()
    assert b"ASTHMA" not in sheet.contents_sealed
    assert "ASTHMA" in sheet.contents


def test_who_names_a_condition_has_answered_what_rules_ask_of_it(inside):
    grace, teo = treated()
    do(
        services.record_fact,
        grace,
        Fact(
            "condition",
            "HYPERTENSION",
            on=LONG_AGO,
            details=(("controlled", "yes"), ("status", "active")),
        ),
        actor=teo,
    )
    verdict = verdict_of(grace, today())
    assert verdict.hit("HTN_CONTROLLED").state == "open"
    held_open = verdict.hit("HTN_UNCONTROLLED")
    assert held_open is None or held_open.state != "ask"


def test_a_condition_that_is_ended_has_been_answered_with_no(inside):
    grace, teo = treated()
    row = do(services.record_fact, grace, ASTHMA, actor=teo)
    assert verdict_of(grace, today()).hit("ASTHMA").state == "open"
    do(services.end_fact, row, actor=teo, why="error")
    cause = verdict_of(grace, today()).hit("ASTHMA")
    assert cause is None or {one.topic for one in cause.because} == {"condition:COPD"}
