"""A small clinic with a row in every table that the back office shows."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.models import Setting
from clinic.scheduling.rules.series import Phase
from clinic.scheduling.services import plan_series
from clinic.staff.models import Qualification, StaffQualification
from clinic.timetable import services as timetable
from clinic.timetable.models import WorkingHours
from tests.factories import catalogue, clients, directory, referrals, scheduling

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
    add_on = catalogue.add_on()
    clients.a_client("Tomas Reyes")
    day = scheduling.this_day() + timedelta(days=30)
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
        other = catalogue.services.name_equipment_kind(actor=SYSTEM, code="CUP", name="Cups")
    with transaction():
        piece = timetable.bring_in(kind, actor=SYSTEM, name="Heater 1")
        timetable.bring_in(other, actor=SYSTEM, name="Heater 2")
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
        "referrals": order,
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
    ids["place2"] = house.places[1].public_id
    return Office(ids, {"client": "Grace Nakamura"}, day)
