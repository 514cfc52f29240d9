"""What the room for clients announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """A record stands for another person than before, or was born on another day."""

    client_id: int
