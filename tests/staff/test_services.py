import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from clinic.audit import services as audit
from clinic.audit.models import ChangeEntry
from clinic.audit.queries import changes_of, values_of
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import UnguardedWrite, writing
from clinic.core.permissions import SYSTEM, Permission, Role
from clinic.core.transactions import transaction
from clinic.staff import queries, services
from clinic.staff.models import StaffMember
from tests.factories import staff as people


def test_a_person_is_hired_and_the_log_says_so(inside: Flask) -> None:
    person = people.member("Ada Stone", Role.OWNER)
    entry = db.session.scalars(changes_of("staff_member", person.public_id)).all()[-1]
    assert entry.verb == "staff.hire"
    assert values_of(entry)["name"] == [None, "Ada Stone"]
    assert all(finding.broken_at is None for finding in audit.verify(inside.extensions["access"]))


def test_an_address_signs_in_one_person_only(inside: Flask) -> None:
    people.member("Ada Stone")
    with pytest.raises(Conflict), transaction():
        services.hire(
            actor=SYSTEM, name="B", email="ADA.stone@clinic.example", roles=frozenset({Role.OWNER})
        )


def test_a_receptionist_cannot_hire(inside: Flask) -> None:
    actor = people.receptionist()
    with pytest.raises(NotAllowed), transaction():
        services.hire(actor=actor, name="B", email="b@clinic.example", roles=frozenset(Role))


def test_nothing_is_written_outside_a_service(inside: Flask) -> None:
    person = people.member()
    with pytest.raises(UnguardedWrite), transaction():
        person.name = "Someone else"
    with pytest.raises(UnguardedWrite), transaction() as session:
        session.execute(update(StaffMember).values(name="All of them"))
    assert db.session.scalar(select(StaffMember.name)) == "Robin Vale"


def test_the_right_password_signs_in_and_a_wrong_one_does_not(inside: Flask) -> None:
    person = people.member()
    found = services.check_password(" Robin.VALE@clinic.example", people.PASSWORD, address="::1")
    assert found.id == person.id
    with pytest.raises(services.SignInRefused):
        services.check_password(person.email, "not this one", address="::1")


def test_the_eleventh_try_in_a_quarter_of_an_hour_is_refused_even_if_right(inside: Flask) -> None:
    people.member()
    for _ in range(10):
        with pytest.raises(services.SignInRefused):
            services.check_password("robin.vale@clinic.example", "no", address="::1")
    with pytest.raises(services.SignInRefused) as refused:
        services.check_password("robin.vale@clinic.example", people.PASSWORD, address="::1")
    assert refused.value.status == 429


def test_a_link_works_once(inside: Flask) -> None:
    with transaction():
        token = services.first_owner_link(actor=SYSTEM)
    facts = {"password_hash": services.hashed("x" * 12), "name": "O", "email": "o@clinic.example"}
    with transaction():
        services.accept(actor=SYSTEM, token=token, **facts)
    with pytest.raises(Exception, match="used or has run out"), transaction():
        services.accept(actor=SYSTEM, token=token, **facts)
    assert not queries.is_without_owner()


def test_the_log_of_changes_cannot_be_rewritten(inside: Flask) -> None:
    people.member()
    for statement in (
        update(ChangeEntry).values(verb="nothing"),
        ChangeEntry.__table__.delete(),
    ):
        with (
            pytest.raises(DBAPIError, match=r"append_only|permission denied"),
            transaction() as session,
            writing("test", SYSTEM),
        ):
            session.execute(statement)


def test_somebodys_own_limit_is_kept_cleared_and_held_within_bounds(inside: Flask) -> None:
    person = people.member("Ada Hill", Role.THERAPIST)
    plain = {"name": person.name, "email": person.email, "phone": "", "gender": ""}
    for limit in (240, None):
        with transaction():
            services.amend(person, actor=SYSTEM, roles=person.roles, hands_on_limit=limit, **plain)
        assert person.hands_on_limit == limit
    for limit in (29, 721, -1):
        with pytest.raises(DomainError) as refused, transaction():
            services.amend(person, actor=SYSTEM, roles=person.roles, hands_on_limit=limit, **plain)
        assert refused.value.field == "hands_on_limit"


def test_only_who_treats_leads_and_the_lead_sets_the_screening_rules(inside: Flask) -> None:
    person = people.member("Ada Hill", Role.THERAPIST)
    plain = {"name": person.name, "email": person.email, "phone": "", "gender": ""}
    plain |= {"hands_on_limit": None}
    with transaction():
        services.amend(person, actor=SYSTEM, roles=person.roles, is_lead=True, **plain)
    assert queries.actor_of(person).may(Permission.SCREENING_RULES)
    desk = frozenset({Role.RECEPTIONIST})
    with pytest.raises(DomainError) as refused, transaction():
        services.amend(person, actor=SYSTEM, roles=desk, is_lead=True, **plain)
    assert refused.value.field == "is_lead"
    with transaction():
        services.grant_roles(person, actor=SYSTEM, roles=desk)
    assert not queries.actor_of(person).may(Permission.SCREENING_RULES)
