"""Booked, moved, cancelled, kept: every verb asks the one gate."""

from clinic.scheduling.services.booking import book
from clinic.scheduling.services.gate import NotAdmitted
from clinic.scheduling.services.living import (
    approve,
    cancel,
    check_in,
    confirm,
    correct,
    decline,
    finish,
    mark_no_show,
    release,
    reopen,
    send_home,
    start,
    undo,
)
from clinic.scheduling.services.moving import change_service, move
from clinic.scheduling.services.plans import OutsideHours
from clinic.timetable.services import SlotTaken

__all__ = [
    "NotAdmitted",
    "OutsideHours",
    "SlotTaken",
    "approve",
    "book",
    "cancel",
    "change_service",
    "check_in",
    "confirm",
    "correct",
    "decline",
    "finish",
    "mark_no_show",
    "move",
    "release",
    "reopen",
    "send_home",
    "start",
    "undo",
]
