"""The back office's screens of time off and closed rooms."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from clinic.admin.fields import Pick, Wall, short
from clinic.admin.parts import Choice, Column, Deed, one_of, whether
from clinic.admin.timetable import WHO, OfPeople, TimetableView, moment, room_options
from clinic.core.clock import now
from clinic.staff.models import StaffMember
from clinic.staff.queries import the_member
from clinic.timetable import queries, services
from clinic.timetable.models import Room, RoomClosure, TimeOff
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l

AWAY_KINDS = {
    "vacation": _l("Holiday"),
    "sick": _l("Sick"),
    "training": _l("Training"),
    "meeting": _l("Meeting"),
    "break": _l("Break"),
    "other": _l("Other"),
}
AWAY_STATES = {
    "requested": (_l("Asked for"), "warning"),
    "approved": (_l("Approved"), "success"),
    "declined": (_l("Declined"), "danger"),
    "cancelled": (_l("Called off"), ""),
}


class _Stretch:
    from_day = Day(_l("From"), [InputRequired(_l("Enter the first day."))])
    from_time = Wall(
        _l("From time"), [InputRequired(_l("Enter a time, such as 09:30."))], default=0
    )
    until_day = Day(_l("Until"), [InputRequired(_l("Enter the last day."))])
    until_time = Wall(
        _l("Until time"),
        [InputRequired(_l("Enter a time, such as 17:00."))],
        default=1440,
        description=_l("24:00 is the end of the day."),
    )
    note = StringField(_l("Note"), [short(120)])


STRETCH_WIDTHS = {"from_day": "3", "from_time": "3", "until_day": "3", "until_time": "3"}


def stretch(values: dict[str, Any]) -> dict[str, Any]:
    """The values with two instants instead of two days and two wall times."""
    starts_at = moment(values.pop("from_day"), values.pop("from_time"))
    ends_at = moment(values.pop("until_day"), values.pop("until_time"))
    return values | {"starts_at": starts_at, "ends_at": ends_at}


class NewTimeOffForm(_Stretch, ClinicForm):
    staff = Pick(_l("Person"), [InputRequired(_l("Choose a person."))])
    kind = SelectField(_l("Kind"), choices=list(AWAY_KINDS.items()))


def _ask(*, staff: str, **values: Any) -> Any:
    return services.ask(the_member(staff), **stretch(values))


class TimeOffAdmin(OfPeople):
    model = TimeOff
    slug, label, glyph = "time-off", _l("Time off"), "beach"
    about = _l("Who asked to be away; approved, their time is taken.")
    create_label = _l("Enter time off")
    joins, title = (TimeOff.staff,), (StaffMember.name,)
    order = (TimeOff.starts_at.desc(), TimeOff.id.desc())
    columns = (
        Column("person", _l("Person"), StaffMember.name),
        Column("kind", _l("Kind"), TimeOff.kind, "tag", AWAY_KINDS),
        Column("starts_at", _l("From"), TimeOff.starts_at, "when"),
        Column("ends_at", _l("Until"), TimeOff.ends_at, "when"),
        Column("note", _l("Note"), TimeOff.note),
        Column("status", _l("State"), TimeOff.status, "tag", AWAY_STATES),
    )
    filters = (
        one_of(
            _l("State"), TimeOff.status, {code: word for code, (word, _) in AWAY_STATES.items()}
        ),
        WHO,
        one_of(_l("Kind"), TimeOff.kind, AWAY_KINDS),
    )
    new_form, create_with = NewTimeOffForm, staticmethod(_ask)
    deeds = (
        Deed("approve", _l("Approve"), services.approve, at=("status", ("requested", "declined"))),
        Deed("decline", _l("Decline"), services.decline, at=("status", ("requested",))),
        Deed(
            "call_off",
            _l("Call off"),
            services.call_off,
            _l("Call this off? Its time is free again."),
            at=("status", ("requested", "approved")),
        ),
    )
    widths = {"staff": "6", "kind": "6"} | STRETCH_WIDTHS


class NewClosureForm(_Stretch, ClinicForm):
    room = Pick(_l("Room"), [InputRequired(_l("Choose a room."))])


def _close(*, room: str, **values: Any) -> Any:
    return services.close_room(queries.the_room(room), **stretch(values))


LIFTED = {True: (_l("Lifted"), ""), False: (_l("Stands"), "warning")}


class ClosuresAdmin(TimetableView):
    model = RoomClosure
    slug, label, glyph = "closures", _l("Room closures"), "ban"
    about = _l("When a room cannot be used.")
    create_label = _l("Close a room")
    joins, title = (RoomClosure.room,), (Room.name,)
    order = (RoomClosure.starts_at.desc(), RoomClosure.id.desc())
    columns = (
        Column("room", _l("Room"), Room.name, "room"),
        Column("starts_at", _l("From"), RoomClosure.starts_at, "when"),
        Column("ends_at", _l("Until"), RoomClosure.ends_at, "when"),
        Column("note", _l("Note"), RoomClosure.note),
        Column("state", _l("State"), RoomClosure.lifted_at.is_not(None), "yes", LIFTED),
    )
    filters = (
        whether(_l("Lifted"), RoomClosure.lifted_at.is_not(None)),
        Choice(
            _l("When"),
            (("to_come", _l("Now or to come")), ("over", _l("Over"))),
            lambda value: (
                RoomClosure.ends_at >= now() if value == "to_come" else RoomClosure.ends_at < now()
            ),
        ),
    )
    new_form, create_with = NewClosureForm, staticmethod(_close)
    deeds = (
        Deed(
            "lift",
            _l("Lift"),
            services.lift_closure,
            _l("Open this room again?"),
            at=("state", (False,)),
        ),
    )
    widths = {"room": "6"} | STRETCH_WIDTHS

    def choices(self, form: Any, row: Any = None) -> None:
        form.room.offer(room_options())


SCREENS = (TimeOffAdmin, ClosuresAdmin)
