"""A made-up clinic of any size, written straight into the tables, as fast as the engine takes it.

Only the benchmark does this: it measures reading and booking, not how the past was
written. Every constraint of the database still holds for what is written here.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from sqlalchemy import Connection, Engine

from clinic.catalogue.models import Price, Service, ServiceRequirement, ServiceVariant
from clinic.clients.models import CareTeamMember, Client, Phone, SearchTerm
from clinic.clients.rules import sort_name, terms
from clinic.core.clock import now
from clinic.core.ids import new_public_id
from clinic.core.vault import HOUSE, SubjectKey, vault
from clinic.practice.models import Setting
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.timetable.models import Place, Resource, Room, WorkingHours
from tests.bench.cases import referrals
from tests.bench.days import visits
from tests.bench.rows import ROOMS, THERAPISTS, ZONE, Size, put, row

FIRST = [
    "Amelia",
    "José",
    "Chidi",
    "Grace",
    "Noor",
    "Søren",
    "Leila",
    "Tomás",
    "Ines",
    "Hannah",
    "Priya",
    "Dariusz",
    "Yuki",
    "Fatima",
    "Zoë",
    "Oluwaseun",
    "Marta",
    "Anders",
    "Wei",
    "Siobhán",
]
LAST = [
    "Nakamura",
    "Haddad",
    "Okafor",
    "Park",
    "Ångström",
    "García",
    "O'Neill",
    "Schmidt",
    "Kowalski",
    "Mehta",
    "Nguyen",
    "Adeyemi",
    "Larsen",
    "Rossi",
    "Dubois",
    "Ivanov",
    "Müller",
    "Silva",
    "Chen",
    "Brown",
]


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
        day = visits(connection, size, client_ids, variants, rng)
        referrals(connection, size.clients, rng)
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


def _ground(connection: Connection) -> None:
    figures = {
        "name": "Bench",
        "phone": "",
        "email": "",
        "address": "",
        "timezone": ZONE.key,
        "currency": "USD",
        "locale": "en",
        "region": "US",
        "slot_grid": 15,
        "horizon": 180,
        "min_lead": 60,
        "late_cancel": 24,
        "no_show_grace": 15,
        "hands_on_limit": 400,
        "idle": 30,
    }
    put(connection, Setting, [row(1, **figures)])
    keys = [vault().new_key(HOUSE), vault().new_key()]
    put(
        connection,
        SubjectKey,
        [{"id": n, "subject": k.subject, "wrapped": k.wrapped} for n, k in enumerate(keys, 1)],
    )
    put(
        connection,
        Qualification,
        [{"id": 1, "public_id": new_public_id(), "code": "LMT_LICENSE", "name": "Licence"}],
    )
    people = [
        row(
            n,
            name=f"Therapist {n}",
            email=f"t{n}@clinic.example",
            phone="",
            gender="",
            password_hash=None,
            disabled_at=None,
            theme="auto",
            has_shortcuts=True,
        )
        for n in range(1, THERAPISTS + 2)
    ]
    people[-1]["name"] = "Receptionist"
    put(connection, StaffMember, people)
    roles = [{"id": n, "staff_id": n, "role": "therapist"} for n in range(1, THERAPISTS + 1)]
    roles += [
        {"id": 100, "staff_id": THERAPISTS + 1, "role": "receptionist"},
        {"id": 101, "staff_id": THERAPISTS + 1, "role": "owner"},
    ]
    put(connection, RoleGrant, roles)
    put(
        connection,
        StaffQualification,
        [
            row(
                n,
                staff_id=n,
                qualification_id=1,
                number="",
                valid_from=date(1990, 1, 1),
                valid_until=None,
                revoked_on=None,
            )
            for n in range(1, THERAPISTS + 1)
        ],
    )
    put(
        connection,
        Room,
        [row(n, name=f"R{n}", note="", position=n, is_active=True) for n in range(1, ROOMS + 1)],
    )
    put(
        connection,
        Place,
        [row(n, room_id=n, name="Table", is_active=True) for n in range(1, ROOMS + 1)],
    )
    put(
        connection,
        Resource,
        [
            {"id": n, "staff_id": n, "client_id": None, "place_id": None}
            for n in range(1, THERAPISTS + 1)
        ],
    )
    put(
        connection,
        Resource,
        [
            {"id": 100 + n, "staff_id": None, "client_id": None, "place_id": n}
            for n in range(1, ROOMS + 1)
        ],
    )
    hours = count(1)
    put(
        connection,
        WorkingHours,
        (
            row(
                next(hours),
                staff_id=n,
                weekday=weekday,
                starts=8 * 60,
                ends=18 * 60,
                from_on=date(1990, 1, 1),
                until_on=None,
            )
            for n in range(1, THERAPISTS + 1)
            for weekday in range(5)
        ),
    )


def _catalogue(connection: Connection) -> list[int]:
    put(
        connection,
        Service,
        [
            row(
                n,
                code=f"S{n}",
                name=f"Service {n}",
                family="therapeutic",
                note="",
                buffer_before=0,
                buffer_after=15,
                max_pressure=3,
                hands_on_percent=100,
                needs_referral=False,
                position=n,
                is_active=True,
            )
            for n in range(1, 21)
        ],
    )
    put(
        connection,
        ServiceRequirement,
        [{"id": n, "service_id": n, "qualification_id": 1} for n in range(1, 21)],
    )
    put(
        connection,
        ServiceVariant,
        [row(n, service_id=n, minutes=60, is_active=True) for n in range(1, 21)],
    )
    put(
        connection,
        Price,
        [
            row(n, variant_id=n, add_on_id=None, amount_minor=8500, effective_from=date(1990, 1, 1))
            for n in range(1, 21)
        ],
    )
    return list(range(1, 21))


def _clients(connection: Connection, number: int, rng: random.Random) -> range:
    facts = [
        (
            rng.choice(FIRST),
            f"{rng.choice(LAST)}{_letters(n)}",
            f"+1312{n % 10_000_000:07d}",
            date(1940, 1, 1) + timedelta(days=rng.randrange(25_000)),
        )
        for n in range(1, number + 1)
    ]
    blank = {
        column.key: ""
        for column in Client.__table__.columns
        if not column.nullable and column.type.python_type is str and column.key != "public_id"
    }
    put(
        connection,
        Client,
        (
            row(
                n,
                **(
                    blank
                    | {
                        "number": f"C-{n:06d}",
                        "key_id": 2,
                        "person_id": None,
                        "status": "active",
                        "touches": 0,
                        "first_name": first,
                        "last_name": last,
                        "search_name": sort_name(first, last),
                        "birth_date": born,
                        "died_on": None,
                        "sex_at_birth": "undisclosed",
                        "email": f"c{n}@example.com",
                        "is_not_to_book": False,
                        "not_to_book_reason_sealed": None,
                        "is_prepay_only": False,
                        "alert_sealed": None,
                        "import_ref": None,
                        "archived_at": None,
                    }
                ),
            )
            for n, (first, last, _, born) in enumerate(facts, 1)
        ),
    )
    put(
        connection,
        Phone,
        (
            {"id": n, "client_id": n, "number": phone, "kind": "mobile", "may_text": True}
            for n, (_, _, phone, _) in enumerate(facts, 1)
        ),
    )
    numbers = count(1)
    put(
        connection,
        SearchTerm,
        (
            {"id": next(numbers), "client_id": n, "term": term}
            for n, (first, last, phone, born) in enumerate(facts, 1)
            for term in terms(
                names=(first, last),
                number=f"C-{n:06d}",
                email=f"c{n}@example.com",
                phones=(phone,),
                birth_date=born,
            )
        ),
    )
    put(
        connection,
        Resource,
        (
            {"id": 1000 + n, "staff_id": None, "client_id": n, "place_id": None}
            for n in range(1, number + 1)
        ),
    )
    put(
        connection,
        CareTeamMember,
        (
            {
                "id": n,
                "public_id": new_public_id(),
                "client_id": n,
                "staff_id": n % THERAPISTS + 1,
                "provider_id": None,
                "role": "therapist",
                "since": now(),
                "until": None,
                "why": "",
            }
            for n in range(1, number + 1)
        ),
    )
    return range(1, number + 1)


def _letters(number: int) -> str:
    """A number as letters, so that last names differ as names do."""
    text = ""
    while number:
        number, digit = divmod(number, 26)
        text += chr(97 + digit)
    return text
