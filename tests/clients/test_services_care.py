"""Who says who takes part in a client's care: it opens the client's health facts."""

import pytest

from clinic.clients import services
from clinic.clients.queries import may_read_health
from clinic.core.db import db
from clinic.core.errors import NotAllowed
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from tests.factories import directory, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def join(client, person_id, actor, **more):
    with transaction():
        return services.join_care(client, person_id, actor=actor, **more)


def test_nobody_lets_themselves_into_the_care_of_a_client(inside):
    client, stranger = a_client(), staff.therapist()
    with pytest.raises(NotAllowed):
        join(client, stranger.id, stranger)
    assert not may_read_health(stranger, client.id)


def test_nor_does_one_stranger_let_in_another(inside):
    client, stranger = a_client(), staff.therapist()
    with pytest.raises(NotAllowed):
        join(client, staff.therapist("Una Bell").id, stranger)


def test_the_desk_does_and_who_treats_already(inside):
    client, treats = a_client(), staff.therapist()
    join(client, treats.id, staff.receptionist())
    other = staff.therapist("Una Bell")
    join(client, other.id, treats)
    assert may_read_health(other, client.id)


def test_a_provider_outside_sees_nothing_here_so_anybody_may_name_one(inside):
    client, outside = a_client(), directory.provider()
    assert join(client, None, staff.therapist(), provider_id=outside.id).provider_id == outside.id


def test_a_stranger_sends_nobody_out_of_a_care_team(inside):
    client, treats = a_client(), staff.therapist()
    member = join(client, treats.id, staff.receptionist())
    stranger = staff.therapist("Una Bell")
    with pytest.raises(NotAllowed), transaction():
        services.leave_care(member, actor=stranger)
    with transaction():
        services.leave_care(member, actor=treats)
    db.session.refresh(member)
    assert member.until is not None


def test_a_visit_with_oneself_lets_one_in(inside):
    house = made.open_house()
    treats = made.a_therapist("Una Bell", Role.THERAPIST)
    actor = staff.queries.actor_of(treats)
    made.book(house, actor=actor, therapist=treats)
    assert may_read_health(actor, house.client.id)
