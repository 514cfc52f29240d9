"""Referrals that came in: none is forgotten at a turn, wherever one stands."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from clinic.clients.services import join_care
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries import reports_of
from clinic.coordination.queries.actions import actions_of, is_possible
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.report_facts import to_measure_again
from clinic.coordination.rules.next_steps import initial_report_due
from clinic.coordination.rules.workdays import after
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.letters.queries import of_about
from clinic.records.rules.measures import Subject, Taken
from clinic.records.services import measures
from clinic.scheduling import services as scheduling
from clinic.staff.queries import actor_of
from clinic.tasks.queries import live_about
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.ready import ready

PAIN, TURN = Subject("NPRS_AVERAGE"), Subject("ROM", "NECK_ROTATION", "L")


def test_a_first_visit_had_while_it_was_on_hold_is_reported_all_the_same(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    cases.do("hold", case, house.desk, why="away", review_on=made.day(5))
    cases.had(case, house)
    assert case.status == "on_hold"
    first = initial_report_due(made.this_day())
    assert [(one.kind, one.due_on) for one in reports_of(case)] == [("initial", first)]
    assert "report_due" in {one.kind for one in live_about(about(case))}
    cases.do("resume", case, house.desk)
    assert (case.status, len(reports_of(case))) == ("in_treatment", 1)


def test_a_first_visit_written_down_after_the_time_ended_is_reported_all_the_same(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    ready(house, house.client)
    visit = made.book_now(house, client=house.client, use_referral=True)
    with transaction(), writing("test.window", SYSTEM):
        case.status = "expired"
        db.session.flush()
    for verb, actor in (("check_in", house.desk), ("start", SYSTEM), ("finish", SYSTEM)):
        made.done(getattr(scheduling, verb), visit, actor)
    assert (case.status, [one.kind for one in reports_of(case)]) == ("expired", ["initial"])


def test_a_client_who_was_reached_is_not_called_late_and_one_who_said_no_not_again(inside: Flask):
    house = made.open_house()
    case = cases.contacting(house)
    with rehearsed(now() + timedelta(days=7)):
        cases.tried(case, house, "reached")
        assert (case.next_action, case.due_on) == ("contact_again", after(made.this_day(), 2))
        cases.tried(case, house, "refused")
        assert (case.next_action, case.due_on) == ("decide", after(made.this_day(), 2))
        main = [one.code for one in actions_of(case, house.desk) if one.is_main]
        assert main == ["decline"]
        cases.tried(case, house, "reached")
        assert case.next_action == "contact_again"
        cases.tried(case, house, "refused")
        cases.do("decline", case, house.desk, code="client_refuses")
    assert case.status == "declined"


def test_who_says_no_after_a_missed_first_visit_is_not_called_about_it_again(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    cases.missed(case, house)
    cases.tried(case, house, "reached")
    assert (case.next_action, case.due_on) == ("contact_again", after(made.this_day(), 2))
    cases.tried(case, house, "refused")
    assert (case.next_action, case.due_on) == ("give_up", after(made.this_day(), 2))


def test_one_whose_first_visit_was_missed_is_called_off_by_its_sender(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    cases.missed(case, house)
    assert is_possible("cancel", case, house.desk)
    cases.do("ask_to_cancel", case, house.desk, code="by_provider")
    cases.do("confirm_cancel", case, house.desk)
    assert case.status == "cancelled"
    assert "closing" in {one.kind for one in of_about(about(case))}


def test_who_treats_or_looks_after_them_discharges_and_no_other_therapist(inside: Flask):
    house = made.open_house()
    person = staff.member("Noor Salem", Role.THERAPIST)
    other = actor_of(person)
    case = cases.accepted(house)
    cases.had(case, house)
    with pytest.raises(NotAllowed, match="Who treats this client"):
        cases.do("discharge", case, other, outcome="goals_met")
    assert not is_possible("discharge", case, other)
    cases.do("plan_next", case, house.desk, next_action="own", due_on=made.day(1),
             owner=person)  # fmt: skip
    assert is_possible("discharge", case, other)
    cases.do("discharge", case, house.treats, outcome="goals_met")
    assert case.status == "completed"
    assert ("discharge", "due") in {(one.kind, one.status) for one in reports_of(case)}


def test_what_was_measured_at_the_beginning_is_asked_for_again_at_the_end(inside: Flask):
    house = made.open_house()
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    case = cases.accepted(house)
    assert to_measure_again(case) == []
    with transaction():
        measures.take_readings(
            house.client, [Taken(PAIN, 7), Taken(TURN, 48)], actor=house.treats,
            on=made.this_day() - timedelta(days=1),
        )  # fmt: skip
    with transaction(), writing("test.received", SYSTEM):
        case.referral.received_on = made.day(-2)
        db.session.flush()
    cases.had(case, house)
    assert to_measure_again(case) == [PAIN, TURN]
    with transaction():
        measures.take_readings(
            house.client, [Taken(PAIN, 2)], actor=house.treats, on=made.this_day()
        )
    assert to_measure_again(case) == [TURN]


def test_what_no_authorisation_asks_for_is_owed_once_whoever_writes(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    with transaction() as session, writing("test.twice", SYSTEM):
        session.add(_initial(case))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(_initial(case))
    assert len(reports_of(case)) == 1


def _initial(case: ReferralCase) -> ProgressReport:
    return ProgressReport(
        case=case, kind="initial", nth=1, status="due", due_on=made.day(1), due_why="first_visit"
    )
