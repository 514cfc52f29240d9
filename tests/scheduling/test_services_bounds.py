"""Each figure of the clinic's rules at its very edge; and whose visits a therapist may touch."""

import re
from datetime import timedelta
from inspect import signature

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.clock import rehearsed
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.changes import DEEDS
from clinic.scheduling.rules import NAMES
from tests.engines import ROOT
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client

A_SECOND = timedelta(seconds=1)


def refused(act, match, error=DomainError):
    with pytest.raises(error, match=match) as caught, transaction():
        act()
    return caught.value


def book(house, starts_at, **more):
    facts = {"client": house.client, "variant": house.variant, "therapist": house.therapist}
    return services.book(actor=house.desk, starts_at=starts_at, **(facts | more))


def test_the_lead_time_is_kept_to_the_second(inside: Flask):
    house, ten = made.open_house(min_lead=60), made.at(10)
    with rehearsed(ten - timedelta(minutes=60) + A_SECOND):
        refused(lambda: book(house, ten), "60 minutes ahead")
    with rehearsed(ten - timedelta(minutes=60)):
        assert made.book(house, ten).status == "booked"


def test_the_horizon_ends_with_its_last_day(inside: Flask):
    house = made.open_house(horizon=10)
    refused(lambda: book(house, made.at(0, days=11)), "at most 10 days ahead")
    assert made.book(house, made.at(22, days=10)).status == "booked"


@pytest.mark.parametrize(("minute", "fits"), [(0, True), (10, False), (20, True), (15, False)])
def test_visits_begin_on_the_grid(inside: Flask, minute, fits):
    house = made.open_house(slot_grid=20)
    if fits:
        assert made.book(house, made.at(10, minute)).status == "booked"
    else:
        refused(lambda: book(house, made.at(10, minute)), "every 20 minutes")
    if not minute:
        refused(lambda: book(house, made.at(10) + A_SECOND), "every 20 minutes")


def test_working_hours_hold_the_turnover_to_the_minute(inside: Flask):
    house = made.open_house()
    person = made.a_therapist("Ines Okafor", hours=(540, 615))  # an hour, and its quarter after
    assert made.book(house, made.at(9), therapist=person).status == "booked"
    short = made.a_therapist("Tomas Reyes", hours=(540, 614))
    someone = a_client("Omar Haddad")
    refused(
        lambda: book(house, made.at(9), therapist=short, client=someone),
        "does not work then",
        services.OutsideHours,
    )
    refused(
        lambda: book(house, made.at(8, 45), therapist=short, client=someone),
        "does not work then",
        services.OutsideHours,
    )


def test_the_hands_on_limit_is_reached_and_not_passed(inside: Flask):
    house = made.open_house(hands_on_limit=150)
    longer = catalogue.variant(90, 12000, of=house.variant.service)
    first = made.book(house, made.at(8))
    made.book(house, made.at(12), variant=longer)  # 60 and 90: exactly the limit
    refused(lambda: book(house, made.at(15)), "more than 150 minutes")
    refused(
        lambda: services.change_service(first, actor=house.desk, variant=longer),
        "more than 150 minutes",
    )
    tomorrow = made.book(house, made.at(8, days=8))
    refused(
        lambda: services.move(tomorrow, actor=house.desk, starts_at=made.at(15)),
        "more than 150 minutes",
    )
    made.done(
        services.move, first, house.desk, starts_at=made.at(9)
    )  # its own load is not in its way


@pytest.mark.parametrize(
    ("after", "by", "status"),
    [
        (timedelta(0), "client", "cancelled"),
        (A_SECOND, "client", "late_cancelled"),
        (A_SECOND, "clinic", "cancelled"),
    ],
)
def test_a_cancel_is_late_from_the_first_second_after_the_cut_off(inside: Flask, after, by, status):
    house = made.open_house(late_cancel=24)
    visit = made.book(house)
    with rehearsed(made.at(10) - timedelta(hours=24) + after):
        made.done(services.cancel, visit, house.desk, by=by)
    assert visit.status == status


