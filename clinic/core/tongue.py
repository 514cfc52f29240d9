"""How a service writes words down for somebody outside: in the clinic's language.

Rules and services know no web; whoever puts the house together says here how words are spoken.
"""

from collections.abc import Callable

from clinic.core.words import Words

Speaker = Callable[[Words], str]
_speakers: list[Speaker] = []


def speak_with(speaker: Speaker) -> None:
    """Have words spoken so from now on."""
    _speakers[:] = [speaker]


def spoken(words: Words) -> str:
    """The words as the clinic says them; as they stand, before anybody said how."""
    return _speakers[0](words) if _speakers else str(words)
