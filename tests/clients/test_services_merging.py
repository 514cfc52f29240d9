"""Two records, one person: nothing moves, and every merge can be undone."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic.clients import queries, services
from clinic.clients.models import Client, Phone, SearchTerm
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import staff as people
from tests.factories.clients import a_client

BOOKKEEPING = {"version", "updated_at", "touches"}


def merge(kept: Client, duplicate: Client) -> None:
    with transaction():
        services.merge(kept, duplicate, actor=SYSTEM)


def part(duplicate: Client) -> None:
    with transaction():
        services.part(duplicate, actor=SYSTEM)


def everything() -> list[Any]:
    """All rows of the room, without their bookkeeping."""
    kept = []
    for table in (Client.__table__, Phone.__table__, SearchTerm.__table__):
        columns = [column for column in table.c if column.name not in BOOKKEEPING]
        kept.append(sorted(map(repr, db.session.execute(select(*columns)))))
    return kept


def test_both_numbers_lead_to_the_kept_record(inside: Flask) -> None:
    kept, duplicate = a_client(), a_client("Gracie Nakamura")
    merge(kept, duplicate)
    (one,) = queries.found(duplicate.number)
    assert (one.id, one.known_by) == (kept.id, duplicate.number)
    assert [row.id for row in queries.found("nakamura")] == [kept.id]
    assert [row.id for row in queries.listing("all").rows] == [kept.id]
    assert queries.kept_record(duplicate).id == kept.id
    assert [row.id for row in db.session.scalars(queries.records_of(kept.id))] == [
        kept.id,
        duplicate.id,
    ]


def test_a_record_is_not_merged_with_itself_nor_twice_nor_by_a_therapist(inside: Flask) -> None:
    one, other, third = a_client(), a_client("Gracie Nakamura"), a_client("G Nakamura")
    with pytest.raises(DomainError):
        merge(one, one)
    treating = people.therapist()
    with pytest.raises(NotAllowed), transaction():
        services.merge(one, other, actor=treating)
    merge(one, other)
    for pair in ((other, third), (third, other), (other, one)):
        with pytest.raises(Conflict):
            merge(*pair)
    part(other)
    with pytest.raises(Conflict):
        part(other)


def test_a_merged_record_is_no_longer_changed(inside: Flask) -> None:
    one, other = a_client(), a_client("Gracie Nakamura")
    merge(one, other)
    with pytest.raises(Conflict), transaction():
        services.caution(other, actor=SYSTEM, alert="Hello", is_prepay_only=False)
    with pytest.raises(Conflict), transaction():
        services.amend(other, actor=SYSTEM, phones=[], city="Elsewhere")


def test_do_not_book_is_never_lost_in_a_merge(inside: Flask) -> None:
    one, other = a_client(), a_client("Gracie Nakamura")
    with transaction():
        services.stop_booking(other, actor=SYSTEM, reason="Was rude")
    with pytest.raises(Conflict):
        merge(one, other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.data())
def test_merging_and_parting_again_leaves_every_row_as_it_was(
    inside: Flask, data: st.DataObject
) -> None:
    people_ = [a_client(f"Person {number}").id for number in range(5)]
    before, done = [everything()], []
    for _ in range(data.draw(st.integers(1, 4))):
        free = [one for one in people_ if db.session.get_one(Client, one).person_id is None]
        kept, duplicate = data.draw(st.permutations(free))[:2]
        merge(db.session.get_one(Client, kept), db.session.get_one(Client, duplicate))
        done.append(duplicate)
        before.append(everything())
        roots = {one.id for one in db.session.scalars(select(Client)) if one.person_id is None}
        pointed = set(db.session.scalars(select(Client.person_id)).all()) - {None}
        assert pointed <= roots, "every merged record points straight at one that stands"
    while done:
        assert everything() == before.pop()
        part(db.session.get_one(Client, done.pop()))
    assert everything() == before.pop()
