"""The waitlist: who waits for what; what is offered to them is in ``offering``."""

from collections.abc import Iterable, Sequence
from datetime import date

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import WaitlistEntry, WaitlistTherapist
from clinic.scheduling.queries.waitlist import same_wait
from clinic.scheduling.rules.waiting import (
    LONGEST_WAIT,
    NOTICE_MAX,
    PARTS_ALL,
    WAITING,
    WEEKDAYS_ALL,
    has_a_day,
    must_go,
)
from clinic.scheduling.services.offering import (
    LIST,
    Acceptance,
    Passed,
    accept,
    close,
    decline,
    hold,
    must_be_bookable,
    named,
    offer,
    pass_on,
    retract,
)
from clinic.staff.models import StaffMember
from clinic.staff.queries import therapists as who_treats

__all__ = [
    "Acceptance",
    "AlreadyWaiting",
    "Passed",
    "accept",
    "amend",
    "decline",
    "offer",
    "pass_on",
    "retract",
    "wait",
    "withdraw",
]  # fmt: skip

FIELDS = ("earliest", "latest", "weekdays", "parts", "notice_hours", "priority", "gender")
"""What a stale edit of an entry shows of the version that stands."""


class AlreadyWaiting(Conflict):
    """This client waits for this service already: ``entry`` is the one to amend."""

    def __init__(self, entry: WaitlistEntry, name: str) -> None:
        words = say(
            "{name} waits for {service} already. Change that entry instead.",
            name=name,
            service=entry.variant.service.name,
        )
        super().__init__(words, field="client")
        self.entry_id = entry.public_id


@verb(Permission.SCHEDULE_OWN)
def wait(
    *,
    actor: Actor,
    client: Client,
    variant: ServiceVariant,
    earliest: date,
    latest: date,
    therapists: Sequence[StaffMember] = (),
    gender: str = "",
    weekdays: int = WEEKDAYS_ALL,
    parts: int = PARTS_ALL,
    notice_hours: int = 2,
    priority: str = "normal",
    use_referral: bool = False,
) -> WaitlistEntry:
    """Put somebody on the waitlist.

    Raises AlreadyWaiting, NotAdmitted for a client whom the gate would not admit,
    DomainError for dates and times that cannot be, NotAllowed for others' visits.
    """
    lock(Lock.HOUSE, LIST)
    person = kept_record(client)
    entry = WaitlistEntry(client=person, variant=variant, status=WAITING)
    _put(
        entry, actor, therapists=therapists, gender=gender, earliest=earliest, latest=latest,
        weekdays=weekdays, parts=parts, notice_hours=notice_hours, priority=priority,
    )  # fmt: skip
    entry.use_referral = use_referral
    _must_be_alone(person, variant)
    db.session.add(entry)
    db.session.flush()
    must_be_bookable(entry, actor)
    return entry


@verb(Permission.SCHEDULE_OWN)
def amend(
    entry: WaitlistEntry,
    *,
    actor: Actor,
    variant: ServiceVariant,
    earliest: date,
    latest: date,
    therapists: Sequence[StaffMember] = (),
    gender: str = "",
    weekdays: int = WEEKDAYS_ALL,
    parts: int = PARTS_ALL,
    notice_hours: int = 2,
    priority: str = "normal",
    use_referral: bool = False,
    version: int | None = None,
) -> None:
    """Change what somebody waits for; they keep their place by age.

    Raises what ``wait`` raises, StaleEdit, and Conflict for one who is not waiting.
    """
    hold(entry)
    entry.expect(version, *FIELDS)
    must_go(entry.status, "amend")
    _must_be_mine(actor, named(entry))
    _must_be_alone(kept_record(entry.client), variant, entry.id)
    _put(
        entry, actor, therapists=therapists, gender=gender, earliest=earliest, latest=latest,
        weekdays=weekdays, parts=parts, notice_hours=notice_hours, priority=priority,
    )  # fmt: skip
    entry.variant, entry.use_referral = variant, use_referral


@verb(Permission.SCHEDULE_OWN)
def withdraw(entry: WaitlistEntry, *, actor: Actor, version: int | None = None) -> None:
    """Take somebody off the list; an open offer is withdrawn with it."""
    hold(entry)
    entry.expect(version, *FIELDS)
    after = must_go(entry.status, "withdraw")
    _must_be_mine(actor, named(entry))
    for one in entry.offers:
        if one.status == "open":
            close(one, "withdrawn")
    entry.status, entry.closed_at = after, now()


def _put(
    entry: WaitlistEntry,
    actor: Actor,
    *,
    therapists: Sequence[StaffMember],
    gender: str,
    earliest: date,
    latest: date,
    weekdays: int,
    parts: int,
    notice_hours: int,
    priority: str,
) -> None:
    ids = [one.id for one in therapists]
    _must_be_mine(actor, ids)
    _must_treat(ids)
    _must_be_possible(earliest, latest, weekdays, parts)
    if not 0 <= notice_hours <= NOTICE_MAX:
        raise DomainError(
            say("Enter from 0 to {hours} hours.", hours=NOTICE_MAX), field="notice_hours"
        )
    if priority not in WaitlistEntry.PRIORITIES or gender not in ("", "female", "male"):
        raise DomainError(say("Choose from the list."), field="priority")
    entry.earliest, entry.latest, entry.weekdays, entry.parts = earliest, latest, weekdays, parts
    entry.notice_hours, entry.priority = notice_hours, priority
    entry.gender = "" if ids else gender  # who names somebody has said enough
    kept = {one.staff_id: one for one in entry.therapists}
    entry.therapists = [kept.get(one) or WaitlistTherapist(staff_id=one) for one in ids]


def _must_be_mine(actor: Actor, staff_ids: Iterable[int]) -> None:
    """Who may not keep the whole schedule keeps the entries that name them alone."""
    if not actor.may(Permission.SCHEDULE_WRITE) and set(staff_ids) != {actor.id}:
        raise NotAllowed(say("You can keep the waitlist for your own visits only."))


def _must_treat(staff_ids: Sequence[int]) -> None:
    known = {one.id for one in db.session.scalars(who_treats())} if staff_ids else set()
    if not known.issuperset(staff_ids):
        raise DomainError(say("Choose somebody who treats here now."), field="therapists")


def _must_be_possible(earliest: date, latest: date, weekdays: int, parts: int) -> None:
    if latest < earliest:
        raise DomainError(say("The last day comes before the first."), field="latest")
    if latest < today(the_practice().zone):
        raise DomainError(say("The last day is over. Choose a later one."), field="latest")
    if (latest - earliest).days > LONGEST_WAIT:
        raise DomainError(say("Nobody waits longer than a year. Choose nearer days."),
                          field="latest")  # fmt: skip
    if not 1 <= weekdays <= WEEKDAYS_ALL:
        raise DomainError(say("Choose at least one day of the week."), field="weekdays")
    if not 1 <= parts <= PARTS_ALL:
        raise DomainError(say("Choose at least one part of the day."), field="parts")
    if not has_a_day(earliest, latest, weekdays):
        raise DomainError(
            say("None of these weekdays lies between the two dates."), field="weekdays"
        )


def _must_be_alone(person: Client, variant: ServiceVariant, but: int = 0) -> None:
    with db.session.no_autoflush:
        other = same_wait(person.id, variant.service_id, but)
    if other is not None:
        raise AlreadyWaiting(other, person.name)
