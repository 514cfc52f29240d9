"""Verbs of the room for health: facts, forms, and the sheet that is made of them."""

from clinic.health.services.facts import (
    change_fact,
    confirm_fact,
    end_fact,
    record_answers,
    record_fact,
    take_facts,
)
from clinic.health.services.imported import take_imported, take_out_all, take_out_facts
from clinic.health.services.intake import (
    Incomplete,
    begin,
    complete,
    is_minor,
    keep,
    mark_in_error,
    review,
    stop,
)
from clinic.health.services.sheets import hear_consent, hear_person, refresh

__all__ = [
    "Incomplete",
    "begin",
    "change_fact",
    "complete",
    "confirm_fact",
    "end_fact",
    "hear_consent",
    "hear_person",
    "is_minor",
    "keep",
    "mark_in_error",
    "record_answers",
    "record_fact",
    "refresh",
    "review",
    "stop",
    "take_facts",
    "take_imported",
    "take_out_all",
    "take_out_facts",
]
