"""Calendars for other programs (RFC 5545): what leaves the house, and in which words.

A feed says "Busy" unless its owner wants first names, and never a surname; services
are left out unless they are wanted. Times go out in UTC, so that no reader has to
know the clinic's zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Clinic//Schedule//EN"
REFRESH = timedelta(minutes=15)
"""How often a program is asked to look again; most decide for themselves."""
DAYS_BACK = 30
FEEDS_AT_MOST = 5
"""Secret addresses that one person may have at a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of time as another program's calendar shows it."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    version: int = 0
    changed_at: datetime | None = None
    place: str = ""
    about: str = ""
    is_off: bool = False


def calendar_text(entries: Iterable[Entry], *, name: str, at: datetime) -> bytes:
    """The calendar as a file; ``at`` is when it was made."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for entry in entries:
        calendar.add_component(_event(entry, at))
    return bytes(calendar.to_ical())


def _event(entry: Entry, at: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at or at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", entry.title)
    event.add("sequence", entry.version)
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    event.add("class", "PRIVATE")
    if entry.place:
        event.add("location", entry.place)
    if entry.about:
        event.add("description", entry.about)
    return event