def test_a_no_show_is_said_from_the_end_of_the_grace(inside: Flask):
    house = made.open_house(no_show_grace=15)
    visit = made.book(house)
    over = made.at(10, 15)
    with rehearsed(over - A_SECOND):
        refused(lambda: services.mark_no_show(visit, actor=house.desk), "Wait 15 minutes")
    with rehearsed(over):
        made.done(services.mark_no_show, visit, house.desk)
    assert visit.status == "no_show"


def test_a_walk_in_is_written_down_back_to_the_start_of_today(inside: Flask):
    house = made.open_house()
    late, yesterday, begin = made.at(23, 30), made.at(22, days=6), made.at(0)
    with rehearsed(late):
        refused(lambda: book(house, yesterday, source="walk_in"), "has passed")
        assert made.book(house, begin, source="walk_in").status == "booked"


def test_what_was_cancelled_is_taken_back_until_its_day_ends(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.cancel, visit, house.desk)
    midnight = made.at(0, days=8)
    with rehearsed(midnight):
        refused(lambda: services.undo(visit, actor=house.desk), "day is over")
    with rehearsed(midnight - A_SECOND):
        made.done(services.undo, visit, house.desk)
    assert visit.status == "booked"


VERBS = {
    "move": {"starts_at": lambda: made.at(15)},
    "resize": {"minutes": lambda: 90},
    "settle_fee": {"is_charged": lambda: True},
    "change_service": {"variant": lambda: db.session.scalars(select(Visit)).first().variant},
    "cancel": {},
    "confirm": {},
    "check_in": {},
    "start": {},
    "finish": {},
    "undo": {},
    "send_home": {},
    "mark_no_show": {},
    "reopen": {},
    "approve": {},
    "decline": {},
    "release": {},
    "correct": {"to": lambda: "entered_in_error", "why": lambda: "A slip"},
    "count_against": {"authorisation": lambda: None, "why": lambda: "A slip"},
}


def test_every_verb_is_among_those_that_are_tried():
    found = {name: getattr(services, name) for name in services.__all__}
    of_visits = {
        name for name, one in found.items() if {"visit", "actor"} <= set(signature(one).parameters)
    }
    assert set(VERBS) == of_visits


@pytest.mark.parametrize("verb", VERBS)
def test_a_therapist_touches_nobody_elses_visit(inside: Flask, verb):
    house = made.open_house()
    visit = made.book(house)
    version = visit.version
    other = made.staff_queries.actor_of(made.a_therapist("Ines Okafor"))
    more = {name: value() for name, value in VERBS[verb].items()}
    with pytest.raises(NotAllowed), transaction():
        getattr(services, verb)(visit, actor=other, **more)
    db.session.refresh(visit)
    assert (visit.status, visit.version) == ("booked", version)


def test_a_therapist_hands_a_visit_of_theirs_to_nobody(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    other = made.a_therapist("Ines Okafor")
    with pytest.raises(NotAllowed), transaction():
        services.move(visit, actor=house.treats, starts_at=made.at(15), therapist=other)
    assert visit.therapist_id == house.therapist.id


CLINICAL = re.compile(
    r"diagnos|contraindic|allerg|medicat|pregnan|histor|symptom|condition|injur|pain|disease|cancer",
    re.IGNORECASE,
)


def test_what_the_desk_is_told_holds_no_clinical_word():
    said = [str(words) for words in (*NAMES.values(), *DEEDS.values())]
    for path in sorted((ROOT / "clinic" / "scheduling").rglob("*.py")):
        calls = re.findall(r'(?:say|_l|gettext)\(\s*"([^"]*)"', path.read_text(encoding="utf-8"))
        said.extend(calls)
    said.extend(
        text
        for path in sorted((ROOT / "templates" / "scheduling").glob("*.html"))
        for text in re.findall(r"_\('([^']*)'", path.read_text(encoding="utf-8"))
    )
    assert len(said) > 100
    assert [text for text in said if CLINICAL.search(text)] == []
