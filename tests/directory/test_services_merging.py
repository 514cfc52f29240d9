"""Two records that are of one person: joined by an owner, found as one, and parted again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import queries, services
from clinic.directory.models import Provider
from tests.factories import directory, staff

PHONE = "+19205550148"


@pytest.fixture
def pair(inside):
    return directory.provider(phone=PHONE), directory.provider(phone=PHONE, fax="+19205550149")


def merge(kept: Provider, duplicate: Provider) -> None:
    with transaction():
        services.merge(kept, duplicate, actor=SYSTEM)


def names(text: str = "") -> list[str]:
    return [row.public_id for row in db.session.execute(queries.providers(text))]


def test_two_of_one_name_and_telephone_are_proposed(pair):
    one, other = pair
    directory.provider(phone="+19205550100")
    assert list(queries.likely_same(one)) == [other]
    assert list(queries.likely_same(other)) == [one]
    assert [(row.one_id, row.other_id) for row in queries.duplicates()] == [
        (one.public_id, other.public_id)
    ]
    merge(one, other)
    assert list(queries.likely_same(one)) == list(queries.likely_same(other)) == []
    assert queries.duplicates() == []


def test_one_of_the_same_name_elsewhere_is_somebody_else(inside):
    one = directory.provider(phone=PHONE)
    directory.provider(phone="+19205550100")
    directory.provider("Lena", "Fischer", phone=PHONE)
    assert list(queries.likely_same(one)) == []


def test_the_kept_one_stands_for_both_wherever_somebody_is_looked_for(pair):
    one, other = pair
    merge(one, other)
    assert names() == names("Adeyemi") == names("5550149") == [one.public_id]
    assert [row.public_id for row in queries.found_providers("Samuel")] == [one.public_id]
    assert queries.kept_provider(other) is one
    assert queries.ids_of_person(one.id) == queries.ids_of_person(other.id) == (one.id, other.id)
    assert list(queries.merged_into(one)) == [other]


def test_a_merge_is_undone_and_nothing_of_it_is_left(pair):
    one, other = pair
    merge(one, other)
    with transaction():
        services.part(other, actor=SYSTEM)
    assert queries.ids_of_person(one.id) == (one.id,)
    assert set(names("Adeyemi")) == {one.public_id, other.public_id}
    with pytest.raises(Conflict, match="not merged"), transaction():
        services.part(other, actor=SYSTEM)


def test_what_was_merged_before_follows(pair):
    one, other = pair
    third = directory.provider(phone=PHONE)
    merge(other, third)
    merge(one, other)
    assert queries.ids_of_person(third.id) == (one.id, other.id, third.id)
    assert {other.merged_into_id, third.merged_into_id} == {one.id}


def test_only_an_owner_joins_and_parts(pair):
    one, other = pair
    desk, therapist, owner = staff.receptionist(), staff.therapist(), staff.owner()
    for somebody in (desk, therapist):
        with pytest.raises(NotAllowed), transaction():
            services.merge(one, other, actor=somebody)
    with transaction():
        services.merge(one, other, actor=owner)
    with pytest.raises(NotAllowed), transaction():
        services.part(other, actor=desk)


def test_what_cannot_be_one_person_is_refused(pair):
    one, other = pair
    with pytest.raises(DomainError, match="same record"), transaction():
        services.merge(one, one, actor=SYSTEM)
    third = directory.provider("Lena", "Fischer")
    merge(one, other)
    for kept, duplicate in ((third, other), (other, third)):
        with pytest.raises(Conflict, match="merged into another already"), transaction():
            services.merge(kept, duplicate, actor=SYSTEM)


def test_numbers_decide_which_is_kept_or_that_they_are_two(inside):
    one = directory.provider(npi=directory.NPI)
    other = directory.provider()
    with pytest.raises(DomainError, match="that has the NPI"), transaction():
        services.merge(other, one, actor=SYSTEM)
    third = directory.provider(npi="1245319599")
    with pytest.raises(Conflict, match="different NPIs"), transaction():
        services.merge(one, third, actor=SYSTEM)


def test_the_database_refuses_a_record_merged_into_itself(inside):
    one = directory.provider()
    with pytest.raises(IntegrityError):
        _write(one.id)


def _write(provider_id: int) -> None:
    with transaction(), writing("test.provider", SYSTEM):
        db.session.get_one(Provider, provider_id).merged_into_id = provider_id
        db.session.flush()


def test_two_who_merge_crosswise_at_once_make_no_circle(app: Flask):
    with app.app_context():
        ids = [directory.provider(phone=PHONE).id for _ in range(2)]

    def go(turn: int) -> str:
        with app.app_context():
            try:
                with transaction() as session:
                    kept, gone = (session.get_one(Provider, ids[n]) for n in (turn, 1 - turn))
                    services.merge(kept, gone, actor=SYSTEM)
            except Conflict:
                return "refused"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["done", "refused"]
