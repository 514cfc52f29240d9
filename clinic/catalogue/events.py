"""What the room for the catalogue announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TechniquesChanged:
    """A service is about other techniques than before, or an add-on uses another."""
