"""Verbs of the timetable: take time and give it back."""

from clinic.timetable.services.resources import resource_for, resources_for
from clinic.timetable.services.slots import (
    SlotTaken,
    Want,
    drop,
    free,
    retake,
    shift,
    swap,
    take,
)

__all__ = [
    "SlotTaken",
    "Want",
    "drop",
    "free",
    "resource_for",
    "resources_for",
    "retake",
    "shift",
    "swap",
    "take",
]
