from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clinic.audit.queries import changes_of, values_of
from clinic.clients import services as clients_services
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.practice.queries import the_practice
from clinic.referrals import queries, services
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.queries.counts import counted
from clinic.staff.queries import actor_of
from tests import statements
from tests.factories import clients, directory, staff
from tests.factories import referrals as orders

PLAIN = {
    "received_on": orders.RECEIVED, "received_via": "fax", "urgency": "routine",
    "their_reference": "", "frequency": "", "minutes": None,
}  # fmt: skip
FREE = {
    "visits": 8, "valid_from": orders.FIRST, "valid_until": None, "reference": "", "payer": "",
    "counts_missed": False, "counts_late_cancelled": False,
}  # fmt: skip


def refused(field, act, kind=DomainError):
    with pytest.raises(kind) as refusal, transaction():
        act()
    assert refusal.value.field == field


def test_an_order_is_logged_with_a_number_and_its_provider_s_place(inside):
    place = directory.organisation()
    order = orders.order(provider=directory.provider(at=place))
    other = orders.order(clients.a_client("Omar Farouk"))
    assert (order.number, other.number) == ("R-000001", "R-000002")
    assert order.organisation.id == place.id
    assert order.precautions == orders.CLINICAL["precautions"]


def test_the_log_keeps_clinical_text_sealed(inside):
    order = orders.order(is_read=False)
    entry = db.session.scalars(changes_of("referral", order.public_id)).one()
    assert "canary" not in str(values_of(entry))
    assert b"canary" not in order.reason_sealed


def test_a_provider_who_left_cannot_be_chosen(inside):
    gone = directory.provider()
    with transaction():
        outside.set_status(gone, actor=SYSTEM, status="retired")
    refused("provider", lambda: _log(clients.new_client(), gone))


def test_the_place_must_be_one_of_the_provider_s(inside):
    provider, elsewhere = (
        directory.provider(at=directory.organisation()),
        directory.organisation("Elsewhere"),
    )
    client = clients.a_client()
    refused("sent_from", lambda: _log(client, provider, organisation=elsewhere))
    with transaction():
        outside.place_provider(provider, elsewhere, actor=SYSTEM)
    refused("sent_from", lambda: _log(client, provider))
    with transaction():
        assert _log(client, provider, organisation=elsewhere).organisation_id == elsewhere.id


