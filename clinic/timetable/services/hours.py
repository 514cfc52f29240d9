"""When people work: the hours of their week, and the days that are different."""

from datetime import date

from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.staff.models import StaffMember
from clinic.timetable.models import HoursException, WorkingHours
from clinic.timetable.rules import DAY_MINUTES, Hours
from clinic.timetable.services.resources import resource_for


@verb(Permission.TIMETABLE_WRITE)
def plan_hours(
    member: StaffMember,
    *,
    actor: Actor,
    weekday: int,
    starts: int,
    ends: int,
    from_on: date,
    until_on: date | None = None,
) -> WorkingHours:
    """Plan a stretch of a weekday (0 is Monday), in minutes after midnight.

    Raises Conflict where it overlaps hours that stand already.
    """
    wanted = Hours(weekday, starts, ends, from_on, until_on)
    _check(wanted)
    _refuse_overlap(member.id, wanted)
    hours = WorkingHours(
        staff_id=member.id,
        weekday=weekday,
        starts=starts,
        ends=ends,
        from_on=from_on,
        until_on=until_on,
    )
    db.session.add(hours)
    return hours


@verb(Permission.TIMETABLE_WRITE)
def amend_hours(
    hours: WorkingHours,
    *,
    actor: Actor,
    weekday: int,
    starts: int,
    ends: int,
    from_on: date,
    until_on: date | None,
    version: int | None = None,
) -> None:
    """Change planned hours. Raises Conflict where they would overlap others, StaleEdit."""
    hours.expect(version, "weekday", "starts", "ends", "from_on", "until_on")
    wanted = Hours(weekday, starts, ends, from_on, until_on)
    _check(wanted)
    _refuse_overlap(hours.staff_id, wanted, but=hours.id)
    hours.weekday, hours.starts, hours.ends = weekday, starts, ends
    hours.from_on, hours.until_on = from_on, until_on


@verb(Permission.TIMETABLE_WRITE)
def strike_hours(hours: WorkingHours, *, actor: Actor) -> None:
    """Take planned hours out of the plan; the change log keeps what they were."""
    db.session.delete(hours)


@verb(Permission.TIMETABLE_WRITE)
def except_hours(
    member: StaffMember,
    *,
    actor: Actor,
    on_date: date,
    starts: int | None = None,
    ends: int | None = None,
    note: str = "",
) -> HoursException:
    """Give one day other hours (minutes after midnight); without any, nobody works.

    Raises Conflict where the day has an exception that does not go with this one.
    """
    _check_exception(starts, ends)
    _refuse_double(member.id, on_date, starts, ends)
    different = HoursException(
        staff_id=member.id, on_date=on_date, starts=starts, ends=ends, note=note
    )
    db.session.add(different)
    return different


@verb(Permission.TIMETABLE_WRITE)
def amend_exception(
    different: HoursException,
    *,
    actor: Actor,
    on_date: date,
    starts: int | None,
    ends: int | None,
    note: str,
    version: int | None = None,
) -> None:
    """Change a day's other hours. Raises Conflict, StaleEdit."""
    different.expect(version, "on_date", "starts", "ends", "note")
    _check_exception(starts, ends)
    _refuse_double(different.staff_id, on_date, starts, ends, but=different.id)
    different.on_date, different.note = on_date, note
    different.starts, different.ends = starts, ends


@verb(Permission.TIMETABLE_WRITE)
def strike_exception(different: HoursException, *, actor: Actor) -> None:
    """The day has the hours of its week again."""
    db.session.delete(different)


def _wall(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _check(hours: Hours) -> None:
    if hours.weekday not in range(7):
        raise DomainError(say("Choose a weekday."), field="weekday")
    _check_minutes(hours.starts, hours.ends)
    if hours.until_on is not None and hours.until_on < hours.from_on:
        raise DomainError(
            say("The last day lies before the first. Change one of them."), field="until_on"
        )


def _check_minutes(starts: int, ends: int) -> None:
    if not (0 <= starts <= DAY_MINUTES and 0 <= ends <= DAY_MINUTES):
        raise DomainError(say("Enter times from 00:00 to 24:00."), field="ends")
    if ends == starts:
        raise DomainError(say("These begin and end at one time. Enter a later end."), field="ends")
    if ends < starts:
        raise DomainError(
            say(
                "These end before they start. For work past midnight plan two stretches:"
                " one until 24:00, and one from 00:00 of the next day."
            ),
            field="ends",
        )


def _check_exception(starts: int | None, ends: int | None) -> None:
    if (starts is None) != (ends is None):
        raise DomainError(say("Enter both times, or none for a day off."), field="starts")
    if starts is not None and ends is not None:
        _check_minutes(starts, ends)


def _refuse_overlap(staff_id: int, wanted: Hours, but: int | None = None) -> None:
    lock(Lock.RESOURCE, resource_for(staff_id=staff_id))
    others = db.session.scalars(
        select(WorkingHours).where(
            WorkingHours.staff_id == staff_id,
            WorkingHours.weekday == wanted.weekday,
            WorkingHours.id != (but or 0),
        )
    )
    for row in others:
        if wanted.overlap(Hours(row.weekday, row.starts, row.ends, row.from_on, row.until_on)):
            raise Conflict(
                say(
                    "These hours overlap others on the same weekday, {first} to {last}."
                    " Change one of them.",
                    first=_wall(row.starts),
                    last=_wall(row.ends),
                ),
                field="starts",
            )


def _refuse_double(
    staff_id: int, on: date, starts: int | None, ends: int | None, but: int | None = None
) -> None:
    lock(Lock.RESOURCE, resource_for(staff_id=staff_id))
    others = db.session.scalars(
        select(HoursException).where(
            HoursException.staff_id == staff_id,
            HoursException.on_date == on,
            HoursException.id != (but or 0),
        )
    )
    for row in others:
        if row.starts is None or row.ends is None or starts is None or ends is None:
            raise Conflict(say("This day has other hours already. Change those."), field="on_date")
        if starts < row.ends and row.starts < ends:
            raise Conflict(
                say(
                    "These hours overlap others on the same day, {first} to {last}."
                    " Change one of them.",
                    first=_wall(row.starts),
                    last=_wall(row.ends),
                ),
                field="starts",
            )
