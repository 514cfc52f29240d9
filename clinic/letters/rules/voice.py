"""How a letter speaks: in the clinic's language, with its way of writing days."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from clinic.core.words import Words


@dataclass(frozen=True, slots=True)
class Voice:
    """Turns words into text. ``speak`` translates; ``locale`` is such as ``en_CA``."""

    speak: Callable[[Words], str] = str
    locale: str = "en"

    def __call__(self, words: Words | str) -> str:
        """The words as they are read; text that is somebody's own stays as it is."""
        return self.speak(words) if isinstance(words, Words) else words

    def day(self, on: date) -> str:
        """``3 May 1990``, as the clinic writes it, always with its year."""
        return format_date(on, "long", locale=self.locale)

    def short(self, on: date) -> str:
        """``3 May 1990`` in little space."""
        return format_date(on, "medium", locale=self.locale)

    def each(self, items: Iterable[Words | str]) -> str:
        """``one, two, three``"""
        return ", ".join(self(one) for one in items)
