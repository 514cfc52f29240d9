"""A person's consents as the page lays them out: kind by kind, then what is over."""

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.consents.rules.kinds import GROUPS, KINDS, Kind
from clinic.consents.rules.standing import Consents, Line, state_of

CURRENT, MISSING, NOT_ASKED = "current", "missing", "not_asked"
STANDS = (CURRENT, "refused")


@dataclass(frozen=True, slots=True)
class Place:
    """A kind, what stands of it, and what that comes to in one word."""

    kind: Kind
    standing: tuple[Line, ...]
    state: str

    @property
    def takes_another(self) -> bool:
        """Whether one may be added to those that stand."""
        return self.kind.group == "sharing" or not self.standing


@dataclass(frozen=True, slots=True)
class Shelf:
    """``groups`` hold the places; ``earlier`` what stands no more, latest first."""

    missing: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Place, ...]], ...]
    earlier: tuple[tuple[Line, str], ...]
    kept_by_care: str
    """What the clinical kinds come to for somebody who may not see which: current or nothing."""


def shelf(said: Consents, age: int | None, *, reads: bool) -> Shelf:
    """Lay out what one person said. ``reads`` is whether clinical kinds may be seen."""
    deciding = said.deciding()
    missing = said.missing_for(age)
    groups: dict[str, list[Place]] = {group: [] for group in GROUPS}
    for kind in KINDS.values():
        mine = [line for line in deciding if line.kind == kind.code]
        if (reads or not kind.is_clinical) and _is_shown(kind, mine, missing):
            groups[kind.group].append(_place(kind, mine, said, missing))
    return Shelf(
        missing=missing,
        groups=tuple((group, tuple(places)) for group, places in groups.items() if places),
        earlier=tuple(_earlier(said, reads=reads)),
        kept_by_care=_kept(said),
    )


def _is_shown(kind: Kind, lines: Iterable[Line], missing: tuple[str, ...]) -> bool:
    """A guardian's consent is spoken of only where there is one, or ought to be."""
    return not kind.is_guardians or bool(list(lines)) or kind.code in missing


def _place(kind: Kind, lines: list[Line], said: Consents, missing: tuple[str, ...]) -> Place:
    states = {line.id: state_of(line, said.on) for line in lines}
    standing = tuple(line for line in lines if states[line.id] in STANDS)
    if any(states[line.id] == CURRENT for line in standing):
        state = CURRENT
    elif standing:
        state = "refused"
    elif kind.code in missing:
        state = MISSING
    else:
        over = [state for state in states.values() if state != "entered_in_error"]
        state = over[-1] if over else NOT_ASKED
    return Place(kind, standing, state)


def _earlier(said: Consents, *, reads: bool) -> Iterable[tuple[Line, str]]:
    for line in sorted(said.lines, key=lambda line: (line.given_on, line.id), reverse=True):
        state = state_of(line, said.on)
        if state not in STANDS and (reads or not KINDS[line.kind].is_clinical):
            yield line, state


def _kept(said: Consents) -> str:
    is_any = any(said.has(kind.code) for kind in KINDS.values() if kind.is_clinical)
    return CURRENT if is_any else NOT_ASKED
