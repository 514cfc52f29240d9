"""What is looked for, and what is found: the terms in which times are asked and answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.core.clock import from_epoch
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Hold, Visit
from clinic.scheduling.rules.screening import CLEAR, Screened

DAYS = 14
"""How many days are searched at a time."""


@dataclass(frozen=True, slots=True)
class Person:
    """A therapist of the search; ``held`` are codes with the days on which they count.

    ``hands_on_limit`` is their own, in minutes a day; None is the clinic's.
    """

    id: int
    public_id: str
    name: str
    gender: str
    held: tuple[tuple[str, date, date | None], ...] = ()
    hands_on_limit: int | None = None

    def is_able(self, needed: frozenset[str], on: date) -> bool:
        """Whether they hold all that is needed on a day."""
        return not self.lacks(needed, on)

    def lacks(self, needed: frozenset[str], on: date) -> frozenset[str]:
        """The codes of what they would have to hold on a day and do not."""
        return needed.difference(
            code for code, since, until in self.held if since <= on and not (until and until < on)
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A place of the search, by the room's name."""

    id: int
    public_id: str
    room: str


class Opening(NamedTuple):
    """A time that can be booked; ``waste`` counts the sides on which too little remains."""

    at: int
    waste: int
    therapist: Person
    place: Table

    @property
    def starts_at(self) -> datetime:
        return from_epoch(self.at)

    @property
    def wall(self) -> str:
        """``09:30``, as the clinic's clock shows it."""
        return self.starts_at.astimezone(the_practice().zone).strftime("%H:%M")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, from a day on; ``move`` is a visit that is to go elsewhere.

    ``client_id`` is the record that stands for the client, ``part`` a part of the day,
    ``gender`` that of the therapist, ``place_id`` one place. ``is_walk_in`` lifts the
    lead time, as booking does. Times begin at ``after`` at the earliest and before
    ``before``; on every day, not before the minute ``after_wall`` of its clock. What
    ``hold`` keeps is free for this wish.
    """

    variant: ServiceVariant
    add_ons: Sequence[AddOn]
    since: date
    days: int = DAYS
    therapist_id: int | None = None
    client_id: int | None = None
    gender: str = ""
    part: str = ""
    place_id: int | None = None
    is_walk_in: bool = False
    move: Visit | None = None
    after: datetime | None = None
    before: datetime | None = None
    after_wall: int = 0
    hold: Hold | None = None
    is_treating: bool = False
    """Whether who asks treats, and so may book with a reason what waits for a review."""

    @property
    def has_its_price(self) -> bool:
        """Whether a visit moves as it is: its length and its price were frozen at booking."""
        return self.move is not None and self.move.variant_id == self.variant.id

    @property
    def is_offered(self) -> bool:
        """Whether nothing of it was given up."""
        variant = self.variant
        is_all = all(one.is_active for one in self.add_ons)
        return variant.is_active and variant.service.is_active and is_all

    @property
    def minutes(self) -> int:
        """The client's own time, add-ons included; a visit that moves keeps what it has."""
        if self.move is not None and self.has_its_price:
            return self.move.minutes
        return self.variant.minutes + sum(one.extra_minutes for one in self.add_ons)


@dataclass(slots=True)
class Offer:
    """What was found: times, and who could give the service on the first day, or could not.

    ``why`` says what is wrong, and what to do, where nobody could ever find a time.
    """

    openings: list[Opening] = field(default_factory=list)
    able: list[Person] = field(default_factory=list)
    unable: list[Person] = field(default_factory=list)
    why: Words | None = None
    screened: Screened = CLEAR
    """What health says of the first day that is open, or of the first of all."""
    on: date = date.min
    """The day of ``screened``."""
    refused: Words | None = None
    """Why health refuses every day."""


class Answer(NamedTuple):
    """Whether one time can be booked: with whom and where, or why not and when ``instead``."""

    at: datetime
    opening: Opening | None
    why: Words | None = None
    instead: Sequence[Opening] = ()
    screened: Screened = CLEAR
    """What is known of the client's health does to that day."""

    @property
    def is_open(self) -> bool:
        return self.opening is not None
