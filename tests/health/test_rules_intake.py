import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.health.rules.asking import Form, listed, names_of
from clinic.health.rules.facts import Answer, Fact, Sheet
from clinic.health.rules.forms_1 import CHECK, FORMS, FULL, UPDATE
from clinic.health.rules.nodes import Answered, Match, Pregnant, Since, atoms_of
from clinic.health.rules.reading import (
    allowed,
    approximate_day,
    compare,
    content_of,
    read_answers,
    twin_of,
)
from clinic.health.rules.rulebook import RuleBook, shipped
from clinic.health.rules.screening import judge
from clinic.health.rules.telling import Told, answers_that_count, said_of
from clinic.health.rules.vocabulary import ANSWERS, CODES, EVENTS, OTHER, PREGNANT_DAY
from tests.factories.health import ON, all_no

PINNED = {"full": "ecce49b302eea9a7", "update": "8424ab6333434a27", "check": "fdef8eea90446a27"}
"""A form that was used once is never asked otherwise: another wording has another number."""


def digest(form: Form) -> str:
    lists = [[term.code for term in listed(item)] for item in form.items()]
    return hashlib.sha256(repr((form, lists)).encode()).hexdigest()[:16]


@pytest.mark.parametrize("code", FORMS)
def test_a_form_that_is_used_never_changes(code):
    assert digest(FORMS[code]) == PINNED[code]


def test_names_of_items_are_theirs_alone():
    for form in FORMS.values():
        names = [name for item in form.items() for name in names_of(item)]
        assert len(names) == len(set(names))
        keys = {item.key for item in form.items()}
        assert {item.show_if for item in form.items()} <= keys | {""}


def topics_of(form: Form, **more: str) -> set[str]:
    read = read_answers(form, all_no(form, **more), ON)
    assert not read.wrong
    return {one.topic for one in read.answers} | {one.topic for one in read.facts}


EXPECTING = {"pregnancy": "yes"}


def asked_for() -> set[tuple[str, str]]:
    """The topics of every shipped trigger, each with whether it is of the history or the day."""
    wanted: set[tuple[str, str]] = set()
    for rule in shipped():
        for atom in atoms_of(rule.node):
            wanted |= set(_topics(atom))
    return wanted


def _topics(atom):
    match atom:
        case Answered(name):
            yield ("day" if ANSWERS[name].scope == "day" else "history"), f"answer:{name}"
        case Pregnant():
            yield "history", "pregnancy"
        case Match(kind=kind, codes=codes) if kind not in {"observation", "finding"}:
            yield from (("history", f"{kind}:{code}") for code in codes or CODES[kind])
        case Since(event=event):
            for source in EVENTS[event]:
                if source.topic:
                    yield "history", source.topic
                else:
                    yield from (("history", f"{source.kind}:{c}") for c in source.codes or ("",))


def covered(topic: str, topics: set[str]) -> bool:
    kind, _, code = topic.partition(":")
    return topic in topics or kind in topics or code == OTHER


def test_every_topic_of_every_trigger_is_asked():
    full = topics_of(FULL) | topics_of(FULL, **EXPECTING)
    check = topics_of(CHECK) | topics_of(CHECK, **EXPECTING)
    wanted = asked_for()
    assert len(wanted) > 80
    for of, topic in wanted:
        assert covered(topic, check if of == "day" else full), (of, topic)
    assert set(PREGNANT_DAY) <= check


def sheet_of(*forms: tuple[Form, dict[str, str]]) -> Sheet:
    reads = [read_answers(form, given, ON) for form, given in forms]
    return Sheet(
        facts=tuple(fact for one in reads for fact in one.facts),
        answers=tuple(answer for one in reads for answer in one.answers),
        history_on=ON,
        is_reviewed=True,
    )


