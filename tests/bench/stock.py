"""A made-up clinic of any size, written straight into the tables, as fast as the engine takes it.

Only the benchmark does this: it measures reading and booking, not how the past was
written. Every constraint of the database still holds for what is written here.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert

from clinic.catalogue.models import Price, Service, ServiceRequirement, ServiceVariant
from clinic.clients.models import CareTeamMember, Client, Phone, SearchTerm
from clinic.clients.rules import sort_name, terms
from clinic.core.clock import day_bounds, epoch, now
from clinic.core.ids import new_public_id
from clinic.core.vault import HOUSE, SubjectKey, vault
from clinic.practice.models import Setting
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.timetable.models import ClinicDay, Occupancy, Place, Resource, Room, Slot, WorkingHours

ZONE = ZoneInfo("America/Chicago")
THERAPISTS, ROOMS, A_DAY = 8, 10, 35
BATCH = 5000
FIRST = [
    "Amelia", "José", "Chidi", "Grace", "Noor", "Søren", "Leila", "Tomás", "Ines", "Hannah", "Priya",
    "Dariusz", "Yuki", "Fatima", "Zoë", "Oluwaseun", "Marta", "Anders", "Wei", "Siobhán",
]  # fmt: skip
LAST = [
    "Nakamura", "Haddad", "Okafor", "Park", "Ångström", "García", "O'Neill", "Schmidt", "Kowalski",
    "Mehta", "Nguyen", "Adeyemi", "Larsen", "Rossi", "Dubois", "Ivanov", "Müller", "Silva", "Chen", "Brown",
]  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much there is."""

    clients: int
    visits: int


@dataclass(frozen=True)
class Stocked:
    """What a measurement needs to know of the clinic it runs on."""

    day: date
    client_public_id: str
    variant_public_id: str


