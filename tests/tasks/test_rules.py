"""What there is to do, and which comes first."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import DomainError
from clinic.core.permissions import Role
from clinic.tasks import rules


@pytest.mark.parametrize("code", sorted(rules.KINDS))
def test_every_kind_has_a_role_a_consequence_and_somebody_to_tell(code):
    kind = rules.KINDS[code]
    assert 1 <= kind.consequence <= 4
    assert Role(kind.role)
    assert Role(kind.escalates_to)
    assert kind.after_days >= 0
    assert str(kind.name)


def test_a_kind_there_is_not_is_refused():
    with pytest.raises(DomainError):
        rules.kind_of("gossip")


def test_a_line_is_one_line_and_not_empty():
    words = rules.say("Say it.")
    assert rules.said("  a\n b ", words, "why", 10) == "a b"
    with pytest.raises(DomainError, match="at most 3"):
        rules.said("long", words, "why", 3)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(rules.KINDS)), st.dates(), st.dates()), max_size=20)
)
def test_a_late_task_never_stands_behind_one_that_is_not(cases):
    for kind, due, today in cases:
        for other, other_due, _ in cases:
            if due < today <= other_due:
                assert rules.rank(kind, due, today) < rules.rank(other, other_due, today)


@given(st.sampled_from(sorted(rules.KINDS)), st.dates(max_value=rules.date(2999, 1, 1)))
def test_it_is_escalated_after_its_days_and_never_on_the_last_of_them(kind, due):
    last = due + timedelta(days=rules.KINDS[kind].after_days)
    assert not rules.escalates(kind, due, last)
    assert rules.escalates(kind, due, last + timedelta(days=1))


@given(st.sampled_from(rules.LIVE), st.sampled_from(["finish", "cancel"]))
def test_from_every_live_state_there_is_a_way_to_the_end(status, verb):
    for step in rules.path_to(status, verb):
        status = rules.must_go(status, step)
    assert status in ("done", "cancelled")
