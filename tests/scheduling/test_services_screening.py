"""Rule by path: what health stops, holds, blocks or asks, by whichever door a visit comes in."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients import services as clients
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.health.services import refresh
from clinic.scheduling import services
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.hurt import hurt_visits
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.rules.screening import codes_of, said
from clinic.scheduling.services import gate, groups, offering, rearranging, series, waiting
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import about
from tests.factories.screening import know

FACTS = {
    "absolute": Fact("condition", "ANEURYSM", text="canary-fact"),
    "clearance": Fact(
        "condition", "HEART_DISEASE", text="canary-fact", details=(("stable", "yes"),)
    ),
    "technique": Fact("pregnancy", "PREGNANCY", text="canary-fact"),
    "local": Fact("condition", "VARICOSE_VEINS", text="canary-fact", area="CALF", side="L"),
}  # fmt: skip
REFUSED = {"absolute": "must review this", "technique": "does not suit"}


class Story:
    """A clinic whose client has one more fact from some moment on."""

    def __init__(self) -> None:
        self.house = made.open_house()
        about(self.house.variant, "DEEP")
        self.other = catalogue.variant(60, code="CALM")
        about(self.other, "SWEDISH")
        self.second = made.a_therapist("Ines Okafor")
        self.friend = a_client("Omar Haddad")
        self.plan: Any = None

    def fact(self, klass: str) -> Fact:
        fact = FACTS[klass]
        if klass == "technique":
            return Fact("pregnancy", "PREGNANCY", on=made.this_day() - timedelta(days=100))
        return fact

    def book(self, actor: Any = None, **more: Any) -> Visit:
        return made.book(self.house, **({"actor": actor or self.house.desk} | more))


def by_booking(story: Story, actor: Any) -> Any:
    return lambda: story.book(actor)


def by_moving(story: Story, actor: Any) -> Any:
    visit = story.book()
    return lambda: made.done(services.move, visit, actor, starts_at=made.at(14))


def by_a_longer_length(story: Story, actor: Any) -> Any:
    catalogue.variant(90, of=story.house.variant.service)
    visit = story.book()
    return lambda: made.done(services.resize, visit, actor, minutes=90)


def by_another_service(story: Story, actor: Any) -> Any:
    visit = story.book(variant=story.other)
    return lambda: made.done(services.change_service, visit, actor, variant=story.house.variant)


def by_taking_a_cancel_back(story: Story, actor: Any) -> Any:
    visit = story.book()
    made.done(services.cancel, visit, story.house.desk)
    return lambda: made.done(services.undo, visit, actor)


def by_undoing(story: Story, actor: Any) -> Any:
    visit = story.book()
    made.done(services.cancel, visit, actor)

    def act() -> Visit:
        with transaction():
            return services.take_back(latest_change(visit.id), actor=actor)

    return act


def by_approving(story: Story, actor: Any) -> Any:
    visit = story.book()
    with transaction(), made.writing("test.asked", SYSTEM):
        visit.status = "requested"
        db.session.flush()
    return lambda: made.done(services.approve, visit, actor)


def by_a_kept_time(story: Story, actor: Any) -> Any:
    with transaction():
        hold = services.hold_time(
            actor=actor, variant=story.house.variant, therapist=story.house.therapist,
            starts_at=made.at(10), client=story.house.client,
        )  # fmt: skip
    return lambda: story.book(actor, hold=hold)


def by_a_plan(story: Story, actor: Any) -> Any:
    house = story.house

    def act() -> Visit:
        with transaction():
            plan = series.plan_series(
                actor=actor, client=house.client, variant=house.variant,
                therapist=house.therapist, phases=[series.Phase(1, 1)],
                first_on=made.day(), wall=600,
                chosen=[(1, made.at(10), house.therapist, house.places[0])],
            )  # fmt: skip
        return plan.items[0].visit

    return act


def by_a_visit_of_a_plan(story: Story, actor: Any) -> Any:
    house = story.house
    with transaction():
        plan = series.plan_series(
            actor=actor, client=house.client, variant=house.variant, therapist=house.therapist,
            phases=[series.Phase(1, 1)], first_on=made.day(), wall=600,
        )  # fmt: skip

    def act() -> Visit:
        with transaction():
            return services.book_item(
                plan.items[0], actor=actor, starts_at=made.at(10), therapist=house.therapist
            )

    return act


def by_the_waitlist(story: Story, actor: Any) -> Any:
    house = story.house
    day = made.day()
    with transaction():
        entry = waiting.wait(
            actor=actor,
            client=house.client,
            variant=house.variant,
            earliest=day,
            latest=day,
            therapists=[house.therapist],
        )
    with transaction():
        offer = offering.offer(entry, actor=actor, therapist=house.therapist, starts_at=made.at(10))

    def act() -> Visit:
        with transaction():
            found = offering.accept(offer, actor=actor)
        if found.visit is None:
            raise services.NotAdmitted(found.refused)
        return found.visit

    return act


BY_ANYBODY = (
    by_booking, by_moving, by_a_longer_length, by_another_service, by_taking_a_cancel_back,
    by_undoing, by_approving, by_a_kept_time, by_a_plan, by_a_visit_of_a_plan, by_the_waitlist,
)  # fmt: skip


def by_coming_together(story: Story, actor: Any) -> Any:
    house = story.house
    members = [
        groups.Member(house.client, house.variant, house.therapist),
        groups.Member(story.friend, story.other, story.second),
    ]

    def act() -> Visit:
        with transaction():
            groups.book_together(
                members=members, actor=actor, starts_at=made.at(10), kind=groups.GROUP
            )
        return _of(house.client)

    return act


def by_moving_together(story: Story, actor: Any) -> Any:
    by_coming_together(story, actor)()
    group = _of(story.house.client).group

    def act() -> Visit:
        with transaction():
            groups.move_together(group, actor=actor, starts_at=made.at(14))
        return _of(story.house.client)

    return act


def by_rearranging(story: Story, actor: Any) -> Any:
    visit = story.book()

    def act() -> Visit:
        move = rearranging.Move(
            visit, None, made.at(14), story.house.therapist, story.house.places[0]
        )
        with transaction():
            rearranging.rearrange([move], actor=actor)
        return visit

    return act


BY_KEEPERS = (by_coming_together, by_moving_together, by_rearranging)


def _of(client: Any) -> Visit:
    return db.session.scalars(
        select(Visit).where(Visit.client_id == client.id).order_by(Visit.id.desc())
    ).first()


def verdict_of(visit: Visit) -> VisitVerdict:
    return db.session.get_one(VisitVerdict, visit.verdict_id)


@pytest.mark.parametrize("klass", FACTS)
@pytest.mark.parametrize("path", [*BY_ANYBODY, *BY_KEEPERS])
def test_no_path_of_reception_escapes(inside: Flask, path, klass):
    story = Story()
    act = path(story, story.house.desk)
    know(story.house.client, story.fact(klass))
    if klass in REFUSED:
        with pytest.raises(DomainError, match=REFUSED[klass]) as caught:
            act()
        assert "canary" not in str(caught.value.words)
        return
    verdict = verdict_of(act())
    held = klass == "clearance"
    assert verdict.outcome == ("needs_review" if held else "admitted")
    assert "form" in codes_of(verdict.effects)
    assert verdict.facts_version > 0
    assert not verdict.is_misfit


@pytest.mark.parametrize("path", BY_ANYBODY)
def test_without_the_gates_question_a_path_would_book(inside: Flask, monkeypatch, path):
    story = Story()
    act = path(story, story.house.desk)
    know(story.house.client, story.fact("absolute"))
    monkeypatch.setattr(gate, "_must_pass", lambda *_, **__: None)
    assert act().status == "booked"


@pytest.mark.parametrize("path", BY_ANYBODY)
def test_a_service_that_does_not_suit_is_refused_to_a_therapist_too(inside: Flask, path):
    story = Story()
    act = path(story, story.house.treats)
    know(story.house.client, story.fact("technique"))
    with pytest.raises(DomainError, match="does not suit"):
        act()


def test_a_therapist_books_with_a_reason_what_stops_and_it_waits_for_a_review(inside: Flask):
    story = Story()
    house = story.house
    know(house.client, story.fact("absolute"))
    with pytest.raises(services.NotAdmitted, match="Say why") as caught:
        story.book(house.treats)
    assert caught.value.field == "override_why"
    with pytest.raises(services.NotAdmitted, match="must review"):
        story.book(house.desk, override_why="They insist")
    visit = story.book(house.treats, override_why="Seen by the surgeon last week")
    assert verdict_of(visit).outcome == "needs_review"
    assert "surgeon" in verdict_of(visit).why
    assert b"surgeon" not in verdict_of(visit).why_sealed
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    assert "surgeon" in verdict_of(visit).why


def test_a_reason_lets_stand_what_waits_for_a_provider_until_something_else_does(inside: Flask):
    story = Story()
    house = story.house
    know(house.client, story.fact("clearance"))
    assert verdict_of(story.book(house.treats)).outcome == "needs_review"
    visit = story.book(house.treats, starts_at=made.at(13), override_why="Asked in May, unchanged")
    assert verdict_of(visit).outcome == "admitted"
    know(house.client, Fact("condition", "BLEEDING_DISORDER"))
    assert verdict_of(visit).outcome == "needs_review"
    assert not verdict_of(visit).why


def test_a_training_that_the_client_needs_is_asked_of_the_therapist(inside: Flask):
    story = Story()
    house = story.house
    know(house.client, story.fact("technique"))
    with pytest.raises(services.NotAdmitted, match="prenatal training"):
        story.book(variant=story.other)
    made.staff.licence(house.therapist, code="PRENATAL")
    assert "need:PRENATAL" in codes_of(verdict_of(story.book(variant=story.other)).effects)


def test_the_verdict_is_of_the_visits_day(inside: Flask):
    story = Story()
    feverish = Fact("reading", "temp_c", value=39.2, on=made.this_day() + timedelta(days=7))
    know(story.house.client, feverish)
    with pytest.raises(services.NotAdmitted):
        story.book()
    assert verdict_of(story.book(starts_at=made.at(10, days=8))).outcome == "admitted"


# ---- what stands already


@pytest.mark.parametrize("klass", FACTS)
def test_a_standing_visit_turns_and_is_listed_and_turns_back(inside: Flask, klass):
    story = Story()
    house = story.house
    visit = story.book()
    before = visit.version
    rows = know(house.client, story.fact(klass))
    db.session.refresh(visit)
    causes = {
        "absolute": {"review"}, "clearance": {"review"}, "local": set(),
        "technique": {"misfit", "qualification"},
    }[klass]  # fmt: skip
    assert {one for hurt in hurt_visits() for one in hurt.causes} == causes
    waits = klass in ("absolute", "clearance")
    assert (verdict_of(visit).outcome == "needs_review") == waits
    assert verdict_of(visit).is_misfit == (klass == "technique")
    assert (visit.status, latest_change(visit.id).verb) == (
        "booked", "book" if klass == "local" and visit.version == before else "screening",
    )  # fmt: skip
    with transaction(), made.writing("test.end", SYSTEM):
        rows[0].ended_at, rows[0].ended_why = now(), "error"
        db.session.flush()
        refresh(house.client, actor=SYSTEM)
    db.session.refresh(visit)
    assert hurt_visits() == []
    assert verdict_of(visit).outcome == "admitted"


def test_joining_and_parting_records_judges_again(inside: Flask):
    story = Story()
    visit = story.book()
    twin = a_client("Grace Nakamura")
    know(twin, story.fact("absolute"))
    with transaction():
        clients.merge(story.house.client, twin, actor=story.house.desk)
    assert verdict_of(db.session.get_one(Visit, visit.id)).outcome == "needs_review"
    with transaction():
        clients.part(twin, actor=story.house.desk)
    assert verdict_of(db.session.get_one(Visit, visit.id)).outcome == "admitted"


def test_a_check_in_refuses_nobody_and_is_written_down(inside: Flask):
    story = Story()
    visit = made.book_now(story.house, 15)
    know(story.house.client, story.fact("absolute"))
    made.done(services.check_in, visit, story.house.desk)
    assert (visit.status, verdict_of(visit).outcome) == ("arrived", "needs_review")


def test_every_effect_has_its_phrase_and_names_nothing(inside: Flask):
    story = Story()
    know(story.house.client, *FACTS.values())
    case = screen_of(story.house.client.id).judge(made.this_day(), frozenset({"DEEP"}))
    phrases = [str(said(code)) for code in (*case.effects, "misfit", "no:NEW_ONE", "odd")]
    assert all(phrases)
    assert not [one for one in phrases if "canary" in one or "NEW_ONE" in one]
