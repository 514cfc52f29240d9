"""What texts of other systems mean in our vocabulary."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.health.rules.facts import KINDS
from clinic.health.rules.vocabulary import CODES, DETAILS
from clinic.imports.rules.understanding import (
    KNOWN,
    NO_MATTER,
    UNKNOWN,
    Piece,
    all_bits,
    facts_in,
    gathered,
    meaning,
)

TODAY = date(2025, 6, 1)


def means(kind: str, text: str, code: str = "") -> list[str]:
    return [f"{kind}:{code}" for kind, code, _ in meaning(kind, text, code).bits]


def line(text: str, start: str = "2024-01-01", stop: str = "", **more) -> dict:
    return {"description": text, "start": start, **({"stop": stop} if stop else {}), **more}


def test_the_table_speaks_our_vocabulary():
    for kind, code, details in all_bits():
        assert code in CODES[kind]
        for key, value in details:
            assert value in DETAILS[kind][key]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("condition", "Essential hypertension (disorder)", ["condition:HYPERTENSION"]),
        ("condition", "Gestational diabetes", ["condition:GESTATIONAL_DIABETES"]),
        ("condition", "Diabetic neuropathy", ["condition:DIABETES", "condition:NEUROPATHY"]),
        ("condition", "Acute pulmonary embolism", ["condition:PE"]),
        ("condition", "Closed fracture of hip", ["injury:FRACTURE"]),
        ("condition", "History of appendectomy", ["surgery:ABDOMINAL"]),
        ("medication", "1 ML Enoxaparin sodium 100 MG/ML Injection", ["medicine:ANTICOAGULANT"]),
        ("medication", "Aspirin 81 MG Oral Tablet",
         ["medicine:ANTIPLATELET", "medicine:NSAID_ANALGESIC"]),
        ("medication", "predniSONE 5 MG Oral Tablet", ["medicine:CORTICOSTEROID_SYSTEMIC"]),
        ("medication", "Hydrocortisone 10 MG/ML Topical Cream", ["medicine:OTHER"]),
        ("medication", "Ibuprofen 200 MG / Zyxol 5 MG Oral Tablet",
         ["medicine:NSAID_ANALGESIC", "medicine:OTHER"]),
        ("allergy", "Tree nut (substance)", ["allergy:NUT"]),
        ("procedure", "Coronary artery bypass grafting", ["surgery:CARDIAC"]),
        ("procedure", "Cesarean section", ["pregnancy:PREGNANCY"]),
        ("procedure", "Bone immobilization", ["injury:FRACTURE"]),
        ("procedure", "Influenza vaccination", ["treatment:VACCINE"]),
    ],
)  # fmt: skip
def test_texts_are_understood(kind, text, expected):
    assert sorted(f"{k}:{c}" for k, c, _ in meaning(kind, text).bits) == sorted(expected)


@pytest.mark.parametrize(
    ("kind", "text", "sort"),
    [
        ("condition", "Full-time employment (finding)", NO_MATTER),
        ("condition", "Full-time employment with hemispheric zork", UNKNOWN),
        ("condition", "No known diabetes", UNKNOWN),
        ("condition", "Family history of diabetes", UNKNOWN),
        ("medication", "Simvastatin 10 MG Oral Tablet", NO_MATTER),
        ("medication", "Zyxol 10 MG Oral Tablet", UNKNOWN),
        ("procedure", "Depression screening (procedure)", NO_MATTER),
        ("procedure", "Rearrangement of zork", UNKNOWN),
        ("allergy", "Latex", KNOWN),
        ("allergy", "Zork", UNKNOWN),
    ],
)
def test_what_is_not_known_is_never_taken_for_nothing(kind, text, sort):
    assert meaning(kind, text).sort == sort


def test_a_code_goes_before_the_words():
    assert means("condition", "Whatever they call it", "59621000") == ["condition:HYPERTENSION"]


def test_what_ended_is_over_and_a_history_of_it_was():
    [over] = facts_in("condition", line("Asthma", "2020-01-01", "2021-01-01"), TODAY)
    assert (over.until, over.detail("status")) == (date(2021, 1, 1), "resolved")
    [was] = facts_in("condition", line("History of deep vein thrombosis"), TODAY)
    assert (was.code, was.detail("status"), was.until) == ("DVT", "resolved", None)


@pytest.mark.parametrize(
    ("stop", "status"), [("", "current"), ("2024-03-01", "ended"), ("2024-09-01", "delivered")]
)
def test_a_pregnancy_is_current_ended_or_ended_in_a_birth(stop, status):
    [found] = facts_in("condition", line("Normal pregnancy", stop=stop), TODAY)
    assert found.detail("status") == status


def test_a_birth_ends_a_pregnancy_on_its_day():
    [found] = facts_in("procedure", line("Cesarean section", "2025-05-01T10:00:00Z"), TODAY)
    assert (found.on, found.until) == (None, date(2025, 5, 1))
    assert (found.detail("status"), found.detail("delivery")) == ("delivered", "caesarean")


def test_days_that_cannot_be_are_taken_as_not_known():
    [coming] = facts_in("condition", line("Asthma", "2031-01-01"), TODAY)
    assert coming.on is None
    [turned] = facts_in("condition", line("Asthma", "2024-01-01", "2023-01-01"), TODAY)
    assert (turned.until, turned.detail("status")) == (None, "active")


def test_treatments_given_again_count_from_the_last_time():
    days = ("2021-10-01", "2023-10-01", "2022-10-01")
    pieces = [
        Piece(str(n), 0, facts_in("procedure", line("Vaccination", day), TODAY)[0])
        for n, day in enumerate(days)
    ]
    [(fact, behind)] = gathered(pieces)
    assert (fact.on, fact.ref, len(behind)) == (date(2023, 10, 1), "0", 3)


@given(st.sampled_from(("condition", "medication", "allergy", "procedure")), st.text(min_size=1))
def test_any_text_becomes_at_least_one_fact_of_the_vocabulary(kind, text):
    found = facts_in(kind, line(text), TODAY)
    assert found
    for fact in found:
        assert fact.kind in KINDS
        assert fact.code in CODES[fact.kind]
        assert text in fact.text
