from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.directory import queries
from clinic.directory.models import Organisation, Provider
from tests.factories import directory


def found(text: str) -> list[str]:
    return [row.last_name for row in queries.found_providers(text)]


def test_a_provider_is_found_by_any_word_of_the_name_and_without_accents(inside: Flask) -> None:
    directory.provider("Zoë", "Núñez")
    directory.provider("Samuel", "Adeyemi")
    assert found("nunez") == ["Núñez"]
    assert found("ZOË nuñ") == ["Núñez"]
    assert found("sam") == ["Adeyemi"]
    assert found("eyemi") == []
    assert found("%") == [] == found("")


def test_a_provider_is_found_by_a_part_of_the_phone_or_the_npi(inside: Flask) -> None:
    directory.provider(phone="(920) 555-0148", npi=directory.NPI)
    assert found("555-0148") == found("12345678") == ["Adeyemi"]
    assert found("9999") == []


def test_who_retired_is_not_offered_and_still_found_on_the_list(inside: Flask) -> None:
    from_list = directory.provider()
    assert db.session.scalar(select(Provider.id).where(queries.is_available())) == from_list.id


def test_the_list_is_read_on_from_any_line_and_back(inside: Flask) -> None:
    for last in ("Ash", "Birch", "Birch", "Cedar"):
        directory.provider("Ann", last)
    rows = db.session.execute(queries.providers()).all()
    second = rows[1]
    after = db.session.execute(
        queries.providers().where(queries.beyond(Provider, second.public_id))
    ).all()
    before = db.session.execute(
        queries.providers().where(queries.beyond(Provider, second.public_id, backwards=True))
    ).all()
    assert [row.id for row in before] + [second.id] + [row.id for row in after] == [
        row.id for row in rows
    ]
    nobody = queries.organisations().where(queries.beyond(Organisation, "a" * 20))
    assert db.session.execute(nobody).all() == []
