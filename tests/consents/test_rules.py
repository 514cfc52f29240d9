"""What counts as agreed on a day, and the words that are agreed to."""

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.anatomy import AREAS
from clinic.consents.rules import (
    BODY_MAX,
    DATA,
    GROUPS,
    KINDS,
    LASTS,
    MOVES,
    PURPOSES,
    Block,
    Consents,
    Line,
    Scope,
    a_year_on,
    blocks,
    last_day,
    may_move,
    read_scope,
    shipped,
    state_of,
    write_scope,
)

DAY = date(2027, 3, 10)
ONE = timedelta(days=1)
UNSUPPORTED = (
    "toxin", "circulation", "oxygen", "immune", "scar tissue", "adhesion", "stress hormone",
    "cortisol", "prevent", "inflammation", "detox", "heal",
)  # fmt: skip


def line(kind="TREATMENT", number=1, answer="given", status="active", on=DAY, **more):
    more.setdefault("expires_on", last_day(KINDS[kind], on))
    return Line(number, kind, answer, status, on, **more)


def at(on, *lines):
    return Consents(on, lines)


def test_consent_to_treatment_counts_twelve_months_and_not_a_day_longer():
    agreed = line()
    assert agreed.expires_on == date(2028, 3, 9)
    assert at(DAY, agreed).has("TREATMENT")
    assert at(date(2028, 3, 9), agreed).has("TREATMENT")
    assert not at(date(2028, 3, 10), agreed).has("TREATMENT")
    assert not at(DAY - ONE, agreed).has("TREATMENT")


