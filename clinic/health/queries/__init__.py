"""What is known of a person's health."""

from clinic.health.queries.sheets import Known, known_of

__all__ = [
    "Known",
    "known_of",
]
