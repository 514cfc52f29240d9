"""A provider who is gone: what hung on them is given to somebody, by one verb and no other."""

import ast
from pathlib import Path

import pytest

import clinic
from clinic.coordination.rules import workdays
from clinic.coordination.services import inbound
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk import services
from clinic.desk.queries.provider import by_owner, hanging
from clinic.directory.services import merge
from clinic.staff.queries import the_member
from clinic.tasks import queries as tasks
from tests.factories import consents, directory, outbound
from tests.factories import tasks as made


@pytest.fixture
def cast(inside):
    return outbound.cast()


def received(cast, **order):
    with transaction():
        facts = {"received_on": made.day(), "provider": cast.provider} | order
        return inbound.receive(actor=cast.robin, client=cast.client, **facts)


def retire(provider, actor=SYSTEM, status="retired"):
    with transaction():
        return services.set_provider_status(provider, actor=actor, status=status)


def kinds(provider):
    return sorted(one.kind for one in hanging(provider))


def test_whatever_is_open_with_a_provider_is_listed_and_nothing_else(cast):
    other = directory.provider("Lena", "Fischer")
    received(cast)
    outbound.begin(cast)
    consents.agree(cast.client, "SHARE_PROVIDER", provider=cast.provider)
    found = hanging(cast.provider)
    assert kinds(cast.provider)[0] == "consent"
    assert {"referral", "outbound", "letter", "consent"} <= {one.kind for one in found}
    assert {one.client for one in found} == {cast.client}
    assert hanging(other) == []


def test_what_is_open_with_a_merged_record_is_open_with_the_kept_one(cast):
    twin = directory.provider()
    received(cast, provider=twin)
    with transaction():
        merge(cast.provider, twin, actor=SYSTEM)
    assert kinds(cast.provider) == kinds(twin) == ["letter", "referral"]


def test_that_a_merged_record_is_gone_is_said_of_the_kept_one(cast):
    twin = directory.provider()
    with transaction():
        merge(cast.provider, twin, actor=SYSTEM)
    retire(twin)
    assert (cast.provider.status, twin.status) == ("retired", "active")


@pytest.mark.parametrize("status", ["retired", "moved", "deceased"])
def test_who_looks_after_something_is_given_one_task_and_the_desk_the_rest(cast, status):
    case = received(cast)
    outbound.begin(cast)
    outbound.begin(cast)
    consents.agree(cast.client, "SHARE_PROVIDER", provider=cast.provider)
    owned = by_owner(hanging(cast.provider))
    opened = retire(cast.provider, cast.robin, status)
    assert cast.provider.status == status
    assert {task.assignee for task in opened} == set(owned)
    assert {case.owner, the_member(cast.ines.public_id), None} == set(owned)
    about = f"provider:{cast.provider.public_id}"
    assert {(t.kind, t.about, t.due_on) for t in opened} == {
        ("reassign", about, workdays.after(made.day(), 2))
    }
    assert [task.role for task in opened if task.assignee is None] == ["receptionist"]


def test_said_twice_there_is_still_one_task_each_and_none_once_they_practise_again(cast):
    received(cast)
    first = retire(cast.provider)
    again = retire(cast.provider, status="moved")
    assert [task.id for task in again] == [task.id for task in first]
    retire(cast.provider, status="active")
    assert tasks.live_about(f"provider:{cast.provider.public_id}") == []
    assert {task.status for task in first} == {"cancelled"}


def test_where_nothing_is_open_nobody_is_told(cast):
    assert retire(cast.provider) == []


def test_a_state_there_is_not_and_who_may_not_change_nothing(cast):
    received(cast)
    with pytest.raises(DomainError):
        retire(cast.provider, status="asleep")
    with pytest.raises(NotAllowed):
        retire(cast.provider, cast.ines)
    assert cast.provider.status == "active"
    assert tasks.live_about(f"provider:{cast.provider.public_id}") == []


def test_nothing_but_the_desks_verb_says_that_a_provider_is_gone():
    root = Path(clinic.__file__).parent
    callers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Name) and node.id == "set_status")
        or (isinstance(node, ast.Attribute) and node.attr == "set_status")
    }
    assert callers == {"desk/services.py"}
