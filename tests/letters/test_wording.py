"""Letters say what was counted, measured and asked, kindly, and claim nothing."""

import re
from dataclasses import replace
from datetime import date

import pytest

from clinic.core.words import Words, say
from clinic.letters.rules import wording, wording_out, wording_reports
from clinic.letters.rules.blocks import (
    Content,
    Facts,
    Measures,
    Paragraph,
    Points,
    check,
    is_clinical,
)
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.told import Aim, Asking, Attendance, Reader
from clinic.letters.rules.voice import Voice
from tests.factories.saying import words as said
from tools import examples

VOICE = Voice()
ALL = examples.contents(VOICE)
OF = {name: name.replace("-", "_") for name in ALL} | {"first-visit": "first_visit"}


def rows(content: Content) -> dict[str, str]:
    """What stands beside each label."""
    return {
        label: text for block in content.blocks if isinstance(block, Facts)
        for label, text in block.rows
    }  # fmt: skip


def points(content: Content) -> dict[str, tuple[str, ...]]:
    """What is listed under each heading."""
    return {block.title: block.items for block in content.blocks if isinstance(block, Points)}


# --- all of them ---


def test_there_are_words_for_every_kind_that_is_drafted():
    by_hand = {"reply", "other"}
    assert {OF[name] for name in ALL} == set(KINDS) - by_hand


@pytest.mark.parametrize("name", ALL)
def test_a_letter_can_be_kept_and_names_the_client(name: str):
    content = ALL[name]
    assert check(content) == content
    assert "Grace Nakamura" in said(content)
    assert content.salutation == "Dear Dr Adeyemi,"
    assert content.closing


@pytest.mark.parametrize("name", ALL)
def test_what_is_clinical_is_marked_and_nothing_else(name: str):
    assert is_clinical(ALL[name]) == KINDS[OF[name]].is_clinical


CLAIMS = (
    "toxin|detox|circulation|immune|adhesion|scar tissue|stress hormone|cortisol|cure[sd]?|heals?"
    "|guarantee|prevent|diagnos|damage|abnormal|fault|fail|refuse|non-?complian|complain|must"
    "|caused by|because of|due to"
)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_claimed_blamed_or_diagnosed(name: str):
    assert not re.findall(rf"\b(?:{CLAIMS})\w*", said(ALL[name]), re.IGNORECASE)


@pytest.mark.parametrize("name", ALL)
def test_every_word_of_ours_goes_through_the_voice(name: str):
    heard: list[str] = []

    def speak(words: Words) -> str:
        heard.append(words.message)
        return str(words)

    spoken = examples.contents(Voice(speak))[name]
    assert spoken == ALL[name]
    assert {"Dear Dr {name},", "With kind regards,"} <= set(heard)
    foreign = examples.contents(Voice(lambda words: f"⟦{words}⟧"))[name]
    ours = [
        *(block.text for block in foreign.blocks if isinstance(block, Paragraph)),
        *(label for block in foreign.blocks if isinstance(block, Facts) for label, _ in block.rows),
        *(block.title for block in foreign.blocks if isinstance(block, Points)),
    ]
    assert all(one.startswith("⟦") and one.endswith("⟧") for one in ours), ours


def test_days_are_written_as_the_clinic_writes_them():
    order = replace(examples.ORDER, ordered_on=date(2026, 8, 28))
    assert "August 28, 2026" in said(wording.acknowledgement(order, Voice(locale="en_US")))
    assert "28 August 2026" in said(wording.acknowledgement(order, Voice(locale="en_GB")))
    assert "28. August 2026" in said(wording.acknowledgement(order, Voice(locale="de")))


def test_whoever_is_no_doctor_is_greeted_by_name():
    assert wording.salutation(Reader("Ana", "Ruiz"), VOICE) == "Dear Ana Ruiz,"
    assert wording.salutation(Reader("", "Ruiz"), VOICE) == "Dear Ruiz,"


# --- short letters ---


def test_a_bare_letter_repeats_no_more_than_its_reader_wrote():
    for name in examples.BARE:
        text = said(ALL[name])
        for never in ("1985", "April", "Neck", "collision", "pain", "Okafor"):
            assert never not in text, (name, never)


def test_an_acknowledgement_says_who_coordinates_and_the_number():
    text = said(ALL["acknowledgement"])
    assert "Robin Vale coordinates it here and can be reached at (555) 014-8800." in text
    assert "R-000412" in text
    assert "We are looking at it now" in text
    nobody = wording.acknowledgement(replace(examples.ORDER, coordinator=""), VOICE)
    assert "coordinates" not in said(nobody)


