"""What a note says, what it takes over, and what keeps it from being signed."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.anatomy import AREAS, MODES, Finding, sides_of
from clinic.records.rules.notes import (
    AFTERCARE,
    REWRITTEN,
    SECTIONS,
    Body,
    beyond,
    edited,
    is_found,
    is_late,
    read_body,
    still_copied,
    taken_over,
    to_confirm,
    unsaid,
    without_consent,
    write_body,
)
from tests.factories.records import FULL

DAY = date(2026, 11, 5)
words = st.text(max_size=40).map(str.strip)
pains = st.none() | st.integers(0, 10)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    area = draw(st.sampled_from(sorted(AREAS)))
    return Finding(
        area=area,
        side=draw(st.sampled_from(sides_of(area))),
        mode=draw(st.sampled_from(sorted(MODES))),
        severity=draw(pains),
        text=draw(words),
        is_copied=draw(st.booleans()),
    )


bodies = st.builds(
    Body,
    seq=st.integers(0, 9),
    told=words,
    complaint=words,
    pain_now=pains,
    seen=words,
    findings=st.lists(findings(), max_size=4).map(tuple),
    techniques=st.sets(st.sampled_from(("SWEDISH", "DEEP"))).map(sorted).map(tuple),
    pressure=st.none() | st.integers(1, 5),
    minutes=st.none() | st.integers(1, 600),
    assessment=words,
    progress=words,
    plan=words,
    home_care=words,
    reevaluate_on=st.none() | st.just(DAY),
)


@given(bodies)
def test_a_body_reads_back_as_it_was_written(body: Body):
    assert read_body(write_body(body)) == body


def test_an_empty_text_is_an_empty_body_and_what_a_later_form_adds_is_left_out():
    assert read_body("") == Body()
    assert read_body('{"form": 9, "told": "Stiff", "mood": 3}') == Body(told="Stiff")


@given(bodies, bodies, st.sampled_from(sorted(SECTIONS)))
def test_taking_over_brings_no_measure_and_marks_all_it_brings(
    body: Body, earlier: Body, part: str
):
    body = replace(body, findings=(), copied=())
    after = taken_over(body, earlier, part, DAY)
    measures = (
        "pain_now", "pain_average", "pain_worst", "pain_after", "since", "systolic", "diastolic",
        "pulse", "minutes", "reactions", "feedback", "has_consent", "aftercare",
    )  # fmt: skip
    assert all(getattr(after, name) == getattr(body, name) for name in measures)
    assert all(one.severity is None and one.minutes is None for one in after.findings)
    changed = {
        one.name for one in fields(Body) if getattr(after, one.name) != getattr(body, one.name)
    } - {"copied", "copied_on"}
    assert changed <= set(still_copied(after)) <= set(SECTIONS[part])


@given(bodies, bodies)
def test_what_is_edited_counts_as_copied_no_more(body: Body, earlier: Body):
    stood = taken_over(replace(body, findings=()), earlier, "a", DAY)
    sent = edited(stood, replace(stood, assessment="Quite another matter, today"))
    assert "assessment" not in still_copied(sent)
    assert ("progress" in still_copied(sent)) == ("progress" in still_copied(stood))


def test_a_copied_finding_keeps_its_mark_until_it_is_changed():
    earlier = Body(
        findings=(Finding("CALF", "L", "pain", severity=7), Finding("HIP", "R", "treated"))
    )
    stood = taken_over(Body(), earlier, "o", DAY)
    calf, hip = stood.findings
    assert calf.is_copied
    assert hip.is_copied
    sent = edited(stood, replace(stood, findings=(replace(calf, severity=4), hip)))
    assert [one.is_copied for one in sent.findings] == [False, True]
    # nobody marks something as copied, or as written today, by saying so
    told = edited(Body(), Body(findings=(replace(calf, is_copied=True),), copied=("told",)))
    assert still_copied(told) == ()


def test_taking_a_part_over_twice_brings_its_findings_once():
    once = taken_over(Body(), FULL, "o", DAY)
    assert len(taken_over(once, FULL, "o", DAY).findings) == len(once.findings) == 2


def test_a_full_note_wants_nothing():
    assert unsaid(FULL, "return", 60) == []


def test_what_is_wanting_is_named_field_by_field():
    wants = [name for name, _ in unsaid(Body(), "return", 60)]
    assert wants == [
        "told", "has_consent", "techniques", "findings", "minutes", "assessment", "plan",
    ]  # fmt: skip
    assert [
        name for name, _ in unsaid(replace(FULL, told="", complaint="Neck"), "return", 60)
    ] == []
    assert [name for name, _ in unsaid(Body(), "phone", 60)] == ["told", "plan"]


def test_hands_on_minutes_stay_within_the_session():
    assert unsaid(replace(FULL, minutes=60), "return", 60) == []
    assert [name for name, _ in unsaid(replace(FULL, minutes=61), "return", 60)] == ["minutes"]


@given(st.sampled_from(sorted(REWRITTEN)))
def test_the_clients_words_and_the_assessment_are_never_signed_as_copied(name: str):
    body = replace(FULL, **{name: "As before"}, copied=(name,))
    assert [field for field, _ in unsaid(body, "return", 60)] == [name]
    assert to_confirm(body) == ()


def test_copied_structure_and_plan_are_named_to_be_confirmed():
    body = taken_over(replace(FULL, findings=()), FULL, "o", DAY)
    body = replace(body, copied=(*body.copied, "plan"))
    assert unsaid(body, "return", 60) == []
    assert [str(one) for one in to_confirm(body)] == ["Plan", "Findings"]


def test_a_treated_sensitive_area_needs_its_consent():
    body = replace(
        FULL, findings=(Finding("GLUTEAL", "L", "treated"), Finding("CALF", "L", "treated"))
    )
    assert [str(one) for one in without_consent(body, frozenset())] == ["left buttock"]
    assert without_consent(body, frozenset({"GLUTEAL"})) == ()
    only_found = replace(FULL, findings=(Finding("GLUTEAL", "L", "pain"),))
    assert without_consent(only_found, frozenset()) == ()


def test_what_the_screening_says_to_leave_is_pointed_out_when_it_was_used():
    body = replace(FULL, techniques=("DEEP",), pressure=4)
    said = beyond(body, frozenset({"DEEP"}), (("SHOULDER_TOP", "R"),), 2, {"DEEP": "Deep tissue"})
    assert [str(one) for one in said] == [
        "Deep tissue is not for today.",
        "right shoulder top is to be left alone today.",
        "Pressure is at most 2 of 5 today.",
    ]
    assert beyond(FULL, frozenset({"DEEP"}), (("CALF", "L"),), 3, {}) == ()


def test_a_note_is_late_after_a_day_and_not_at_it():
    end = datetime(2026, 11, 19, 10, 45, tzinfo=UTC)
    assert not is_late(end, end + timedelta(hours=24))
    assert is_late(end, end + timedelta(hours=24, seconds=1))


def test_a_search_reads_all_words_and_areas_in_whatever_case():
    assert is_found(FULL, "STIFF")
    assert is_found(FULL, "right shoulder top")
    assert is_found(FULL, "chin")
    assert not is_found(FULL, "knee")


def test_aftercare_claims_nothing_that_evidence_does_not_support():
    said = " ".join(str(one) for one in AFTERCARE.values()).lower()
    for claim in (
        "toxin",
        "circulation",
        "immun",
        "flush",
        "scar",
        "adhesion",
        "hormone",
        "prevent",
    ):
        assert claim not in said
