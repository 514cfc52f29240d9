"""The day on which the demonstration is first looked at: every state, and what is out of the way.

It is between eleven and twelve at the clinic then. Times are minutes after midnight.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.cli.opening import Cast
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.core.clock import instant
from clinic.core.permissions import SYSTEM
from clinic.practice.queries import the_practice
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Series, Visit
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.rules.series import TAPER, Phase, at_wall, planned
from clinic.scheduling.services import groups, waiting
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of, the_member
from clinic.timetable import services as timetable
from clinic.timetable.models import TimeOff

KEPT, CONFIRMED, BOOKED, MISSING, NO_SHOW, LATE, CALLED_OFF, SOON = (
    "kept", "confirmed", "booked", "missing", "no-show", "late", "called off", "soon",
)  # fmt: skip
"""What becomes of a visit. Kept: as far as the day has come; missing: nobody came, and nobody has
said so yet; soon: they sit in the waiting room."""


@dataclass(frozen=True)
class Seat:
    """One visit as it is to be: who, with whom, what and when."""

    client: Client
    therapist: StaffMember
    code: str
    starts_at: datetime
    fate: str
    minutes: int = 60
    add_on: str = ""
    note: str = ""


TODAY = (
    ("Tessa Brandt", 8 * 60 + 15, "THERAPEUTIC", 45, "Tom Becker", KEPT),
    ("Tessa Brandt", 9 * 60 + 30, "PRENATAL", 60, "Amara Diallo", KEPT),
    ("Tessa Brandt", 10 * 60 + 45, "THERAPEUTIC", 60, "Mateo Rojas", MISSING),
    ("Tessa Brandt", 14 * 60 + 30, "PRENATAL", 60, "Hana Kobayashi", CONFIRMED),
    ("Jun Ito", 10 * 60, "CRANIOSACRAL", 45, "Siobhán O'Neill", KEPT),
    ("Jun Ito", 0, "MYOFASCIAL", 60, "Grace Nakamura", SOON),
    ("Jun Ito", 15 * 60, "THERAPEUTIC", 60, "Rosalind Price", CONFIRMED),
    ("Jun Ito", 16 * 60 + 45, "DEEP_TISSUE", 60, "Kofi Mensah", BOOKED),
    ("Marek Dvorak", 9 * 60 + 15, "DEEP_TISSUE", 60, "Chidi Eze", KEPT),
    ("Marek Dvorak", 10 * 60 + 45, "SPORTS", 90, "Malik Johnson", KEPT),
    ("Marek Dvorak", 14 * 60, "THERAPEUTIC", 60, "Sofía Márquez", BOOKED),
    ("Marek Dvorak", 15 * 60 + 45, "TRIGGER_NMT", 60, "Ayşe Yılmaz", CONFIRMED),
    ("Imani Cole", 12 * 60 + 15, "SWEDISH", 60, "Zoë Laurent", CONFIRMED),
    ("Imani Cole", 13 * 60 + 30, "THERAPEUTIC", 60, "Patrick Walsh", CALLED_OFF),
    ("Imani Cole", 17 * 60 + 15, "DEEP_TISSUE", 60, "Farid Rahimi", BOOKED),
    ("Imani Cole", 18 * 60 + 30, "THERAPEUTIC", 45, "Wei Zhang", BOOKED),
    ("Aisha Bello", 9 * 60 + 15, "LYMPHATIC", 60, "Pedro Alves", NO_SHOW),
    ("Aisha Bello", 10 * 60 + 30, "LYMPHATIC", 90, "Noor van Dijk", KEPT),
    ("Aisha Bello", 13 * 60 + 30, "THERAPEUTIC", 60, "Nadia Petrova", LATE),
)
MORE = {
    "Sofía Márquez": ("ADD_HOTSTONE", ""),
    "Hana Kobayashi": ("", "Brings her own pillow"),
    "Wei Zhang": ("", "First visit; birth date to be asked for"),
}
"""An add-on, and the note of the booking."""

FIXED = {
    8: ("Tessa Brandt", ((9 * 60 + 45, "Beatrice Lund"), (14 * 60 + 30, "Ingrid Moen"))),
    6: ("Marek Dvorak", ((9 * 60 + 15, "Daniel Osei"), (14 * 60, "Oluwaseun Adebayo"))),
}
"""Days from now on which somebody's visits are given: they will be away, or work other hours."""
SERIES = ("Leila Haddad", "Tessa Brandt", 13 * 60)
CANCELLED, LEFT_OUT = 5, 9
STOPPED = ("Gareth Pugh", "Unpaid since spring; the owner talks to them first.")
COUPLE = ("Henrik Ångström", "Aisha Bello"), ("Marta Kowalska", "Imani Cole")
OVERLAP = ("Clara Hoffmann", "Jun Ito", "MYOFASCIAL", 45, 15 * 60 + 15)
OVERLAP_WHY = "Sisters: one rests under warm packs while the other is treated"
WAITING = (
    ("Lucia Bianchi", "THERAPEUTIC", {"parts": 2, "notice_hours": 1}),
    ("Yusuf Karim", "DEEP_TISSUE", {"gender": "male", "parts": 4}),
    ("Elif Demir", "CRANIOSACRAL", {"parts": 1, "notice_hours": 24}),
)
OFFERED = ("Jonah Levi", "LYMPHATIC", "Aisha Bello")
AWAY = (("Jun Ito", "training", 3, 1), ("Marek Dvorak", "vacation", 9, 3))
"""Who is away, in how many days from now and for how many."""


def at(day: date, minute: int) -> datetime:
    """The instant at which the clinic's clock shows so many minutes after midnight."""
    return instant(day, time(*divmod(minute, 60)), the_practice().zone, fold=0)


