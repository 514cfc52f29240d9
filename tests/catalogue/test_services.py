from datetime import date, timedelta
from itertools import count

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic.catalogue import queries, services
from clinic.catalogue.models import AddOn, Price, Service, ServiceVariant, Technique
from clinic.catalogue.rules import price_of
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from tests.factories import catalogue
from tests.factories import staff as people

NUMBERS = count()


def the_day(offset: int = 0) -> date:
    return today(the_practice().zone) + timedelta(offset)


def price(thing: ServiceVariant | AddOn, amount: int, offset: int) -> Price:
    with transaction():
        return services.set_price(
            thing, actor=SYSTEM, amount_minor=amount, effective_from=the_day(offset)
        )


def test_a_new_price_holds_from_its_first_day_and_not_before(inside: Flask) -> None:
    variant = catalogue.variant(price=8500)
    price(variant, 9800, 10)
    assert queries.price_on(variant.id, the_day(9)) == 8500
    assert queries.price_on(variant.id, the_day(10)) == 9800
    assert queries.price_on(variant.id, date(1999, 12, 31)) is None


def test_a_price_of_nothing_is_a_price(inside: Flask) -> None:
    variant = catalogue.variant(price=0)
    assert queries.price_on(variant.id, the_day()) == 0
    assert [row.price_minor for row in queries.bookable_variants(the_day())] == [0]


@pytest.mark.parametrize("amount", [-1, 100_000_001])
def test_an_amount_that_cannot_be_is_refused(inside: Flask, amount: int) -> None:
    with pytest.raises(DomainError) as refused:
        catalogue.variant(price=amount)
    assert refused.value.field == "amount_minor"


def test_two_prices_cannot_begin_on_one_day(inside: Flask) -> None:
    variant = catalogue.variant()
    price(variant, 9000, 5)
    with pytest.raises(Conflict) as refused:
        price(variant, 9100, 5)
    assert refused.value.field == "effective_from"


def test_the_database_itself_refuses_two_prices_for_one_day(inside: Flask) -> None:
    variant = catalogue.variant()
    for thing in ({"variant_id": variant.id}, {"add_on_id": catalogue.add_on().id}):
        twice = Price(amount_minor=1, effective_from=catalogue.SINCE, **thing)
        with pytest.raises(IntegrityError), transaction() as session, writing("test", SYSTEM):
            session.bulk_save_objects([twice])


def test_a_past_day_keeps_its_price(inside: Flask) -> None:
    variant = catalogue.variant()
    with pytest.raises(DomainError) as refused:
        price(variant, 9000, -1)
    assert refused.value.field == "effective_from"


def test_a_first_price_may_begin_in_the_past(inside: Flask) -> None:
    variant = catalogue.variant(price=None)
    price(variant, 9000, -30)
    assert queries.price_on(variant.id, the_day()) == 9000


def test_a_price_to_come_is_changed_moved_and_withdrawn(inside: Flask) -> None:
    variant = catalogue.variant()
    coming = price(variant, 9000, 5)
    with transaction():
        services.change_price(
            coming, actor=SYSTEM, amount_minor=9500, effective_from=the_day(7), version=1
        )
    assert queries.price_on(variant.id, the_day(6)) == 8500
    assert queries.price_on(variant.id, the_day(7)) == 9500
    with transaction():
        services.withdraw_price(coming, actor=SYSTEM)
    assert queries.price_on(variant.id, the_day(7)) == 8500


def test_a_price_that_has_begun_is_neither_changed_nor_withdrawn(inside: Flask) -> None:
    variant = catalogue.variant(price=None)
    begun = price(variant, 9000, 0)
    with pytest.raises(DomainError, match="has begun"), transaction():
        services.withdraw_price(begun, actor=SYSTEM)
    with pytest.raises(DomainError, match="has begun"), transaction():
        services.change_price(begun, actor=SYSTEM, amount_minor=1, effective_from=the_day(1))
    assert queries.price_on(variant.id, the_day()) == 9000


