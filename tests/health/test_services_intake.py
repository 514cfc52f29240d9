from datetime import date, timedelta

import pytest

from clinic.audit.queries import changes_of, values_of
from clinic.clients.queries import kept_record, the_preference
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health import services
from clinic.health.models import FactSheet, IntakeResponse
from clinic.health.queries import known_of
from clinic.health.queries.facts import ended_facts_of, facts_of
from clinic.health.queries.intake import given_to, may_fill, review_of, waits_for_review
from clinic.health.rules.facts import Fact
from clinic.health.rules.telling import MOVES
from tests.factories import clients, health, staff

DVT = {"vascular__DVT": "y", "vascular__DVT__status": "active", "vascular__DVT__on": "2026-10"}


def treated():
    grace, teo = clients.a_client(), staff.therapist()
    health.in_care(grace, teo)
    return grace, teo


def kinds(client):
    return [(one.fact.kind, one.fact.code) for one in facts_of(client.id)]


def do(act, *given, **more):
    with transaction():
        return act(*given, **more)


def test_a_completed_history_is_on_the_sheet_and_waits_for_a_therapist(inside):
    grace = clients.a_client()
    response = health.filled(grace, **DVT)
    known = known_of(grace.id)
    assert (known.history_on, known.is_reviewed, known.version) == (health.ON, False, 1)
    assert [(one.code, one.on) for one in known.sheet.facts] == [("DVT", date(2026, 10, 31))]
    said = {one.topic: one.said for one in known.sheet.answers}
    assert (said["condition:PE"], said["medicine"], said["answer:frail"]) == ("no", "no", "no")
    assert said["condition:DVT"] == "yes"
    assert waits_for_review(response)


def test_nothing_clinical_is_in_the_log_or_in_a_plain_column(inside):
    grace = clients.a_client()
    response = health.filled(grace, complaint="canary in the back", **DVT)
    sheet = db.session.query(FactSheet).one()
    for row in (response, facts_of(grace.id)[0].row, sheet):
        plain = {name: value for name, value in vars(row).items() if isinstance(value, bytes)}
        assert all(b"canary" not in one and b"DVT" not in one for one in plain.values())
    entries = db.session.scalars(changes_of("intake_response", response.public_id)).all()
    assert entries
    assert not any("canary" in str(values_of(one)) for one in entries)


def test_what_is_missing_is_named_with_its_section(inside):
    grace = clients.a_client()
    with transaction():
        response = services.begin(grace, actor=SYSTEM, form="full", on=health.ON)
        given = health.all_no("full") | {"frail": "", "medicine": "yes"}
        services.keep(response, given, actor=SYSTEM)
    with pytest.raises(services.Incomplete) as refusal, transaction():
        services.complete(response, actor=SYSTEM)
    assert [(one.section, one.name) for one in refusal.value.wrong] == [
        (1, "frail"),
        (8, "medicine"),
    ]
    assert response.status == "in_progress"
    assert known_of(grace.id).version == 0


def test_keeping_a_section_leaves_the_others_and_takes_out_what_was_unticked(inside):
    grace = clients.a_client()
    response = do(services.begin, grace, actor=SYSTEM, form="full")
    do(services.keep, response, {"complaint": "back", "no_such_name": "x"}, actor=SYSTEM, section=1)
    do(services.keep, response, {"cardio.MI": "y", "complaint": "x"}, actor=SYSTEM, section=2)
    assert given_to(response) == {"complaint": "back", "cardio.MI": "y"}
    do(services.keep, response, {"cardio": "none"}, actor=SYSTEM, section=2)
    assert given_to(response) == {"complaint": "back", "cardio": "none"}


def test_reception_types_in_a_paper_form_and_sees_nothing_of_what_was_told_before(inside):
    grace, teo = treated()
    robin, olga = staff.receptionist(), staff.owner()
    health.filled(grace, complaint="an earlier thing")
    response = do(services.begin, grace, actor=robin, form="full", is_on_paper=True)
    assert given_to(response) == {}
    assert may_fill(robin, response)
    assert may_fill(teo, response)
    assert not may_fill(olga, response)
    with pytest.raises(NotAllowed), transaction():
        services.keep(response, {}, actor=olga)
    do(services.keep, response, health.all_no("full"), actor=robin)
    do(services.complete, response, actor=robin)
    assert not may_fill(robin, response)
    with pytest.raises(Conflict), transaction():
        services.keep(response, {}, actor=robin)


def test_a_therapist_in_care_begins_with_what_was_told_last(inside):
    grace, teo = treated()
    health.filled(grace, complaint="an earlier thing")
    given = given_to(do(services.begin, grace, actor=teo, form="full"))
    assert given["complaint"] == "an earlier thing"
    assert "signature" not in given


def test_a_minor_s_form_is_answered_by_a_guardian(inside):
    young = clients.a_client(birth_date=date(2015, 1, 1), guardian_name="Ana Nakamura")
    with pytest.raises(DomainError) as refusal, transaction():
        services.begin(young, actor=SYSTEM, form="full")
    assert refusal.value.field == "given_by"
    do(services.begin, young, actor=SYSTEM, form="full", given_by="guardian")


