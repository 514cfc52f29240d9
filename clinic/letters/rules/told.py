"""What letters are made of: plain facts, gathered by the rooms above. No text of a note is here.

Words are fixed phrases to be translated; text is somebody's own: the sender's, the client's, or
what a therapist wrote for this very letter.
"""

from dataclasses import dataclass
from datetime import date

from clinic.core.words import Words
from clinic.letters.rules.blocks import MeasureLine


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a letter goes."""

    first_name: str
    last_name: str
    is_doctor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that came in: what its sender knows of it already.

    ``coordinator`` is who sees to it here, ``phone`` and ``fax`` how to reach them.
    """

    to: Reader
    client: str
    number: str
    received_on: date
    their_reference: str = ""
    ordered_on: date | None = None
    coordinator: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a client: the day, and by which way."""

    on: date
    channel: Words


@dataclass(frozen=True, slots=True)
class Attendance:
    """Visits of a referral: those had, by their days, and how many were cancelled or missed.

    ``next_on`` is the day of the next one that is booked.
    """

    had: tuple[date, ...] = ()
    cancelled: int = 0
    cancelled_late: int = 0
    missed: int = 0
    next_on: date | None = None

    @property
    def first(self) -> date | None:
        """The day of the first visit."""
        return self.had[0] if self.had else None

    @property
    def last(self) -> date | None:
        """The day of the latest visit."""
        return self.had[-1] if self.had else None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was authorised: visits, how many are used and left, and until when.

    ``until`` is None where there is no last day, or it cannot be computed yet.
    """

    visits: int
    used: int
    left: int
    until: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal in the client's own words, with its figures where it has any.

    ``is_met`` is None where nothing was measured.
    """

    text: str
    start: str = ""
    now: str = ""
    target: str = ""
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done, counted over signed notes: techniques and places by how often, the usual
    minutes, how often exercises for home were shown."""

    techniques: tuple[str, ...] = ()
    places: tuple[Words, ...] = ()
    minutes: int | None = None
    exercises: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """How many times a client said at arrival that it was better, the same or worse than at the
    visit before."""

    better: int = 0
    same: int = 0
    worse: int = 0

    @property
    def told(self) -> int:
        """How often anything was said."""
        return self.better + self.same + self.worse


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the plan: so many visits, how far apart."""

    name: Words
    visits: int
    every: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a treatment went, or begins: everything that reports are made of."""

    order: Order
    reason: str = ""
    therapist: str = ""
    attendance: Attendance = Attendance()
    allowed: Allowed | None = None
    measures: tuple[MeasureLine, ...] = ()
    worse: tuple[str, ...] = ()
    """Names of measures that moved the other way by so much that people notice it."""
    aims: tuple[Aim, ...] = ()
    treatment: Treatment = Treatment()
    response: Response = Response()
    phases: tuple[Phase, ...] = ()
    is_careful: bool = False
    """Whether the order asks to be careful with something, and a therapist has confirmed that."""

    @property
    def met(self) -> tuple[Aim, ...]:
        """Goals that were reached."""
        return tuple(one for one in self.aims if one.is_met)

    @property
    def unmet(self) -> tuple[Aim, ...]:
        """Goals still to be reached, or that nobody measured."""
        return tuple(one for one in self.aims if not one.is_met)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a renewal asks for: so many visits over so many weeks."""

    visits: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Planned:
    """Visits that are booked: of what, how long each, how many, the next one's day."""

    service: str
    minutes: int
    visits: int
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A client who is sent to somebody, or a question about one.

    ``question``, ``findings`` and ``meanwhile`` are the therapist's words for this letter.
    ``answer_days`` are working days from when it leaves, which may be long after it is written.
    Of a question about treatment, ``grounds`` are what holds it, and ``planned`` what is to come.
    """

    to: Reader
    client: str
    number: str
    therapist: str = ""
    why: Words
    urgency: Words
    question: str
    findings: str = ""
    meanwhile: str = ""
    is_pressing: bool = False
    answer_days: int | None = None
    phone: str = ""
    email: str = ""
    attendance: Attendance = Attendance()
    treatment: Treatment = Treatment()
    response: Response = Response()
    measures: tuple[MeasureLine, ...] = ()
    grounds: tuple[str, ...] = ()
    planned: tuple[Planned, ...] = ()
