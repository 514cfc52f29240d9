import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import queries, services
from clinic.directory.models import Provider
from tests.factories import directory
from tests.factories import staff as people

PHONE = "920 555 0148"


def enter(**facts: object) -> Provider:
    with transaction():
        return services.enter_provider(
            actor=SYSTEM, **{"first_name": "Samuel", "last_name": "Adeyemi", **facts}
        )


def test_a_provider_is_entered_with_numbers_in_one_spelling(inside: Flask) -> None:
    provider = enter(npi=directory.NPI, phone=PHONE, fax="(920) 555-0149")
    assert (provider.phone, provider.fax) == ("+19205550148", "+19205550149")
    assert (provider.name, provider.search_name) == ("Samuel Adeyemi, MD", "adeyemi samuel")


@pytest.mark.parametrize("npi", ["1234567890", "123", "12345678931", "abcdefghij"])
def test_a_number_with_a_wrong_digit_is_refused_beside_its_field(inside: Flask, npi: str) -> None:
    with pytest.raises(DomainError) as refused:
        enter(npi=npi)
    assert refused.value.field == "npi"


@pytest.mark.parametrize("npi", ["1234567890", "123", "abcdefghij"])
def test_a_doubtful_number_is_saved_by_who_saw_that_very_number(inside: Flask, npi: str) -> None:
    with pytest.raises(services.DoubtfulNumber):
        enter(npi=npi, despite_npi="1234567891")
    provider = enter(npi=npi, despite_npi=npi)
    assert (provider.npi, provider.has_doubtful_npi) == (npi, True)
    with transaction():
        services.amend_provider(provider, actor=SYSTEM, npi=npi, specialty="Pain")
    assert not enter(last_name="Other", npi=directory.NPI).has_doubtful_npi


def test_a_doubtful_number_is_one_provider_all_the_same(inside: Flask) -> None:
    enter(npi="123", despite_npi="123")
    with pytest.raises(services.NumberTaken):
        enter(last_name="Someone", npi="123", despite_npi="123")


def test_a_number_longer_than_ten_is_no_number(inside: Flask) -> None:
    with pytest.raises(DomainError) as refused:
        enter(npi="12345678931", despite_npi="12345678931")
    assert refused.value.field == "npi"


def test_notes_and_hours_are_kept(inside: Flask) -> None:
    assert enter(note="Prefers a call before ten").note == "Prefers a call before ten"
    place = directory.organisation(referral_contact="Ms Ortiz", hours="Mon to Thu, 8 to 12")
    assert (place.referral_contact, place.hours) == ("Ms Ortiz", "Mon to Thu, 8 to 12")


def test_a_provider_abroad_has_no_number_and_so_has_the_next(inside: Flask) -> None:
    enter()
    enter(last_name="Other")
    assert len(db.session.execute(queries.providers()).all()) == 2


def test_one_number_is_one_provider(inside: Flask) -> None:
    known = enter(npi=directory.NPI)
    with pytest.raises(services.NumberTaken) as refused:
        enter(npi=directory.NPI, last_name="Someone", despite_twins=True)
    assert [twin.public_id for twin in refused.value.twins] == [known.public_id]


def test_the_database_itself_refuses_a_number_twice(inside: Flask) -> None:
    enter(npi=directory.NPI)
    twice = Provider(last_name="B", search_name="b", npi=directory.NPI)
    with pytest.raises(IntegrityError), transaction() as session, writing("test", SYSTEM):
        session.bulk_save_objects([twice])


def test_the_same_name_and_phone_warn_and_can_be_saved_knowingly(inside: Flask) -> None:
    known = enter(phone=PHONE)
    with pytest.raises(services.LikelyTwin) as refused:
        enter(first_name="SAMUEL", last_name="Adéyemi", phone="+1 920-555-0148")
    assert refused.value.twins[0].public_id == known.public_id
    assert enter(phone=PHONE, despite_twins=True).id != known.id