def stock(engine: Engine, size: Size) -> Stocked:
    """Fill an empty, migrated database. The last visits lie four weeks ahead of today."""
    rng = random.Random(size.visits)
    with engine.begin() as connection:
        _ground(connection)
        variants = _catalogue(connection)
        client_ids = _clients(connection, size.clients, rng)
        day = _visits(connection, size, client_ids, variants, rng)
        someone = connection.execute(
            Client.__table__.select()
            .with_only_columns(Client.public_id)
            .limit(1)
            .offset(size.clients // 2)
        ).scalar_one()
        variant = connection.execute(
            ServiceVariant.__table__.select().with_only_columns(ServiceVariant.public_id).limit(1)
        ).scalar_one()
    return Stocked(day, someone, variant)


def _put(connection: Connection, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert in batches, so that no list grows with the clinic."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(insert(model.__table__), batch)
            batch = []
    if batch:
        connection.execute(insert(model.__table__), batch)


def _row(number: int, /, **values: Any) -> dict[str, Any]:
    at = now()
    common = {"id": number, "public_id": new_public_id(), "version": 1}
    return common | {"created_at": at, "updated_at": at} | values


def _ground(connection: Connection) -> None:
    figures = {
        "name": "Bench", "phone": "", "email": "", "address": "", "timezone": ZONE.key,
        "currency": "USD", "locale": "en", "region": "US", "slot_grid": 15, "horizon": 180,
        "min_lead": 60, "late_cancel": 24, "no_show_grace": 15, "hands_on_limit": 400, "idle": 30,
    }  # fmt: skip
    _put(connection, Setting, [_row(1, **figures)])
    keys = [vault().new_key(HOUSE), vault().new_key()]
    _put(
        connection,
        SubjectKey,
        [{"id": n, "subject": k.subject, "wrapped": k.wrapped} for n, k in enumerate(keys, 1)],
    )
    _put(
        connection,
        Qualification,
        [{"id": 1, "public_id": new_public_id(), "code": "LMT_LICENSE", "name": "Licence"}],
    )
    people = [
        _row(n, name=f"Therapist {n}", email=f"t{n}@clinic.example", phone="", gender="", password_hash=None,
             disabled_at=None, theme="auto", has_shortcuts=True)
        for n in range(1, THERAPISTS + 2)
    ]  # fmt: skip
    people[-1]["name"] = "Receptionist"
    _put(connection, StaffMember, people)
    roles = [{"id": n, "staff_id": n, "role": "therapist"} for n in range(1, THERAPISTS + 1)]
    roles += [
        {"id": 100, "staff_id": THERAPISTS + 1, "role": "receptionist"},
        {"id": 101, "staff_id": THERAPISTS + 1, "role": "owner"},
    ]
    _put(connection, RoleGrant, roles)
    _put(connection, StaffQualification, [
        _row(n, staff_id=n, qualification_id=1, number="", valid_from=date(1990, 1, 1), valid_until=None, revoked_on=None)
        for n in range(1, THERAPISTS + 1)
    ])  # fmt: skip
    _put(
        connection,
        Room,
        [_row(n, name=f"R{n}", note="", position=n, is_active=True) for n in range(1, ROOMS + 1)],
    )
    _put(
        connection,
        Place,
        [_row(n, room_id=n, name="Table", is_active=True) for n in range(1, ROOMS + 1)],
    )
    _put(
        connection,
        Resource,
        [
            {"id": n, "staff_id": n, "client_id": None, "place_id": None}
            for n in range(1, THERAPISTS + 1)
        ],
    )
    _put(
        connection,
        Resource,
        [
            {"id": 100 + n, "staff_id": None, "client_id": None, "place_id": n}
            for n in range(1, ROOMS + 1)
        ],
    )
    hours = count(1)
    _put(connection, WorkingHours, (
        _row(next(hours), staff_id=n, weekday=weekday, starts=8 * 60, ends=18 * 60, from_on=date(1990, 1, 1), until_on=None)
        for n in range(1, THERAPISTS + 1) for weekday in range(5)
    ))  # fmt: skip


def _catalogue(connection: Connection) -> list[int]:
    _put(connection, Service, [
        _row(n, code=f"S{n}", name=f"Service {n}", family="therapeutic", note="", buffer_before=0, buffer_after=15,
             max_pressure=3, hands_on_percent=100, needs_referral=False, position=n, is_active=True)
        for n in range(1, 21)
    ])  # fmt: skip
    _put(
        connection,
        ServiceRequirement,
        [{"id": n, "service_id": n, "qualification_id": 1} for n in range(1, 21)],
    )
    _put(
        connection,
        ServiceVariant,
        [_row(n, service_id=n, minutes=60, is_active=True) for n in range(1, 21)],
    )
    _put(connection, Price, [
        _row(n, variant_id=n, add_on_id=None, amount_minor=8500, effective_from=date(1990, 1, 1)) for n in range(1, 21)
    ])  # fmt: skip
    return list(range(1, 21))


def _clients(connection: Connection, number: int, rng: random.Random) -> range:
    facts = [
        (rng.choice(FIRST), f"{rng.choice(LAST)}{_letters(n)}", f"+1312{n % 10_000_000:07d}",
         date(1940, 1, 1) + timedelta(days=rng.randrange(25_000)))
        for n in range(1, number + 1)
    ]  # fmt: skip
    blank = {
        column.key: "" for column in Client.__table__.columns
        if not column.nullable and column.type.python_type is str and column.key != "public_id"
    }  # fmt: skip
    _put(connection, Client, (
        _row(n, **(blank | {
            "number": f"C-{n:06d}", "key_id": 2, "person_id": None, "status": "active", "touches": 0,
            "first_name": first, "last_name": last, "search_name": sort_name(first, last), "birth_date": born,
            "died_on": None, "sex_at_birth": "undisclosed", "email": f"c{n}@example.com", "is_not_to_book": False,
            "not_to_book_reason_sealed": None, "is_prepay_only": False, "alert_sealed": None, "import_ref": None,
            "archived_at": None,
        }))
        for n, (first, last, _, born) in enumerate(facts, 1)
    ))  # fmt: skip
    _put(connection, Phone, (
        {"id": n, "client_id": n, "number": phone, "kind": "mobile", "may_text": True}
        for n, (_, _, phone, _) in enumerate(facts, 1)
    ))  # fmt: skip
    numbers = count(1)
    _put(connection, SearchTerm, (
        {"id": next(numbers), "client_id": n, "term": term}
        for n, (first, last, phone, born) in enumerate(facts, 1)
        for term in terms(
            names=(first, last), number=f"C-{n:06d}", email=f"c{n}@example.com", phones=(phone,), birth_date=born
        )
    ))  # fmt: skip
    _put(connection, Resource, (
        {"id": 1000 + n, "staff_id": None, "client_id": n, "place_id": None} for n in range(1, number + 1)
    ))  # fmt: skip
    _put(connection, CareTeamMember, (
        {"id": n, "public_id": new_public_id(), "client_id": n, "staff_id": n % THERAPISTS + 1, "provider_id": None, "role": "therapist",
         "since": now(), "until": None, "why": ""}
        for n in range(1, number + 1)
    ))  # fmt: skip
    return range(1, number + 1)


def _letters(number: int) -> str:
    """A number as letters, so that last names differ as names do."""
    text = ""
    while number:
        number, digit = divmod(number, 26)
        text += chr(97 + digit)
    return text


def _weekdays(last: date) -> Iterator[date]:
    day = last
    while True:
        if day.weekday() < 5:
            yield day
        day -= timedelta(days=1)


def _visits(
    connection: Connection, size: Size, client_ids: range, variants: list[int], rng: random.Random
) -> date:
    """35 visits on each weekday, going back from four weeks ahead until there are enough."""
    today = datetime.now(ZONE).date()
    days = _weekdays(today + timedelta(weeks=4))
    number = 0
    busiest = today
    while number < size.visits:
        day = next(days)
        if day <= today and busiest == today and day.weekday() < 5:
            busiest = day
        amount = min(A_DAY, size.visits - number)
        _one_day(connection, day, number + 1, amount, client_ids, variants, rng, today)
        number += amount
    return busiest


def _one_day(
    connection: Connection, day: date, first: int, amount: int, client_ids: range,
    variants: list[int], rng: random.Random, today: date,
) -> None:  # fmt: skip
    begins, ends = (epoch(moment) for moment in day_bounds(day, ZONE))
    opening = begins + 8 * 3600
    clients = rng.sample(client_ids, amount)
    seats = [(hour, therapist) for hour in range(8) for therapist in range(1, THERAPISTS + 1)]
    slots, taken, verdicts, visits = [], [], [], []
    for n, client, (hour, therapist) in zip(
        count(first), clients, rng.sample(seats, amount), strict=False
    ):
        starts = opening + hour * 4500
        variant, place, at = rng.choice(variants), therapist, now()
        times = {"slot_starts_s": starts, "slot_ends_s": starts + 3600}
        slots.append({
            "id": n, "public_id": new_public_id(), "kind": "visit", "on_date": day, "day_starts_s": begins,
            "day_ends_s": ends, "starts_s": starts, "ends_s": starts + 3600, "expires_at": None,
            "time_off_id": None, "closure_id": None,
        })  # fmt: skip
        taken += [
            {
                "slot_id": n,
                "resource_id": resource,
                "lane": 0,
                "overlap_reason": "",
                "before_s": 0,
                "after_s": after,
                **times,
            }
            for resource, after in ((therapist, 900), (100 + place, 900), (1000 + client, 0))
        ]
        key = {
            "client_id": client,
            "variant_id": variant,
            "therapist_id": therapist,
            "on_date": day,
        }
        verdicts.append(
            {
                "id": n,
                "public_id": new_public_id(),
                "outcome": "admitted",
                "actions": "",
                "made_at": at,
                "made_by_id": None,
                **key,
            }
        )
        visits.append(_row(
            n, **key, verdict_id=n, slot_id=n, held_slot_id=n, place_id=place, therapist_resource_id=therapist,
            client_resource_id=1000 + client, place_resource_id=100 + place, authorisation_id=None,
            status="completed" if day < today else "booked", minutes=60, price_minor=8500, currency="USD",
            source="phone", confirmed_at=None, arrived_at=None, started_at=None, finished_at=None,
            cancelled_at=None, cancelled_by="", why="", note_sealed=None,
        ))  # fmt: skip
    _put(connection, ClinicDay, [{"on_date": day, "starts_s": begins, "ends_s": ends}])
    for model, rows in (
        (Slot, slots),
        (Occupancy, taken),
        (VisitVerdict, verdicts),
        (Visit, visits),
    ):
        _put(connection, model, rows)