def test_an_acknowledgement_lists_what_is_missing():
    content = wording.acknowledgement(examples.ORDER, VOICE, missing=[say("A signature")])
    assert points(content) == {"Still missing": ("A signature",)}
    assert "complete" not in said(content)


def test_an_accepted_order_is_said_to_be_taken_on():
    assert "we take it on" in said(wording.acknowledgement(examples.ORDER, VOICE, is_accepted=True))


def test_missing_information_lists_it_and_says_how_to_answer():
    content = ALL["missing-information"]
    assert points(content)["Still missing"] == (
        "A signature", "How many visits, or for how long",
    )  # fmt: skip
    assert "desk@harbourlane.example" in said(content)
    alone = wording.missing_information(replace(examples.ORDER, email=""), [], VOICE)
    assert "the way that is easiest for you" in said(alone)


@pytest.mark.parametrize("code", ["client_refuses", "elsewhere", "other", "unheard_of"])
def test_a_decline_never_says_what_the_client_chose(code: str):
    text = said(wording.decline(examples.ORDER, code, VOICE))
    assert not re.search("wish|want|chose|refus|elsewhere", text.replace("take it on", ""))


def test_a_decline_gives_the_reason_and_what_may_help():
    content = ALL["decline"]
    assert "no appointments free" in said(content)
    assert rows(content)["What may help instead"] == "Lakeside Massage, (555) 013-2200"


def test_not_reached_states_the_fact_and_the_days():
    content = ALL["unreachable"]
    assert points(content)["When we tried"] == (
        "September 2, 2026, by phone",
        "September 4, 2026, by phone",
        "September 8, 2026, by letter",
    )
    assert "No visit has taken place under this order." in said(content)
    missed = wording.unreachable(
        examples.ORDER, [], Attendance(had=(date(2026, 9, 3),), missed=2), VOICE
    )
    assert rows(missed)["Visits missed"] == "2"
    assert "latest visit took place on September 3, 2026" in said(missed)


def test_a_closing_letter_says_when_and_after_how_many_visits():
    content = ALL["closing"]
    assert "has ended here on November 20, 2026. You asked us to end it." in said(content)
    assert rows(content)["Visits attended"].startswith("6 (")
    plain = wording.closing(examples.ORDER, Attendance(), examples.ON, VOICE, code="other")
    assert rows(plain)["Visits attended"] == "0"


# --- reports ---


def test_a_progress_report_has_attendance_measures_goals_and_what_is_asked():
    content = ALL["progress"]
    beside = rows(content)
    assert beside["Visits attended"].startswith("6 (Sep 3, 2026; Sep 10, 2026")
    assert (beside["Cancelled in time"], beside["Missed"]) == ("1", "1")
    assert (beside["Used"], beside["Left"]) == ("6", "2")
    assert beside["Valid until"] == "December 2, 2026"
    assert beside["Techniques used"] == "Swedish massage, Myofascial techniques"
    assert (
        beside["Reported at arrival, since the visit before"] == "better: 4, the same: 1, worse: 0"
    )
    listed = points(content)
    assert listed["Goals met"] == (
        "“Look over my shoulder when I drive”: from 48° to 63°, aim 60°",
    )
    assert "aim 8" in listed["Goals in progress"][0]
    assert listed["What we ask of you"]
    assert [one for one in content.blocks if isinstance(one, Measures)] == [
        Measures(examples.MEASURES)
    ]
    assert "We suggest going on as ordered. Visits that are left: 2." in said(content)


def test_all_goals_met_suggests_to_end():
    met = replace(examples.TREATED, aims=(Aim("Sleep", is_met=True),))
    assert "We suggest ending treatment" in said(wording_reports.progress(met, VOICE))


def test_what_moved_away_is_said_first_and_asked_about():
    worse = replace(examples.TREATED, worse=("Pain on average",), aims=())
    text = said(wording_reports.progress(worse, VOICE))
    assert "“Pain on average” has moved away from its aim" in text
    assert "look at this with Grace Nakamura" in text
    assert "going on as ordered" not in text


def test_nothing_left_and_nothing_known_are_said_as_such():
    used = replace(examples.TREATED.allowed, left=0) if examples.TREATED.allowed else None
    text = said(wording_reports.progress(replace(examples.TREATED, allowed=used), VOICE))
    assert "The visits that were authorised are used." in text
    bare = replace(
        examples.BEGUN, attendance=Attendance(), allowed=None, measures=(), aims=(), phases=()
    )
    text = said(wording_reports.progress(bare, VOICE))
    assert "Grace Nakamura has not had a visit yet." in text
    assert "We suggest going on as ordered." in text


