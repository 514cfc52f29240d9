"""Sentences for people: the message and its values, translated only at the edge."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence to be translated: ``message`` is the msgid, ``values`` fill its braces."""

    message: str
    values: tuple[tuple[str, Any], ...] = ()

    def filled(self, message: str) -> str:
        """The given translation of the message with the values put in."""
        return message.format(**dict(self.values)) if self.values else message

    def __str__(self) -> str:
        return self.filled(self.message)


def say(message: str, /, **values: Any) -> Words:
    """Say something to a person, in words that the web will translate and format.

    The braces of ``message`` name its values: ``say("{name} is away", name=...)``.
    """
    return Words(message, tuple(values.items()))
