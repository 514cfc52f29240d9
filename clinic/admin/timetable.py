"""The back office's screens of rooms, places, hours and days that differ."""

from datetime import date, datetime
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.fields import Pick, Wall, short
from clinic.admin.parts import Choice, Column, Deed, Named, since, until, whether
from clinic.catalogue.models import EquipmentKind
from clinic.catalogue.queries import needs
from clinic.core.clock import from_epoch
from clinic.core.permissions import Permission
from clinic.practice.queries import the_practice
from clinic.staff.models import StaffMember
from clinic.staff.queries import staff_names, the_member
from clinic.timetable import queries, services
from clinic.timetable.models import (
    Equipment,
    HoursException,
    Place,
    Room,
    WorkingHours,
)
from clinic.timetable.rules import wall_second
from clinic.web.fields import Day, Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.pages import records, rows
from clinic.web.wording import lazy_gettext as _l

SECTION = _l("Scheduling")
IN_USE = {True: (_l("In use"), "success"), False: (_l("Given up"), "")}
WEEKDAYS = dict(
    enumerate(
        (
            _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"),
            _l("Saturday"), _l("Sunday"),
        )
    )
)  # fmt: skip
WHO = Named(_l("Person"), StaffMember.public_id, lambda: records(staff_names()))


class TimetableView(ServiceModelView):
    section = SECTION
    read_permission, write_permission = Permission.TIMETABLE_READ, Permission.TIMETABLE_WRITE


def room_options() -> list[tuple[str, str]]:
    return [(one.public_id, one.name) for one in records(queries.room_names())]


def moment(day: date, minute: int) -> datetime:
    """The instant of a wall time at the clinic; 1440 is the end of the day."""
    return from_epoch(wall_second(day, minute, the_practice().zone))


def _name(most: int) -> StringField:
    return StringField(_l("Name"), [DataRequired(_l("Enter a name.")), short(most)])


class _RoomFields:
    name = _name(Room.NAME_MAX)
    note = StringField(_l("Note"), [short(120)])
    position = Whole(
        _l("Place in the list"),
        [InputRequired(_l("Enter a whole number.")), NumberRange(0, 1000, _l("At most 1000."))],
        default=0,
    )

    features = SelectMultipleField(_l("The room has"), choices=[])


class RoomForm(_RoomFields, VersionedForm):
    pass


class NewRoomForm(_RoomFields, ClinicForm):
    places = StringField(
        _l("Tables"),
        [DataRequired(_l("Name at least one table.")), short(200)],
        default="Table",
        description=_l("Their names, with commas between."),
    )


def _open_room(*, places: str, **values: Any) -> Any:
    names = tuple(name.strip()[:40] for name in places.split(",") if name.strip())
    return services.open_room(places=names, **values)


class RoomsAdmin(TimetableView):
    model = Room
    may_hurt = True
    slug, label, glyph = "rooms", _l("Rooms"), "door"
    about = _l("The rooms in which clients are treated.")
    create_label = _l("New room")
    title, order = (Room.name,), (Room.position, Room.name)
    columns = (
        Column("name", _l("Name"), Room.name, "room", sort=(Room.name,)),
        Column("note", _l("Note"), Room.note),
        Column("position", _l("Place in the list"), Room.position, "number"),
        Column("state", _l("State"), Room.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), Room.is_active.is_(True)),)
    form, new_form = RoomForm, NewRoomForm
    create_with, update_with = staticmethod(_open_room), staticmethod(services.amend_room)
    deeds = (
        Deed("give_up", _l("Give up"), services.give_up_room, at=("state", (True,))),
        Deed("use_again", _l("Use again"), services.use_room_again, at=("state", (False,))),
    )
    widths = {"name": "6", "position": "6"}

    def choices(self, form: Any, row: Any = None) -> None:
        form.features.choices = [(one.code, one.name) for one in rows(needs.room_features())]

    def shown(self, row: Room) -> Any:
        return Shown(row, features=[one.feature.code for one in row.features])


