"""All rules together: nothing that is added makes a verdict milder, and days are judged alike."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.facts import Answer, Fact, Sheet, from_json, join, to_json
from clinic.health.rules.rulebook import RuleBook
from clinic.health.rules.screening import judge, judge_days
from clinic.health.rules.vocabulary import ANSWERS, CODES, DETAILS, READINGS
from tests.health.sheets import ASKED, BOOK, BORN, CLEAN, DAY, LISTED, fact, known

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
near = st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40))
KINDS = [*CODES, "reading"]


@st.composite
def facts(draw):
    kind = draw(st.sampled_from(KINDS))
    code = draw(st.sampled_from(sorted(READINGS if kind == "reading" else CODES[kind])))
    allowed = {
        key: [value for value in values if value not in ("refuted", "entered_in_error")]
        for key, values in DETAILS[kind].items()
        if key != "sorted"
    }
    keys = draw(st.sets(st.sampled_from(sorted(allowed)))) if allowed else set()
    on = draw(st.none() | days | near)
    until = draw(st.none() | st.dates(on or date(2024, 1, 1), date(2028, 12, 31)))
    measure = READINGS.get(code)
    value = draw(st.floats(measure.least, measure.most)) if kind == "reading" else None
    return Fact(
        kind,
        code,
        on=on,
        until=until,
        area=draw(st.sampled_from(["", "CALF", "FACE", "ABDOMEN"])),
        side=draw(st.sampled_from(["", "L", "N"])),
        value=value,
        details=tuple((key, draw(st.sampled_from(allowed[key]))) for key in sorted(keys)),
    )


TOPICS = [
    *(f"condition:{code}" for code in CODES["condition"]),
    *LISTED,
    *(f"answer:{name}" for name in ANSWERS),
]
answers = st.builds(
    Answer,
    topic=st.sampled_from(TOPICS),
    said=st.sampled_from(["yes", "no", "unsure"]),
    on=days | near,
    of=st.sampled_from(["history", "day"]),
)
sheets = st.builds(
    Sheet,
    facts=st.lists(facts(), max_size=6).map(tuple),
    answers=st.lists(answers, max_size=12).map(tuple)
    | st.lists(answers, max_size=4).map(lambda more: (*CLEAN.answers, *more)),
    refused=st.sampled_from([(), ("SHARE_PROVIDER",)]),
    history_on=st.none() | days,
    is_reviewed=st.booleans(),
)


def is_no_milder(after, before):
    """Whether a verdict is at least as careful as another."""
    lowest = 9 if before.pressure is None else before.pressure
    hits = {hit.rule for hit in before.hits if hit.state == "open"}
    asked = {hit.rule for hit in before.hits}
    return (
        after.is_stopped >= before.is_stopped
        and after.is_held >= before.is_held
        and after.blocked >= before.blocked
        and after.softened >= before.softened
        and set(after.areas) >= set(before.areas)
        and (9 if after.pressure is None else after.pressure) <= lowest
        and set(after.qualifications) >= set(before.qualifications)
        and {hit.rule for hit in after.hits if hit.state == "open"} >= hits
        and {hit.rule for hit in after.hits} >= asked
    )


def answers_no_open_question(sheet, added):
    """Whether no answer "yes" waits for just this fact to be written down."""
    topics = (added.topic, added.kind, "answer:birth_recent")
    return not any(one.said == "yes" and one.topic in topics for one in sheet.answers)


@given(sheet=sheets, added=facts(), on=near)
def test_a_fact_more_never_makes_a_verdict_milder(sheet, added, on):
    if answers_no_open_question(sheet, added):
        more = replace(sheet, facts=(*sheet.facts, added))
        assert is_no_milder(judge(more, BOOK, on, born=BORN), judge(sheet, BOOK, on, born=BORN))


@given(one=sheets, other=st.lists(facts(), max_size=6).map(tuple), on=near)
def test_a_second_record_of_a_person_never_makes_a_verdict_milder(one, other, on):
    if all(answers_no_open_question(one, added) for added in other):
        both = join([one, Sheet(facts=other)])
        assert is_no_milder(judge(both, BOOK, on), judge(one, BOOK, on))


@given(sheet=sheets, topic=st.sampled_from(TOPICS), on=near)
def test_saying_no_instead_of_being_unsure_is_the_only_way_to_be_less_careful(sheet, topic, on):
    without = tuple(one for one in sheet.answers if one.topic != topic)
    day = on - timedelta(days=1)
    said = {
        word: judge(
            replace(sheet, answers=(*without, Answer(topic, word, day))), BOOK, on, born=BORN
        )
        for word in ("no", "unsure")
    }
    never = judge(replace(sheet, answers=without), BOOK, on, born=BORN)
    assert is_no_milder(said["unsure"], said["no"])
    assert {hit.rule for hit in never.hits} >= {hit.rule for hit in said["no"].hits}


@given(sheet=sheets, on=near)
def test_nothing_is_lost_when_hits_are_put_together(sheet, on):
    verdict = judge(sheet, BOOK, on, born=BORN)
    open_ = [hit for hit in verdict.hits if hit.state == "open"]
    ranks = [CLASSES.index(hit.klass) for hit in open_]
    assert verdict.klass == (CLASSES[max(ranks)] if ranks else "")
    assert verdict.is_stopped == any(hit.klass == "ABSOLUTE" for hit in open_)
    assert verdict.is_held == any(hit.klass == "CLEARANCE" for hit in open_)
    for hit in open_:
        if hit.scope == "area":
            assert hit.rule in {local.rule for local in verdict.local}
            continue
        assert set(hit.blocks) <= (verdict.blocked if hit.is_hard else verdict.softened)
        assert hit.pressure is None or verdict.pressure <= hit.pressure


@given(sheet=sheets, first=near, length=st.integers(0, 20), born=st.none() | st.just(BORN))
def test_a_stretch_of_days_is_judged_as_day_by_day(sheet, first, length, born):
    last = first + timedelta(days=length)
    stretch = judge_days(sheet, BOOK, first, last, born=born)
    assert list(stretch) == [first + timedelta(days=number) for number in range(length + 1)]
    for day, verdict in stretch.items():
        assert verdict == judge(sheet, BOOK, day, born=born), day


def test_days_around_every_turn_are_judged_alike():
    sheet = known(
        fact("injury:SPRAIN_STRAIN", on=DAY, area="ANKLE", side="L"),
        fact("condition:DVT", status="active", until=DAY + timedelta(days=5)),
        fact("treatment:VACCINE", on=DAY + timedelta(days=2), area="UPPER_ARM", side="R"),
        fact("reading:temp_c", on=DAY, value=39),
    )
    stretch = judge_days(sheet, BOOK, DAY, DAY + timedelta(days=120), born=BORN)
    assert all(verdict == judge(sheet, BOOK, day, born=BORN) for day, verdict in stretch.items())
    assert len({id(verdict) for verdict in stretch.values()}) < 40


@given(sheet=sheets, first=near)
def test_rules_with_dates_turn_on_their_days(sheet, first):
    begins, ends = first + timedelta(days=3), first + timedelta(days=9)
    rules = [
        replace(rule, effective_from=begins, effective_to=ends)
        if rule.code in ("FEVER", "CAUTION_SITES", "DIABETES")
        else rule
        for rule in BOOK.rules
    ]
    book = RuleBook(rules)
    for day, verdict in judge_days(sheet, book, first, first + timedelta(days=12)).items():
        assert verdict == judge(sheet, book, day)
        assert (verdict.hit("CAUTION_SITES") is not None) == (begins <= day <= ends)


@given(sheet=sheets)
def test_a_sheet_is_read_again_as_it_was_written(sheet):
    assert from_json(to_json(sheet)) == sheet


def test_the_sheets_of_one_person_count_together():
    clot = known(fact("condition:DVT"))
    joined = join([CLEAN, clot, Sheet()])
    assert joined.facts == clot.facts
    assert joined.history_on == ASKED
    assert joined.is_reviewed
    assert not join([CLEAN, replace(clot, is_reviewed=False)]).is_reviewed
    assert not join([]).is_reviewed
    assert judge(joined, BOOK, DAY).is_stopped