def test_twelve_months_from_a_leap_day_end_with_february():
    assert a_year_on(date(2028, 2, 29)) == date(2029, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_twelve_months_are_never_more_than_a_year(day):
    assert timedelta(days=364) <= a_year_on(day) - day <= timedelta(days=365)


@pytest.mark.parametrize("kind", KINDS)
def test_an_end_that_is_named_never_lengthens_a_consent(kind):
    longest = last_day(KINDS[kind], DAY)
    assert last_day(KINDS[kind], DAY, DAY) == DAY
    if longest is not None:
        assert last_day(KINDS[kind], DAY, longest + ONE) == longest


def test_sensitive_areas_are_agreed_for_one_day_only():
    agreed = line("SENSITIVE_AREA", scope=Scope(areas=("GLUTEAL",), reason="hip pain"))
    assert at(DAY, agreed).areas() == {"GLUTEAL"}
    assert at(DAY + ONE, agreed).areas() == frozenset()


def test_a_breast_is_agreed_only_with_its_own_consent_besides():
    areas = line("SENSITIVE_AREA", scope=Scope(areas=("BREAST", "CHEST_FRONT")))
    assert at(DAY, areas).areas() == {"CHEST_FRONT"}
    series = line("BREAST", 2, on=DAY - 9 * ONE)
    assert at(DAY, areas, series).areas() == {"BREAST", "CHEST_FRONT"}
    assert at(DAY, series).areas() == frozenset()


def test_the_later_answer_decides_and_the_days_before_stay_as_they_were():
    agreed = line(on=DAY - 30 * ONE, status="superseded")
    refused = line(number=2, answer="refused", expires_on=None)
    said = at(DAY, agreed, refused)
    assert not said.has("TREATMENT")
    assert said.is_refused("TREATMENT")
    assert said.has("TREATMENT", DAY - ONE)
    assert not said.is_refused("TREATMENT", DAY - ONE)


def test_what_was_withdrawn_counts_no_more_from_that_day_on():
    agreed = line(on=DAY - 30 * ONE, status="withdrawn", ended_on=DAY)
    assert not at(DAY, agreed).has("TREATMENT")
    assert at(DAY, agreed).is_refused("TREATMENT")
    assert at(DAY - ONE, agreed).has("TREATMENT")


def test_what_was_withdrawn_leaves_no_older_answer_in_force():
    older = line(on=DAY - 60 * ONE, status="superseded")
    agreed = line(number=2, on=DAY - 30 * ONE, status="withdrawn", ended_on=DAY)
    assert not at(DAY, older, agreed).has("TREATMENT")


def test_what_was_entered_in_error_is_neither_a_yes_nor_a_no():
    wrong = line(status="entered_in_error")
    assert not at(DAY, wrong).has("TREATMENT")
    assert not at(DAY, line(answer="refused", status="entered_in_error")).is_refused("TREATMENT")


def test_somebody_who_was_never_asked_has_not_refused():
    assert not at(DAY).is_refused("SHARE_PROVIDER")
    assert not at(DAY).has("SHARE_PROVIDER")


def shares(number, provider, answer="given", **more):
    scope = Scope(purposes=("progress",), data=("visits", "measures"))
    return line("SHARE_PROVIDER", number, answer, provider_id=provider, scope=scope, **more)


def test_sharing_is_with_one_provider_of_what_was_named_for_what_was_named():
    said = at(DAY, shares(1, 7), shares(2, 8))
    assert said.may_share(7, "visits")
    assert said.may_share(8, {"visits", "measures"}, purpose="progress")
    assert not said.may_share(7, {"visits", "notes"})
    assert not said.may_share(7, "visits", purpose="payment")
    assert not said.may_share(9, "visits")
    assert not said.may_share(7, "visits", a_year_on(DAY) + ONE)


def test_one_provider_refused_does_not_refuse_another():
    said = at(DAY, shares(1, 7, "refused"), shares(2, 8))
    assert not said.is_refused("SHARE_PROVIDER")
    assert said.is_refused("SHARE_PROVIDER", provider_id=7)
    assert not said.is_refused("SHARE_PROVIDER", provider_id=8)
    assert at(DAY, shares(1, 7, "refused")).is_refused("SHARE_PROVIDER")


def test_two_of_the_family_are_two_questions():
    both = [
        line("SHARE_FAMILY", n, answer, scope=Scope(whom=whom))
        for n, answer, whom in ((1, "given", "Ann Roe"), (2, "refused", "Ben Roe"))
    ]
    assert len(at(DAY, *both).given("SHARE_FAMILY")) == 1


def test_a_start_needs_treatment_and_a_guardian_for_who_is_not_of_age():
    assert at(DAY).missing_for(40) == ("TREATMENT",)
    assert at(DAY).missing_for(17) == ("TREATMENT", "MINOR_GUARDIAN")
    assert at(DAY, line()).missing_for(18) == ()
    assert at(DAY, line()).missing_for(None) == ()
    assert at(DAY, line(), line("MINOR_GUARDIAN", 2)).missing_for(12) == ()


def test_no_kind_that_is_not_there_is_ever_agreed():
    with pytest.raises(KeyError):
        at(DAY).has("TREATMNT")


@given(
    st.lists(
        st.builds(
            line,
            kind=st.sampled_from(["TREATMENT", "SMS", "SENSITIVE_AREA"]),
            number=st.integers(1, 99),
            answer=st.sampled_from(["given", "refused"]),
            status=st.sampled_from([*MOVES]),
            on=st.dates(DAY - 400 * ONE, DAY),
            ended_on=st.none() | st.dates(DAY - 400 * ONE, DAY),
        )
    ),
    st.dates(DAY - 500 * ONE, DAY + 500 * ONE),
)
def test_nothing_is_ever_agreed_and_refused_at_once(lines, on):
    said = Consents(on, tuple(lines))
    for kind in ("TREATMENT", "SMS", "SENSITIVE_AREA"):
        assert not (said.has(kind) and said.is_refused(kind))
        assert len(said.given(kind)) <= 1


def test_a_consent_moves_from_active_to_an_end_and_never_back():
    assert {
        "active": {"withdrawn", "superseded", "entered_in_error"},
        "withdrawn": set(),
        "superseded": set(),
        "entered_in_error": set(),
    } == MOVES
    assert not may_move("withdrawn", "active")


def test_expired_is_what_a_day_says_of_an_active_one_and_is_nowhere_written():
    agreed = line()
    assert "expired" not in MOVES
    assert state_of(agreed, DAY) == "current"
    assert state_of(agreed, a_year_on(DAY) + ONE) == "expired"
    assert state_of(line(answer="refused", expires_on=None), DAY) == "refused"
    assert state_of(line(status="superseded"), DAY) == "superseded"


def test_a_scope_is_read_as_it_was_written():
    scope = Scope(("GLUTEAL",), "hip pain", "Ann Roe", ("care",), ("notes",))
    assert read_scope(write_scope(scope)) == scope
    assert write_scope(Scope()) == ""
    assert read_scope("") == Scope()


# ---- kinds and words


def test_every_kind_has_its_words_its_group_and_its_length():
    assert shipped().keys() == KINDS.keys()
    for kind in KINDS.values():
        assert kind.group in GROUPS
        assert kind.lasts in LASTS
        assert blocks(shipped()[kind.code])
        assert len(shipped()[kind.code]) <= BODY_MAX
        assert len(kind.code) <= 20


def test_every_code_that_a_consent_may_name_has_a_name():
    assert all(str(words) for words in (*PURPOSES.values(), *DATA.values()))
    assert {code for code, area in AREAS.items() if area.is_sensitive} == {
        "CHEST_FRONT", "BREAST", "GLUTEAL", "THIGH_INNER",
    }  # fmt: skip


def test_the_consent_to_treatment_says_all_six_things():
    text = shipped()["TREATMENT"]
    for element in (
        "What it is.",
        "What it may do for you.",
        "What can go wrong.",
        "What else there is.",
        "If you choose no massage.",
        "You decide, at any time.",
        "- ask anything",
        "- stop,",
        "- change your mind",
    ):
        assert element in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_wording_claims_what_evidence_does_not_support(kind):
    text = shipped()[kind].casefold().replace("health", "")
    assert [word for word in UNSUPPORTED if word in text] == []
    assert "!" not in text


def test_wording_that_ships_is_never_changed_once_it_was_agreed_to():
    """A new sum here means that somebody's consent now reads otherwise: publish a text instead."""
    whole = "\n\n".join(f"{kind}\n{body}" for kind, body in sorted(shipped().items()))
    assert hashlib.sha256(whole.encode()).hexdigest() == SHIPPED


SHIPPED = "9564503ddac5b7128ec4bb5a1a2787eee81c0370c7a31882352f86040eb47945"


def test_a_text_is_paragraphs_and_lists():
    assert blocks("One\ntwo\n\nThree:\n- a\n- b\n  c\n\n\n") == (
        Block("One two"),
        Block("Three:"),
        Block(items=("a", "b c")),
    )
