"""A session begins where form, check, consent and screening allow it, and nowhere else."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.consents.rules.kinds import a_year_on
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Answer, Fact
from clinic.health.rules.screening import fit
from clinic.health.services import record_answers
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.queries.starting import day_of, start_checks
from clinic.scheduling.rules.screening import codes_of
from clinic.staff.models import StaffQualification
from tests.factories import consents
from tests.factories import scheduling as made
from tests.factories.health import filled
from tests.factories.ready import history, ready
from tests.factories.screening import know
from tests.scheduling.test_services_screening import Story, verdict_of


def arrived(story: Story) -> Visit:
    visit = made.book_now(story.house, 15)
    made.done(services.check_in, visit, story.house.desk)
    return visit


def missing(visit: Visit, actor: Any, **more: Any) -> list[str]:
    with pytest.raises(services.NotReady) as caught:
        made.done(services.start, visit, actor, **more)
    return [one.code for one in caught.value.checks]


def test_a_session_begins_only_when_everything_is_in_order(inside: Flask):
    story = Story()
    house, treats = story.house, story.house.treats
    visit = arrived(story)
    assert missing(visit, treats) == ["form", "check", "consent"]
    filled(house.client, on=made.this_day())
    assert missing(visit, treats) == ["reviewed", "check", "consent"]
    assert missing(visit, treats, override_why="Read on paper") == ["consent"]
    consents.agree(house.client)
    made.done(services.start, visit, treats, override_why="Read on paper")
    assert "Read on paper" in verdict_of(visit).why


def test_a_ready_client_is_begun_with(inside: Flask):
    story = Story()
    ready(story.house)
    visit = arrived(story)
    made.done(services.start, visit, story.house.treats)
    assert (visit.status, verdict_of(visit).why) == ("in_session", "")


@pytest.mark.parametrize(("klass", "code"), [("absolute", "stop"), ("clearance", "hold")])
def test_no_reason_begins_what_is_stopped_or_held(inside: Flask, klass, code):
    story = Story()
    ready(story.house)
    visit = arrived(story)
    know(story.house.client, story.fact(klass))
    assert code in missing(visit, story.house.treats, override_why="They insist")


def test_a_misfit_begins_without_the_technique(inside: Flask):
    story = Story()
    ready(story.house)
    made.staff.licence(story.house.therapist, code="PRENATAL")
    visit = arrived(story)
    client, treats = story.house.client, story.house.treats
    know(client, Fact("allergy", "NUT"), story.fact("technique"))
    assert missing(visit, treats) == ["ask"]
    with transaction():
        record_answers(client, all_no_to_what_is_asked(client), actor=treats)
    made.done(services.start, visit, treats)
    verdict = verdict_of(visit)
    assert (visit.status, verdict.outcome, verdict.is_misfit) == ("in_session", "admitted", True)
    assert {"misfit", "no:DEEP"} <= set(codes_of(verdict.effects))
    on_the_card = screen_of(client.id).verdict(visit.on_date)
    assert "DEEP" in on_the_card.blocked
    assert fit(on_the_card, ["DEEP"]).primary == ("DEEP",)


def all_no_to_what_is_asked(client: Client) -> list[Answer]:
    hits = screen_of(client.id).verdict(made.this_day()).of("ask")
    topics = {one.topic for hit in hits if hit.is_hard for one in hit.because if one.fact is None}
    return [Answer(topic, "no", made.this_day()) for topic in sorted(topics)]


def test_a_history_that_is_due_again_is_asked_first(inside: Flask):
    story = Story()
    visit = arrived(story)
    history(story.house.client, story.house.treats, on=made.this_day() - timedelta(days=400))
    assert "due" in missing(visit, story.house.treats)


# ---- a day early, or late


def a_year_ago(last: date) -> date:
    """The day from which on a consent of a year counts until this one."""
    days = [last - timedelta(days=count) for count in range(363, 368)]
    return next(day for day in days if a_year_on(day) == last)


def high_today() -> Fact:
    """A blood pressure at which nobody is treated; it counts for today alone."""
    return Fact("reading", "bp_sys", on=made.this_day(), value=200, source="therapist")


def planned(story: Story, days: int, **agreed: Any) -> Visit:
    """A visit of tomorrow whose client is here today, or the day after it for less than 0."""
    history(story.house.client, story.house.treats)
    filled(story.house.client, "check", on=made.this_day())
    consents.agree(story.house.client, **agreed)
    visit = made.book(story.house, made.at(10, days=1))
    if days < 0:
        with rehearsed(now() + timedelta(days=2)):
            made.done(services.check_in, visit, story.house.desk)
    else:
        made.done(services.check_in, visit, story.house.desk)
    return visit


def test_who_comes_a_day_early_is_judged_for_today(inside: Flask):
    story = Story()
    visit, treats = planned(story, 1), story.house.treats
    assert visit.on_date == made.this_day() + timedelta(days=1)
    know(story.house.client, high_today())
    assert "stop" in codes_of(verdict_of(visit).effects)
    assert "stop" in missing(visit, treats)


def test_what_was_asked_for_today_counts_for_who_comes_a_day_early(inside: Flask):
    story = Story()
    visit = planned(story, 1)
    made.done(services.start, visit, story.house.treats)
    assert visit.status == "in_session"
    assert day_of(visit) == made.this_day()


def test_who_comes_a_day_late_is_asked_the_questions_of_that_day(inside: Flask):
    story = Story()
    visit, treats = planned(story, -1), story.house.treats
    with rehearsed(now() + timedelta(days=2)):
        late = made.this_day()
        assert late == visit.on_date + timedelta(days=1) == day_of(visit)
        assert missing(visit, treats) == ["check"]
        filled(story.house.client, "check", on=visit.on_date)
        assert missing(visit, treats) == ["check"]
        filled(story.house.client, "check", on=late)
        made.done(services.start, visit, treats)
    assert visit.status == "in_session"


def test_a_licence_must_hold_on_the_day_on_which_the_session_begins(inside: Flask):
    story = Story()
    visit, treats = planned(story, -1), story.house.treats
    held = db.session.scalars(
        select(StaffQualification).where(StaffQualification.staff_id == treats.id)
    ).all()
    with transaction(), writing("test.licence", SYSTEM):
        for one in held:
            one.valid_until = visit.on_date
        db.session.flush()
    with rehearsed(now() + timedelta(days=2)):
        assert "licence" in missing(visit, treats)


def test_a_consent_that_ran_out_in_between_begins_nothing(inside: Flask):
    story = Story()
    tomorrow = made.this_day() + timedelta(days=1)
    visit = planned(story, -1, given_on=a_year_ago(tomorrow))
    treats = story.house.treats
    with rehearsed(now() + timedelta(days=2)):
        assert "consent" in missing(visit, treats)


def test_a_visit_that_is_to_come_again_is_judged_for_its_own_day(inside: Flask):
    story = Story()
    visit = planned(story, 1)
    know(story.house.client, high_today())
    assert "stop" in codes_of(verdict_of(visit).effects)
    made.done(services.undo, visit, story.house.desk)
    assert "stop" not in codes_of(verdict_of(visit).effects)


def test_a_check_in_taken_back_a_day_later_leaves_nothing_of_the_day_it_was_judged_for(
    inside: Flask,
):
    story = Story()
    visit = planned(story, 1)
    know(story.house.client, high_today())
    assert "stop" in codes_of(verdict_of(visit).effects)
    with rehearsed(now() + timedelta(days=1)):
        made.done(services.undo, visit, story.house.desk)
        assert "stop" not in codes_of(verdict_of(visit).effects)


# ---- who may be a minor


def of_no_age(story: Story) -> Visit:
    """A client who is ready, and whose birth date nobody knows."""
    ready(story.house)
    with transaction(), writing("test.unborn", SYSTEM):
        story.house.client.birth_date = None
        db.session.flush()
    return arrived(story)


def test_an_age_that_is_not_known_is_asked_before_the_session(inside: Flask):
    story = Story()
    visit, treats = of_no_age(story), story.house.treats
    assert missing(visit, treats) == ["age"]
    assert missing(visit, treats, override_why="They look grown up") == ["age"]
    made.done(services.start, visit, treats, is_adult=True)
    assert visit.status == "in_session"
    assert '"adult": true' in verdict_of(visit).why


def test_a_birth_date_that_is_entered_settles_the_age_or_asks_for_a_guardian(inside: Flask):
    story = Story()
    visit, treats = of_no_age(story), story.house.treats
    client, grown = story.house.client, date(1985, 4, 8)
    young = made.this_day() - timedelta(days=3000)
    for born, asked in ((young, ["guardian"]), (None, ["age"]), (grown, [])):
        with transaction(), writing("test.born", SYSTEM):
            client.birth_date = born
            db.session.flush()
        assert [one.code for one in start_checks(visit) if not one.is_met] == asked
    made.done(services.start, visit, treats)
    assert verdict_of(visit).why == ""


def test_saying_that_a_client_is_an_adult_takes_no_guardian_away(inside: Flask):
    story = Story()
    visit, treats = of_no_age(story), story.house.treats
    with transaction(), writing("test.born", SYSTEM):
        story.house.client.birth_date = made.this_day() - timedelta(days=3000)
        db.session.flush()
    assert missing(visit, treats, is_adult=True, override_why="So they say") == ["guardian"]
