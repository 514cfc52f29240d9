"""What the clinic's settings may be, and what holds until somebody sets them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import list_currencies

from clinic.core.words import Words, say

GRIDS = (5, 10, 15, 20, 30)
"""Minutes between the times at which a visit may begin."""
LIMITS = {
    "horizon": (1, 730),
    "min_lead": (0, 10_080),
    "late_cancel": (0, 168),
    "no_show_grace": (0, 120),
    "hands_on_limit": (30, 720),
    "idle": (5, 30),
}
"""The least and the most that each figure may be."""
OVER = ("refuse", "warn")
"""What happens when more visits are booked than a payer allowed."""

SWEEP, OUTBOX = "sweep", "outbox"
OFTEN_ENOUGH = {SWEEP: timedelta(hours=26), OUTBOX: timedelta(hours=1)}
"""How long ago each piece of the clinic's own machinery may have ended: a night, and a little."""
MACHINERY: dict[str, Words] = {SWEEP: say("Nightly sweep"), OUTBOX: say("Sending of e-mail")}


@dataclass(frozen=True, slots=True)
class Beat:
    """When a piece of the clinic's own machinery last ran; ``did`` says in figures what it did."""

    name: str
    began_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    did: str = ""
    is_late: bool = False

    @property
    def title(self) -> Words:
        """What it is, for people."""
        return MACHINERY[self.name]

    @property
    def has_failed(self) -> bool:
        """Whether the last run that ended did so with an error."""
        return self.outcome == "failed"


def is_late(beat: Beat, now: datetime, since: datetime | None) -> bool:
    """Whether it should have ended a run by now.

    ``since`` is from when on one was owed where none has ended yet: when the clinic was set up,
    or when something first waited for it. None means that nothing is owed.
    """
    last = beat.ended_at or since
    return last is not None and now - last > OFTEN_ENOUGH[beat.name]


@dataclass(frozen=True)
class Practice:
    """The clinic's settings as the house reads them.

    Minutes: ``slot_grid``, ``min_lead``, ``no_show_grace``, ``hands_on_limit`` (a
    therapist's weighted treatment time in a day), ``idle``. Hours: ``late_cancel``.
    Days: ``horizon``. ``over_authorisation`` is one of ``OVER``; ``desk_sees_diagnosis`` lets
    reception read what an order says of a client's health.
    """

    version: int = 0
    name: str = "Clinic"
    phone: str = ""
    email: str = ""
    address: str = ""
    timezone: str = "UTC"
    currency: str = "USD"
    locale: str = "en"
    region: str = "US"
    slot_grid: int = 15
    horizon: int = 180
    min_lead: int = 60
    late_cancel: int = 24
    no_show_grace: int = 15
    hands_on_limit: int = 300
    idle: int = 15
    over_authorisation: str = "refuse"
    desk_sees_diagnosis: bool = False

    @cached_property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.timezone)


def is_zone(name: str) -> bool:
    """Whether a name is one of the IANA time zones."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    # Kept: to list them is to walk through hundreds of files.
    return frozenset(available_timezones())


def is_region(code: str) -> bool:
    """Whether telephone numbers can be read as from this country (two letters, ISO 3166)."""
    return code in phonenumbers.SUPPORTED_REGIONS


def is_currency(code: str) -> bool:
    """Whether a code is an ISO 4217 currency."""
    return code in list_currencies()


def is_locale(name: str) -> bool:
    """Whether dates and amounts can be written in this locale."""
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return False
    return True
