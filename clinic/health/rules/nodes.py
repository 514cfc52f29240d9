"""What a trigger is made of: plain values, one class for each kind of condition."""

from collections.abc import Iterator
from dataclasses import dataclass

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of its parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Both:
    """All of its parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Always:
    """Everybody, on every day."""


@dataclass(frozen=True, slots=True)
class Pregnant:
    """A pregnancy that has not ended by the day."""


@dataclass(frozen=True, slots=True)
class Age:
    """At least so many years old on the day."""

    years: int


@dataclass(frozen=True, slots=True)
class Match:
    """A fact of this kind, with one of these codes (none: any) and these details."""

    kind: str
    codes: Codes = ()
    details: tuple[tuple[str, Codes], ...] = ()
    areas: Codes = ()


@dataclass(frozen=True, slots=True)
class Since:
    """Time gone since an event: less than so much, or (``is_over``) at least so much."""

    event: str
    amount: int
    unit: str
    is_over: bool = False
    areas: Codes = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the day beyond a figure, ``times`` times or more often."""

    name: str
    compared: str
    value: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """A question answered with yes."""

    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A kind of consent that the person refuses."""

    consent: str


@dataclass(frozen=True, slots=True)
class Fired:
    """One of these rules is hit, switched on or not."""

    rules: Codes


@dataclass(frozen=True, slots=True)
class FiredClass:
    """A rule of this class is hit, switched on or not."""

    klass: str


Atom = Always | Pregnant | Age | Match | Since | Reading | Answered | Refused | Fired | FiredClass
Node = Either | Both | Atom


def either(parts: tuple[Node, ...]) -> Node:
    """One of the parts, laid flat."""
    return _flat(Either, parts)


def both(parts: tuple[Node, ...]) -> Node:
    """All of the parts, laid flat."""
    return _flat(Both, parts)


def _flat(kind: type[Either] | type[Both], parts: tuple[Node, ...]) -> Node:
    if len(parts) == 1:
        return parts[0]
    laid: list[Node] = []
    for part in parts:
        laid.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(laid))


def atoms_of(node: Node) -> Iterator[Atom]:
    """Every atom of a trigger, from left to right."""
    if isinstance(node, Either | Both):
        for part in node.parts:
            yield from atoms_of(part)
    else:
        yield node
