"""What an import tells of itself: counts, and where the rows are that somebody must look at."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from clinic.core.words import Words
from clinic.imports.rules import Fault

MOST_LISTED = 1000
"""Rows of one list that are kept for the report; the counts go on."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be known of one row that was read: no reason to refuse it."""

    file: str
    line: int
    codes: tuple[str, ...]


@dataclass
class Marks:
    """The first of many, and how many there are."""

    first: list[Mark] = field(default_factory=list)
    count: int = 0
    by_code: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, line: int, codes: Iterable[str]) -> None:
        mark = Mark(file, line, tuple(codes))
        self.count += 1
        self.by_code.update(mark.codes)
        if len(self.first) < MOST_LISTED:
            self.first.append(mark)


@dataclass
class Tally:
    """The rows of one file."""

    file: str
    kind: str
    read: int = 0
    written: int = 0
    present: int = 0
    """Here already, from an earlier import; the record was not changed."""
    repeated: int = 0
    """Lines of history that stand in the files more than once."""
    refused: int = 0
    refused_lines: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Fired:
    """What imported facts mean for one screening rule, if their clients came today.

    ``asked``: clients for whom it cannot be told yet whether the rule holds.
    """

    rule: str
    label: str
    facts: int
    clients: int
    asked: int


@dataclass
class Heard:
    """How lines of health history were understood, by the kind and the text of the lines."""

    facts: Counter[str] = field(default_factory=Counter)
    """Facts that were written, by kind."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Texts that were not understood: kept, and taken as not known until somebody sorts them."""
    no_matter: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Texts that are understood, and that no rule asks for: kept as well."""
    client_refs: tuple[str, ...] = ()

    def add(self, sort: str, kind: str, text: str) -> None:
        counted = {"unknown": self.unknown, "no_matter": self.no_matter}.get(sort)
        if counted is not None:
            counted[kind, text] += 1

    def include(self, other: "Heard") -> None:
        """Add what was heard elsewhere."""
        self.facts += other.facts
        self.unknown += other.unknown
        self.no_matter += other.no_matter


@dataclass
class Report:
    """The whole of one import, or of the check before it."""

    source: str
    tallies: list[Tally] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    notes: list[tuple[str, Words]] = field(default_factory=list)
    incomplete: Marks = field(default_factory=Marks)
    """People who were written although something is missing; codes of what."""
    deceased: Marks = field(default_factory=Marks)
    changed: Marks = field(default_factory=Marks)
    """Rows that are here already, and say something else in the file now."""
    look_alikes: Marks = field(default_factory=Marks)
    """People written who may be on the books already; codes are the others' client numbers."""
    heard: Heard = field(default_factory=Heard)
    fired: list[Fired] = field(default_factory=list)
    """What the history of these clients means for the screening rules today."""
    import_id: int | None = None
    is_refused: bool = False

    @property
    def written(self) -> int:
        return sum(tally.written for tally in self.tallies)

    @property
    def refused(self) -> int:
        return sum(tally.refused for tally in self.tallies)

    def refuse(self, tally: Tally, line: int, faults: Iterable[Fault]) -> None:
        """Note a row that cannot be taken, with all that is wrong with it."""
        tally.refused += 1
        tally.refused_lines.add(line)
        for fault in faults:
            self.fault_count += 1
            if len(self.faults) < MOST_LISTED:
                self.faults.append(fault)
