"""Verbs of the timetable: rooms, hours, time off, and the time that all of them take."""

from clinic.timetable.services.equipment import (
    amend_equipment,
    bring_in,
    give_up_equipment,
    use_equipment_again,
)
from clinic.timetable.services.hours import (
    amend_exception,
    amend_hours,
    except_hours,
    plan_hours,
    strike_exception,
    strike_hours,
)
from clinic.timetable.services.refusing import SlotTaken, what_is_taken
from clinic.timetable.services.resources import resource_for, resources_for
from clinic.timetable.services.rooms import (
    add_place,
    amend_place,
    amend_room,
    close_room,
    give_up_place,
    give_up_room,
    lift_closure,
    open_room,
    use_place_again,
    use_room_again,
)
from clinic.timetable.services.slots import (
    Want,
    free,
    is_overlapping,
    let_go,
    remove_lapsed,
    retake,
    shift,
    take,
)
from clinic.timetable.services.standing import VisitsStand, visits_in
from clinic.timetable.services.time_off import approve, ask, call_off, decline

__all__ = [
    "SlotTaken",
    "VisitsStand",
    "Want",
    "add_place",
    "amend_equipment",
    "amend_exception",
    "amend_hours",
    "amend_place",
    "amend_room",
    "approve",
    "ask",
    "bring_in",
    "call_off",
    "close_room",
    "decline",
    "except_hours",
    "free",
    "give_up_equipment",
    "give_up_place",
    "give_up_room",
    "is_overlapping",
    "let_go",
    "lift_closure",
    "open_room",
    "plan_hours",
    "remove_lapsed",
    "resource_for",
    "resources_for",
    "retake",
    "shift",
    "strike_exception",
    "strike_hours",
    "take",
    "use_equipment_again",
    "use_place_again",
    "use_room_again",
    "visits_in",
    "what_is_taken",
]