@pytest.mark.parametrize("expecting", [{}, EXPECTING])
def test_no_to_everything_leaves_no_rule_without_an_answer(expecting):
    sheet = sheet_of((FULL, all_no(FULL, **expecting)), (CHECK, all_no(CHECK, **expecting)))
    verdict = judge(sheet, RuleBook(shipped()), ON, born=date(1985, 4, 8))
    assert verdict.asks == ()
    assert not any(hit.state == "ask" for hit in verdict.hits)
    assert not verdict.is_stopped
    assert verdict.is_checked


def test_the_full_history_alone_leaves_only_what_is_asked_on_the_day():
    sheet = sheet_of((FULL, all_no(FULL)))
    verdict = judge(sheet, RuleBook(shipped()), ON, born=date(1985, 4, 8))
    day = {name for name, one in ANSWERS.items() if one.scope == "day"}
    waits = [hit.rule for hit in verdict.hits if hit.state == "ask"]
    atoms = {rule.code: list(atoms_of(rule.node)) for rule in shipped()}
    asks_of_the_day = {
        code for code, found in atoms.items()
        if any(isinstance(one, Answered) and one.name in day for one in found)
    }  # fmt: skip
    for rule in waits:
        leans = any(not isinstance(one, Answered | Match | Since | Pregnant) for one in atoms[rule])
        assert rule in asks_of_the_day or leans


def test_a_ticked_condition_is_a_fact_with_what_was_said_beside():
    given = all_no(
        FULL, cardio__HYPERTENSION="y", cardio__HYPERTENSION__controlled="no",
        cardio__HYPERTENSION__on="2019-05", cardio="unsure",
    )  # fmt: skip
    read = read_answers(FULL, given, ON)
    (fact,) = read.facts
    assert (fact.code, fact.on, fact.details) == (
        "HYPERTENSION", date(2019, 5, 31), (("controlled", "no"),),
    )  # fmt: skip
    said = {one.topic: one.said for one in read.answers}
    assert said["condition:MI"] == "unsure"
    assert said["condition:DVT"] == "no"


def test_what_no_list_names_is_kept_in_its_own_words():
    given = all_no(
        FULL, other_conditions="yes", other_conditions__condition__0__text="A rare thing",
        medicine="yes", medicine__medicine__1__code="NONSENSE",
    )  # fmt: skip
    read = read_answers(FULL, given, ON)
    assert [(one.kind, one.code, one.text) for one in read.facts] == [
        ("condition", OTHER, "A rare thing"), ("medicine", OTHER, "NONSENSE"),
    ]  # fmt: skip


def test_none_known_is_an_answer_and_yes_wants_a_line():
    assert ("allergy", "no") in {
        (one.topic, one.said) for one in read_answers(FULL, all_no(FULL), ON).answers
    }
    wrong = read_answers(FULL, all_no(FULL, allergy="yes"), ON).wrong
    assert [one.name for one in wrong] == ["allergy"]
    both = all_no(FULL, allergy__allergy__0__code="NUT")
    assert [one.name for one in read_answers(FULL, both, ON).wrong] == ["allergy"]


def test_a_birth_and_a_pregnancy_are_facts():
    given = all_no(
        FULL, pregnancy="yes", birth_recent="yes", birth_recent__on="2026-09-14",
        birth_recent__delivery="caesarean",
    )  # fmt: skip
    now, born = read_answers(FULL, given, ON).facts
    assert now.detail("status") == "current"
    assert (born.detail("status"), born.detail("delivery")) == ("delivered", "caesarean")
    assert born.until == date(2026, 9, 14)


def test_a_yes_on_the_check_is_unsure_of_each_thing_until_it_is_asked():
    read = read_answers(CHECK, all_no(CHECK, illness="yes", illness__ill_now="no"), ON)
    said = {one.topic: one.said for one in read.answers}
    assert said["answer:ill_now"] == "no"
    assert said["answer:feels_feverish"] == "unsure"
    assert {one.of for one in read.answers} == {"day"}


