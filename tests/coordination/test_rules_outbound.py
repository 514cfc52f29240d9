"""Where a referral to a provider can go, what is next for it, and by which day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.coordination.models import OUT_ENDS, OUT_STATES
from clinic.coordination.rules import outbound as rules
from clinic.coordination.rules.outbound import Standing, may_go, must_go, what_next
from clinic.core.errors import Conflict, DomainError
from clinic.tasks.rules import KINDS
from tests.coordination.outbound_edges import EDGES, ENDS

MONDAY = date(2026, 11, 23)
LIVE = [state for state in OUT_STATES if state not in ENDS]
standings = st.builds(
    Standing,
    urgency=st.sampled_from(sorted(rules.ANSWER_DAYS)),
    today=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    letter=st.sampled_from(["", "draft", "approved", "sent", "failed", "delivered", "cancelled"]),
    has_consent=st.booleans(),
    answer_by=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    appointment_on=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    reminders=st.integers(0, 5),
    calls=st.integers(0, 5),
    is_read=st.booleans(),
)


def test_its_edges_are_those_of_the_requirement():
    assert set(rules.EDGES) == set(EDGES)
    assert len(rules.EDGES) == len(EDGES) == 28
    assert set(rules.ENDS) == set(OUT_ENDS) == ENDS
    assert set(rules.NAMES) == set(OUT_STATES)


@pytest.mark.parametrize("status", OUT_STATES)
@pytest.mark.parametrize("verb", rules.VERBS)
def test_a_verb_leads_along_an_edge_or_is_refused_with_the_reason(status: str, verb: str):
    if verb in may_go(status):
        assert (status, must_go(status, verb)) in EDGES
        return
    with pytest.raises(Conflict) as refused:
        must_go(status, verb)
    assert str(rules.NAMES[status]) in str(refused.value)
    assert len(str(refused.value).split()) > 8


def test_every_state_is_reached_and_every_live_one_can_end():
    reached = {"draft"}
    for _ in OUT_STATES:
        reached |= {after for before, after in EDGES if before in reached}
    assert reached == set(OUT_STATES)
    ending = set(ENDS)
    for _ in OUT_STATES:
        ending |= {before for before, after in EDGES if after in ending}
    assert ending == set(OUT_STATES)


@given(st.sampled_from(LIVE), standings)
def test_whatever_lives_has_something_to_be_done_by_a_day(status: str, known: Standing):
    action, due = what_next(status, known)
    assert action in rules.ACTIONS
    assert due is not None
    assert action in rules.TASKS or action == "await_answer"


@given(st.sampled_from(sorted(ENDS)), standings)
def test_what_has_ended_waits_for_nothing(status: str, known: Standing):
    assert what_next(status, known) == ("", None)


def test_each_task_is_of_a_kind_that_there_is():
    assert set(rules.TASKS.values()) <= set(KINDS)
    assert set(rules.OWNERS) <= set(rules.TASKS)


@pytest.mark.parametrize(
    ("urgency", "sent", "expected"),
    [
        ("emergency", MONDAY, MONDAY),
        ("emergency", date(2026, 11, 28), date(2026, 11, 28)),  # a Saturday is as good
        ("urgent", MONDAY, date(2026, 11, 24)),
        ("urgent", date(2026, 11, 27), date(2026, 11, 30)),  # Friday, then Monday
        ("soon", MONDAY, date(2026, 11, 30)),
        ("routine", MONDAY, date(2026, 12, 11)),
    ],
)
def test_an_answer_is_expected_by_urgency_in_working_days(urgency, sent, expected):
    assert rules.answer_by(urgency, sent) == expected


def sent(today: date, **more) -> tuple[str, date | None]:
    plain = {"urgency": "routine", "answer_by": MONDAY, "letter": "sent"}
    return what_next("sent", Standing(today=today, **(plain | more)))


def test_it_is_asked_for_twice_and_then_called_for_before_it_may_be_given_up():
    assert sent(MONDAY) == ("await_answer", MONDAY)
    late = MONDAY + timedelta(days=1)
    assert sent(late) == ("remind", MONDAY + timedelta(days=5))
    assert sent(late, reminders=1) == ("remind", MONDAY + timedelta(days=10))
    assert sent(late, reminders=2) == ("call_provider", MONDAY + timedelta(days=10))
    assert sent(late, reminders=2, calls=1) == ("say_no_answer", MONDAY + timedelta(days=10))
    assert sent(late, urgency="urgent") == ("remind", MONDAY + timedelta(days=1))
    asked = [(0, 0), (2, 0), (1, 1), (2, 1)]
    assert [rules.may_give_up(*one) for one in asked] == [False, False, False, True]


def test_before_it_is_sent_consent_stands_before_everything_but_a_call_in_an_emergency():
    plain = Standing(urgency="routine", today=MONDAY, letter="approved", has_consent=False)
    assert what_next("consent_pending", plain)[0] == "get_consent"
    assert what_next("ready", plain)[0] == "get_consent"
    grave = Standing(urgency="emergency", today=MONDAY, has_consent=False)
    assert what_next("draft", grave) == ("call_now", MONDAY)
    called = Standing(urgency="emergency", today=MONDAY, calls=1)
    assert what_next("draft", called) == ("write_letter", MONDAY)


def test_the_words_at_the_desk_say_nothing_of_health():
    told = [rules.NEUTRAL, *rules.NAMES.values(), *rules.ACTIONS.values(),
            *rules.CANCELLED_WHY.values()]  # fmt: skip
    for words in told:
        for health in ("clot", "lump", "pregnan", "fracture", "clearance", "treatment"):
            assert health not in str(words).casefold()


def test_a_reason_is_one_of_the_list():
    assert rules.reason_of("clot") == "clot"
    with pytest.raises(DomainError):
        rules.reason_of("because")