def test_the_same_name_at_the_same_organisation_warns(inside: Flask) -> None:
    place = directory.organisation()
    enter(organisation=place)
    with pytest.raises(services.LikelyTwin) as refused:
        enter(organisation=place)
    assert refused.value.twins[0].detail == place.name
    enter(organisation=directory.organisation("Elsewhere"))


def test_a_provider_is_not_their_own_twin(inside: Flask) -> None:
    provider = enter(npi=directory.NPI, phone=PHONE)
    with transaction():
        services.amend_provider(
            provider, actor=SYSTEM, npi=directory.NPI, phone=PHONE, despite_twins=False
        )


def test_who_no_longer_works_is_not_available_and_can_come_back(inside: Flask) -> None:
    provider = enter()
    available = select(Provider.id).where(queries.is_available())
    for status in ("retired", "deceased", "moved"):
        with transaction():
            services.set_status(provider, actor=SYSTEM, status=status)
        assert db.session.scalars(available).all() == []
        assert queries.found_providers("adeyemi") == []
    with transaction():
        services.set_status(provider, actor=SYSTEM, status="active")
    assert db.session.scalars(available).all() == [provider.id]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"last_name": ""}, "last_name"),
        ({"credentials": "XX"}, "credentials"),
        ({"preferred_channel": "owl"}, "preferred_channel"),
    ],
)
def test_what_cannot_be_is_refused(inside: Flask, facts: dict, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        enter(**facts)
    assert refused.value.field == field


def test_an_unknown_status_is_refused(inside: Flask) -> None:
    provider = enter()
    with pytest.raises(DomainError), transaction():
        services.set_status(provider, actor=SYSTEM, status="asleep")


def test_a_provider_works_at_several_places_and_leaves_one(inside: Flask) -> None:
    one, other = directory.organisation("One"), directory.organisation("Other")
    provider = enter(organisation=one)
    with transaction():
        services.place_provider(provider, other, actor=SYSTEM)
        services.place_provider(provider, other, actor=SYSTEM)
    assert [place.organisation.name for place in provider.places] == ["One", "Other"]
    with transaction():
        services.leave_place(provider, one, actor=SYSTEM)
        services.leave_place(provider, one, actor=SYSTEM)
    assert [place.organisation.name for place in provider.places] == ["Other"]


def test_nobody_is_placed_at_a_closed_organisation(inside: Flask) -> None:
    place = directory.organisation()
    with transaction():
        services.close_organisation(place, actor=SYSTEM)
    assert queries.found_organisations("northside") == []
    with pytest.raises(DomainError) as refused:
        enter(organisation=place)
    assert refused.value.field == "organisation"
    with transaction():
        services.reopen_organisation(place, actor=SYSTEM)
    assert len(queries.found_organisations("northside")) == 1


def test_an_organisation_of_the_same_name_and_town_warns(inside: Flask) -> None:
    directory.organisation()
    with pytest.raises(services.LikelyTwin):
        directory.organisation("NORTHSIDE family practice", city="ripon")
    directory.organisation(city="Oshkosh")
    directory.organisation(despite_twins=True)


def test_a_stale_edit_changes_nothing(inside: Flask) -> None:
    provider, place = enter(), directory.organisation()
    with transaction():
        services.amend_provider(provider, actor=SYSTEM, specialty="First", version=1)
        services.amend_organisation(place, actor=SYSTEM, city="First", version=1)
    with pytest.raises(StaleEdit) as refused, transaction():
        services.amend_provider(provider, actor=SYSTEM, specialty="Second", version=1)
    assert refused.value.saved == {"specialty": "First"}
    with pytest.raises(StaleEdit), transaction():
        services.amend_organisation(place, actor=SYSTEM, city="Second", version=1)


def test_a_therapist_reads_the_directory_and_does_not_write(inside: Flask) -> None:
    actor = people.therapist()
    with pytest.raises(NotAllowed), transaction():
        services.enter_provider(actor=actor, last_name="Adeyemi")


def test_a_provider_is_found_by_where_they_work(inside: Flask) -> None:
    enter(organisation=directory.organisation("Élan Clinic"))
    assert [row.last_name for row in queries.found_providers("elan sam")] == ["Adeyemi"]
