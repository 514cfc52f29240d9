"""What the room for health announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactsChanged:
    """Something else is known of a client, or a therapist or a provider decided on it."""

    client_id: int


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """A screening rule is another from a day on."""

    code: str


@dataclass(frozen=True, slots=True)
class ClearanceMoved:
    """A provider is asked about a client, another one is, one answered, or it was taken back."""

    clearance_id: int
