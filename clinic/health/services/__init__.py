"""Verbs of the room for health."""

from clinic.health.services.sheets import hear_consent, refresh

__all__ = [
    "hear_consent",
    "refresh",
]