class PlaceForm(VersionedForm):
    name = _name(40)


class NewPlaceForm(ClinicForm):
    room = Pick(_l("Room"), [InputRequired(_l("Choose a room."))])
    name = _name(40)


def _add_place(*, room: str, **values: Any) -> Any:
    return services.add_place(queries.the_room(room), **values)


class PlacesAdmin(TimetableView):
    model = Place
    may_hurt = True
    slug, label, glyph = "places", _l("Tables"), "bed"
    about = _l("The places in each room: one client at a time.")
    create_label = _l("New table")
    joins = (Place.room,)
    title, order = (Room.name, Place.name), (Room.position, Room.name, Place.id)
    columns = (
        Column("name", _l("Name"), Place.name),
        Column("room", _l("Room"), Room.name, "room"),
        Column("state", _l("State"), Place.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), Place.is_active.is_(True)),)
    form, new_form = PlaceForm, NewPlaceForm
    create_with, update_with = staticmethod(_add_place), staticmethod(services.amend_place)
    deeds = (
        Deed("give_up", _l("Give up"), services.give_up_place, at=("state", (True,))),
        Deed("use_again", _l("Use again"), services.use_place_again, at=("state", (False,))),
    )
    widths = {"name": "6", "room": "6"}

    def choices(self, form: Any, row: Any = None) -> None:
        if "room" in form:
            form.room.offer(room_options())


class EquipmentForm(VersionedForm):
    name = _name(Equipment.NAME_MAX)


class NewEquipmentForm(ClinicForm):
    kind = Pick(_l("Kind"), [InputRequired(_l("Choose a kind."))])
    name = _name(Equipment.NAME_MAX)


def _bring_in(*, kind: str, **values: Any) -> Any:
    return services.bring_in(needs.the_equipment_kind(kind), **values)


class EquipmentAdmin(TimetableView):
    model = Equipment
    slug, label, glyph = "equipment", _l("Equipment"), "briefcase"
    about = _l("Each piece can be at one visit at a time.")
    create_label = _l("New piece")
    joins = (Equipment.kind,)
    title, order = (Equipment.name,), (EquipmentKind.name, Equipment.name, Equipment.id)
    columns = (
        Column("name", _l("Name"), Equipment.name),
        Column("kind", _l("Kind"), EquipmentKind.name),
        Column("state", _l("State"), Equipment.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), Equipment.is_active.is_(True)),)
    form, new_form = EquipmentForm, NewEquipmentForm
    create_with, update_with = staticmethod(_bring_in), staticmethod(services.amend_equipment)
    deeds = (
        Deed("give_up", _l("Give up"), services.give_up_equipment, at=("state", (True,))),
        Deed("use_again", _l("Use again"), services.use_equipment_again, at=("state", (False,))),
    )
    widths = {"name": "6", "kind": "6"}

    def choices(self, form: Any, row: Any = None) -> None:
        if "kind" in form:
            form.kind.offer([(one.public_id, one.name) for one in rows(needs.equipment_kinds())])


class _HoursFields:
    weekday = SelectField(_l("Weekday"), choices=list(WEEKDAYS.items()), coerce=int)
    starts = Wall(_l("Begins"), [InputRequired(_l("Enter a time, such as 09:30."))])
    ends = Wall(_l("Ends"), [InputRequired(_l("Enter a time, such as 17:00."))])
    from_on = Day(_l("From"), [InputRequired(_l("Enter the first day."))])
    until_on = Day(_l("Until"), [Optional()], description=_l("Empty: until further notice."))


class HoursForm(_HoursFields, VersionedForm):
    pass


class NewHoursForm(_HoursFields, ClinicForm):
    staff = Pick(_l("Person"), [InputRequired(_l("Choose a person."))])


def _plan(*, staff: str, **values: Any) -> Any:
    return services.plan_hours(the_member(staff), **values)


