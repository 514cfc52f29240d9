from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit import services as audit
from clinic.audit.models import ChangeEntry
from clinic.clients import queries, services
from clinic.clients.models import Client, SearchTerm
from clinic.clients.rules import GivenPhone
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import staff as people
from tests.factories.clients import MOBILE, a_client, facts


def register(**more: Any) -> Client:
    with transaction():
        return services.register(actor=SYSTEM, **facts(**more))


def amend(client: Client, **changes: Any) -> None:
    with transaction():
        services.amend(client, actor=SYSTEM, **({"phones": [GivenPhone(MOBILE)]} | changes))


def refused(**more: Any) -> DomainError:
    with pytest.raises(DomainError) as error:
        register(**more)
    return error.value


def ids(text: str) -> list[int]:
    return [one.id for one in queries.found(text)]


def test_a_client_gets_a_number_and_is_a_prospect(inside: Flask) -> None:
    one, other = register(), a_client("Walter Brandt")
    assert one.number.startswith("C-")
    assert one.number != other.number
    assert one.status == "prospect"
    assert one.phones[0].number == "+15550148812"
    assert one.missing == ""


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "Nakamura"}, "first_name"),
        ({"name": "Grace "}, "last_name"),
        ({"birth_date": None}, "birth_date"),
        ({"birth_date": date(1850, 1, 1)}, "birth_date"),
        ({"birth_date": today(ZoneInfo("UTC")) + timedelta(days=2)}, "birth_date"),
        ({"birth_date": today(ZoneInfo("UTC"))}, "guardian_name"),
        ({"phones": []}, "email"),
        ({"phones": [GivenPhone("12")]}, "phones"),
        ({"emergency_phone": "ring me"}, "emergency_phone"),
        ({"guardian_phone": "ring me"}, "guardian_phone"),
    ],
)
def test_what_must_be_known_is_asked_for_beside_its_field(
    inside: Flask, more: dict[str, Any], field: str
) -> None:
    assert refused(**more).field == field
    assert db.session.scalar(select(Client.id)) is None


def test_an_unknown_fact_is_a_fault_of_ours(inside: Flask) -> None:
    with pytest.raises(TypeError):
        register(status="active")


def test_an_imported_record_may_lack_things_and_says_which(inside: Flask) -> None:
    with transaction():
        one = services.register(actor=SYSTEM, last_name="Alone", import_ref="x-1")
    assert set(one.missing.split(",")) == {"first_name", "birth_date", "reach"}
    assert [row.id for row in queries.listing("incomplete").rows] == [one.id]
    with transaction():
        services.amend(one, actor=SYSTEM, phones=[GivenPhone(MOBILE)], city="Harbour Lane")
    assert set(one.missing.split(",")) == {"first_name", "birth_date"}
    with pytest.raises(DomainError) as error:
        amend(one, phones=[])
    assert error.value.field == "email"


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Nakamura Gracie", "phones": [GivenPhone("+15550140000")]},
        {"name": "Walter Brandt", "birth_date": date(1960, 1, 1)},
        {"name": "Walter Brandt", "birth_date": date(1960, 1, 1), "email": "G@Example.com",
         "phones": []},
    ],
)  # fmt: skip
def test_somebody_alike_is_held_back_until_compared(inside: Flask, more: dict[str, Any]) -> None:
    known = register(email="g@example.com")
    error = refused(**more)
    assert isinstance(error, services.LooksLike)
    assert [one.public_id for one in error.candidates] == [known.public_id]
    with pytest.raises(services.LooksLike):
        register(not_these=["somebody-else"], **more)
    assert register(not_these=[known.public_id], **more).id != known.id


def test_twins_with_other_names_and_strangers_born_that_day_are_let_through(inside: Flask) -> None:
    register()
    assert register(name="Walter Brandt", phones=[GivenPhone("+15550140001")])


def test_an_amended_record_is_found_by_its_new_words_only(inside: Flask) -> None:
    client = register(email="g@example.com")
    amend(client, last_name="Okafor", email="", phones=[GivenPhone("+447700900123", "work")])
    assert ids("okafor") == [client.id]
    assert ids("07700") == [client.id]
    assert ids("nakamura") == []
    assert ids("5550148812") == []
    assert ids("g@example") == []


def test_an_edit_begun_on_an_older_version_is_refused_with_what_stands(inside: Flask) -> None:
    client = register()
    begun = client.version
    amend(client, city="Harbour Lane", version=begun)
    with pytest.raises(StaleEdit) as error:
        amend(client, city="Elsewhere", version=begun)
    assert error.value.saved == {"city": "Harbour Lane"}


def test_changed_phones_alone_make_a_new_version(inside: Flask) -> None:
    client = register()
    begun = client.version
    amend(client, phones=[GivenPhone(MOBILE, "home", may_text=True)])
    assert client.version > begun


def test_every_change_shows_on_the_boards(inside: Flask) -> None:
    client = register()
    amend(client, city="Harbour Lane")
    db.session.refresh(client)
    assert client.touches == 1