def test_a_renewal_asks_for_visits_and_weeks_with_goals_and_reason():
    content = ALL["renewal"]
    beside, listed = rows(content), points(content)
    assert (beside["Visits asked for"], beside["Over how many weeks"]) == ("6", "8")
    assert listed["Goals met"]
    assert listed["Goals in progress"]
    text = said(content)
    assert "Pain on average: from 7 to 4." in text
    assert "Sleep quality: from 5 to 5" not in text
    assert "Some of these changes may be meaningful." in text
    assert "Goals still to be reached: 1." in text
    assert "signed and dated" in " ".join(listed["What we ask of you"])


def test_a_renewal_of_what_became_worse_does_not_call_it_meaningful():
    worse = replace(examples.TREATED, worse=("Pain on average",))
    text = said(wording_reports.renewal(worse, Asking(visits=4, weeks=4), VOICE))
    assert "may be meaningful" not in text
    assert "moved away from its aim" in text


def test_a_discharge_report_says_how_it_ended():
    text = said(ALL["discharge"])
    assert "The last visit was on October 22, 2026. The goals were met in part." in text
    assert "Exercises for home were shown" in text
    without = said(wording_reports.discharge(examples.BEGUN, VOICE))
    assert "staying active" in without


def test_a_first_visit_note_names_measures_goals_and_the_plan():
    content = ALL["first-visit"]
    listed = points(content)
    assert listed["What is planned"] == ("Relief: visits 4, every week",
                                         "Rebuild: visits 4, every 2 weeks")  # fmt: skip
    assert listed["What the client wants to reach"][0].endswith("aim 60°")
    assert "came for a first visit on September 3, 2026" in said(content)
    early = wording_reports.first_visit(replace(examples.BEGUN, attendance=Attendance()), VOICE)
    assert "has begun treatment here" in said(early)


def test_a_first_visit_note_follows_precautions_only_where_they_were_confirmed():
    follows = "We follow the precautions that your order names."
    assert follows in said(ALL["first-visit"])
    without = said(wording_reports.first_visit(replace(examples.BEGUN, is_careful=False), VOICE))
    assert "precautions" not in without
    assert "We measure again as we go." in without


# --- letters out ---


def test_a_letter_out_says_why_what_was_found_the_question_and_meanwhile():
    beside = rows(ALL["outbound"])
    assert beside["Reason"] == "No progress after re-evaluation"
    assert beside["What I found"] == examples.ASKED.findings
    assert beside["My question to you"] == examples.ASKED.question
    assert beside["Meanwhile"] == examples.ASKED.meanwhile
    assert beside["Therapist"] == "Ines Okafor"
    text = said(ALL["outbound"])
    assert "Visits since September 3, 2026: 6" in text
    assert "Please answer within 5 working days" in text
    assert "(555) 014-8800, desk@harbourlane.example" in text


def test_a_clearance_asks_what_a_client_can_bear_and_not_for_permission():
    content = ALL["clearance"]
    asked = " ".join(points(content)["Please tell me, as far as it applies"]).lower()
    topics = "stable activity positions pressure areas bleeding skin sensation blood until whom"
    for topic in topics.split():
        assert topic in asked, topic
    text = said(content)
    assert "I am not asking you to prescribe or to permit it" in text
    assert "There has been no treatment yet." in text
    beside = rows(content)
    assert beside["Meanwhile"].endswith("is not treated.")
    assert beside["Why I ask"] == "Surgery within 12 weeks; Anticoagulant / antiplatelet therapy"
    assert beside["What is planned"] == (
        "Therapeutic massage, 60 minutes: 4 visits, the next on November 23, 2026"
    )
    one = replace(examples.BEFORE.planned[0], visits=1)
    text = said(wording_out.clearance(replace(examples.BEFORE, planned=(one,)), VOICE))
    assert "Therapeutic massage, 60 minutes, on November 23, 2026" in text


def test_what_is_pressing_is_announced_by_telephone_as_well():
    pressing = replace(examples.ASKED, is_pressing=True, meanwhile="", answer_days=1)
    text = said(wording_out.outbound(pressing, VOICE))
    assert "I will call you as well" in text
    assert "by the next working day" in text  # never a day that may have passed when it leaves
    assert "go on with care" in text
    once = replace(pressing, attendance=Attendance(had=(date(2026, 9, 3),)))
    assert "one visit, on September 3, 2026" in said(wording_out.outbound(once, VOICE))
