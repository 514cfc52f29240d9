"""A small clinic with a row in every table that the back office shows."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.models import Setting
from clinic.referrals.models import ReportRule
from clinic.scheduling.models import GroupBooking, WaitlistEntry
from clinic.scheduling.rules.series import Phase
from clinic.scheduling.services import plan_series, waiting
from clinic.scheduling.services.feeds import open_feed
from clinic.scheduling.services.groups import Member, book_together
from clinic.staff.models import Qualification, StaffQualification
from clinic.timetable import services as timetable
from clinic.timetable.models import WorkingHours
from tests.factories import catalogue, clients, directory, referrals, scheduling, tasks

CLINICAL = ("canary-reason", "canary-code", "canary-care", "canary-note")
"""What no page of the back office may hold."""


@dataclass
class Office:
    """Public ids by the slug of the screen; ``names`` are what one reads there."""

    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    day: date = date(2027, 3, 2)


def filled() -> Office:
    """Fill the clinic."""
    house = scheduling.open_house("Europe/London")
    visit = scheduling.book(house, note="canary-note on the booking")
    organisation = directory.organisation()
    provider = directory.provider(at=organisation, npi=directory.NPI, phone="+15550140000")
    order = referrals.order(house.client, provider)
    allowed = referrals.allowance(order, valid_from=date(2026, 1, 1))
    referrals.rules()
    add_on = catalogue.add_on()
    other = clients.a_client("Tomas Reyes")
    day = scheduling.this_day() + timedelta(days=30)
    group, entry, secret = _together(house, other), _waits(house, other), _reads_along(house)
    with transaction():
        plan_series(
            actor=SYSTEM, client=house.client, variant=house.variant, phases=[Phase(7, 3)],
            first_on=day, wall=600,
        )  # fmt: skip
    with transaction():
        technique = catalogue.services.name_technique(actor=SYSTEM, code="DEEP", name="Deep work")
        policy = catalogue.services.write_late_policy(
            actor=SYSTEM, name="A day", cut_off_hours=24, late_kind="percent", late_value=50
        )
        feature = catalogue.services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
        kind = catalogue.services.name_equipment_kind(actor=SYSTEM, code="HEATER", name="Heater")
        catalogue.services.name_feature(actor=SYSTEM, code="FLOOR", name="Mat")
        cups = catalogue.services.name_equipment_kind(actor=SYSTEM, code="CUP", name="Cups")
    with transaction():
        piece = timetable.bring_in(kind, actor=SYSTEM, name="Heater 1")
        timetable.bring_in(cups, actor=SYSTEM, name="Heater 2")
        price = catalogue.services.set_price(
            house.variant, actor=SYSTEM, amount_minor=9000, effective_from=day
        )
        exception = timetable.except_hours(house.therapist, actor=SYSTEM, on_date=day)
        away = timetable.ask(
            house.therapist,
            actor=SYSTEM,
            kind="vacation",
            starts_at=scheduling.at(0, on=day),
            ends_at=scheduling.at(12, on=day),
        )
        closure = timetable.close_room(
            house.places[1].room,
            actor=SYSTEM,
            starts_at=scheduling.at(8, on=day),
            ends_at=scheduling.at(12, on=day),
        )
    rows = {
        "group_id": group,
        "entry_id": entry,
        "document_id": referrals.paper(order),
        "rule_id": db.session.query(ReportRule).first(),
        "task_id": tasks.task(client=house.client),
        "appointments": visit,
        "rooms": house.places[0].room,
        "equipment": piece,
        "late-policies": policy,
        "room-features": feature,
        "equipment-kinds": kind,
        "places": house.places[0],
        "hours": db.session.query(WorkingHours).first(),
        "exceptions": exception,
        "time-off": away,
        "closures": closure,
        "orders": order,
        "authorisations": allowed,
        "providers": provider,
        "organisations": organisation,
        "services": house.variant.service,
        "lengths": house.variant,
        "prices": price,
        "add-ons": add_on,
        "techniques": technique,
        "people": house.therapist,
        "licences": db.session.query(StaffQualification).first(),
        "qualifications": db.session.query(Qualification).first(),
        "settings": db.session.query(Setting).one(),
    }
    ids = {slug: row.public_id for slug, row in rows.items()}
    ids |= {"place2": house.places[1].public_id, "token": secret}
    return Office(ids, {"client": "Grace Nakamura"}, day)


def _together(house: scheduling.House, other: Client) -> GroupBooking:
    """Two clients with two therapists at one time."""
    members = [
        Member(other, house.variant, scheduling.a_therapist("Dariusz Wolak")),
        Member(house.client, house.variant, house.therapist, note="canary-note, both of them"),
    ]
    at = scheduling.at(10, on=scheduling.this_day() + timedelta(days=9))
    with transaction():
        return book_together(actor=SYSTEM, members=members, starts_at=at, kind="group")


def _waits(house: scheduling.House, client: Client) -> WaitlistEntry:
    """Somebody who waits, and was offered a time."""
    first = scheduling.this_day() + timedelta(days=10)
    with transaction():
        entry = waiting.wait(
            actor=SYSTEM, client=client, variant=house.variant, earliest=first, latest=first
        )
    with transaction():
        waiting.offer(
            entry, actor=SYSTEM, therapist=house.therapist, starts_at=scheduling.at(10, on=first)
        )
    return entry


def _reads_along(house: scheduling.House) -> str:
    """The secret of an address at which the therapist's calendar is read elsewhere."""
    with transaction():
        return open_feed(house.therapist, actor=house.treats, shows_names=True)
