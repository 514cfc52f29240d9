"""What becomes of a letter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterMoved:
    """A letter is in another state, or it was acknowledged."""

    letter_id: int
    about: str
    kind: str
    status: str
