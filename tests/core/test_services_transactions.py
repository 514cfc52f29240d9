import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from clinic.core.db import at_hand, db
from clinic.core.errors import DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.swift import Swift
from clinic.core.transactions import (
    Lock,
    LockOrderError,
    lock,
    separate_transaction,
    transaction,
)
from clinic.core.words import say
from clinic.staff import queries, services
from clinic.staff.models import Qualification, StaffMember
from tests.factories import staff as people


def codes() -> list[str]:
    return list(db.session.scalars(select(Qualification.code).order_by(Qualification.code)))


def name(code: str) -> None:
    services.name_qualification(actor=SYSTEM, code=code, name=code)


def test_all_of_it_is_kept_or_nothing(inside):
    with pytest.raises(DomainError), transaction():  # noqa: PT012 - one piece of work
        name("A")
        name("B")
        raise DomainError(say("No."))
    assert codes() == []
    with transaction():
        name("A")
        name("B")
    assert codes() == ["A", "B"]


def test_an_interrupted_one_keeps_nothing(inside):
    with pytest.raises(KeyboardInterrupt), transaction():  # noqa: PT012 - one piece of work
        name("A")
        raise KeyboardInterrupt
    assert codes() == []


def test_a_savepoint_that_fails_takes_only_its_own_with_it(inside):
    with transaction() as session:
        name("A")
        with pytest.raises(DomainError), session.begin_nested():  # noqa: PT012 - the same
            name("B")
            raise DomainError(say("No."))
        name("C")
    assert codes() == ["A", "C"]


def test_transactions_do_not_nest(inside):
    with pytest.raises(RuntimeError, match="do not nest"), transaction(), transaction():
        pass
    with transaction():
        name("A")
    assert codes() == ["A"]


def test_what_was_read_before_is_read_again_inside(inside):
    person = people.member()
    assert person.name == "Robin Vale"
    with writing("test", SYSTEM), separate_transaction() as other:
        db.session.rollback()
        other.execute(update(StaffMember.__table__).values(name="Changed elsewhere"))
    with transaction():
        assert person.name == "Changed elsewhere"


def test_locks_of_one_kind_are_taken_in_ascending_order_whatever_is_asked(inside):
    with transaction():
        lock(Lock.RESOURCE, 9, 3, 7)
        lock(Lock.RESOURCE, 7)
        lock(Lock.AUTHORISATION, 1)
        held = db.session().info["locks"]
        assert [number for _, number in held] == [3, 7, 9, 1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((Lock.RESOURCE, 9), (Lock.RESOURCE, 3)),
        ((Lock.AUTHORISATION, 1), (Lock.RESOURCE, 9)),
        ((Lock.INVOICE_COUNTER, 1), (Lock.CREDIT, 1)),
        ((Lock.CHANGE_LOG, 0), (Lock.HOUSE, 0)),
    ],
)
def test_a_lock_out_of_order_is_refused_before_it_can_deadlock(inside, first, second):
    with pytest.raises(LockOrderError), transaction():  # noqa: PT012 - the same
        lock(*first)
        lock(*second)


def test_locks_end_with_their_transaction(inside):
    with transaction():
        lock(Lock.CHANGE_LOG, 0)
    with transaction():
        lock(Lock.HOUSE, 0)


def test_a_separate_transaction_stays_whatever_becomes_of_the_work(inside):
    with pytest.raises(DomainError):
        services.check_password("nobody@clinic.example", "nothing", address="::1")
    with pytest.raises(DomainError):
        services.check_password("nobody@clinic.example", "nothing", address="::1")
    db.session.rollback()
    with separate_transaction() as connection:
        tries = connection.exec_driver_sql("SELECT max(tries) FROM throttle").scalar()
    assert tries == 2


def test_the_clinic_keeps_an_owner(inside):
    owner = people.member("Olga Reed", Role.OWNER)
    with pytest.raises(DomainError, match="needs an owner"), transaction():
        services.grant_roles(owner, actor=SYSTEM, roles=frozenset({Role.THERAPIST}))
    with pytest.raises(DomainError, match="needs an owner"), transaction():
        services.disable(owner, actor=SYSTEM)
    assert not queries.is_without_owner()


def test_a_broken_constraint_leaves_a_session_that_works(inside):
    twice = [Qualification(code="A", name="A"), Qualification(code="A", name="B")]
    with pytest.raises(IntegrityError), writing("test", SYSTEM), transaction() as session:
        session.add_all(twice)
    with transaction():
        name("A")
    assert codes() == ["A"]


COUNTED = Swift(select(func.count()).select_from(Qualification.__table__))


def counted() -> int:
    return int((COUNTED.first(at_hand()) or [0])[0])


def test_one_statement_at_hand_begins_no_transaction_and_sees_what_was_committed_since(inside):
    assert counted() == 0
    assert not db.session().in_transaction()
    with separate_transaction() as other, writing("test", SYSTEM):
        other.execute(
            Qualification.__table__.insert().values(public_id="q" * 20, code="A", name="A")
        )
    assert counted() == 1


def test_a_transaction_that_begins_later_goes_on_with_what_is_at_hand(inside):
    held = at_hand()
    assert codes() == []
    assert at_hand() is held is db.session.connection()


def test_what_is_at_hand_sees_what_the_transaction_wrote_and_never_what_it_took_back(inside):
    assert counted() == 0
    with pytest.raises(DomainError), transaction():  # noqa: PT012 - one piece of work
        name("A")
        assert counted() == 1
        raise DomainError(say("No."))
    assert counted() == 0


def test_a_reading_after_a_write_takes_no_write_lock(inside):
    counted()
    with transaction():
        name("A")
    assert counted() == 1
    codes()
    assert not db.session.connection().get_execution_options().get("sqlite_begin")


def test_what_was_at_hand_is_given_back_with_the_session(inside):
    held = at_hand()
    db.session.remove()
    assert held.closed
