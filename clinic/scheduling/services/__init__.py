"""Booked, moved, cancelled, kept: every verb asks the one gate."""

from clinic.scheduling.services.booking import book
from clinic.scheduling.services.fees import fee_due, settle_fee
from clinic.scheduling.services.gate import NotAdmitted, NotScreened
from clinic.scheduling.services.holding import hold_time, let_go
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
from clinic.scheduling.services.moving import change_service, move, resize
from clinic.scheduling.services.plans import OutsideHours
from clinic.scheduling.services.recounting import count_against
from clinic.scheduling.services.series import (
    DateRefused,
    book_item,
    end_series,
    extend_series,
    plan_series,
    skip_item,
    take_up_item,
)
from clinic.scheduling.services.starting import NotReady
from clinic.scheduling.services.undoing import take_back
from clinic.timetable.services import SlotTaken

__all__ = [
    "DateRefused",
    "NotAdmitted",
    "NotReady",
    "NotScreened",
    "OutsideHours",
    "SlotTaken",
    "approve",
    "book",
    "book_item",
    "cancel",
    "change_service",
    "check_in",
    "confirm",
    "correct",
    "count_against",
    "decline",
    "end_series",
    "extend_series",
    "fee_due",
    "finish",
    "hold_time",
    "let_go",
    "mark_no_show",
    "move",
    "plan_series",
    "release",
    "reopen",
    "resize",
    "send_home",
    "settle_fee",
    "skip_item",
    "start",
    "take_back",
    "take_up_item",
    "undo",
]
