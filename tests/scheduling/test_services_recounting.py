"""What a visit counts against, put right by hand: within what was authorised, and for a reason."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.referrals.models import Authorisation
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.visit_page import visit_page
from clinic.scheduling.services.seals import seal
from clinic.staff.queries import actor_of
from tests.factories import scheduling as made
from tests.factories.clients import a_client

WHY = "It is the claim of the second accident"


@pytest.fixture
def house(inside: Flask) -> made.House:
    return made.open_house()


def put(
    visit: Visit, house: made.House, authorisation: Authorisation | None, **more: object
) -> None:
    facts = {"actor": house.desk, "authorisation": authorisation, "why": WHY} | more
    with transaction():
        services.count_against(visit, **facts)


def taken(*authorisations: Authorisation) -> list[int]:
    counts = counted([one.id for one in authorisations])
    return [counts[one.id].taken for one in authorisations]


def test_a_visit_goes_over_to_another_and_its_note_says_why(house: made.House) -> None:
    first, second = made.an_authorisation(house), made.an_authorisation(house)
    visit = made.book(house, use_referral=True, note="Brings a friend")
    assert taken(first, second) == [1, 0]
    put(visit, house, second)
    assert taken(first, second) == [0, 1]
    assert visit.note == f"Brings a friend\nCounted on R-000002: {WHY}"
    assert b"accident" not in visit.note_sealed
    assert str(visit_page(visit, house.desk).deeds[0].what).startswith("Counted against")


def test_a_visit_counts_against_none_any_longer_and_again(house: made.House) -> None:
    allowed = made.an_authorisation(house)
    visit = made.book(house, authorisation=allowed)
    put(visit, house, None)
    assert (visit.authorisation_id, taken(allowed)) == (None, [0])
    assert visit.note == f"Not counted on R-000001: {WHY}"
    put(visit, house, allowed)
    assert taken(allowed) == [1]


def test_none_left_is_refused_with_the_numbers_unless_a_reason_lifts_it(house: made.House) -> None:
    full = made.an_authorisation(house, 1)
    made.book(house, made.at(14), authorisation=full)
    visit = made.book(house, made.at(10), self_pay=True)
    with pytest.raises(services.NotAdmitted, match="of 1 in R-000001, 0 are used and 1") as refused:
        put(visit, house, full, over_why="They asked")
    assert refused.value.field == "authorisation"
    with transaction():
        settle(actor=SYSTEM, over_authorisation="warn")
    with pytest.raises(services.NotAdmitted, match="Write down why") as refused:
        put(visit, house, full)
    assert refused.value.field == "over_why"
    put(visit, house, full, over_why=" Payer said yes ")
    assert (visit.over_why, taken(full)) == ("Payer said yes", [2])
    with pytest.raises(services.NotAdmitted, match="agree to pay") as refused:
        put(visit, house, None)
    assert refused.value.field == "self_pay"
    put(visit, house, None, self_pay=True)
    assert visit.over_why == ""
    assert visit.self_pay_agreed_at is not None


def test_days_that_count_from_the_first_visit_follow_it(house: made.House) -> None:
    lasting = {"basis": "first_visit", "days": 90}
    first, second = (made.an_authorisation(house, **lasting) for _ in range(2))
    visit = made.book(house, authorisation=first)
    put(visit, house, second)
    db.session.expire_all()
    assert (first.first_visit_on, second.first_visit_on) == (None, visit.on_date)
    put(visit, house, None)
    db.session.expire_all()
    assert second.first_visit_on is None


def test_what_is_not_theirs_not_valid_or_without_a_reason_is_refused(house: made.House) -> None:
    other: Client = a_client("Omar Haddad")
    theirs = made.an_authorisation(house, client=other)
    late = made.an_authorisation(house, valid_from=made.day(60))
    visit = made.book(house)
    for authorisation, why, said in (
        (theirs, WHY, "another client's"), (late, WHY, "not valid on"), (None, WHY, "already"),
        (late, " ", "Say why"), (late, "x" * 201, "at most"),
    ):  # fmt: skip
        with pytest.raises(DomainError, match=said):
            put(visit, house, authorisation, why=why)
    with pytest.raises(StaleEdit):
        put(visit, house, late, version=visit.version + 1)
    stranger = actor_of(made.a_therapist("Ines Okafor"))
    with pytest.raises(NotAllowed):
        put(visit, house, None, actor=stranger)
    made.done(services.cancel, visit, house.desk, by="clinic")
    with pytest.raises(Conflict, match="does not stand"):
        put(visit, house, late)


def test_a_signed_note_keeps_nobody_from_putting_it_right_but_a_payment_does(
    house: made.House,
) -> None:
    allowed = made.an_authorisation(house)
    visit = made.book(house)
    with transaction() as session, writing("test.seal", SYSTEM):
        seal(visit, "note")
        session.flush()
    put(visit, house, allowed)
    assert taken(allowed) == [1]
    with transaction() as session, writing("test.seal", SYSTEM):
        seal(visit, "payment")
        session.flush()
    with pytest.raises(Conflict, match="is paid"):
        put(visit, house, None)
    assert taken(allowed) == [1]


def test_of_two_desks_that_want_the_last_one_for_two_visits_one_gets_it(
    inside: Flask, house: made.House
) -> None:
    last = made.an_authorisation(house, 1).id
    ids = [made.book(house, made.at(hour)).id for hour in (10, 14)]
    db.session.rollback()

    def want(visit_id: int) -> None:
        with inside.app_context(), suppress(services.NotAdmitted), transaction() as session:
            services.count_against(
                session.get_one(Visit, visit_id), actor=house.desk, why=WHY,
                authorisation=session.get_one(Authorisation, last),
            )  # fmt: skip

    with ThreadPoolExecutor(2) as desks:
        list(desks.map(want, ids))
    assert counted([last])[last].taken == 1
