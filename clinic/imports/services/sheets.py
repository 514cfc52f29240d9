"""A file as a sheet: which of its columns are read, and what a row of it means.

A cell that no column of ours asks for is never looked at: national numbers, race,
passports and costs stay in the file.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.core.errors import DomainError
from clinic.core.vault import vault
from clinic.core.words import say
from clinic.imports.rules import Bad, Column, Entry, Fault, Unreadable
from clinic.imports.services.files import Raw, TextFile

DIGEST = 16


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken, with all that is wrong with it; ``ref`` where it says its id."""

    faults: list[Fault]
    ref: str = ""


@dataclass(frozen=True)
class Sheet:
    """One file, and how its rows become entries of one kind."""

    kind: str
    file: TextFile
    columns: Sequence[tuple[Column, int]]
    understand: Callable[[Mapping[str, Any]], Entry]
    home: str = ""
    """The kind of entry that each of these belongs to, if any."""

    source: str = ""
    called: Mapping[str, str] = field(default_factory=dict)
    """Fields of other rooms' rules, and which of our columns each was read from."""

    def entry(self, raw: Raw) -> Entry | Refused:
        """What a row means, or all that is wrong with it."""
        if raw.wrong is not None:
            return Refused([Fault(self.file.name, raw.line, "", raw.wrong)])
        values: dict[str, Any] = {}
        faults = []
        for column, place in self.columns:
            try:
                values[column.name] = column.read(raw.cells[place])
            except Bad as bad:
                faults.append(self._fault(raw.line, column.name, bad))
        ref = f"{self.source}:{values.get('Id', '')}"
        if faults:
            return Refused(faults, ref)
        try:
            return self.understand(values)
        except Bad as bad:
            return Refused([self._fault(raw.line, bad.column, bad)], ref)
        except DomainError as error:
            return Refused([self._broken_rule(raw.line, error)], ref)

    def _fault(self, line: int, name: str, bad: Bad) -> Fault:
        return Fault(self.file.name, line, self.header(name), bad.reason)

    def _broken_rule(self, line: int, error: DomainError) -> Fault:
        """A rule of another room was broken; its sentence may hold what the cell says."""
        words = error.words
        if words.values:
            words = say("This is no phone number.") if error.field else say("This is not right.")
        return Fault(self.file.name, line, self.header(error.field or ""), words)

    def header(self, name: str) -> str:
        """What the file calls one of our columns."""
        name = self.called.get(name, name)
        names = [self.file.headers[place] for column, place in self.columns if column.name == name]
        return names[0] if names else name


def arranged(file: TextFile, columns: Sequence[Column]) -> list[tuple[Column, int]]:
    """Where the columns of a known format stand, in whatever order. Raises Unreadable."""
    places = {header.strip().casefold(): at for at, header in enumerate(file.headers)}
    lacking = [one.name for one in columns if one.is_needed and one.name.casefold() not in places]
    if lacking:
        text = "It has no column {names}."
        raise Unreadable(say(text, names=", ".join(lacking)), file.name)
    known = [one for one in columns if one.name.casefold() in places]
    return [(one, places[one.name.casefold()]) for one in known]


def unread(file: TextFile, columns: Sequence[tuple[Column, int]]) -> list[str]:
    """The headers of the columns that are left alone, shortened and printable."""
    read = {place for _, place in columns}
    left = [header for place, header in enumerate(file.headers) if place not in read]
    return ["".join(c for c in header if c.isprintable()).strip()[:40] or "–" for header in left]


def keyed(purpose: str, content: Any) -> bytes:
    """A digest of what a row says: the same for the same, and of no use to anybody else."""
    said = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))
    return hmac.digest(vault().derive(f"imported {purpose}"), said.encode(), "sha256")[:DIGEST]