def _log(client, provider, **facts):
    return services.log(
        actor=SYSTEM, client=client, provider=provider,
        **({"received_on": orders.RECEIVED} | facts),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("received_on", {"received_on": clock.today(ZoneInfo("UTC")) + timedelta(days=2)}),
        ("minutes", {"minutes": 5}),
        ("minutes", {"minutes": 600}),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(inside, field, facts):
    client, provider = clients.a_client(), directory.provider()
    refused(field, lambda: _log(client, provider, **facts))
    assert db.session.scalar(select(Referral)) is None


def test_the_same_sheet_is_not_logged_twice_unknowingly(inside):
    order = orders.order()
    client, provider = order.client, order.provider
    refused("is_another", lambda: _log(client, provider), services.LoggedAlready)
    with transaction():
        assert _log(client, provider, is_another=True).number == "R-000002"


def test_an_order_belongs_to_the_person_whichever_record_it_was_logged_with(inside):
    duplicate, kept = clients.a_client("Grace Nakamura"), clients.a_client("Grace Nakamura")
    before = orders.order(duplicate)
    allowed = orders.allowance(before)
    with transaction():
        clients_services.merge(kept, duplicate, actor=SYSTEM)
    refused(
        "is_another",
        lambda: _log(kept, before.provider),
        services.LoggedAlready,
    )
    after = orders.order(duplicate, directory.provider("Lena", "Fischer"))
    assert after.client_id == kept.id
    for record in (kept, duplicate):
        found = list(db.session.scalars(queries.of_person(record.id)))
        assert {one.id for one in found} == {before.id, after.id}
        assert queries.open_authorisations(record.id, orders.FIRST) == [allowed]


def test_the_earliest_open_authorisation_comes_first(inside):
    order = orders.order()
    later = orders.allowance(order, valid_from=orders.FIRST + timedelta(days=9))
    first = orders.allowance(order, valid_until=orders.FIRST + timedelta(days=20))
    orders.allowance(order, valid_until=orders.FIRST + timedelta(days=3))
    at = orders.FIRST + timedelta(days=10)
    assert queries.open_authorisations(order.client_id, at) == [first, later]
    with transaction():
        services.end(order, actor=SYSTEM, why="Moved away")
    assert queries.open_authorisations(order.client_id, at) == []


def test_who_may_not_read_clinical_text_replaces_it_only_by_typing(inside):
    order = orders.order()
    desk = staff.receptionist()
    with transaction():
        services.amend(order, actor=desk, **PLAIN, precautions="Lie on the left side")
    assert order.reason == orders.CLINICAL["reason"]
    assert order.precautions == "Lie on the left side"


def test_who_treats_the_client_can_empty_it(inside):
    order = orders.order()
    treats = staff.therapist()
    with transaction():
        clients_services.join_care(order.client, treats.id, actor=SYSTEM)
    with transaction():
        services.amend(order, actor=treats, **PLAIN, reason="Neck", precautions="")
    assert (order.reason, order.diagnosis, order.precautions) == ("Neck", "", "")


def test_a_stale_correction_shows_nothing_clinical_to_the_desk(inside):
    order = orders.order()
    desk, version = staff.receptionist(), order.version
    with transaction():
        services.amend(order, actor=SYSTEM, **(PLAIN | {"urgency": "soon"}))
    with pytest.raises(StaleEdit) as stale, transaction():
        services.amend(order, actor=desk, version=version, **PLAIN)
    assert stale.value.saved["urgency"] == "soon"
    assert not {"reason", "diagnosis", "precautions"} & set(stale.value.saved)


def test_an_order_ends_with_a_reason_and_can_be_reopened(inside):
    order = orders.order()
    refused("why", lambda: services.end(order, actor=SYSTEM, why="  "))
    with transaction():
        services.end(order, actor=SYSTEM, why="All visits had")
    assert order.ended_on == clock.today(the_practice().zone)
    refused(None, lambda: services.end(order, actor=SYSTEM, why="Again"), Conflict)
    refused(
        None,
        lambda: services.authorise(order, actor=SYSTEM, visits=2, valid_from=orders.FIRST),
        Conflict,
    )
    with transaction():
        services.reopen(order, actor=SYSTEM)
    assert (order.ended_on, order.ended_why) == (None, "")


@pytest.mark.parametrize("visits", [0, 201, -1])
def test_an_authorisation_allows_one_to_two_hundred_visits(inside, visits):
    order = orders.order()
    refused(
        "visits",
        lambda: services.authorise(order, actor=SYSTEM, visits=visits, valid_from=orders.FIRST),
    )


def test_an_authorisation_cannot_end_before_it_begins(inside):
    order, end = orders.order(), orders.FIRST - timedelta(days=1)
    refused("valid_until", lambda: orders.services.authorise(
        order, actor=SYSTEM, visits=1, valid_from=orders.FIRST, valid_until=end
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("visits", {"visits": 2}),
        ("visits", {"visits": 3, "counts_missed": True}),
        ("valid_from", {"valid_from": orders.FIRST + timedelta(days=1)}),
        ("valid_until", {"valid_until": orders.FIRST + timedelta(days=19)}),
    ],
)
def test_visits_used_and_booked_never_fall_outside_an_authorisation(inside, field, change):
    orders.ready()
    one = orders.allowance(orders.order())
    orders.visit(one, "completed", orders.FIRST)
    orders.visit(one, "booked", orders.FIRST + timedelta(days=10))
    orders.visit(one, "booked", orders.FIRST + timedelta(days=20))
    orders.visit(one, "no_show", orders.FIRST + timedelta(days=11))
    refused(
        field,
        lambda: services.amend_authorisation(one, actor=SYSTEM, count=counted, **(FREE | change)),
    )
    db.session.refresh(one)
    assert (one.visits, one.counts_missed) == (8, False)
    with transaction():
        least = FREE | {"visits": 3, "valid_until": orders.FIRST + timedelta(days=20)}
        services.amend_authorisation(one, actor=SYSTEM, count=counted, **least)
    assert one.visits == 3


def test_a_stale_authorisation_is_not_overwritten(inside):
    one = orders.allowance(orders.order())
    version = one.version
    with transaction():
        services.amend_authorisation(one, actor=SYSTEM, count=counted, **(FREE | {"visits": 9}))
    with pytest.raises(StaleEdit) as stale, transaction():
        services.amend_authorisation(one, actor=SYSTEM, count=counted, version=version, **FREE)
    assert stale.value.saved["visits"] == 9


def test_nobody_writes_without_the_right_to(inside):
    order = orders.order()
    nobody = actor_of(staff.member("No Role", Role.RECEPTIONIST))
    nobody = type(nobody)(nobody.id, nobody.public_id, nobody.name, frozenset())
    for act in (
        lambda: services.end(order, actor=nobody, why="x"),
        lambda: services.reopen(order, actor=nobody),
        lambda: services.authorise(order, actor=nobody, visits=1, valid_from=orders.FIRST),
    ):
        refused(None, act, NotAllowed)


def test_an_authorisation_comes_with_its_own_order_and_not_by_way_of_all_of_them(inside):
    """An outer join of what is always there had the database go through every order."""
    order = orders.order()
    orders.allowance(order)
    with statements.counted() as sent:
        found = db.session.scalars(select(Authorisation)).unique().one()
        assert found.referral is order
    assert len(sent) == 1
    assert "LEFT OUTER JOIN (" not in sent[0]
