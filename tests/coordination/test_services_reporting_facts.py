"""What a report says stands in the record: measured, counted, agreed; and no note's text."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.clients.services import join_care
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.report_facts import (
    asking_of,
    attempt_facts,
    course_facts,
    lacking_of,
    missing_of,
)
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services import reporting
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters.models import Letter
from clinic.letters.queries import consent_for, content_of
from clinic.letters.rules.blocks import Measures
from clinic.letters.rules.voice import Voice
from clinic.letters.services.setting import set_pdf
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.plans import Details, Goal, PlanPhase
from clinic.records.services import measures, plans
from clinic.referrals.rules import LACKING
from tests.factories import directory, records, screening
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.saying import said
from tests.factories.scheduling import House

PAIN, TURN = Subject("NPRS_AVERAGE"), Subject("ROM", "NECK_ROTATION", "L")
VOICE = Voice()
PLAN = Details(
    complaint="canary-complaint",
    goals=(Goal("Check my blind spot", TURN, 48, 60), Goal("Hurt less", PAIN, 7, 2)),
    phases=(PlanPhase("relief", 7, 4), PlanPhase("rebuild", 14, 4)),
)


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house(locale="en_US", phone="(555) 014-8800")


@pytest.fixture
def case(house: House) -> ReferralCase:
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    return cases.accepted(house)


def take(house: House, back: int, *taken: Taken) -> None:
    with transaction():
        measures.take_readings(
            house.client, list(taken), actor=house.treats,
            on=made.this_day() - timedelta(days=back),
        )  # fmt: skip


@pytest.fixture
def treated(house: House, case: ReferralCase) -> ReferralCase:
    """One visit with a signed note, a plan that runs, figures from today."""
    visit = cases.had(case, house, 200)
    records.techniques("SWEDISH")
    records.signed(
        house, visit, told="canary-told", assessment="canary-assessment", plan="canary-plan",
        home_care="canary-home", aftercare=("exercises",), pain_now=None,
    )  # fmt: skip
    with transaction():
        plan = plans.write_plan(house.client, actor=house.treats, details=PLAN)
    with transaction():
        plans.agree_to_plan(plan, actor=house.treats)
    take(house, 0, Taken(PAIN, 4), Taken(TURN, 63))
    return case


def facts(case: ReferralCase) -> Any:
    return course_facts(case, VOICE)


def test_measures_run_from_the_plans_start_to_now(treated: ReferralCase):
    lines = {one.name: one for one in facts(treated).measures}
    assert [(one.baseline, one.now, one.goal) for one in lines.values()] == [
        ("7", "4", "2"), ("48°", "63°", "60°"),
    ]  # fmt: skip


def test_figures_from_before_the_order_are_left_out(house: House, case: ReferralCase):
    take(house, 40, Taken(Subject("STRESS_NRS"), 9))
    take(house, 0, Taken(PAIN, 4))
    assert [one.name for one in facts(case).measures] == ["Pain on average"]


def test_goals_are_met_or_in_progress_in_the_clients_words(treated: ReferralCase):
    course = facts(treated)
    assert [one.text for one in course.met] == ["Check my blind spot"]
    assert [one.text for one in course.unmet] == ["Hurt less"]


def test_what_was_done_is_counted_over_signed_notes(treated: ReferralCase):
    course = facts(treated)
    assert course.treatment.techniques == ("Swedish",)
    assert [str(one) for one in course.treatment.places]
    assert course.treatment.exercises == 1
    assert (course.response.better, course.response.told) == (1, 1)
    assert course.therapist == "June Park"
    assert [one.visits for one in course.phases] == [4, 4]


def test_a_draft_of_a_note_counts_nowhere(house: House, case: ReferralCase):
    visit = cases.had(case, house, 200)
    records.techniques("SWEDISH")
    records.drafted(house, visit)
    assert facts(case).treatment.techniques == ()


def test_no_text_of_a_note_or_plan_is_copied(house: House, treated: ReferralCase):
    for kind in ("initial", "progress", "renewal", "discharge"):
        with transaction():
            report = reporting.owe(treated, kind, made.this_day(), "asked", actor=SYSTEM)
            letter = reporting.draft_report(report, actor=house.treats)
        text = said(letter)
        for canary in ("told", "assessment", "plan", "home", "complaint"):
            assert f"canary-{canary}" not in text, (kind, canary)


def outbound(house: House, **more: Any) -> Letter:
    provider = directory.provider("June", "Bell")
    with transaction():
        row = verbs.begin(
            actor=house.treats, client=house.client, provider=provider,
            urgency="routine", question="What do you make of it?", **more,
        )  # fmt: skip
    assert row.letter is not None
    return row.letter


def test_who_is_sent_takes_along_what_was_done_and_measured(house: House, treated: ReferralCase):
    letter = outbound(house, reason="no_progress")
    text, course = said(letter), facts(treated)
    assert "There has been one visit, on" in text
    assert "Techniques used: Swedish" in text
    assert "better: 1" in text
    blocks = content_of(letter).blocks
    assert [one for one in blocks if isinstance(one, Measures)] == [Measures(course.measures)]
    assert {"measures", "notes"} <= set(consent_for(letter, made.this_day())[1].lacking)
    assert "canary" not in text
    assert all(one.is_clinical for one in blocks[1:-1])


def test_a_question_about_treatment_tells_what_holds_it_and_what_is_planned(
    house: House, treated: ReferralCase
):
    made.book(house, made.at(10))
    screening.know(house.client, screening.LOW_PLATELETS)
    text = said(outbound(house, reason="clearance"))
    assert "Why I ask: Low platelets" in text
    assert f"What is planned: {house.variant.service.name}, 60 minutes, on" in text
    assert "Swedish" not in text
    assert "Pain on average" not in text


def test_visits_are_counted_by_what_became_of_them(house: House, case: ReferralCase):
    cases.had(case, house, 200)
    cases.missed(case, house, 100)
    ahead = cases.booked(case, house, days=4)
    attendance = facts(case).attendance
    assert (len(attendance.had), attendance.missed, attendance.cancelled) == (1, 1, 0)
    assert attendance.next_on == ahead.on_date


def test_a_renewal_asks_for_what_the_plan_has_left(house: House, treated: ReferralCase):
    asking = asking_of(treated, None)
    assert asking.visits == 7
    assert asking.weeks == 7


def test_without_a_plan_as_many_visits_as_before_are_asked_for(case: ReferralCase):
    asking = asking_of(case, None)
    assert (asking.visits, asking.weeks) == (8, 8)


def test_attempts_count_from_when_the_client_was_last_reached(house: House, case: ReferralCase):
    cases.tried(case, house)
    cases.tried(case, house, "reached")
    cases.tried(case, house)
    found = attempt_facts(case)
    assert [str(one.channel) for one in found] == ["by phone"]


def test_what_an_order_lacks_is_seen_from_its_row(house: House):
    case = cases.received(house)
    assert "signature" in lacking_of(case.referral)
    assert LACKING["signature"] in missing_of(case)
    cases.do("found_incomplete", case, house.desk, missing=["visits"])
    assert missing_of(case) == (LACKING["visits"],)


def test_a_drafted_report_can_be_set(house: House, treated: ReferralCase):
    with transaction():
        report = reporting.owe(treated, "progress", made.this_day(), "visits", actor=SYSTEM)
        letter = reporting.draft_report(report, actor=house.treats)
    assert isinstance(letter, Letter)
    plain, faxed = set_pdf(letter), set_pdf(letter, cover_to="+1 555 012 4470")
    assert plain.startswith(b"%PDF-")
    assert len(faxed) > len(plain)
