from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import column, select, table

from clinic.core.clock import now
from clinic.core.db import at_hand, db
from clinic.core.swift import Swift
from clinic.practice.models import Heartbeat, Setting
from clinic.practice.rules import OFTEN_ENOUGH, OUTBOX, SWEEP, Beat, Practice, is_late

_PRACTICE = Swift(select(*(getattr(Setting, field.name) for field in fields(Practice))))


def the_practice() -> Practice:
    """The clinic's settings; the plain ones before anybody has set them up.

    Read once for each piece of work.
    """
    info = db.session().info
    if "practice" not in info:
        row = _PRACTICE.first(at_hand())
        info["practice"] = Practice(*row) if row else Practice()
    practice: Practice = info["practice"]
    return practice


def remember(practice: Practice) -> None:
    """Use settings that were read already, for this piece of work."""
    db.session().info["practice"] = practice


def the_setting() -> Setting | None:
    """The row itself, to be changed."""
    return db.session.scalar(select(Setting))


# The timetable stands floors above, and its days bind the clinic's clock.
_DAYS = table("clinic_day", column("on_date"))


def has_days() -> bool:
    """Whether any day of the clinic's calendar has been used: its bounds were fixed then."""
    return db.session.execute(select(_DAYS.c.on_date).limit(1)).first() is not None


def heartbeats() -> dict[str, Beat]:
    """When each piece of the clinic's own machinery last ran; one that never ran is there too."""
    query = select(Heartbeat).execution_options(populate_existing=True)
    found = {row.name: row for row in db.session.scalars(query)}
    return {
        name: Beat(name, row.began_at, row.ended_at, row.outcome, row.did)
        if (row := found.get(name))
        else Beat(name)
        for name in OFTEN_ENOUGH
    }


def machinery(waiting_since: datetime | None = None) -> list[Beat]:
    """The same, each with whether it is late by now.

    A sweep is owed from when the clinic was set up. Sending is owed where it ever ran, or from
    when on something waits to be sent.
    """
    since = {SWEEP: set_up_at(), OUTBOX: waiting_since}
    return [
        replace(beat, is_late=is_late(beat, now(), since[name]))
        for name, beat in heartbeats().items()
    ]


def set_up_at() -> datetime | None:
    """When the clinic was set up, if it is."""
    return db.session.scalar(select(Setting.created_at))
