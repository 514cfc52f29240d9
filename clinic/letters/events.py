"""What becomes of a letter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterMoved:
    """A letter is in another state, or it was acknowledged or answered.

    ``instead_of`` is the letter whose words a new draft takes over: what named that letter
    names this one from now on. That the old one is cancelled is told next.
    """

    letter_id: int
    about: str
    kind: str
    status: str
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentAttached:
    """A document goes with a draft, as one that tells this kind of data (``consents.rules.DATA``).

    Who knows what the document is may refuse."""

    file_id: int
    tells: str
