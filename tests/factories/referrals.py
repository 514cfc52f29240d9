"""Orders of a made-up clinic, and visits that count against them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from clinic.clients.models import Client
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral, ReferralDocument
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.rules import FREED
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Room, Slot
from clinic.timetable.services import Want, free, resource_for, take
from tests.factories import catalogue, clients, directory, staff
from tests.factories.files import a_pdf

RECEIVED = date(2026, 9, 2)
FIRST = date(2026, 9, 3)
CLINICAL = {
    "reason": "canary-reason neck pain after whiplash",
    "diagnosis": "canary-code M54.2",
    "precautions": "canary-care no traction",
}
_hours = count()


def order(
    client: Client | None = None, provider: Any = None, *, is_read: bool = True, **facts: Any
) -> Referral:
    """An order as it came by fax, with clinical text unless said otherwise; ``is_read`` says that
    a therapist has confirmed its precautions."""
    client = client or clients.a_client()
    provider = provider or directory.provider()
    with transaction():
        made = services.log(
            actor=SYSTEM,
            client=client,
            provider=provider,
            **({"received_on": RECEIVED} | CLINICAL | facts),
        )
        if is_read:
            services.mark_precautions_read(made, actor=SYSTEM)
        return made


def allowance(referral: Referral, visits: int = 8, **facts: Any) -> Authorisation:
    """So many visits from the first day on."""
    with transaction():
        return services.authorise(
            referral, actor=SYSTEM, visits=visits, **({"valid_from": FIRST} | facts)
        )


def paper(referral: Referral, **facts: Any) -> ReferralDocument:
    """A scan that came with an order."""
    with transaction():
        kept = keep(a_pdf(), "scan.pdf", actor=SYSTEM, key=referral.client.key)
        return services.attach(referral, actor=SYSTEM, file=kept, **facts)


def rules() -> None:
    """What usual payers ask for, as it ships."""
    with transaction():
        services.stock_rules(actor=SYSTEM)


def visit(authorisation: Authorisation, status: str = "booked", on: date | None = None) -> Visit:
    """A visit of the order's client that counts against an authorisation, in any state.

    Written as rows: how a visit comes to a state is the schedule's own affair.
    """
    with transaction() as session, writing("test.visit", SYSTEM):
        made = _visit(authorisation, status, on)
        session.add(made)
        session.flush()
        return made


def visits(authorisation: Authorisation, *statuses: str) -> None:
    """Several of them, each on a day of its own, in one transaction."""
    with transaction() as session, writing("test.visit", SYSTEM):
        for status in statuses:
            session.add(_visit(authorisation, status, None))
            session.flush()


def _visit(authorisation: Authorisation, status: str, on: date | None) -> Visit:
    client, therapist, place = authorisation.referral.client, _therapist(), _place()
    variant = _variant()
    resources = {
        "therapist_resource_id": resource_for(staff_id=therapist.id),
        "client_resource_id": resource_for(client_id=client.id),
        "place_resource_id": resource_for(place_id=place.id),
    }
    slot = _slot(on, list(resources.values()))
    if status in FREED:
        free(slot, actor=SYSTEM)
    verdict = VisitVerdict(
        client_id=client.id, variant_id=variant.id, therapist_id=therapist.id,
        on_date=slot.on_date, outcome="admitted", made_at=now(),
    )  # fmt: skip
    db.session.add(verdict)
    db.session.flush()
    return Visit(
        client=client, variant_id=variant.id, therapist_id=therapist.id, place_id=place.id,
        on_date=slot.on_date, slot_id=slot.id, held_slot_id=None if status in FREED else slot.id,
        verdict_id=verdict.id, authorisation_id=authorisation.id, status=status, minutes=60,
        price_minor=8500, currency="USD", **resources,
    )  # fmt: skip


def _slot(on: date | None, resources: list[int]) -> Slot:
    """An hour of its own: on the day that is asked for, or on one of many."""
    number = next(_hours)
    day = on or FIRST + timedelta(days=number % 300)
    begins = datetime.combine(day, time(6 + number // 300 % 14), UTC)
    return take(
        actor=SYSTEM, kind="visit", starts_at=begins, ends_at=begins + timedelta(hours=1),
        wants=[Want(number) for number in resources],
    )  # fmt: skip


def _therapist() -> StaffMember:
    return db.session.query(StaffMember).filter_by(name="Ines Okafor").one()


def _place() -> Place:
    return db.session.query(Place).first()


def _variant() -> Any:
    return db.session.query(catalogue.ServiceVariant).first()


def ready() -> None:
    """What visits need: somebody who treats, a table, a service."""
    if db.session.query(StaffMember).filter_by(name="Ines Okafor").first() is None:
        staff.therapist("Ines Okafor")
        catalogue.variant()
        with transaction() as session, writing("test.place", SYSTEM):
            session.add(Place(name="Table", room=Room(name="Room 1")))
            session.flush()
