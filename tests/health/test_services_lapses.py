"""Ways in which what is known could be lost, loosened or read by who should not."""

from datetime import timedelta

import pytest

from clinic.clients.models import CareTeamMember
from clinic.clients.services import leave_care, merge
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health import services
from clinic.health.queries import known_of
from clinic.health.queries.facts import facts_of
from clinic.health.queries.history import verdict_of
from clinic.health.queries.intake import given_to, may_fill
from clinic.health.rules.facts import Fact
from clinic.health.services.clearing import ask_clearance, record_answer
from tests.factories import clients, health, staff
from tests.factories import screening as made

DVT = {"vascular__DVT": "y", "vascular__DVT__status": "active", "vascular__DVT__on": "2026-10"}
RULE = "THROMBOCYTOPENIA"
LATER = health.ON + timedelta(days=5)


def do(act, *given, **more):
    with transaction():
        return act(*given, **more)


def treated():
    grace, teo = clients.a_client(), staff.therapist()
    health.in_care(grace, teo)
    return grace, teo


def codes(client):
    return sorted(one.fact.code for one in facts_of(client.id))


def answered(client, actor, outcome):
    row = do(ask_clearance, client, [RULE], actor=actor)
    do(
        record_answer, row, actor=actor, outcome=outcome, said_by="Dr Adeyemi",
        said="As we spoke of.", how="phone", on=made.today(),
    )  # fmt: skip


def test_what_a_provider_refuses_later_ends_what_was_cleared_before(inside):
    grace, teo = treated()
    made.know(grace, made.LOW_PLATELETS)
    answered(grace, teo, "cleared")
    assert not verdict_of(grace, made.today()).is_held
    answered(grace, teo, "refused")
    assert verdict_of(grace, made.today()).is_held
    answered(grace, teo, "cleared")
    assert not verdict_of(grace, made.today()).is_held


def test_a_form_in_error_takes_nothing_along_that_another_form_says_as_well(inside):
    grace, teo = treated()
    wrong = health.filled(grace, **DVT)
    right = health.filled(grace, on=LATER, **DVT)
    do(services.mark_in_error, wrong, actor=teo, why="This was Ana’s form.")
    (one,) = facts_of(grace.id)
    assert (one.fact.code, one.row.response_id) == ("DVT", right.id)


def test_what_a_new_form_still_says_gives_no_way_to_another_of_its_name(inside):
    grace, teo = treated()
    port = {
        "device": "yes", "device__device__0__code": "PORT", "device__device__0__area": "CHEST",
        "device__device__0__side": "L",
    }  # fmt: skip
    do(services.review, health.filled(grace, **port), actor=teo)
    another = {"device__device__1__code": "PORT", "device__device__1__area": "ABDOMEN"}
    do(services.review, health.filled(grace, on=LATER, **port, **another), actor=teo)
    assert codes(grace) == ["PORT", "PORT"]


def test_a_device_elsewhere_takes_no_place_unread(inside):
    grace, teo = treated()
    left = {
        "device": "yes", "device__device__0__code": "IMPLANT", "device__device__0__area": "KNEE",
        "device__device__0__side": "L",
    }  # fmt: skip
    do(services.review, health.filled(grace, **left), actor=teo)
    right = left | {"device__device__0__side": "R"}
    do(services.review, health.filled(grace, on=LATER, **right), actor=teo)
    assert sorted(one.fact.side for one in facts_of(grace.id)) == ["L", "R"]


def test_a_milder_answer_does_not_count_unread_because_records_were_joined(inside):
    grace, teo = treated()
    twin = clients.a_client("Grace Nakamura-Lee")
    health.in_care(twin, teo)
    do(services.review, health.filled(twin, one_sided_limb_swelling="yes"), actor=teo)
    do(merge, grace, twin, actor=SYSTEM)
    later = health.filled(grace, on=LATER)

    def said():
        answers = known_of(grace.id).sheet.answers
        told = [one for one in answers if one.topic == "answer:one_sided_limb_swelling"]
        return max(told, key=lambda one: one.on).said

    assert said() == "yes"
    do(services.review, later, actor=teo)
    assert said() == "no"


def test_the_questions_of_a_day_are_not_answered_weeks_ahead(inside):
    grace = clients.a_client()
    with pytest.raises(DomainError), transaction():
        services.begin(grace, actor=SYSTEM, form="check", on=made.today() + timedelta(days=21))


def test_who_left_the_care_reads_no_draft_that_began_with_what_was_told(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **DVT), actor=teo)
    draft = do(services.begin, grace, actor=teo, form="full")
    assert given_to(draft)
    assert may_fill(teo, draft)
    member = db.session.query(CareTeamMember).filter_by(staff_id=teo.id).one()
    do(leave_care, member, actor=SYSTEM)
    assert not may_fill(teo, draft)


def test_only_who_treats_a_client_writes_facts_that_count_as_read(inside):
    grace, ana = clients.a_client(), staff.receptionist()
    for source in ("therapist", "provider"):
        with pytest.raises(NotAllowed), transaction():
            services.take_facts(grace, [Fact("condition", "DVT")], actor=ana, source=source)
    do(services.take_facts, grace, [Fact("condition", "DVT")], actor=ana, source="client")
    assert not known_of(grace.id).is_reviewed


def test_a_form_corrects_no_form_of_somebody_else(inside):
    grace, teo = treated()
    other = clients.a_client("Ana Reyes")
    hers = health.filled(other, **DVT)
    with pytest.raises(DomainError), transaction():
        services.begin(grace, actor=teo, form="full", supersedes=hers)


def test_who_types_in_a_form_without_treating_still_goes_on_with_it(inside):
    grace, ana = clients.a_client(), staff.receptionist()
    draft = do(services.begin, grace, actor=ana, form="full")
    do(services.keep, draft, {"complaint": "words"}, actor=ana)
    assert may_fill(ana, draft)
