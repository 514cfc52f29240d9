"""Verbs of the room for consents: take, refuse, replace, withdraw, and publish words."""

from clinic.consents.services.taking import (
    mark_in_error,
    publish_text,
    refuse,
    replace,
    take_consent,
    withdraw,
    withdraw_clinical,
)

__all__ = [
    "mark_in_error",
    "publish_text",
    "refuse",
    "replace",
    "take_consent",
    "withdraw",
    "withdraw_clinical",
]
