"""What stands on a day, of all that a person ever agreed to, refused or took back.

Of the answers to one question, the latest one begun by a day decides for that day. It counts
for nothing from the day on which it was withdrawn, after its last day, or when it was entered
in error; and no earlier one steps in for it. The days before stay as they were.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

from clinic.clients.rules import ADULT
from clinic.consents.rules.kinds import DAY, KINDS, SHARES
from clinic.core.words import say

STATES = {
    "current": say("Current"),
    "refused": say("Refused"),
    "expired": say("Expired"),
    "withdrawn": say("Withdrawn"),
    "superseded": say("Replaced"),
    "entered_in_error": say("Entered in error"),
}
"""As a consent is shown on a day. "Expired" is nowhere written down: its last day says so."""

MOVES = {
    "active": {"withdrawn", "superseded", "entered_in_error"},
    "withdrawn": set[str](),
    "superseded": set[str](),
    "entered_in_error": set[str](),
}
"""From which status to which others a consent goes; where none follows, it ends."""

CHANNELS = {
    "person": say("In person"),
    "phone": say("By phone"),
    "text": say("By text message"),
    "email": say("By e-mail"),
    "letter": say("By letter"),
}
"""How somebody takes a consent back: any way will do."""

Slot = tuple[str, int | None, str, date | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a consent covers: area codes, why, with whom, for what, which kinds of data."""

    areas: tuple[str, ...] = ()
    reason: str = ""
    whom: str = ""
    purposes: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


def write_scope(scope: Scope) -> str:
    """As it is kept; nothing for one that says nothing."""
    said = {item.name: getattr(scope, item.name) for item in fields(Scope)}
    said = {name: value for name, value in said.items() if value}
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def read_scope(text: str) -> Scope:
    """What ``write_scope`` wrote."""
    said: dict[str, Any] = json.loads(text) if text else {}
    return Scope(
        areas=tuple(said.get("areas", ())),
        reason=said.get("reason", ""),
        whom=said.get("whom", ""),
        purposes=tuple(said.get("purposes", ())),
        data=tuple(said.get("data", ())),
    )


@dataclass(frozen=True, slots=True)
class Why:
    """Why, and by which of CHANNELS it was said."""

    by: str = ""
    text: str = ""


def write_why(why: Why) -> str:
    """As it is kept."""
    said = {"by": why.by, "text": why.text}
    kept = {name: value for name, value in said.items() if value}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""


def read_why(text: str) -> Why:
    """What ``write_why`` wrote."""
    said: dict[str, Any] = json.loads(text) if text else {}
    return Why(said.get("by", ""), said.get("text", ""))


@dataclass(frozen=True, slots=True)
class Line:
    """One answer, as far as days are concerned. ``ended_on`` is the day of its withdrawal."""

    id: int
    kind: str
    answer: str
    status: str
    given_on: date
    expires_on: date | None = None
    ended_on: date | None = None
    provider_id: int | None = None
    scope: Scope = Scope()

    @property
    def slot(self) -> Slot:
        """Which question it answers: the kind, with whom, or for which day if it is for one."""
        whom = self.scope.whom.casefold().strip() if self.kind in SHARES else ""
        day = self.given_on if KINDS[self.kind].lasts == DAY else None
        return self.kind, self.provider_id, whom, day

    def has_run_out(self, on: date) -> bool:
        """Whether its last day is over."""
        return self.expires_on is not None and self.expires_on < on

    def is_good(self, on: date) -> bool:
        """Whether it counts on a day, as far as it alone can say."""
        is_over = self.ended_on is not None and self.ended_on <= on
        return self.status != "entered_in_error" and not is_over and not self.has_run_out(on)


@dataclass(frozen=True)
class Consents:
    """All that one person ever said, seen from one day; another day can be asked for as well."""

    on: date
    lines: tuple[Line, ...] = ()

    def deciding(self, on: date | None = None) -> tuple[Line, ...]:
        """For each question the answer that decides on a day, whether or not it counts."""
        if on is None or on == self.on:
            return self._today
        return _deciding(self.lines, on)

    @cached_property
    def _today(self) -> tuple[Line, ...]:
        return _deciding(self.lines, self.on)

    def given(self, kind: str, on: date | None = None) -> tuple[Line, ...]:
        """The consents of a kind that count on a day. Raises KeyError for no such kind."""
        KINDS[kind]
        day = on or self.on
        return tuple(
            line
            for line in self.deciding(day)
            if line.kind == kind and line.answer == "given" and line.is_good(day)
        )

    def has(self, kind: str, on: date | None = None) -> bool:
        """Whether a consent of this kind counts on a day. Raises KeyError for no such kind."""
        return bool(self.given(kind, on))

    def areas(self, on: date | None = None) -> frozenset[str]:
        """The sensitive areas agreed to for a day; breasts only with that consent besides."""
        named = {area for line in self.given("SENSITIVE_AREA", on) for area in line.scope.areas}
        return frozenset(named if self.has("BREAST", on) else named - {"BREAST"})

    def may_share(
        self,
        provider_id: int,
        data: str | Collection[str],
        on: date | None = None,
        purpose: str = "",
    ) -> bool:
        """Whether these kinds of data may go to this provider on a day, for a purpose if named."""
        asked = {data} if isinstance(data, str) else set(data)
        return any(
            line.provider_id == provider_id
            and asked <= set(line.scope.data)
            and (not purpose or purpose in line.scope.purposes)
            for line in self.given("SHARE_PROVIDER", on)
        )

    def is_refused(self, kind: str, on: date | None = None, provider_id: int | None = None) -> bool:
        """Whether the person said no, or took it back, and nothing of that kind is agreed.

        With ``provider_id`` only what was said of that provider counts.
        """
        day = on or self.on
        said = [
            line
            for line in self.deciding(day)
            if line.kind == kind and provider_id in (None, line.provider_id)
        ]
        if any(line.answer == "given" and line.is_good(day) for line in said):
            return False
        return any(_is_no(line, day) for line in said)

    def missing_for(self, age: int | None) -> tuple[str, ...]:
        """The kinds without which no treatment starts on that day; age in years, if known."""
        wanted = ["TREATMENT"]
        if age is not None and age < ADULT:
            wanted.append("MINOR_GUARDIAN")
        return tuple(kind for kind in wanted if not self.has(kind))


def _deciding(lines: Iterable[Line], on: date) -> tuple[Line, ...]:
    latest: dict[Slot, Line] = {}
    for line in sorted(lines, key=lambda line: (line.given_on, line.id)):
        if line.given_on <= on:
            latest[line.slot] = line
    return tuple(latest.values())


def _is_no(line: Line, on: date) -> bool:
    is_over = line.ended_on is not None and line.ended_on <= on
    is_taken_back = line.answer == "given" and is_over and not line.has_run_out(on)
    is_refusal = line.answer == "refused" and line.status != "entered_in_error"
    return is_taken_back or (is_refusal and line.is_good(on))


def state_of(line: Line, on: date) -> str:
    """One of STATES: as a consent is shown on a day."""
    if line.status != "active":
        return line.status
    if not line.is_good(on):
        return "expired"
    return "refused" if line.answer == "refused" else "current"


def may_move(status: str, target: str) -> bool:
    """Whether a consent of one status may come to another."""
    return target in MOVES[status]
