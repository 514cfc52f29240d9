from dataclasses import fields

from sqlalchemy import column, select, table

from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.practice.models import Setting
from clinic.practice.rules import Practice

_PRACTICE = Swift(select(*(getattr(Setting, field.name) for field in fields(Practice))))


def the_practice() -> Practice:
    """The clinic's settings; the plain ones before anybody has set them up.

    Read once for each piece of work.
    """
    info = db.session().info
    if "practice" not in info:
        row = _PRACTICE.first(db.session.connection())
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
