"""A therapist's reason for what health stops, by every door; at the desk there is none."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import Base, db
from clinic.core.errors import DomainError
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.queries.waiting import matches
from clinic.scheduling.services import groups, offering, rearranging, series, waiting
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import about, ready
from tests.factories.screening import know

STOPS = Fact("condition", "ANEURYSM")
WHY = "Seen by the surgeon last week"


@pytest.fixture
def house(inside: Flask) -> made.House:
    kept = made.open_house()
    about(kept.variant, "DEEP")
    return kept


@pytest.fixture
def both(house: made.House) -> Any:
    """Somebody who treats and keeps the schedule."""
    return replace(house.treats, roles=frozenset({Role.THERAPIST, Role.RECEPTIONIST}))


def planned(house: made.House, actor: Any, **more: Any) -> Any:
    with transaction():
        return series.plan_series(
            actor=actor, client=house.client, variant=house.variant, therapist=house.therapist,
            phases=[series.Phase(1, 1)], first_on=day(), wall=600, **more,
        )  # fmt: skip


def day() -> Any:
    return made.day()


def of(client: Any) -> Visit:
    return db.session.scalars(select(Visit).where(Visit.client_id == client.id)).one()


def by_a_plan(house: made.House, actor: Any, why: str) -> None:
    chosen = [(1, made.at(10), house.therapist, house.places[0])]
    planned(house, actor, chosen=chosen, override_why=why)


def by_a_visit_of_a_plan(house: made.House, actor: Any, why: str) -> None:
    plan = planned(house, actor)
    with transaction():
        services.book_item(
            plan.items[0], actor=actor, starts_at=made.at(10), therapist=house.therapist,
            override_why=why,
        )  # fmt: skip


def by_coming_together(house: made.House, actor: Any, why: str) -> None:
    calm = catalogue.variant(60, code="CALM")
    other = made.a_therapist("Ines Okafor")
    members = [
        groups.Member(house.client, house.variant, house.therapist, override_why=why),
        groups.Member(a_client("Omar Haddad"), calm, other),
    ]
    with transaction():
        groups.book_together(members=members, actor=actor, starts_at=made.at(10), kind=groups.GROUP)


PATHS = (by_a_plan, by_a_visit_of_a_plan, by_coming_together)


@pytest.mark.parametrize("path", PATHS)
def test_a_reason_books_what_is_stopped_and_it_waits_for_a_review(house, both, path):
    know(house.client, STOPS)
    path(house, both, WHY)
    verdict = of(house.client).verdict
    assert verdict.outcome == "needs_review"
    assert WHY in verdict.why


@pytest.mark.parametrize("path", PATHS)
def test_without_a_reason_a_therapist_is_asked_for_one(house, both, path):
    know(house.client, STOPS)
    with pytest.raises(DomainError, match="Say why"):
        path(house, both, "")


@pytest.mark.parametrize("path", PATHS)
def test_at_the_desk_no_reason_counts(house, path):
    know(house.client, STOPS)
    with pytest.raises(DomainError, match="A therapist must review this"):
        path(house, house.desk, WHY)


def test_many_visits_are_moved_with_a_reason(house, both):
    visit = made.book(house)
    know(house.client, STOPS)

    def move(actor: Any, why: str) -> None:
        one = rearranging.Move(
            visit, visit.version, made.at(15), house.therapist, visit.place, override_why=why
        )
        with transaction():
            rearranging.rearrange([one], actor=actor)

    with pytest.raises(rearranging.NotRearranged, match="must review"):
        move(house.desk, WHY)
    with pytest.raises(rearranging.NotRearranged, match="Say why"):
        move(both, "")
    move(both, WHY)
    assert visit.starts_at == made.at(15)


def waiting_for(house: made.House, actor: Any) -> Any:
    with transaction():
        return waiting.wait(
            actor=actor, client=house.client, variant=house.variant, earliest=day(), latest=day(),
            therapists=[house.therapist],
        )  # fmt: skip


def test_an_offer_stays_open_until_a_therapist_says_why(house):
    entry = waiting_for(house, house.treats)
    with transaction():
        offer = offering.offer(
            entry, actor=house.treats, therapist=house.therapist, starts_at=made.at(10)
        )
    know(house.client, STOPS)
    with pytest.raises(services.NotScreened, match="Say why"), transaction():
        offering.accept(offer, actor=house.treats)
    assert offer.status == "open"
    with transaction():
        done = offering.accept(offer, actor=house.treats, override_why=WHY)
    assert WHY in done.visit.verdict.why


def test_an_offer_that_the_desk_accepts_and_health_refuses_is_withdrawn(house):
    entry = waiting_for(house, house.desk)
    with transaction():
        offer = offering.offer(
            entry, actor=house.desk, therapist=house.therapist, starts_at=made.at(10)
        )
    know(house.client, STOPS)
    with transaction():
        done = offering.accept(offer, actor=house.desk, override_why=WHY)
    assert done.visit is None
    assert (offer.status, entry.status) == ("withdrawn", "waiting")


def test_nobody_is_put_on_the_list_at_the_desk_for_what_health_refuses(house):
    know(house.client, STOPS)
    with pytest.raises(services.NotScreened, match="A therapist must review this"):
        waiting_for(house, house.desk)
    assert waiting_for(house, house.treats).status == "waiting"


def test_a_gap_suits_nobody_whom_health_refuses_then(house):
    waiting_for(house, house.desk)
    assert matches(house.therapist, made.at(10), made.at(11))
    know(house.client, STOPS)
    assert not matches(house.therapist, made.at(10), made.at(11))


def test_what_is_offered_to_whom_follows_who_asks(house):
    know(house.client, STOPS)
    wish = Wish(house.variant, (), day(), days=1, client_id=house.client.id)
    assert not openings(wish).openings
    assert openings(replace(wish, is_treating=True)).openings


# ---- where a reason stands


def everything() -> str:
    """Each text and each byte that the database holds, whatever the table."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            found += [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row]
    return "\n".join(found)


def test_why_a_therapist_books_against_the_gate_stands_nowhere_in_clear(house):
    know(house.client, STOPS)
    visit = made.book(house, actor=house.treats, override_why=WHY)
    assert WHY in visit.verdict.why
    assert visit.why == ""
    assert WHY not in everything()


def test_why_who_treats_ended_a_visit_is_sealed_and_why_the_desk_did_is_not(house):
    ready(house)
    visit = made.book_now(house, 15)
    made.done(services.check_in, visit, house.desk)
    made.done(services.start, visit, house.treats)
    made.done(services.finish, visit, house.treats, why="Faint after ten minutes")
    assert (visit.why, visit.treating_why) == ("", "Faint after ten minutes")
    home = made.book(house, made.at(18, days=0), client=a_client("Omar Haddad"))
    made.done(services.check_in, home, house.desk)
    made.done(services.send_home, home, house.treats, why="Fever of 39")
    assert (home.why, home.treating_why) == ("", "Fever of 39")
    other = made.book(house, made.at(20, days=0), client=a_client("Ida Hall"))
    made.done(services.check_in, other, house.desk)
    made.done(services.send_home, other, house.desk, why="The heating broke")
    assert (other.why, other.treating_why) == ("The heating broke", "")
    kept = everything()
    assert "The heating broke" in kept
    assert "Faint after" not in kept
    assert "Fever of" not in kept
