"""What is learned while a session runs, or of a service, reaches the visits that are to come."""

from flask import Flask

from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.hurt import hurt_visits
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.ready import about, ready
from tests.factories.screening import know
from tests.scheduling.test_services_screening import Story, verdict_of

PREGNANT = Fact("pregnancy", "PREGNANCY")


def in_session(story: Story) -> Visit:
    ready(story.house)
    visit = made.book_now(story.house, 15)
    made.done(services.check_in, visit, story.house.desk)
    made.done(services.start, visit, story.house.treats)
    return visit


def as_it_is(visit: Visit) -> Visit:
    return db.session.get_one(Visit, visit.id, populate_existing=True)


def test_a_start_that_is_undone_counts_what_was_learned_meanwhile(inside: Flask):
    story = Story()
    visit = in_session(story)
    know(story.house.client, story.fact("absolute"))
    assert verdict_of(as_it_is(visit)).outcome == "admitted"
    made.done(services.undo, visit, story.house.desk)
    assert (visit.status, verdict_of(visit).outcome) == ("arrived", "needs_review")


def test_so_does_one_that_is_taken_back(inside: Flask):
    story = Story()
    visit = in_session(story)
    know(story.house.client, story.fact("clearance"))
    with transaction():
        services.take_back(latest_change(visit.id), actor=story.house.treats)
    assert verdict_of(as_it_is(visit)).outcome == "needs_review"


def test_a_visit_that_is_opened_again_counts_it_too(inside: Flask):
    story = Story()
    visit = in_session(story)
    made.done(services.finish, visit, story.house.treats)
    know(story.house.client, story.fact("absolute"))
    made.done(services.reopen, visit, story.house.desk)
    assert (visit.status, verdict_of(visit).outcome) == ("arrived", "needs_review")


def test_a_service_about_another_technique_is_judged_anew_where_it_is_booked(inside: Flask):
    story = Story()
    made.staff.licence(story.house.therapist, code="PRENATAL")
    know(story.house.client, PREGNANT)
    visit = story.book(variant=story.other)
    assert not verdict_of(visit).is_misfit
    with transaction():
        catalogue.services.amend_service(
            story.other.service, actor=story.house.owner, techniques=["DEEP"], primary=["DEEP"]
        )
    assert verdict_of(as_it_is(visit)).is_misfit
    assert [one.causes for one in hurt_visits()] == [("misfit",)]
    with transaction():
        catalogue.services.amend_service(
            story.other.service, actor=story.house.owner, techniques=["DEEP", "SWEDISH"],
            primary=["SWEDISH"],
        )  # fmt: skip
    assert not verdict_of(as_it_is(visit)).is_misfit
    assert hurt_visits() == []


def test_an_add_on_that_uses_another_technique_is_judged_anew_as_well(inside: Flask):
    story = Story()
    made.staff.licence(story.house.therapist, code="PRENATAL")
    about(catalogue.variant(60, code="STONES"), "HOTSTONE")
    add_on = catalogue.add_on(minutes=0)
    know(story.house.client, PREGNANT)
    visit = story.book(variant=story.other, add_ons=(add_on,))
    with transaction():
        catalogue.services.amend_add_on(
            add_on, actor=SYSTEM, name="Stones", technique="HOTSTONE", extra_minutes=0
        )
    assert verdict_of(as_it_is(visit)).is_misfit
