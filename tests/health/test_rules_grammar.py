"""The language of triggers, and what may be written into a rule."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clinic.catalogue
from clinic.anatomy import AREAS
from clinic.core.errors import DomainError
from clinic.health.rules.effects import TECHNIQUES
from clinic.health.rules.grammar import LENGTH_MAX, names_of, parse
from clinic.health.rules.nodes import Both, Either
from clinic.health.rules.rulebook import (
    ALL,
    SITE,
    Rule,
    RuleBook,
    check,
    is_tighter,
    rule_from_json,
    rule_to_json,
    shipped,
)
from tests.health.sheets import BOOK, CLEAN, DAY, judged


def rule(code, trigger="always", **about):
    told = {"label": "A rule", "klass": "CAUTION", "action": "Look", **about}
    return Rule(code=code, trigger=trigger, node=parse(trigger), **told)


def test_and_binds_more_than_or():
    node = parse("pregnant | answer(frail) & age >= 75")
    assert isinstance(node, Either)
    assert isinstance(node.parts[1], Both)
    assert parse("(pregnant | answer(frail)) & age >= 75") != node


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("condition(HEADACHES)", "HEADACHES"),
        ("condition(DVT, colour=red)", "colour"),
        ("condition(DVT, status=asleep)", "asleep"),
        ("condition(DVT, controlled=unsure)", "unsure"),
        ("answer(nobody_asked)", "nobody_asked"),
        ("since(BIRTHDAY) < 6w", "BIRTHDAY"),
        ("since(MI, area=SOUL) < 6w", "SOUL"),
        ("reading(mood) >= 3", "mood"),
        ("consent(SOUL) = refused", "SOUL"),
        ("rule_class(WORST)", "WORST"),
        ("open(DVT)", "open"),
        ("__import__(os)", "__import__"),
    ],
)
def test_an_unknown_name_is_refused_and_named(text, named):
    with pytest.raises(DomainError, match=f"“{named}”") as refused:
        parse(text)
    assert refused.value.field == "trigger"


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "always &", "(always", "always)", "not always", "!always", "always always"),
        *("age > 75", "age >= 7.5", "age >= 500", "since(MI)", "since(MI) < 6", "since(MI) > 6w"),
        *("since(MI) < 1.5d", "since(MI) < 99999d", "reading(temp_c)", "reading(temp_c) >= 900"),
        *("reading(temp_c) >= 38 thrice", "rule()", "rule(a=b)", "observed()"),
        *("answer(frail|ill_now)", "consent(SHARE_PROVIDER)", "pregnant(1)", "condition(,)"),
        *("consent(SHARE_PROVIDER) = given", "condition(DVT) >= 3", "é", "\x00"),
        *("'; drop table", "1", "always | ", "lambda: 1"),
        *("(" * 500 + "always" + ")" * 500, "(" * 13 + "always" + ")" * 13, "always|" * 400),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(text):
    with pytest.raises(DomainError):
        parse(text)


@given(st.text(max_size=60) | st.text("()|&=<>,0123 abDVT_conditionalways", max_size=80))
def test_any_text_is_read_or_refused(text):
    with suppress(DomainError):
        assert parse(text) == parse(text)


def test_a_long_row_of_alternatives_is_read():
    text = "|".join(["always"] * 280)
    assert len(text) <= LENGTH_MAX
    assert len(parse(text).parts) == 280


def test_a_place_is_named_where_it_stops_making_sense():
    with pytest.raises(DomainError, match="character 8"):
        parse("always ! now")
    with pytest.raises(DomainError, match="missing at the end"):
        parse("always &")


def test_rules_in_a_circle_are_refused():
    one, other = rule("ONE", "rule(OTHER)"), rule("OTHER", "rule(THIRD)")
    third = rule("THIRD", "rule(ONE) | always")
    with pytest.raises(DomainError, match="circle"):
        RuleBook([one, other, third])
    with pytest.raises(DomainError, match="circle"):
        check(rule("SELF", "rule(SELF)"))
    with pytest.raises(DomainError, match="“NOBODY”"):
        check(rule("ONE", "rule(NOBODY)"), [third])


def test_a_class_never_counts_the_rules_that_ask_for_classes():
    held = rule("HELD", "always", klass="CLEARANCE")
    asking = rule("ASKING", "rule_class(CLEARANCE)", klass="CLEARANCE")
    through = rule("THROUGH", "rule(ASKING)", klass="CLEARANCE")
    book = RuleBook([asking, through, held])
    assert {hit.rule for hit in judged(CLEAN, book=book).hits} == {"HELD", "ASKING", "THROUGH"}
    assert not judged(CLEAN, book=RuleBook([asking, through])).hits


def test_a_rule_that_is_switched_off_is_still_looked_at_by_those_that_lean_on_it():
    off = rule("OFF", "always", is_active=False)
    book = RuleBook([off, rule("LEANS", "rule(OFF)")])
    assert [hit.rule for hit in judged(CLEAN, book=book).hits] == ["LEANS"]


def test_of_several_versions_the_last_in_effect_holds():
    first = rule("ONE", pressure=3)
    second = replace(first, number=2, pressure=1, effective_from=DAY)
    book = RuleBook([second, first])
    assert judged(CLEAN, book=book).pressure == 1
    assert judged(CLEAN, DAY.replace(day=18), book=book).pressure == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": " "}, "label"),
        ({"action": ""}, "action"),
        ({"klass": "WORST"}, "klass"),
        ({"scope": "world"}, "scope"),
        ({"pressure": 6}, "pressure"),
        ({"urgency": "now"}, "urgency"),
        ({"avoid": ("SOUL",)}, "avoid"),
        ({"effective_from": DAY, "effective_to": DAY.replace(day=1)}, "effective_to"),
    ],
)
def test_a_rule_that_could_not_be_shown_is_refused_beside_its_field(change, field):
    with pytest.raises(DomainError) as refused:
        check(replace(rule("ONE"), **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"klass": "ABSOLUTE"}, True),
        ({"klass": "LOCAL"}, False),
        ({"pressure": 1}, True),
        ({"pressure": None}, False),
        ({"blocks": ("DEEP", "HEAT")}, True),
        ({"blocks": ()}, False),
        ({"is_active": False}, False),
        ({"effective_to": DAY}, False),
        ({"qualification": ""}, False),
        ({"scope": "area"}, False),
        ({"trigger": "answer(frail) | pregnant | age >= 75"}, True),
        ({"trigger": "answer(frail)"}, False),
    ],
)
def test_a_change_is_tighter_when_it_can_only_make_visits_more_careful(change, expected):
    old = rule(
        "ONE",
        "answer(frail) | pregnant",
        klass="TECHNIQUE",
        pressure=2,
        blocks=("DEEP",),
        qualification="PRENATAL",
    )
    new = replace(old, **change, node=parse(change.get("trigger", old.trigger)))
    assert is_tighter(new, old) is expected


# --- the rules that are shipped ---


def test_the_shipped_rules_may_be_written_and_are_read_again_as_they_were():
    for one in shipped():
        check(one, shipped())
        assert rule_from_json(json.loads(json.dumps(rule_to_json(one)))) == one
        assert one.sources or one.code == "FIBROMYALGIA"
        assert all(source.address.startswith("http") for source in one.sources)


def test_the_shipped_rules_name_only_what_a_clinic_begins_with():
    told = Path(clinic.catalogue.__file__).parent / "starter.json"
    starter = json.loads(told.read_text(encoding="utf-8"))
    techniques = {one["code"] for one in starter["techniques"]} | {ALL}
    qualifications = {one["code"] for one in starter["qualifications"]} | {""}
    for one in shipped():
        assert set(one.blocks) <= techniques, one.code
        assert one.qualification in qualifications, one.code
        assert set(one.avoid) <= {*AREAS, SITE, ALL}, one.code
    assert techniques - {ALL} <= set(TECHNIQUES)


def test_a_stop_blocks_everything_everywhere():
    for one in shipped():
        if one.klass == "ABSOLUTE":
            assert (one.blocks, one.avoid, one.pressure) == ((ALL,), (ALL,), 0)


def test_nothing_is_said_that_evidence_does_not_support():
    words = " ".join(
        f"{one.label} {one.action} {one.client_text} {one.disagreement}" for one in shipped()
    ).lower()
    for claim in ("toxin release", "detox", "circulation", "immune system", "adhesion", "cortisol"):
        assert claim not in words


def test_what_a_client_reads_names_no_condition():
    for one in shipped():
        text = one.client_text.lower()
        assert "clot" not in text
        assert "cancer" not in text
        assert one.label.lower() not in text or not text


def test_rules_that_lean_on_others_say_on_which():
    leaning = {one.code for one in BOOK.rules if names_of(one.node)}
    assert leaning == {
        *("NO_CONTACT_CONSENT", "HEAT_BLOCK", "CUPPING_BLOCK", "MLD_BLOCK", "CST_BLOCK")
    }