def test_an_unanswered_question_is_never_a_no():
    for form in FORMS.values():
        whole = all_no(form)
        for item in form.items():
            if not item.is_required or item.show_if:
                continue
            given = {name: text for name, text in whole.items() if name != item.key}
            read = read_answers(form, given, ON)
            assert [one.name for one in read.wrong] == [item.key]
            assert not {one.topic for one in read.answers} & set(item.topics)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024", date(2024, 12, 31)), ("2024-02", date(2024, 2, 29)), ("3/2024", date(2024, 3, 31)),
        ("2024-03-15", date(2024, 3, 15)), ("2026", ON), ("2026-11", ON), (" ", None),
    ],
)  # fmt: skip
def test_what_is_not_said_exactly_is_taken_as_late_as_it_can_be(text, day):
    assert approximate_day(text, ON) == day


@pytest.mark.parametrize(
    "text", ["soon", "2027", "2026-12", "2026-11-03", "2024-13", "2024-02-31", "1850", "20245"]
)
def test_a_day_that_is_none_or_still_to_come_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        approximate_day(text, ON)
    given = all_no(FULL, cardio__MI="y", cardio__MI__on=text)
    assert [one.name for one in read_answers(FULL, given, ON).wrong] == ["cardio.MI.on"]


_NAMES = st.sampled_from(sorted(name for item in FULL.items() for name in names_of(item)))
_TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["yes", "no", "unsure", "none", "y", "CALF", "L", "OTHER", "2024-03"]),
)


@given(st.dictionaries(_NAMES, _TEXTS, max_size=40))
def test_whatever_is_typed_is_read_without_a_fault_and_never_as_a_no(typed):
    raw = allowed(FULL, typed)
    read = read_answers(FULL, raw, ON)
    for answer in read.answers:
        items = [one for one in FULL.items() if answer.topic in one.topics]
        if answer.said == "no" and items:
            assert raw[items[0].key] == "no"
    for fact in read.facts:
        assert fact.code in CODES[fact.kind]
        assert fact.on is None or fact.on <= ON


def test_a_form_keeps_only_its_own_names():
    assert allowed(UPDATE, {"nonsense": "x", "complaint": "y" * 900}) == {"complaint": "y" * 500}


def test_two_readings_are_compared():
    dvt = Fact("condition", "DVT", details=(("status", "active"),))
    over = Fact("condition", "DVT", details=(("status", "resolved"),))
    asthma, nuts = Fact("condition", "ASTHMA"), Fact("allergy", "NUT")
    diff = compare(
        [dvt, asthma], [Answer("answer:frail", "no", ON)],
        [over, nuts], [Answer("answer:frail", "unsure", ON), Answer("device", "no", ON)],
    )  # fmt: skip
    assert diff.added == (nuts,)
    assert diff.changed == ((dvt, over),)
    assert diff.gone == (asthma,)
    assert diff.answers == (("answer:frail", "no", "unsure"),)
    assert compare([dvt], [], [dvt], []).is_empty
    assert twin_of(dvt) == twin_of(over)
    assert content_of(dvt) != content_of(over)


_SAID = st.sampled_from(["yes", "no", "unsure"])


@given(st.lists(st.tuples(_SAID, st.booleans()), max_size=6))
def test_an_answer_that_nobody_has_read_never_makes_things_milder(given_answers):
    strict = ["no", "unsure", "yes"]
    forms, floor = [], 0
    for number, (said, is_reviewed) in enumerate(given_answers):
        on = ON + timedelta(days=number)
        forms.append(Told("full", on, (Answer("answer:frail", said, on),), (), is_reviewed))
        floor = strict.index(said) if is_reviewed else max(floor, strict.index(said))
        assert strict.index(answers_that_count(forms)[-1].said) == floor


def test_a_list_that_was_answered_code_by_code_is_answered_as_a_whole():
    codes = [code for code in CODES["condition"] if code != OTHER]
    answers = [Answer(f"condition:{code}", "no", ON) for code in codes]
    assert said_of("condition", answers).said == "no"
    assert said_of("condition", answers[1:]) is None
    assert said_of("condition", [*answers, Answer(f"condition:{codes[0]}", "unsure", ON)]).said == (
        "unsure"
    )
    assert said_of("medicine", []) is None
