"""What a letter says, as plain values: a subject, a salutation, blocks, and a closing.

All of it is text in the clinic's language, as it will be read; how it looks is no part of it.
``to_json`` and ``from_json`` are how it is kept; what is read back is checked strictly.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from clinic.core.errors import DomainError
from clinic.core.words import say

TEXT_MAX = 20_000
"""The most characters of one text of a letter."""
MANY = 200
"""The most blocks of a letter, rows of a block, and readings of a measure."""
SIDES = ("", "L", "R", "B")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line left blank begins a new paragraph."""

    text: str
    is_clinical: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what stands beside them."""

    rows: tuple[tuple[str, str], ...]
    is_clinical: bool = False


@dataclass(frozen=True, slots=True)
class Happened(Facts):
    """What went wrong with a treatment, and what was done: shared only where that was agreed to."""


@dataclass(frozen=True, slots=True)
class Points:
    """A heading and a list under it."""

    title: str
    items: tuple[str, ...]
    is_clinical: bool = False


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure: what it was at the beginning, what it is now, and what was aimed at.

    Figures are written out as they are to be read; ``series`` holds all readings as
    ``(day, value)`` with ISO days, in their order, for the chart. ``change`` is empty where
    there is nothing to compare; ``may_matter`` says that it reaches what a client may notice.
    """

    name: str
    side: str = ""
    baseline: str = ""
    baseline_on: date | None = None
    now: str = ""
    now_on: date | None = None
    change: str = ""
    goal: str = ""
    unit: str = ""
    may_matter: bool = False
    series: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures from baseline to now: always clinical."""

    rows: tuple[MeasureLine, ...]

    @property
    def is_clinical(self) -> bool:
        return True


Block = Paragraph | Facts | Points | Measures


@dataclass(frozen=True, slots=True)
class Content:
    """A whole letter. ``closing`` stands before the signature ("With kind regards")."""

    subject: str
    salutation: str
    blocks: tuple[Block, ...] = ()
    closing: str = ""


def is_clinical(content: Content) -> bool:
    """Whether a therapist has to have read it before it leaves."""
    return any(block.is_clinical for block in content.blocks)


def to_json(content: Content) -> str:
    """The same content always as the same text."""
    blocks = [{"is": _WORDS[type(block)], **asdict(block)} for block in content.blocks]
    whole = {
        "subject": content.subject,
        "salutation": content.salutation,
        "blocks": blocks,
        "closing": content.closing,
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, default=_day_out)


def from_json(text: str) -> Content:
    """Read what ``to_json`` wrote. DomainError for anything else: what is missing, unknown,
    of another type or too long is refused, never guessed."""
    try:
        return _content(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise DomainError(say("This cannot be read as a letter.")) from error


def check(content: Content) -> Content:
    """The content itself, if it could be kept and read back; DomainError otherwise."""
    return from_json(to_json(content))


def _day_out(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise TypeError(type(value))
    value.encode()  # half a character cannot be kept
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(type(value))
    return value


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(_text(value))


def _side(value: object) -> str:
    if value not in SIDES:
        raise ValueError(value)
    return str(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(type(value))
    return value


def _rows(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MANY:
        raise TypeError(type(value))
    return value


def _pair(value: object) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError(type(value))
    return value[0], value[1]


def _label(value: object) -> tuple[str, str]:
    label, said = _pair(value)
    return _text(label), _text(said)


def _reading(value: object) -> tuple[str, float]:
    on, figure = _pair(value)
    return date.fromisoformat(_text(on)).isoformat(), _number(figure)


def _exactly(value: object, names: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise TypeError(type(value))
    return value


_LINE: dict[str, Callable[[object], Any]] = {
    "name": _text,
    "side": _side,
    "baseline": _text,
    "baseline_on": _day,
    "now": _text,
    "now_on": _day,
    "change": _text,
    "goal": _text,
    "unit": _text,
    "may_matter": _flag,
    "series": lambda value: tuple(_reading(one) for one in _rows(value)),
}


def _line(value: object) -> MeasureLine:
    given = _exactly(value, frozenset(_LINE))
    return MeasureLine(**{name: read(given[name]) for name, read in _LINE.items()})


_READ: dict[str, Callable[[object], Any]] = {
    "text": _text,
    "title": _text,
    "is_clinical": _flag,
    "items": lambda value: tuple(_text(one) for one in _rows(value)),
}
_KINDS: dict[str, tuple[type[Block], dict[str, Callable[[object], Any]]]] = {
    "paragraph": (Paragraph, {}),
    "facts": (Facts, {"rows": lambda value: tuple(_label(one) for one in _rows(value))}),
    "happened": (Happened, {"rows": lambda value: tuple(_label(one) for one in _rows(value))}),
    "points": (Points, {}),
    "measures": (Measures, {"rows": lambda value: tuple(_line(one) for one in _rows(value))}),
}
_WORDS: dict[type[Block], str] = {kind: word for word, (kind, _) in _KINDS.items()}


def _block(value: object) -> Block:
    if not isinstance(value, dict) or value.get("is") not in _KINDS:
        raise TypeError(type(value))
    kind, own = _KINDS[value["is"]]
    names = [one.name for one in fields(kind)]
    given = _exactly(value, frozenset({"is", *names}))
    return kind(**{name: (own.get(name) or _READ[name])(given[name]) for name in names})


def _content(value: object) -> Content:
    given = _exactly(value, frozenset({"subject", "salutation", "blocks", "closing"}))
    return Content(
        subject=_text(given["subject"]),
        salutation=_text(given["salutation"]),
        blocks=tuple(_block(one) for one in _rows(given["blocks"])),
        closing=_text(given["closing"]),
    )