def seats_of_today(cast: Cast, present: datetime) -> list[Seat]:
    """The visits of today; who arrived comes at the next quarter."""
    soon = present + timedelta(minutes=15 - present.minute % 15)
    found = []
    for name, minute, code, minutes, who, fate in TODAY:
        starts_at = (
            soon.replace(second=0, microsecond=0) if fate == SOON else at(cast.today, minute)
        )
        therapist, (add_on, note) = cast.therapists[name], MORE.get(who, ("", ""))
        found.append(
            Seat(cast.client(who), therapist, code, starts_at, fate, minutes, add_on, note)
        )
    return found


def fixed_seats(cast: Cast, ahead: int, name: str) -> list[Seat] | None:
    """What is given of somebody's day so many days from now; None where nothing is."""
    if ahead not in FIXED or FIXED[ahead][0] != name:
        return None
    day, therapist = cast.today + timedelta(days=ahead), cast.therapists[name]
    return [
        Seat(cast.client(who), therapist, "THERAPEUTIC", at(day, minute), CONFIRMED)
        for minute, who in FIXED[ahead][1]
    ]


def plan_a_taper(cast: Cast) -> Series:
    """Weekly, then every two weeks, then every four; it began two weeks ago, one is left out."""
    who, name, wall = SERIES
    first, therapist = cast.today - timedelta(days=14), cast.therapists[name]
    phases, zone = [Phase(*one) for one in TAPER], the_practice().zone
    chosen = [
        (number, at_wall(day, wall, zone), therapist, cast.homes[name])
        for number, day in enumerate(planned(first, phases), 1)
        if number != LEFT_OUT
    ]
    return scheduling.plan_series(
        actor=cast.desk, client=cast.client(who), variant=cast.lengths["THERAPEUTIC", 60],
        phases=phases, first_on=first, wall=wall, therapist=therapist, chosen=chosen,
        skipped=(LEFT_OUT,),
    )  # fmt: skip


def cancel_one(cast: Cast, visit: Visit | None) -> None:
    """A visit of the plan is cancelled: it is to book again."""
    if visit is not None:
        scheduling.cancel(visit, actor=cast.desk, by="client", why="At her parents' that week")


def book_a_couple(cast: Cast) -> None:
    """Two clients in the room with two tables."""
    members = [
        groups.Member(cast.client(who), cast.lengths["SWEDISH", 60], cast.therapists[name])
        for who, name in COUPLE
    ]
    groups.book_together(actor=cast.desk, members=members, starts_at=at(cast.today, 15 * 60))


def overlap(cast: Cast) -> None:
    """The owner books a therapist twice at one time, and says why."""
    who, name, code, minutes, minute = OVERLAP
    scheduling.book(
        actor=cast.owner, client=cast.client(who), variant=cast.lengths[code, minutes],
        therapist=cast.therapists[name], starts_at=at(cast.today, minute),
        overlap_why=OVERLAP_WHY,
    )  # fmt: skip


def stop_booking(cast: Cast) -> None:
    """Somebody may not be booked for now."""
    who, reason = STOPPED
    clients.stop_booking(cast.client(who), actor=cast.owner, reason=reason)


def wait(cast: Cast, number: int) -> None:
    """One more waits for a time."""
    who, code, wishes = WAITING[number]
    waiting.wait(
        actor=cast.desk, client=cast.client(who), variant=cast.lengths[code, 60],
        earliest=cast.today, latest=cast.today + timedelta(days=21), **wishes,
    )  # fmt: skip


def offer(cast: Cast) -> None:
    """Somebody has waited long, and is offered the first time there is after tomorrow."""
    who, code, name = OFFERED
    variant, soon = cast.lengths[code, 60], cast.today + timedelta(days=2)
    entry = waiting.wait(
        actor=cast.desk, client=cast.client(who), variant=variant, earliest=cast.today,
        latest=cast.today + timedelta(days=21), therapists=[cast.therapists[name]],
        priority="high",
    )  # fmt: skip
    wish = Wish(variant, (), soon, days=7, therapist_id=cast.therapists[name].id)
    first = openings(wish, 1).openings[0]
    waiting.offer(
        entry, actor=cast.desk, therapist=the_member(first.therapist.public_id),
        starts_at=first.starts_at,
    )  # fmt: skip


def be_away(cast: Cast, number: int) -> None:
    """Time off that was asked for and given before anything was booked."""
    timetable.approve(_asked(cast, *AWAY[number]), actor=cast.owner)


def ask_for_time_off(cast: Cast) -> None:
    """A day on which two clients are booked, and a holiday far enough away."""
    _asked(cast, "Tessa Brandt", "other", 8, 1, "My son's school play")
    _asked(cast, "Aisha Bello", "vacation", 30, 5)


def _asked(cast: Cast, name: str, kind: str, first: int, days: int, note: str = "") -> TimeOff:
    member, day = cast.therapists[name], cast.today + timedelta(days=first)
    return timetable.ask(
        member, actor=actor_of(member), kind=kind, starts_at=at(day, 8 * 60),
        ends_at=at(day + timedelta(days=days - 1), 20 * 60), note=note,
    )  # fmt: skip


def work_other_hours(cast: Cast) -> None:
    """One morning will not be worked after all: a visit stands in it."""
    day = cast.today + timedelta(days=6)
    timetable.except_hours(
        cast.therapists["Marek Dvorak"], actor=SYSTEM, on_date=day, starts=13 * 60 + 45,
        ends=17 * 60 + 30, note="Dentist in the morning",
    )  # fmt: skip
