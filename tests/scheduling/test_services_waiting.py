"""Who waits for what: put on the list, amended, refused."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.clients import services as clients
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import WaitlistEntry
from clinic.scheduling.services import waiting
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.waits import an_entry, answer, offered


@pytest.fixture
def house(inside):
    return made.open_house()


def test_somebody_waits_and_their_wishes_are_kept(house):
    entry = an_entry(house, therapists=[house.therapist], weekdays=3, parts=1, priority="high")
    assert (entry.status, entry.weekdays, entry.parts, entry.priority) == ("waiting", 3, 1, "high")
    assert [one.staff_id for one in entry.therapists] == [house.therapist.id]


def test_nobody_waits_twice_for_one_service_under_either_of_their_records(house):
    entry = an_entry(house)
    with pytest.raises(waiting.AlreadyWaiting, match="Change that entry") as refused:
        an_entry(house)
    assert refused.value.entry_id == entry.public_id
    twin = a_client("Grace Nakamura-Ito")
    with transaction():
        clients.merge(house.client, twin, actor=SYSTEM)
    longer = catalogue.variant(90, 12000, of=house.variant.service)
    with pytest.raises(waiting.AlreadyWaiting):
        an_entry(house, client=twin, variant=longer)
    an_entry(house, variant=catalogue.variant(code="PRENATAL"))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"earliest": 5, "latest": 4}, "latest"),
        ({"earliest": -5, "latest": -1}, "latest"),
        ({"earliest": 0, "latest": 400}, "latest"),
        ({"weekdays": 0}, "weekdays"),
        ({"weekdays": 128}, "weekdays"),
        ({"parts": 0}, "parts"),
        ({"parts": 8}, "parts"),
        ({"notice_hours": 337}, "notice_hours"),
        ({"notice_hours": -1}, "notice_hours"),
        ({"priority": "urgent"}, "priority"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_beside_its_field(house, wrong, field):
    day = made.this_day()
    days = {
        name: day + timedelta(days=value) if name in ("earliest", "latest") else value
        for name, value in wrong.items()
    }
    with pytest.raises(DomainError) as refused:
        an_entry(house, **days)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count(WaitlistEntry.id))) == 0


def test_a_weekday_that_never_comes_is_refused(house):
    day = made.this_day()
    with pytest.raises(DomainError, match="None of these weekdays"):
        an_entry(house, earliest=day, latest=day, weekdays=127 ^ (1 << day.weekday()))


def test_only_who_treats_can_be_waited_for(house):
    with pytest.raises(DomainError, match="treats here"):
        an_entry(house, therapists=[made.staff.member("Nobody Treats")])


def test_whom_the_gate_would_not_admit_cannot_wait(house):
    with transaction():
        clients.stop_booking(house.client, actor=house.owner, reason="Asked for it")
    with pytest.raises(services.NotAdmitted, match="do not book"):
        an_entry(house)


def test_wishes_are_amended_while_waiting_and_a_stale_edit_is_refused(house):
    entry = an_entry(house)
    day, version = made.this_day(), entry.version
    facts = {"variant": house.variant, "earliest": day, "latest": day + timedelta(days=3)}
    answer(waiting.amend, entry, house.desk, version=version, gender="female", **facts)
    assert entry.gender == "female"
    with pytest.raises(StaleEdit):
        answer(waiting.amend, entry, house.desk, version=version, **facts)
    offered(house, entry)
    with pytest.raises(Conflict, match="offered a time"):
        answer(waiting.amend, entry, house.desk, **facts)


def test_a_therapist_keeps_entries_with_themselves_alone(house):
    other = made.a_therapist("Ines Okafor")
    mine = an_entry(house, actor=house.treats, therapists=[house.therapist])
    for therapists in ((), [other], [house.therapist, other]):
        with pytest.raises(NotAllowed):
            an_entry(house, "Omar Haddad", actor=house.treats, therapists=therapists)
    theirs = an_entry(house, "Ada Brandt", therapists=[other])
    with pytest.raises(NotAllowed):
        answer(waiting.withdraw, theirs, house.treats)
    with pytest.raises(NotAllowed):
        offered(house, theirs, actor=house.treats)
    with pytest.raises(NotAllowed):
        offered(house, mine, actor=house.treats, therapist=other)
    offer = offered(house, mine, actor=house.treats)
    assert answer(waiting.accept, offer, house.treats).visit.therapist_id == house.therapist.id
