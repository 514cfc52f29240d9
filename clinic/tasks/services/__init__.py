"""What is to be done: opened, taken, put off, finished; and what a new day brings of itself."""

from clinic.tasks.services.doing import (
    FIELDS,
    Swept,
    cancel,
    cancel_about,
    finish,
    finish_about,
    hand_back,
    hand_to,
    open_task,
    set_due,
    snooze,
    sweep,
    take,
    wake,
)
from clinic.tasks.services.licences import see_to_licences

__all__ = [
    "FIELDS",
    "Swept",
    "cancel",
    "cancel_about",
    "finish",
    "finish_about",
    "hand_back",
    "hand_to",
    "open_task",
    "see_to_licences",
    "set_due",
    "snooze",
    "sweep",
    "take",
    "wake",
]
