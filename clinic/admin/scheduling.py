"""The back office's screen of appointments."""

from typing import Any

from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.fields import Pick, Wall
from clinic.admin.names import client_name
from clinic.admin.parts import Column, Named, one_of, since, until
from clinic.admin.timetable import SECTION, moment
from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import is_met_by
from clinic.core.permissions import Permission
from clinic.practice.queries import the_practice
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.staff.queries import the_member, therapist_names
from clinic.timetable.models import Place, Room, Slot
from clinic.timetable.queries import places_in_use, the_place
from clinic.web.fields import Day
from clinic.web.forms import VersionedForm
from clinic.web.pages import records
from clinic.web.wording import lazy_gettext as _l

STATUS_WORDS = {
    "requested": _l("Requested"),
    "held": _l("On hold"),
    "booked": _l("Booked"),
    "arrived": _l("Arrived"),
    "in_session": _l("In session"),
    "completed": _l("Completed"),
    "cancelled": _l("Cancelled"),
    "late_cancelled": _l("Cancelled late"),
    "no_show": _l("No-show"),
    "released": _l("Released"),
    "entered_in_error": _l("Entered in error"),
}


class MoveForm(VersionedForm):
    day = Day(_l("Day"), [InputRequired(_l("Enter the day."))])
    time = Wall(_l("Time"), [InputRequired(_l("Enter a time, such as 09:30."))])
    therapist = Pick(_l("Therapist"), [InputRequired(_l("Choose a therapist."))])
    place = Pick(_l("Room"), [Optional()], nothing=_l("Any that is free"))
    self_pay = BooleanField(
        _l("The client agrees to pay for this visit themselves"),
        description=_l("Asked where no authorised visit is left."),
    )


def _move(row: Visit, *, day: Any, time: int, therapist: str, place: str, **values: Any) -> None:
    services.move(
        row,
        starts_at=moment(day, time),
        therapist=the_member(therapist),
        place=the_place(place) if place else None,
        **values,
    )


class AppointmentsAdmin(ServiceModelView):
    model = Visit
    slug, label, section, glyph = "appointments", _l("Appointments"), SECTION, "calendar"
    about = _l("Every visit, past and to come, to be searched and moved.")
    create_label = _l("New booking")
    read_permission, write_permission = Permission.SCHEDULE_READ, Permission.SCHEDULE_WRITE
    joins = (
        Visit.slot, Visit.client, Visit.variant, ServiceVariant.service, Visit.therapist,
        Visit.place, Place.room,
    )  # fmt: skip
    title = (client_name(), Service.name)
    order = (Slot.on_date.desc(), Slot.starts_s.desc(), Slot.id.desc())
    sees = ("schedule", Client.public_id)
    columns = (
        Column(
            "time", _l("Time"), Slot.starts_s, "epoch", sort=(Slot.on_date, Slot.starts_s, Slot.id)
        ),
        Column("client", _l("Client"), client_name()),
        Column("service", _l("Service"), Service.name),
        Column("minutes", _l("Minutes"), Visit.minutes, "number"),
        Column("therapist", _l("Therapist"), StaffMember.name),
        Column("room", _l("Room"), Room.name, "room"),
        Column("status", _l("Status"), Visit.status, "status", STATUS_WORDS),
    )
    more = (Column("price", _l("Price"), Visit.price_minor, "money"),)
    filters = (
        since(_l("Day"), Slot.on_date),
        until(_l("Day"), Slot.on_date),
        Named(_l("Therapist"), StaffMember.public_id, lambda: records(therapist_names())),
        one_of(_l("Status"), Visit.status, STATUS_WORDS),
    )
    search_label = _l("Client")
    form, update_with = MoveForm, staticmethod(_move)
    new_endpoint, new_permission = "scheduling.new", Permission.SCHEDULE_OWN
    row_endpoint = "scheduling.visit"
    widths = {"day": "3", "time": "3", "therapist": "6", "place": "6"}

    def found(self, text: str) -> Any:
        return (is_met_by(Visit.client_id, text),)

    def choices(self, form: Any, row: Any = None) -> None:
        form.therapist.offer([(one.public_id, one.name) for one in records(therapist_names())])
        form.place.offer(
            [(one.public_id, f"{one.room}, {one.place}") for one in records(places_in_use())]
        )

    def shown(self, row: Visit) -> Any:
        local = row.slot.starts_at.astimezone(the_practice().zone)
        return Shown(
            row,
            day=local.date(),
            time=local.hour * 60 + local.minute,
            therapist=row.therapist.public_id,
            place=row.place.public_id,
        )


SCREENS = (AppointmentsAdmin,)