def test_a_review_is_for_therapists_in_care(inside):
    grace, teo = treated()
    response = health.filled(grace)
    for other in (staff.receptionist(), staff.owner(), staff.therapist("Mia Stone"), SYSTEM):
        with pytest.raises(NotAllowed), transaction():
            services.review(response, actor=other)
    do(services.review, response, actor=teo)
    assert (response.status, response.reviewed_by_id) == ("reviewed", teo.id)
    assert known_of(grace.id).is_reviewed


def test_what_a_new_history_no_longer_mentions_stands_until_it_is_ended(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **DVT), actor=teo)
    later = health.filled(grace, on=health.ON + timedelta(days=5))
    found = review_of(later)
    assert [one.fact.code for one in found.gone] == ["DVT"]
    assert [one.code for one in found.diff.gone] == ["DVT"]
    assert kinds(grace) == [("condition", "DVT")]
    do(services.review, later, actor=teo)
    assert kinds(grace) == [("condition", "DVT")]
    again = health.filled(grace, on=health.ON + timedelta(days=6))
    ended = [one.row.public_id for one in review_of(again).gone]
    do(services.review, again, actor=teo, ended=ended)
    assert kinds(grace) == []
    assert [one.row.ended_why for one in ended_facts_of(grace.id)] == ["review"]


def test_a_fact_told_anew_takes_the_place_of_the_old_one_when_it_was_reviewed(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **DVT), actor=teo)
    over = DVT | {"vascular__DVT__status": "resolved", "vascular__DVT__until": "2026-10-31"}
    later = health.filled(grace, on=health.ON + timedelta(days=5), **over)
    assert [one.fact.detail("status") for one in facts_of(grace.id)] == ["active", "resolved"]
    ((was, now),) = review_of(later).diff.changed
    assert (was.detail("status"), now.detail("status")) == ("active", "resolved")
    do(services.review, later, actor=teo)
    assert [one.fact.detail("status") for one in facts_of(grace.id)] == ["resolved"]
    assert ended_facts_of(grace.id)[0].row.replaced_by_id == facts_of(grace.id)[0].row.id


def test_what_is_said_word_for_word_again_is_not_written_twice(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **DVT), actor=teo)
    later = health.filled(grace, on=health.ON + timedelta(days=5), **DVT)
    assert kinds(grace) == [("condition", "DVT")]
    assert review_of(later).diff.is_empty


def test_a_milder_answer_counts_only_when_a_therapist_has_read_it(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, one_sided_limb_swelling="yes"), actor=teo)
    later = health.filled(grace, on=health.ON + timedelta(days=5))

    def said():
        answers = known_of(grace.id).sheet.answers
        return [one.said for one in answers if one.topic == "answer:one_sided_limb_swelling"]

    assert said() == ["yes"]
    assert ("answer:one_sided_limb_swelling", "yes", "no") in review_of(later).diff.answers
    do(services.review, later, actor=teo)
    assert said() == ["no"]


def test_a_reviewed_history_supersedes_those_before_it(inside):
    grace, teo = treated()
    first = do(services.review, health.filled(grace), actor=teo)
    second = health.filled(grace, on=health.ON + timedelta(days=5))
    assert first.status == "reviewed"
    do(services.review, second, actor=teo)
    assert (first.status, second.status) == ("superseded", "reviewed")


def test_a_form_of_somebody_else_counts_no_more(inside):
    grace, teo = treated()
    response = health.filled(grace, **DVT)
    with pytest.raises(DomainError), transaction():
        services.mark_in_error(response, actor=teo, why=" ")
    do(services.mark_in_error, response, actor=teo, why="This was Ana’s form.")
    known = known_of(grace.id)
    assert (known.sheet.facts, known.sheet.answers, known.history_on) == ((), (), None)
    assert response.why == "This was Ana’s form."


def test_a_check_with_nothing_new_needs_nobody(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace), actor=teo)
    day = health.ON + timedelta(days=5)
    quiet = health.filled(grace, "check", on=day)
    known = known_of(grace.id)
    assert (known.checked_on, known.is_reviewed, waits_for_review(quiet)) == (day, True, False)
    news = health.filled(grace, "check", on=day, illness="yes", illness__ill_now="yes")
    assert waits_for_review(news)
    assert not known_of(grace.id).is_reviewed
    said = {
        one.topic: one.said for one in known_of(grace.id).sheet.answers if one.ref == news.public_id
    }
    assert said["answer:ill_now"] == "yes"
    assert said["answer:feels_feverish"] == "unsure"
    do(services.review, news, actor=teo)
    assert known_of(grace.id).is_reviewed


