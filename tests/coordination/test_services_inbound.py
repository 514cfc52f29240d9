"""What keeps a referral from being lost, treated by nobody, or closed too soon."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.coordination.queries import attempts_of, reports_of, steps_of
from clinic.coordination.queries.actions import is_possible
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.closing import what_keeps_open
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import reporting
from clinic.core import tongue
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.letters import services as letters
from clinic.letters.queries import of_about
from clinic.referrals import services as orders
from clinic.scheduling import services as scheduling
from clinic.scheduling.queries.counts import counted
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from clinic.staff.services import disable
from clinic.tasks.queries import live_about
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import scheduling as made


def _kinds(case) -> list[str]:
    return sorted(task.kind for task in live_about(about(case)))


def test_what_comes_in_is_acknowledged_within_two_working_days_by_whoever_took_it(inside: Flask):
    house = made.open_house()
    case = cases.received(house)
    assert (case.status, case.owner_id, case.next_action) == (
        "received", house.desk.id, "acknowledge",
    )  # fmt: skip
    assert case.due_on == after(made.this_day(), 2)
    assert [(one.kind, one.status) for one in of_about(about(case))] == [
        ("acknowledgement", "draft")
    ]
    assert _kinds(case) == ["acknowledge_referral"]


def test_it_is_accepted_by_an_owner_or_therapist_and_only_with_a_licence_in_the_house(inside):
    house = made.open_house()
    case = cases.received(house)
    with pytest.raises(NotAllowed):
        cases.do("accept", case, house.desk)
    with pytest.raises(DomainError) as refused:
        cases.do("accept", case, house.owner, is_in_scope=False)
    assert refused.value.field == "is_in_scope"
    with transaction():
        disable(house.therapist, actor=house.owner)
    with pytest.raises(Conflict, match="valid licence"):
        cases.do("accept", case, house.owner)
    assert case.status == "received"


def test_an_accepted_one_has_its_client_called_and_its_precautions_read(inside):
    house = made.open_house()
    case = cases.accepted(house)
    assert (case.next_action, case.due_on) == ("contact", after(made.this_day(), 2))
    assert {"contact_client", "confirm_precautions"} <= set(_kinds(case))
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    cases.do("confirm_precautions", case, house.treats, is_none_needed=True)
    assert "confirm_precautions" not in _kinds(case)
    with pytest.raises(Conflict):
        cases.do("confirm_precautions", case, house.treats, is_none_needed=True)


def test_nobody_gives_up_before_three_days_of_trying(inside):
    house = made.open_house()
    case = cases.contacting(house)
    for _ in range(3):
        cases.tried(case, house)
    assert len(attempts_of(case)) == 4
    with pytest.raises(Conflict, match="There were attempts on 1"):
        cases.do("give_up", case, house.desk, why="No consent.")
    assert case.status == "contacting"


def test_nobody_is_contacted_before_it_was_accepted(inside):
    house = made.open_house()
    case = cases.received(house)
    with pytest.raises(Conflict):
        cases.tried(case, house)


def test_a_visit_that_is_none_after_all_is_looked_at_and_breaks_nothing(inside):
    house = made.open_house()
    case = cases.accepted(house)
    visit = cases.had(case, house)
    assert (case.status, case.first_visit_on) == ("in_treatment", made.this_day())
    assert [(one.kind, one.due_on) for one in reports_of(case)] == [
        ("initial", after(made.this_day(), 5))
    ]
    made.done(scheduling.correct, visit, house.owner, to="entered_in_error", why="Wrong client.")
    assert (case.status, case.first_visit_on) == ("in_treatment", None)
    assert case.next_action == "check_visits"
    assert "uncounted" in [step.kind for step in steps_of(case)]
    assert "referral_next_action" in _kinds(case)
    cases.had(case, house, minutes=180)
    assert case.next_action != "check_visits"
    assert len(reports_of(case)) == 1


def test_what_somebody_planned_stands_until_the_referral_goes_on(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.do("plan_next", case, house.desk, next_action="own", due_on=made.day(20))
    with transaction():
        cases.inbound.sweep(actor=SYSTEM, today=made.this_day())
    assert (case.next_action, case.due_on) == ("own", made.day(20))
    cases.tried(case, house)
    assert case.next_action == "contact_again"
    with pytest.raises(DomainError):
        cases.do("plan_next", case, house.desk, next_action="own", due_on=made.day(-1))


def test_who_takes_it_over_has_what_was_to_do_about_it(inside):
    house = made.open_house()
    case = cases.accepted(house)
    mine = {task.id for task in live_about(about(case)) if task.assignee_id == house.desk.id}
    assert mine
    cases.do(
        "plan_next", case, house.desk, next_action="", due_on=made.day(1), owner=house.therapist
    )
    assert case.owner_id == house.therapist.id
    tasks = {task.id: task.assignee_id for task in live_about(about(case))}
    assert all(tasks[one] == house.therapist.id for one in mine)


def test_a_discharge_waits_for_visits_that_are_booked_and_owes_the_final_report(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.had(case, house)
    ahead = cases.booked(case, house)
    with pytest.raises(Conflict, match="still booked on this referral: 1"):
        cases.do("discharge", case, house.treats, outcome="goals_met")
    made.done(scheduling.cancel, ahead, house.desk, by="clinic")
    cases.do("discharge", case, house.treats, outcome="goals_met")
    assert {(one.kind, one.status) for one in reports_of(case)} == {
        ("initial", "waived"), ("discharge", "due"),
    }  # fmt: skip
    assert case.referral.ended_on == made.this_day()
    with pytest.raises(Conflict, match="has not arrived"):
        cases.do("close", case, house.desk)


def test_a_client_who_refuses_has_nothing_sent_and_the_loop_closes(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.had(case, house)
    cases.do("discharge", case, house.treats, outcome="partly_met")
    assert len(what_keeps_open(case, made.this_day())) >= 1
    with transaction():
        for letter in of_about(about(case)):
            letters.approve(letter, actor=house.desk)
    with transaction():
        for letter in of_about(about(case)):
            letters.send(letter, actor=house.desk, channel="print")
    cases.do("close", case, house.desk, outcome="not_shared")
    assert (case.status, case.outcome) == ("closed", "not_shared")
    assert {one.status for one in reports_of(case)} == {"waived"}


def test_what_is_noted_without_anybody_saying_it_is_in_the_clinics_language(inside, monkeypatch):
    house = made.open_house()
    case = cases.accepted(house)
    cases.had(case, house)
    monkeypatch.setattr(tongue, "_speakers", [lambda words: f"<{words}>"])
    cases.do("discharge", case, house.treats, outcome="not_shared")
    assert {one.waived_why for one in reports_of(case)} == {"<The final report covers it.>"}
    assert case.referral.ended_why.startswith("<")


def test_an_order_ends_with_its_referral_and_in_no_other_way(inside):
    house = made.open_house()
    case = cases.accepted(house)
    with pytest.raises(Conflict, match="cancel or discharge"), transaction():
        orders.end(case.referral, actor=house.desk, why="Enough")
    cases.do("ask_to_cancel", case, house.desk, code="by_provider", why="He rang.")
    assert case.referral.ended_on == made.this_day()
    with pytest.raises(Conflict, match="another order"), transaction():
        orders.reopen(case.referral, actor=house.desk)
    last = steps_of(case)[-1]
    assert (last.code, last.why) == ("by_provider", "He rang.")


def test_a_hold_is_looked_at_on_a_day_to_come(inside):
    house = made.open_house()
    case = cases.accepted(house)
    for wrong in (made.this_day(), made.this_day() + timedelta(days=400)):
        with pytest.raises(DomainError) as refused:
            cases.do("hold", case, house.desk, why="ill", review_on=wrong)
        assert refused.value.field == "review_on"
    cases.do("hold", case, house.desk, why="ill", review_on=made.day(4))
    assert (case.next_action, case.due_on, case.why) == ("review_hold", made.day(4), "ill")
    assert "review_hold" in _kinds(case)


def test_who_works_here_no_longer_is_given_none(inside):
    house = made.open_house()
    gone = made.a_therapist("Left Long Ago")
    with transaction():
        disable(gone, actor=house.owner)
    case = cases.received(house)
    with pytest.raises(DomainError) as refused:
        cases.do("accept", case, house.owner, owner=gone)
    assert refused.value.field == "owner"
    assert isinstance(case.owner, StaffMember)


def test_after_one_missed_visit_a_client_who_wants_no_more_holds_nobody_up(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.missed(case, house)
    with pytest.raises(Conflict, match="Only one visit was missed"):
        cases.do("give_up", case, house.desk, why="No consent.")
    cases.tried(case, house)
    assert (case.next_action, case.due_on) == ("contact_again", after(made.this_day(), 2))
    cases.tried(case, house, "refused")
    assert "unreachable" in [one.kind for one in of_about(about(case))]
    cases.do("give_up", case, house.desk, why="No consent.")
    assert case.status == "not_reached"


def test_a_provider_who_is_gone_under_another_record_keeps_nobody_from_declining(inside):
    house, twin, kept = made.open_house(), directory.provider(), directory.provider()
    case = cases.received(house)
    assert case.referral.provider_id == twin.id
    with transaction():
        outside.merge(kept, twin, actor=SYSTEM)
        outside.set_status(kept, actor=SYSTEM, status="retired")
    cases.do("decline", case, house.desk, code="no_capacity")
    assert case.status == "declined"
    assert [one.kind for one in of_about(about(case))] == ["acknowledgement"]


def test_where_no_letter_can_say_that_it_came_nothing_waits_for_one(inside):
    house = made.open_house()
    case = cases.received(house)
    with transaction():
        letters.cancel(of_about(about(case))[0], actor=house.desk)
        outside.set_status(case.referral.provider, actor=SYSTEM, status="retired")
    assert _kinds(case) == ["acknowledge_referral"]
    cases.do("accept", case, house.owner)
    assert "acknowledge_referral" not in _kinds(case)


def test_one_whose_time_was_put_right_goes_on_and_has_not_expired(inside):
    house = made.open_house()
    case = cases.received(house)
    allowed = cases.allowed(case, house, valid_from=made.day(-30), valid_until=made.day(-1))
    cases.do("accept", case, house.owner)
    with transaction():
        cases.inbound.sweep(actor=SYSTEM, today=made.this_day())
    assert case.status == "expired"
    with transaction():
        orders.amend_authorisation(
            allowed, actor=house.desk, count=counted, visits=8, valid_from=made.day(-30),
            valid_until=made.day(30), reference="", payer="", counts_missed=False,
            counts_late_cancelled=False,
        )  # fmt: skip
    assert case.status == "contacting"


def test_giving_it_to_somebody_plans_no_step_of_its_own(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.do("plan_next", case, house.desk, next_action=case.next_action, due_on=case.due_on,
             owner=house.therapist)  # fmt: skip
    assert (case.owner_id, case.is_planned) == (house.therapist.id, False)


def test_no_report_is_owed_by_a_referral_that_has_ended(inside):
    house = made.open_house()
    case = cases.received(house)
    cases.do("decline", case, house.desk, code="no_capacity")
    with pytest.raises(Conflict, match="has ended"), transaction():
        reporting.owe(case, "progress", made.this_day(), "asked", actor=house.desk)


def test_precautions_are_confirmed_by_who_can_read_them(inside):
    house = made.open_house()
    case = cases.accepted(house)
    other = actor_of(made.a_therapist("Not In Care"))
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    assert not is_possible("precautions", case, other)
    with pytest.raises(NotAllowed, match="Who treats this client"):
        cases.do("confirm_precautions", case, other)
    assert is_possible("precautions", case, house.treats)


def test_a_report_whose_letter_was_cancelled_holds_up_no_referral_that_is_over(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.had(case, house)
    with transaction():
        letter = reporting.draft_report(reports_of(case)[0], actor=house.treats)
    cases.do("discharge", case, house.treats, outcome="goals_met")
    assert _kinds(case).count("report_due") == 2
    with transaction():
        letters.cancel(letter, actor=house.treats, why="The final report covers it.")
    assert _kinds(case).count("report_due") == 1


def test_what_was_cancelled_already_is_not_in_the_way_of_a_client_who_wants_nothing_shared(inside):
    house = made.open_house()
    case = cases.accepted(house)
    cases.had(case, house)
    with transaction():
        letter = reporting.draft_report(reports_of(case)[0], actor=house.treats)
    with transaction():
        letters.cancel(letter, actor=house.treats)
    cases.do("discharge", case, house.treats, outcome="not_shared")
    assert case.status == "completed"
    assert "report_due" not in _kinds(case)
