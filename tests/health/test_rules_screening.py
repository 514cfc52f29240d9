"""What is not known, what is decided, what is cleared, and what a service meets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic.health.rules.effects import effects, say_effect
from clinic.health.rules.facts import Answer, Clearing, Decision, Limits, Sheet
from clinic.health.rules.rulebook import HARD, RuleBook, book_of, shipped
from clinic.health.rules.screening import fit, judge
from tests.health.sheets import ASKED, BOOK, CLEAN, DAY, ago, fact, judged, known, state

CLOT = fact("condition:DVT", status="resolved", on=ago(400), until=ago(200), area="CALF", side="L")
ALWAYS = "CAUTION_SITES"


# --- what is not known ---


def test_a_person_who_was_asked_nothing_is_asked_every_hard_rule_that_a_question_could_tell():
    verdict = judged(Sheet())
    watched = {"IMPAIRED", "EMERGENCY_SIGNS", "HTN_CRISIS", "NO_CONTACT_CONSENT"}
    hard = {rule.code for rule in BOOK.rules if rule.klass in HARD}
    assert set(verdict.asks) == hard - watched
    assert not verdict.is_stopped
    assert not verdict.is_held
    assert verdict.form == "missing"


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule.klass in HARD])
def test_unsure_of_everything_never_passes_as_no(rule):
    unsure = Sheet(answers=tuple(one._replace(said="unsure") for one in CLEAN.answers))
    watched = {"IMPAIRED", "EMERGENCY_SIGNS", "HTN_CRISIS", "NO_CONTACT_CONSENT"}
    assert state(unsure, rule.code) == ("" if rule.code in watched else "ask")


def test_a_no_of_the_history_holds_until_its_review_is_due():
    last = ASKED.replace(year=ASKED.year + 1)
    assert state(CLEAN, "DVT_ACTIVE", last) == ""
    assert judged(CLEAN, last).form == "ok"
    assert state(CLEAN, "DVT_ACTIVE", last + timedelta(days=1)) == "ask"
    assert judged(CLEAN, last + timedelta(days=1)).form == "due"


def test_what_is_so_stays_so_when_the_review_is_due():
    sheet = known(fact("condition:DVT"), yes=["answer:dialysis"])
    later = DAY + timedelta(days=2000)
    assert state(sheet, "DVT_ACTIVE", later) == "open"
    assert state(sheet, "ORGAN_FAILURE", later) == "open"


def test_the_days_answers_count_for_their_day_only():
    sheet = known(yes=["answer:feels_feverish"])
    assert state(sheet, "FEVER") == "open"
    assert state(sheet, "FEVER", DAY + timedelta(days=1)) == "ask"
    assert judged(sheet).is_checked
    assert not judged(sheet, DAY + timedelta(days=1)).is_checked
    ahead = judged(CLEAN, DAY + timedelta(days=9))
    assert "FEVER" in ahead.asks
    assert ahead.asks_ahead == ()


def test_a_yes_in_history_or_on_the_day_is_a_yes():
    topic = "answer:one_sided_limb_swelling"
    rest = tuple(one for one in CLEAN.answers if one.topic != topic)
    for history, today, expected in [
        ("yes", "no", "open"),
        ("no", "yes", "open"),
        ("no", "no", ""),
        ("no", "unsure", "ask"),
        ("unsure", "no", ""),
    ]:
        said = (Answer(topic, history, ASKED), Answer(topic, today, DAY, of="day"))
        assert state(replace(CLEAN, answers=(*rest, *said)), "DVT_SUSPECT") == expected


@pytest.mark.parametrize("controlled", ["", "unsure"])
def test_a_detail_that_nobody_knows_is_asked(controlled):
    sheet = known(fact("condition:HYPERTENSION", controlled=controlled))
    assert state(sheet, "HTN_UNCONTROLLED") == "ask"


def test_an_event_without_a_day_is_asked():
    assert state(known(fact("surgery:SPINAL")), "SURGERY_RECENT") == "ask"
    assert state(known(fact("surgery:SPINAL", on=ago(500))), "SURGERY_RECENT") == ""


def test_a_yes_without_its_list_is_not_known():
    assert state(known(yes=["medicine"]), "ANTICOAGULANT") == "ask"
    assert state(known(yes=["condition:DVT"]), "DVT_ACTIVE") == "open"


def test_what_nobody_has_sorted_could_be_anything_of_its_kind():
    unsorted = known(fact("medicine:OTHER", text="the small white one"))
    assert state(unsorted, "HEAT_BLOCK") == "ask"
    sorted_ = known(fact("medicine:OTHER", text="vitamin D", sorted="yes"))
    assert state(sorted_, "HEAT_BLOCK") == ""


def test_the_last_answer_counts_and_of_one_day_the_strictest():
    rest = tuple(one for one in CLEAN.answers if one.topic != "condition:ANEURYSM")

    def after(*said):
        given = tuple(Answer("condition:ANEURYSM", word, day) for word, day in said)
        return state(replace(CLEAN, answers=(*rest, *given)), "ANEURYSM")

    assert after(("unsure", ASKED), ("no", DAY)) == ""
    assert after(("no", ASKED), ("unsure", DAY)) == "ask"
    assert after(("no", DAY), ("unsure", DAY)) == "ask"


def test_an_entry_made_in_error_is_no_fact():
    assert state(known(fact("injury:FRACTURE", status="entered_in_error", on=DAY)), "DEVICE") == ""
    wrong = replace(CLEAN, facts=(fact("condition:DVT", status="entered_in_error"),))
    assert state(wrong, "DVT_ACTIVE") == ""


# --- where ---


def test_the_place_of_a_fact_is_the_place_to_avoid():
    verdict = judged(known(CLOT))
    assert ("CALF", "L") in verdict.areas
    assert not verdict.hit("DVT_HISTORY").is_unplaced
    assert judged(known(replace(CLOT, area=""))).hit("DVT_HISTORY").is_unplaced


def test_a_rule_about_an_area_blocks_and_caps_there_only():
    verdict = judged(known(fact("condition:VARICOSE_VEINS", area="CALF", side="R")))
    assert verdict.blocked == frozenset()
    assert verdict.pressure is None
    local = {one.rule: one for one in verdict.local}
    assert (local["VARICOSE"].areas, local["VARICOSE"].pressure) == ((("CALF", "R"),), 2)
    assert local["VARICOSE"].blocks == ("CUPPING",)
    assert set(local) == {"VARICOSE", ALWAYS}


# --- decisions ---


def decide(sheet, rule, says, *, until=None):
    inputs = judged(sheet).hit(rule).inputs
    return replace(sheet, decisions=(*sheet.decisions, Decision(rule, says, inputs, until)))


def test_a_stop_is_lifted_only_by_showing_that_it_does_not_apply():
    sheet = known(fact("condition:DVT"))
    for says in ("adjusted", "cleared"):
        assert judged(decide(sheet, "DVT_ACTIVE", says)).is_stopped
    lifted = judged(decide(sheet, "DVT_ACTIVE", "not_applicable"))
    assert not lifted.is_stopped
    assert "ALL" not in lifted.blocked


def test_a_decision_counts_until_an_input_changes():
    decided = decide(known(fact("condition:DVT")), "DVT_ACTIVE", "not_applicable")
    assert state(decided, "DVT_ACTIVE") == "not_applicable"
    assert state(decided, "DVT_ACTIVE", DAY + timedelta(days=90)) == "not_applicable"
    changed = replace(decided, facts=(fact("condition:DVT", area="CALF"),))
    assert state(changed, "DVT_ACTIVE") == "open"
    more = replace(decided, facts=(*decided.facts, fact("condition:PE")))
    assert state(more, "DVT_ACTIVE") == "open"
    rules = [replace(one, klass="CLEARANCE") if one.code == "DVT_ACTIVE" else one
             for one in BOOK.rules]  # fmt: skip
    assert state(decided, "DVT_ACTIVE", book=RuleBook(rules)) == "open"


def test_a_decision_counts_until_its_last_day():
    decided = decide(known(CLOT), "DVT_HISTORY", "not_applicable", until=DAY)
    assert state(decided, "DVT_HISTORY") == "not_applicable"
    assert state(decided, "DVT_HISTORY", DAY + timedelta(days=1)) == "open"


def test_adjusting_marks_a_hit_as_seen_and_takes_nothing_away():
    sheet = known(fact("medicine:ANTICOAGULANT"))
    before, after = judged(sheet), judged(decide(sheet, "ANTICOAGULANT", "adjusted"))
    assert after.hit("ANTICOAGULANT").state == "adjusted"
    assert (after.softened, after.pressure) == (before.softened, before.pressure)


def test_what_could_not_be_told_can_be_shown_not_to_apply():
    sheet = known(fact("surgery:SPINAL"))
    assert "SURGERY_RECENT" in judged(sheet).asks
    decided = decide(sheet, "SURGERY_RECENT", "not_applicable")
    assert "SURGERY_RECENT" not in judged(decided).asks


# --- clearings ---


def clear(sheet, rule, limits=None, *, since=DAY, until=None):
    inputs = judged(sheet).hit(rule).inputs
    one = Clearing((rule,), (inputs,), since, until, limits or Limits())
    return replace(sheet, clearings=(*sheet.clearings, one))


def test_a_clearing_lifts_the_hold_and_puts_its_limits_in_the_rules_place():
    sheet = known(CLOT)
    before = judged(sheet)
    assert before.is_held
    assert before.pressure == 2
    limits = Limits(3, ("STRETCH",), (("THIGH_BACK", "L"),), ("prone",), 45)
    after = judged(clear(sheet, "DVT_HISTORY", limits))
    assert not after.is_held
    assert after.hit("DVT_HISTORY").state == "cleared"
    assert (after.pressure, after.positions, after.minutes) == (3, ("prone",), 45)
    assert ("THIGH_BACK", "L") in after.areas
    assert ("CALF", "L") not in after.areas
    assert "STRETCH" in after.blocked
    assert "DEEP" not in after.blocked


def test_a_clearing_counts_within_its_days_and_for_its_inputs():
    cleared = clear(known(CLOT), "DVT_HISTORY", since=DAY, until=DAY + timedelta(days=30))
    assert judged(cleared, ago(1)).is_held
    assert not judged(cleared, DAY + timedelta(days=30)).is_held
    assert judged(cleared, DAY + timedelta(days=31)).is_held
    assert judged(replace(cleared, facts=(replace(CLOT, side="R"),))).is_held


def test_a_clearing_keeps_the_training_that_is_needed_and_lifts_no_stop():
    cancer = known(fact("condition:CANCER"))
    cleared = judged(clear(cancer, "CANCER_ACTIVE"))
    assert (cleared.is_held, cleared.qualifications) == (False, ("ONCOLOGY_24H",))
    assert judged(clear(known(fact("condition:DVT")), "DVT_ACTIVE")).is_stopped


# --- services, and what reception is told ---


def test_a_service_fits_unless_a_hard_rule_blocks_what_is_primary_in_it():
    verdict = judged(known(CLOT))
    assert fit(verdict, ["DEEP"]).primary == ("DEEP",)
    assert fit(verdict, ["SWEDISH"], ["CUPPING"]).add_ons == ("CUPPING",)
    assert fit(verdict, ["SWEDISH"], ["AROMA", ""]).is_fit
    assert fit(judged(known(fact("medicine:ANTICOAGULANT"))), ["DEEP"]).is_fit
    assert fit(judged(known(fact("condition:DVT"))), ["SWEDISH"]).is_fit


def test_reception_is_told_what_to_do():
    assert effects(judged(CLEAN)) == ()
    assert effects(judged(Sheet())) == ("form",)
    assert effects(judged(known(fact("condition:DVT")))) == ("stop",)
    told = effects(judged(known(CLOT)))
    assert told == (
        *("review", "no:CUPPING", "no:DEEP"),
        *("avoid:CALF:L", "avoid:GROIN:N", "avoid:NECK_FRONT:N", "pressure:2"),
    )
    assert [str(say_effect(code)) for code in told][:4] == [
        "A therapist looks at this before the visit",
        "No cupping",
        "No deep tissue",
        "Leave out: left calf",
    ]
    tomorrow = DAY + timedelta(days=1)
    assert effects(judged(CLEAN, tomorrow)) == ()
    assert effects(judged(CLEAN, tomorrow), is_today=True) == ("check", "ask")


def test_reception_is_never_told_a_rules_own_words():
    for rule in BOOK.rules:
        odd = replace(rule, blocks=("SECRET",), qualification="SECRET_COURSE")
        assert "secret" not in str(say_effect(f"no:{odd.blocks[0]}")).lower()
        assert "secret" not in str(say_effect(f"need:{odd.qualification}")).lower()
    assert str(say_effect("need:ONCOLOGY_24H")) == str(say_effect("need:LYMPHEDEMA_135H"))
    assert "secret" not in str(say_effect("avoid:SECRET:L")).lower()
    assert str(say_effect("secret")) == str(say_effect("review"))


@pytest.mark.parametrize("born", [None, date(2020, 5, 1), date(1990, 5, 1), date(1930, 5, 1)])
@pytest.mark.parametrize("on", [date(2026, 5, 1), date(2030, 1, 7)])
def test_of_whom_nothing_was_said_is_judged_by_the_age_alone_and_each_time_alike(born, on):
    book = book_of(shipped())
    for other in (date(1950, 1, 1), None, date(2010, 1, 1)):
        judge(Sheet(), book, on, born=other)
    assert judge(Sheet(), book, on, born=born) == judge(Sheet(), book_of(shipped()), on, born=born)