def test_every_way_of_the_life_of_a_form_and_no_other(inside):
    grace, teo = treated()
    reach = {
        "in_progress": lambda: do(services.begin, grace, actor=teo, form="full", on=health.ON),
        "completed": lambda: health.filled(grace),
        "reviewed": lambda: do(services.review, health.filled(grace), actor=teo),
        "stopped": lambda: _stopped(grace, teo),
        "superseded": lambda: _superseded(grace, teo),
        "entered_in_error": lambda: _in_error(grace, teo),
    }
    steps = {
        "completed": lambda row: services.complete(row, actor=teo),
        "stopped": lambda row: services.stop(row, actor=teo),
        "reviewed": lambda row: services.review(row, actor=teo),
        "entered_in_error": lambda row: services.mark_in_error(row, actor=teo, why="not theirs"),
    }
    assert set(reach) == set(MOVES) == set(IntakeResponse.STATUSES)
    for status, make in reach.items():
        for target, step in steps.items():
            row = make()
            if status == "in_progress":
                do(services.keep, row, health.all_no("full"), actor=teo)
            if target in MOVES[status]:
                do(step, row)
                assert row.status == target
            else:
                with pytest.raises(Conflict), transaction():
                    step(row)


def _stopped(grace, teo):
    row = do(services.begin, grace, actor=teo, form="full")
    do(services.stop, row, actor=teo, why="The client went home.")
    return row


def _superseded(grace, teo):
    row = health.filled(grace)
    do(services.review, health.filled(grace, on=health.ON + timedelta(days=1)), actor=teo)
    return row


def _in_error(grace, teo):
    row = health.filled(grace)
    do(services.mark_in_error, row, actor=teo, why="not theirs")
    return row


def test_a_correction_is_a_form_of_its_own(inside):
    grace, teo = treated()
    first = do(services.review, health.filled(grace, "check", on=health.ON), actor=teo)
    with transaction():
        second = services.begin(grace, actor=teo, form="check", on=health.ON, supersedes=first)
        services.keep(second, health.all_no("check", illness="yes"), actor=teo)
        services.complete(second, actor=teo)
    assert first.status == "reviewed"
    do(services.review, second, actor=teo)
    assert first.status == "superseded"


def test_facts_of_another_system_stand_beside_and_are_read_with_the_form(inside):
    grace, teo = treated()
    line = Fact("condition", "DIABETES", source="import", ref="synthea/1")
    with transaction():
        rows = services.take_facts(grace, [line], actor=SYSTEM, source="import")
    assert not known_of(grace.id).is_reviewed
    response = health.filled(grace)
    (one,) = review_of(response).elsewhere
    assert one.row.id == rows[0].id
    do(services.review, response, actor=teo)
    assert known_of(grace.id).is_reviewed
    assert kinds(grace) == [("condition", "DIABETES")]


WISHES = {
    "pressure": "4", "lubricant": "gel", "position": "prone,side", "draping": "warm",
    "therapist_gender": "female", "focus_areas__0__area": "NECK_BACK",
    "avoid_areas__0__area": "CALF", "avoid_areas__0__side": "L",
    "avoid_areas__1__area": "FOOT", "focus_areas__1__area": "CALF", "focus_areas__1__side": "L",
}  # fmt: skip


def likes(client) -> tuple:
    client = kept_record(client)
    found = the_preference(client)
    return found and (
        found.pressure, found.lubricant, found.positions_to_avoid, found.draping,
        found.therapist_gender, found.focus_areas, found.avoid_areas,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["full", "update"])
def test_what_is_liked_goes_to_the_preferences_once_it_was_read(inside, form):
    grace, teo = treated()
    response = health.filled(grace, form, **WISHES)
    assert likes(grace) is None
    do(services.review, response, actor=teo)
    assert likes(grace) == (
        4,
        "gel",
        "prone,side",
        "warm",
        "female",
        "NECK_BACK:N",
        "CALF:L,FOOT:N",
    )


def test_what_was_left_empty_stays_as_it_was_and_all_positions_are_fine_again(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **WISHES), actor=teo)
    later = health.filled(grace, "update", on=health.ON + timedelta(days=1), position="any")
    do(services.review, later, actor=teo)
    assert likes(grace) == (4, "gel", "", "warm", "female", "NECK_BACK:N", "CALF:L,FOOT:N")


def test_an_earlier_form_that_is_read_late_changes_no_preference(inside):
    grace, teo = treated()
    early = health.filled(grace, pressure="1")
    later = health.filled(grace, "update", on=health.ON + timedelta(days=1), pressure="5")
    do(services.review, later, actor=teo)
    do(services.review, early, actor=teo)
    assert likes(grace)[0] == 5


def test_a_check_that_was_read_before_it_takes_nothing_from_a_form(inside):
    grace, teo = treated()
    early = health.filled(grace, **WISHES)
    check = health.filled(grace, "check", on=health.ON + timedelta(days=1))
    do(services.review, check, actor=teo)
    do(services.review, early, actor=teo)
    assert likes(grace)[5:] == ("NECK_BACK:N", "CALF:L,FOOT:N")


def test_an_area_to_leave_out_is_no_longer_one_to_work_on(inside):
    grace, teo = treated()
    do(services.review, health.filled(grace, **WISHES), actor=teo)
    later = health.filled(
        grace, "update", on=health.ON + timedelta(days=1), avoid_areas__0__area="NECK_BACK"
    )
    do(services.review, later, actor=teo)
    assert likes(grace)[5:] == ("", "NECK_BACK:N")
