"""What the room for consents announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """Somebody agreed to something, refused it, or took it back."""

    client_id: int