class OfPeople(TimetableView):
    """Screens of what belongs to one of the people who work here."""

    def choices(self, form: Any, row: Any = None) -> None:
        if "staff" in form:
            form.staff.offer([(one.public_id, one.name) for one in records(staff_names())])


class HoursAdmin(OfPeople):
    model = WorkingHours
    may_hurt = True
    slug, label, glyph = "hours", _l("Working hours"), "clock"
    about = _l("The hours of each person's week; two stretches a day are a split shift.")
    create_label = _l("Plan hours")
    joins, title = (WorkingHours.staff,), (StaffMember.name,)
    order = (StaffMember.name, WorkingHours.weekday, WorkingHours.starts, WorkingHours.id)
    columns = (
        Column("person", _l("Person"), StaffMember.name),
        Column("weekday", _l("Weekday"), WorkingHours.weekday, "name", WEEKDAYS),
        Column("starts", _l("Begins"), WorkingHours.starts, "time"),
        Column("ends", _l("Ends"), WorkingHours.ends, "time"),
        Column("from_on", _l("From"), WorkingHours.from_on, "day"),
        Column("until_on", _l("Until"), WorkingHours.until_on, "day"),
    )
    filters = (
        WHO,
        Choice(
            _l("Weekday"),
            [(str(number), word) for number, word in WEEKDAYS.items()],
            lambda value: WorkingHours.weekday == int(value),
        ),
    )
    form, new_form = HoursForm, NewHoursForm
    create_with, update_with = staticmethod(_plan), staticmethod(services.amend_hours)
    deeds = (
        Deed("strike", _l("Strike"), services.strike_hours, _l("Take these hours off the plan?")),
    )
    widths = {
        "staff": "6",
        "weekday": "6",
        "starts": "3",
        "ends": "3",
        "from_on": "3",
        "until_on": "3",
    }


class _ExceptionFields:
    on_date = Day(_l("Day"), [InputRequired(_l("Enter the day."))])
    starts = Wall(_l("Begins"), [Optional()], description=_l("Empty: a day off."))
    ends = Wall(_l("Ends"), [Optional()])
    note = StringField(_l("Note"), [short(80)])


class ExceptionForm(_ExceptionFields, VersionedForm):
    pass


class NewExceptionForm(_ExceptionFields, ClinicForm):
    staff = Pick(_l("Person"), [InputRequired(_l("Choose a person."))])


def _except(*, staff: str, **values: Any) -> Any:
    return services.except_hours(the_member(staff), **values)


class ExceptionsAdmin(OfPeople):
    model = HoursException
    may_hurt = True
    slug, label, glyph = "exceptions", _l("Different hours"), "calendar-off"
    about = _l("Single days on which somebody's hours are different.")
    create_label = _l("Change a day")
    joins, title = (HoursException.staff,), (StaffMember.name,)
    order = (HoursException.on_date.desc(), HoursException.id.desc())
    columns = (
        Column("person", _l("Person"), StaffMember.name),
        Column("on_date", _l("Day"), HoursException.on_date, "day"),
        Column("starts", _l("Begins"), HoursException.starts, "time", {None: _l("Day off")}),
        Column("ends", _l("Ends"), HoursException.ends, "time"),
        Column("note", _l("Note"), HoursException.note),
    )
    filters = (
        WHO,
        since(_l("Day"), HoursException.on_date),
        until(_l("Day"), HoursException.on_date),
    )
    form, new_form = ExceptionForm, NewExceptionForm
    create_with, update_with = staticmethod(_except), staticmethod(services.amend_exception)
    deeds = (
        Deed(
            "strike", _l("Strike"), services.strike_exception, _l("Give the day its usual hours?")
        ),
    )
    widths = {"staff": "6", "on_date": "6", "starts": "6", "ends": "6"}


SCREENS = (RoomsAdmin, PlacesAdmin, EquipmentAdmin, HoursAdmin, ExceptionsAdmin)