def test_a_price_cannot_be_moved_onto_another(inside: Flask) -> None:
    variant = catalogue.variant()
    price(variant, 9000, 5)
    moving = price(variant, 9100, 6)
    with pytest.raises(Conflict), transaction():
        services.change_price(moving, actor=SYSTEM, amount_minor=9100, effective_from=the_day(5))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 20_000)), max_size=8))
def test_price_on_agrees_with_a_naive_model(inside: Flask, wanted: list) -> None:
    model: dict[date, int] = {}
    with transaction():
        service = services.offer_service(
            actor=SYSTEM, code=f"ANY_{next(NUMBERS)}", name="Any", family="deep"
        )
        variant = services.offer_length(service, actor=SYSTEM, minutes=60)
        for offset, amount in wanted:
            first = the_day(offset)
            try:
                services.set_price(variant, actor=SYSTEM, amount_minor=amount, effective_from=first)
            except DomainError:
                assert first in model or (first < the_day() and min(model) < first)
            else:
                model[first] = amount
    for offset in range(-22, 23):
        on = the_day(offset)
        assert queries.price_on(variant.id, on) == price_of(model.items(), on)


def test_prices_of_many_lengths_come_in_one_answer(inside: Flask) -> None:
    service = catalogue.service()
    known = catalogue.variant(60, 8500, of=service), catalogue.variant(90, 12500, of=service)
    without = catalogue.variant(30, None, of=service)
    ids = [variant.id for variant in (*known, without)]
    assert queries.prices_on(ids, the_day()) == {known[0].id: 8500, known[1].id: 12500}


def test_a_service_is_bookable_once_it_has_a_length_with_a_price(inside: Flask) -> None:
    service = catalogue.service(requires=("LMT_LICENSE", "PRENATAL"))
    catalogue.variant(60, None, of=service)
    assert queries.bookable_variants(the_day()) == []
    catalogue.variant(90, 12500, of=service)
    (row,) = queries.bookable_variants(the_day())
    assert (row.minutes, row.price_minor) == (90, 12500)
    assert row.required == {"LMT_LICENSE", "PRENATAL"}


def test_what_is_withdrawn_or_retired_is_not_offered_and_comes_back(inside: Flask) -> None:
    variant, add_on = catalogue.variant(), catalogue.add_on()
    with transaction():
        services.withdraw_length(variant, actor=SYSTEM)
        services.retire_add_on(add_on, actor=SYSTEM)
    assert queries.bookable_variants(the_day()) == queries.add_ons_on(the_day()) == []
    with transaction():
        services.resume_length(variant, actor=SYSTEM)
        services.retire_service(variant.service, actor=SYSTEM)
    assert queries.bookable_variants(the_day()) == []
    with transaction():
        services.restore_service(variant.service, actor=SYSTEM)
        services.restore_add_on(add_on, actor=SYSTEM)
    assert len(queries.bookable_variants(the_day())) == len(queries.add_ons_on(the_day())) == 1


def test_a_length_and_its_add_ons_ask_for_all_their_qualifications(inside: Flask) -> None:
    variant = catalogue.variant(requires=("LMT_LICENSE",))
    stones, scent = catalogue.add_on("ADD_STONES", requires="HOTSTONE"), catalogue.add_on()
    assert queries.required_codes(variant.id) == {"LMT_LICENSE"}
    assert queries.required_codes(variant.id, [stones.id, scent.id]) == {"LMT_LICENSE", "HOTSTONE"}


