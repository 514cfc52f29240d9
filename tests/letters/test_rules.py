"""Kinds, states and ways of letters; whether a consent covers one."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.consents.rules import DATA, PURPOSES, Consents, Line, Scope
from clinic.core.errors import Conflict, DomainError
from clinic.letters.models import BARE, CHANNELS, Letter
from clinic.letters.models import KINDS as STORED
from clinic.letters.rules import sending
from clinic.letters.rules.blocks import Content, Facts, MeasureLine, Measures, Paragraph, Points
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.moving import EDGES, ENDS, GIVEN_UP, STATES, may_move, must_move

ON = date(2026, 11, 20)
REQUIRED = {
    ("draft", "approved"), ("draft", "cancelled"), ("approved", "sent"), ("sent", "delivered"),
    ("sent", "failed"), ("failed", "sent"), ("received", "filed"),
}  # fmt: skip
"""The edges of correspondence as the requirement lists them."""


def test_the_machine_is_the_one_that_is_required():
    assert set(EDGES) == REQUIRED
    assert {"cancelled", "delivered", "filed"} == ENDS
    assert set(STATES) == set(Letter.STATUSES)


def test_what_befalls_a_letter_that_never_left_is_named_apart():
    assert not GIVEN_UP & EDGES
    assert {("approved", "cancelled"), ("approved", "failed"), ("failed", "cancelled")} == GIVEN_UP


def test_no_state_is_left_behind_and_ends_lead_nowhere():
    every = EDGES | GIVEN_UP
    for state in STATES:
        assert bool({target for source, target in every if source == state}) == (state not in ENDS)


@pytest.mark.parametrize(("source", "target"), sorted(product(STATES, repeat=2)))
def test_every_step_that_is_no_edge_is_refused_with_its_reason(source, target):
    if (source, target) in EDGES | GIVEN_UP:
        must_move(source, target)
        return
    assert not may_move(source, target)
    with pytest.raises(Conflict) as refused:
        must_move(source, target)
    assert str(refused.value.words).endswith(".")


def test_the_kinds_are_those_that_are_stored():
    assert set(KINDS) == set(STORED)
    assert {code for code, kind in KINDS.items() if kind.is_bare} == set(BARE)
    assert set(sending.CHANNELS) == set(CHANNELS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_asks_for_data_and_a_purpose_that_a_consent_can_name(kind):
    assert kind.needs <= set(DATA)
    assert kind.purpose in PURPOSES if kind.needs else not kind.purpose
    assert not (kind.is_clinical and kind.is_bare)


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if k.is_clinical], ids=lambda k: k.code)
def test_a_clinical_kind_tells_the_desk_nothing_but_that_it_is_a_letter(kind):
    said = str(kind.desk_name).lower()
    assert said != str(kind.name).lower()
    assert not {"clearance", "discharge", "progress", "renewal"} & set(said.split())


@pytest.mark.parametrize("kind", BARE)
@pytest.mark.parametrize(
    "block",
    [
        Paragraph("the clot", is_clinical=True),
        Facts((("Reason", "neck"),), is_clinical=True),
        Points("Found", ("pain",), is_clinical=True),
        Measures((MeasureLine("Pain"),)),
    ],
)
def test_a_letter_without_consent_holds_nothing_clinical(kind, block):
    content = Content("About", "Dear", (Paragraph("Thank you."), block))
    with pytest.raises(DomainError, match="only the name and the number"):
        sending.must_be_bare(KINDS[kind], content)
    sending.must_be_bare(KINDS[kind], Content("About", "Dear", (Paragraph("Thank you."),)))


def test_measures_in_a_letter_are_asked_for_besides():
    content = Content("About", "", (Measures((MeasureLine("Pain"),)),))
    assert sending.needed(KINDS["closing"], content) == ({"visits", "measures"}, "care")
    assert sending.needed(KINDS["closing"], None) == ({"visits"}, "care")


def test_only_one_letter_can_be_bare_never_its_kind_and_no_other_kind_can():
    assert sending.needed(KINDS["decline"], None, is_bare=True) == (frozenset(), "")
    assert sending.needed(KINDS["decline"], None) == ({"notes"}, "care")
    assert sending.needed(KINDS["closing"], None, is_bare=True) == ({"visits"}, "care")


def test_parts_and_points_may_be_left_out_and_nothing_may_be_put_in():
    ready = Content("About", "Dear", (Paragraph("Thanks."), Points("Missing", ("a", "b"))), "Bye")
    less = replace(ready, blocks=(Points("Missing", ("b",)),))
    assert sending.adds_nothing(ready, ready)
    assert sending.adds_nothing(less, ready)
    assert not sending.adds_nothing(ready, less)
    for more in (Points("Missing", ("a", "c")), Points("Found", ("a",)), Paragraph("Thanks!")):
        assert not sending.adds_nothing(replace(ready, blocks=(more,)), ready)


@pytest.mark.parametrize(
    ("typed", "known", "same"),
    [
        ("555 012 4470", "(555) 012-4470", True),
        ("+1 555 012 4470", "+15550124470", True),
        ("001 555 012 4470", "+15550124470", True),
        ("555 012 4471", "+15550124470", False),
        ("550124470", "+15550124470", False),
        ("", "", False),
        ("", "+15550124470", False),
        ("fax", "+15550124470", False),
    ],
)
def test_a_number_is_the_same_when_its_digits_are(typed, known, same):
    assert sending.same_number(typed, known) is same


# ---- consent


def line(**more):
    facts = {
        "id": 1, "kind": "SHARE_PROVIDER", "answer": "given", "status": "active",
        "given_on": ON - timedelta(days=30), "expires_on": ON + timedelta(days=300),
        "provider_id": 7, "scope": Scope(data=("visits", "plan", "measures"),
                                         purposes=("progress",)),
    }  # fmt: skip
    return Line(**(facts | more))


def covered(*lines, on=ON, provider=7, data=("visits", "measures"), purpose="progress"):
    return sending.covering(Consents(on, lines), provider, data, purpose)


def test_a_consent_covers_what_it_names_and_nothing_else():
    assert covered(line()) is not None
    assert covered() is None
    assert covered(line(), provider=8) is None
    assert covered(line(), data=("visits", "history")) is None
    assert covered(line(), purpose="payment") is None
    assert covered(line(), on=ON + timedelta(days=301)) is None
    assert covered(line(), on=ON - timedelta(days=31)) is None
    assert covered(line(answer="refused")) is None
    assert covered(line(status="withdrawn", ended_on=ON)) is None
    assert covered(line(status="entered_in_error")) is None
    assert covered(line(kind="SHARE_PAYER")) is None


def test_what_is_missing_is_named():
    asked = ("history", "notes", "visits")
    nothing = sending.lacking(Consents(ON), 7, asked, "care")
    assert (nothing.data, nothing.lacking, nothing.standing_id) == (asked, asked, None)
    assert not nothing.is_refused
    less = sending.lacking(Consents(ON, (line(),)), 7, asked, "care")
    assert (less.lacking, less.standing_id) == (("history", "notes"), 1)
    said_no = sending.lacking(Consents(ON, (line(answer="refused"),)), 7, asked, "care")
    assert said_no.is_refused
    assert str(sending.ConsentMissing(said_no).words).startswith("The client does not want")


CODES = st.frozensets(st.sampled_from(sorted(DATA)), min_size=1)
LINES = st.builds(
    lambda number, answer, status, given, lasts, provider, data, purposes: Line(
        number, "SHARE_PROVIDER", answer, status, ON + timedelta(days=given),
        ON + timedelta(days=given + lasts), ON if status == "withdrawn" else None, provider,
        Scope(data=tuple(sorted(data)), purposes=tuple(sorted(purposes))),
    ),
    st.integers(1, 9), st.sampled_from(["given", "refused"]),
    st.sampled_from(["active", "withdrawn", "superseded", "entered_in_error"]),
    st.integers(-400, 5), st.integers(0, 365), st.sampled_from([7, 8]), CODES,
    st.frozensets(st.sampled_from(sorted(PURPOSES)), min_size=1),
)  # fmt: skip


@given(st.lists(LINES, max_size=6), st.sampled_from([k for k in KINDS.values() if k.needs]))
def test_nothing_is_covered_but_by_a_consent_that_says_so_on_that_day(lines, kind):
    found = sending.covering(Consents(ON, tuple(lines)), 7, kind.needs, kind.purpose)
    if found is None:
        needs = sending.lacking(Consents(ON, tuple(lines)), 7, kind.needs, kind.purpose)
        assert set(needs.data) == kind.needs
        assert set(needs.lacking) <= kind.needs
        return
    assert (found.answer, found.provider_id) == ("given", 7)
    assert found.status in ("active", "superseded")
    assert found.given_on <= ON <= found.expires_on
    assert kind.needs <= set(found.scope.data)
    assert kind.purpose in found.scope.purposes
    later = [one for one in lines if one.provider_id == 7 and found.given_on < one.given_on <= ON]
    assert not later