def test_reception_cannot_forbid_booking_and_the_reason_is_sealed(inside: Flask) -> None:
    client, desk, owner = register(), people.receptionist(), people.owner()
    with pytest.raises(NotAllowed), transaction():
        services.stop_booking(client, actor=desk, reason="Was rude")
    with transaction():
        services.stop_booking(client, actor=owner, reason="Was rude")
    assert client.is_not_to_book
    assert client.not_to_book_reason == "Was rude"
    assert b"rude" not in bytes(client.not_to_book_reason_sealed or b"")
    with transaction():
        services.allow_booking(client, actor=owner)
    assert (client.is_not_to_book, client.not_to_book_reason) == (False, "")


def test_a_reason_is_asked_for(inside: Flask) -> None:
    client = register()
    with pytest.raises(DomainError) as error, transaction():
        services.stop_booking(client, actor=SYSTEM, reason="  ")
    assert error.value.field == "reason"


def test_only_who_treats_a_client_reads_their_health(inside: Flask) -> None:
    client, owner = register(), people.owner()
    treating, other = people.therapist("Ines Okafor"), people.therapist("June Park")
    with transaction():
        member = services.join_care(client, treating.id, actor=SYSTEM)
        assert services.join_care(client, treating.id, actor=SYSTEM).id == member.id
        services.join_care(client, owner.id, actor=SYSTEM)
    assert queries.may_read_health(treating, client.id)
    assert not queries.may_read_health(other, client.id)
    assert not queries.may_read_health(owner, client.id)
    with transaction():
        services.leave_care(member, actor=SYSTEM)
    assert not queries.may_read_health(treating, client.id)


def test_care_for_one_record_of_a_person_is_care_for_the_person(inside: Flask) -> None:
    kept, duplicate = register(), a_client("Gracie Nakamura")
    treating = people.therapist()
    with transaction():
        services.join_care(duplicate, treating.id, actor=SYSTEM)
        services.merge(kept, duplicate, actor=SYSTEM)
    assert queries.may_read_health(treating, kept.id)
    assert queries.may_read_health(treating, duplicate.id)


def test_preferences_are_kept_with_their_note_sealed(inside: Flask) -> None:
    client = register()
    with transaction():
        likes = services.prefer(client, actor=SYSTEM, pressure=4, note="Sore shoulder")
    assert (likes.pressure, likes.note) == (4, "Sore shoulder")
    with pytest.raises(DomainError), transaction():
        services.prefer(client, actor=SYSTEM, pressure=9)
    with pytest.raises(StaleEdit), transaction():
        services.prefer(client, actor=SYSTEM, version=99, pressure=1)


def test_a_record_goes_to_the_archive_with_proof_and_comes_back(inside: Flask) -> None:
    client, other = register(), a_client("Walter Brandt")
    with pytest.raises(ValueError, match="somebody else"), transaction():
        services.archive(client, actor=SYSTEM, nothing_open=services.NothingOpen(other.id))
    with transaction():
        services.archive(client, actor=SYSTEM, nothing_open=services.NothingOpen(client.id))
    assert client.status == "archived"
    assert [row.id for row in queries.listing("current").rows] == [other.id]
    assert ids("nakamura") == [client.id]
    with transaction():
        services.reopen(client, actor=SYSTEM)
    assert (client.status, client.archived_at) == ("inactive", None)


def test_a_death_is_recorded_once_and_can_be_taken_back(inside: Flask) -> None:
    client = register()
    with pytest.raises(DomainError) as error, transaction():
        services.record_death(client, actor=SYSTEM, on=date(1980, 1, 1))
    assert error.value.field == "on"
    with transaction():
        services.record_death(client, actor=SYSTEM, on=None)
    with pytest.raises(Conflict), transaction():
        services.record_death(client, actor=SYSTEM, on=None)
    with transaction():
        services.welcome(client, actor=SYSTEM)
    assert client.status == "deceased"
    with transaction():
        services.reopen(client, actor=SYSTEM)
    assert client.status == "active"


def test_the_first_booking_makes_a_prospect_active(inside: Flask) -> None:
    client, desk = register(), people.receptionist()
    with transaction():
        services.welcome(client, actor=desk)
    assert client.status == "active"
    with transaction():
        services.let_rest(client, actor=SYSTEM)
    assert client.status == "inactive"


def test_the_log_names_every_change_and_holds(inside: Flask) -> None:
    client = register()
    amend(client, city="Harbour Lane")
    entries = db.session.scalars(
        select(ChangeEntry).where(ChangeEntry.object_id == client.public_id)
    ).all()
    assert [entry.verb for entry in entries] == ["clients.register", "clients.amend"]
    assert entries[-1].fields == "city"
    assert all(finding.broken_at is None for finding in audit.verify(inside.extensions["access"]))


def test_the_words_of_the_index_belong_to_their_record(inside: Flask) -> None:
    client = register()
    assert db.session.scalars(select(SearchTerm.client_id).distinct()).all() == [client.id]