def test_a_length_is_offered_once_and_is_one_of_the_known_ones(inside: Flask) -> None:
    variant = catalogue.variant(60)
    with pytest.raises(Conflict):
        catalogue.variant(60, of=variant.service)
    with pytest.raises(DomainError):
        catalogue.variant(61, of=variant.service)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"family": "magic"}, "family"),
        ({"buffer_after": 61}, "buffer_after"),
        ({"max_pressure": 0}, "max_pressure"),
        ({"hands_on_percent": 301}, "hands_on_percent"),
        ({"position": -1}, "position"),
    ],
)
def test_a_figure_out_of_its_limits_is_refused(inside: Flask, facts: dict, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        catalogue.service(**facts)
    assert refused.value.field == field


def test_a_code_is_used_once_and_has_its_shape(inside: Flask) -> None:
    catalogue.service("SWEDISH")
    for code in ("SWEDISH", "swedish", "A B"):
        with pytest.raises(DomainError) as refused:
            catalogue.service(code)
        assert refused.value.field == "code"


def test_the_lists_of_a_service_are_exactly_what_was_said(inside: Flask) -> None:
    service = catalogue.service(requires=("LMT_LICENSE",))
    with transaction():
        for code in ("DEEP", "MFR"):
            services.name_technique(actor=SYSTEM, code=code, name=code)
    with transaction():
        services.amend_service(
            service,
            actor=SYSTEM,
            name="Deep",
            requires=["LMT_LICENSE"],
            techniques=["DEEP", "MFR"],
            primary=["DEEP"],
        )
    with transaction():
        services.amend_service(service, actor=SYSTEM, requires=[], techniques=["DEEP"])
    facts = queries.facts_of(service)
    assert (facts["name"], facts["requires"]) == ("Deep", [])
    assert (facts["techniques"], facts["primary"]) == (["DEEP"], [])


@pytest.mark.parametrize(
    ("lists", "field"),
    [
        ({"requires": ["NONE_SUCH"]}, "requires"),
        ({"techniques": ["NONE_SUCH"]}, "techniques"),
        ({"techniques": [], "primary": ["DEEP"]}, "primary"),
    ],
)
def test_an_unknown_word_in_a_list_is_refused(inside: Flask, lists: dict, field: str) -> None:
    service = catalogue.service()
    with pytest.raises(DomainError) as refused, transaction():
        services.amend_service(service, actor=SYSTEM, **lists)
    assert refused.value.field == field


def test_a_stale_edit_changes_nothing_and_shows_what_stands(inside: Flask) -> None:
    service = catalogue.service()
    old = service.version
    with transaction():
        services.amend_service(service, actor=SYSTEM, note="First", version=old)
    with pytest.raises(StaleEdit) as refused, transaction():
        services.amend_service(service, actor=SYSTEM, note="Second", version=old)
    assert refused.value.saved["note"] == "First"
    assert queries.the_service(service.public_id).note == "First"


def test_only_the_owner_changes_what_is_offered(inside: Flask) -> None:
    for actor in (people.receptionist(), people.therapist()):
        with pytest.raises(NotAllowed), transaction():
            services.stock_starter(actor=actor)


def test_the_starter_holds_what_it_promises_and_comes_once(inside: Flask) -> None:
    owner = people.owner()
    with transaction():
        assert services.stock_starter(actor=owner) == 19
    counted = _counts()
    assert counted[:3] == [19, 7, 27]
    with transaction():
        assert services.stock_starter(actor=SYSTEM) == 0
    assert _counts() == counted


def _counts() -> list[int]:
    kinds = (Service, AddOn, Technique, ServiceVariant, Price, catalogue.Qualification)
    return [db.session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def test_the_starter_leaves_alone_what_the_owner_changed(inside: Flask) -> None:
    catalogue.starter()
    swedish = db.session.scalar(select(Service).where(Service.code == "SWEDISH"))
    with transaction():
        services.amend_service(swedish, actor=SYSTEM, name="Our massage")
        services.retire_service(swedish, actor=SYSTEM)
    catalogue.starter()
    assert (swedish.name, swedish.is_active) == ("Our massage", False)


def test_every_service_of_the_starter_asks_for_licence_and_cover(inside: Flask) -> None:
    catalogue.starter()
    for row in queries.bookable_variants(the_day()):
        assert {"LMT_LICENSE", "LIABILITY_INS"} <= row.required
