"""The visits of a made-up clinic, day by day, each with its verdict, its slot and what it takes."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import Connection

from clinic.core.clock import day_bounds, epoch, now
from clinic.core.ids import new_public_id
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.timetable.models import ClinicDay, Occupancy, Slot
from tests.bench.rows import A_DAY, THERAPISTS, ZONE, Size, put, row


def _weekdays(last: date) -> Iterator[date]:
    day = last
    while True:
        if day.weekday() < 5:
            yield day
        day -= timedelta(days=1)


def visits(
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
    connection: Connection,
    day: date,
    first: int,
    amount: int,
    client_ids: range,
    variants: list[int],
    rng: random.Random,
    today: date,
) -> None:
    begins, ends = (epoch(moment) for moment in day_bounds(day, ZONE))
    opening = begins + 8 * 3600
    clients = rng.sample(client_ids, amount)
    seats = [(hour, therapist) for hour in range(8) for therapist in range(1, THERAPISTS + 1)]
    slots, taken, verdicts, kept = [], [], [], []
    for n, client, (hour, therapist) in zip(
        count(first), clients, rng.sample(seats, amount), strict=False
    ):
        starts = opening + hour * 4500
        variant, place, at = rng.choice(variants), therapist, now()
        times = {"slot_starts_s": starts, "slot_ends_s": starts + 3600}
        slots.append(
            {
                "id": n,
                "public_id": new_public_id(),
                "kind": "visit",
                "on_date": day,
                "day_starts_s": begins,
                "day_ends_s": ends,
                "starts_s": starts,
                "ends_s": starts + 3600,
                "expires_at": None,
                "time_off_id": None,
                "closure_id": None,
            }
        )
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
        kept.append(
            row(
                n,
                **key,
                verdict_id=n,
                slot_id=n,
                held_slot_id=n,
                place_id=place,
                therapist_resource_id=therapist,
                client_resource_id=1000 + client,
                place_resource_id=100 + place,
                authorisation_id=None,
                status="completed" if day < today else "booked",
                minutes=60,
                price_minor=8500,
                currency="USD",
                source="phone",
                confirmed_at=None,
                arrived_at=None,
                started_at=None,
                finished_at=None,
                cancelled_at=None,
                cancelled_by="",
                why="",
                note_sealed=None,
            )
        )
    put(connection, ClinicDay, [{"on_date": day, "starts_s": begins, "ends_s": ends}])
    for model, rows in (
        (Slot, slots),
        (Occupancy, taken),
        (VisitVerdict, verdicts),
        (Visit, kept),
    ):
        put(connection, model, rows)
