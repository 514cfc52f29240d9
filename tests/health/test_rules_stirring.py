"""Leaving out triggers of which nothing is known never changes what comes of it."""

import json
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.health.rules import looking
from clinic.health.rules.facts import Answer, Sheet, from_json, join, to_json
from clinic.health.rules.nodes import Answered, Both, Either, Fired, Match, Reading, Since
from clinic.health.rules.rulebook import RuleBook
from clinic.health.rules.screening import judge, judge_days
from clinic.health.rules.vocabulary import ANSWERS, CODES, EVENTS, READINGS
from tests.health.sheets import ASKED, BOOK, BORN, CLEAN, DAY, LISTED, fact, known
from tests.health.test_rules_together import TOPICS, answers, facts, near, sheets

refuted = st.builds(
    lambda one, key: replace(
        one, details=tuple({**dict(one.details), key: "refuted"}.items())
    ),
    facts(),
    st.sampled_from(["status", "verification"]),
)  # fmt: skip
unlike = st.builds(
    lambda sheet, more, said: replace(
        sheet, facts=(*sheet.facts, *more), answers=(*CLEAN.answers, *sheet.answers, *said)
    ),
    sheets,
    st.lists(refuted, max_size=3),
    st.lists(st.builds(Answer, st.sampled_from(LISTED), st.sampled_from(["yes", "no", "unsure"]),
                       near), max_size=4),
)  # fmt: skip

KINDS = [kind for kind in CODES if kind != "answer"]
atoms = st.one_of(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st.builds(
            Match,
            st.just(kind),
            st.lists(st.sampled_from(sorted(CODES[kind])), max_size=3, unique=True).map(tuple),
            st.sampled_from([(), (("status", ("active",)),), (("status", ("resolved",)),)]),
            st.sampled_from([(), ("CALF", "FACE")]),
        )
    ),
    st.builds(Since, st.sampled_from(sorted(EVENTS)), st.integers(1, 40), st.sampled_from("dw")),
    st.builds(
        Since, st.sampled_from(sorted(EVENTS)), st.integers(1, 24), st.just("mo"), st.just(True)
    ),
    st.sampled_from(sorted(ANSWERS)).map(Answered),
    st.sampled_from(sorted(READINGS)).map(lambda name: Reading(name, ">", 1)),
    st.just(Fired(("DVT_ACTIVE",))),
)
nodes = st.recursive(
    atoms,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([Either, Both]),
        st.lists(inner, min_size=2, max_size=4),
    ),
    max_leaves=8,
)
LIKE = BOOK.rule("FEVER")
books = st.lists(nodes, min_size=1, max_size=6).map(
    lambda made: RuleBook(
        [BOOK.rule("DVT_ACTIVE")]
        + [replace(LIKE, code=f"OWN_{number}", node=node) for number, node in enumerate(made)]
    )
)


def all_gone_through(sheet, book, on, born=BORN):
    """The same verdict with no trigger left out."""
    with patch.object(looking, "stirred", lambda _look, words: words.topics):
        return judge(sheet, book, on, born=born)


@given(sheet=sheets | unlike, on=near, born=st.none() | st.just(BORN))
def test_the_shipped_rules_say_the_same_when_all_are_gone_through(sheet, on, born):
    assert judge(sheet, BOOK, on, born=born) == all_gone_through(sheet, BOOK, on, born)


@given(sheet=sheets | unlike, book=books, on=near)
def test_any_rules_say_the_same_when_all_are_gone_through(sheet, book, on):
    assert judge(sheet, book, on, born=BORN) == all_gone_through(sheet, book, on)


@given(sheet=sheets | unlike, book=books, first=near, length=st.integers(0, 20))
def test_a_stretch_of_days_says_the_same_for_any_rules(sheet, book, first, length):
    last = first + timedelta(days=length)
    for day, verdict in judge_days(sheet, book, first, last, born=BORN).items():
        assert verdict == all_gone_through(sheet, book, day), day


@given(sheet=sheets | unlike, other=sheets, on=near)
def test_sheets_that_are_read_say_the_same(sheet, other, on):
    read = join([from_json(to_json(sheet)), from_json(to_json(other))])
    assert read == join([sheet, other])
    alike = replace(read, answers=tuple(read.answers))
    assert judge(read, BOOK, on, born=BORN) == judge(alike, BOOK, on, born=BORN)
    assert judge(from_json(to_json(sheet)), BOOK, on) == judge(sheet, BOOK, on)


@pytest.mark.parametrize("said", ["yes", "unsure"])
@pytest.mark.parametrize("topic", TOPICS)
def test_one_answer_that_is_not_no_is_never_passed_over(topic, said):
    sheet = known(**{said: [topic]})
    for day in (DAY, DAY + timedelta(days=1)):
        assert judge(sheet, BOOK, day, born=BORN) == all_gone_through(sheet, BOOK, day)


@pytest.mark.parametrize("topic", TOPICS)
def test_one_question_that_was_never_asked_is_never_passed_over(topic):
    sheet = replace(CLEAN, answers=tuple(one for one in CLEAN.answers if one.topic != topic))
    assert judge(sheet, BOOK, DAY, born=BORN) == all_gone_through(sheet, BOOK, DAY)


@pytest.mark.parametrize("kind", LISTED)
def test_something_that_nobody_has_sorted_is_never_passed_over(kind):
    sheet = known(fact(f"{kind}:OTHER", text="something"))
    assert judge(sheet, BOOK, DAY, born=BORN) == all_gone_through(sheet, BOOK, DAY)


def test_an_answer_that_has_lapsed_is_never_passed_over():
    for days in (364, 365, 366, 400):
        day = ASKED + timedelta(days=days)
        assert judge(CLEAN, BOOK, day, born=BORN) == all_gone_through(CLEAN, BOOK, day)


def test_who_was_asked_everything_and_has_nothing_is_hardly_gone_through():
    seen = []
    with patch.object(
        looking, "stirred", lambda look, words: seen.append(_stirred(look, words)) or seen[-1]
    ):
        judge(CLEAN, BOOK, DAY, born=BORN)
    assert seen == [frozenset()]


_stirred = looking.stirred


@given(answers=st.lists(answers, max_size=8))
def test_a_sheet_of_before_is_read_as_well(answers):
    told = [{**one._asdict(), "on": one.on.isoformat()} for one in answers]
    assert from_json(json.dumps({"answers": told})) == Sheet(answers=tuple(answers))
