"""What a line of another system's health history means in our own vocabulary.

The words, codes and ingredients stand in ``understanding.json``. What it does not know is
kept under "another" with its text, so that rules take it as not known until a therapist has
sorted it; what it knows to be of no matter for any rule is kept as sorted.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from clinic.health.rules.facts import Fact
from clinic.health.rules.vocabulary import OTHER

CALLED = {"medication": "medicine"}
"""What a line's kind is called where our own word is another."""
UNKNOWN_AS = {"procedure": "surgery"}
"""The kind under which a text is kept that is not understood: the stricter one."""
KNOWN, NO_MATTER, UNKNOWN = "known", "no_matter", "unknown"
BIRTH_FROM_DAYS = 140
"""A pregnancy that lasted so long ended in a birth: 20 weeks, from where on the United States
count stillbirths (https://www.cdc.gov/stillbirth/about). Strict: the first day is that on which
it was found."""
SORTED = ("sorted", "yes")
SOURCE = "import"

Bit = tuple[str, str, tuple[tuple[str, str], ...]]
"""Kind, code and details of a fact."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means: ``KNOWN``, of ``NO_MATTER`` for screening, or ``UNKNOWN``."""

    sort: str
    bits: tuple[Bit, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A fact that one line holds: ``ref`` names the line, ``place`` counts its facts."""

    ref: str
    place: int
    fact: Fact


def meaning(kind: str, description: str, code: str = "") -> Meaning:
    """What a text of this kind of line (condition, medication, allergy, procedure) means."""
    return _meaning(CALLED.get(kind, kind), _plain(description), code, description)


def facts_in(kind: str, line: Mapping[str, Any], on: date) -> tuple[Fact, ...]:
    """The facts of one line, seen on a day; a day still to come is taken as not known."""
    found = meaning(kind, str(line["description"]), str(line.get("code", "")))
    start, stop = _day(line.get("start"), on), _day(line.get("stop"), on)
    if start and stop and stop < start:
        stop = None  # it is not known when it ended, so it may last
    return tuple(_fact(bit, _text(line), start, stop, kind) for bit in found.bits)


def gathered(pieces: Iterable[Piece]) -> list[tuple[Fact, list[Piece]]]:
    """The facts of one client's lines, with the pieces behind each.

    Medicines prescribed again are one fact, from the first day to the last, and current if any
    is; so are treatments given again, on their latest day, and what is of no matter. Each
    fact's ``ref`` is that of its first line.
    """
    groups: dict[Any, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(_group(piece.fact), []).append(piece)
    return [(_joined(group), group) for group in groups.values()]


# --- days and words ---


def _day(text: Any, on: date) -> date | None:
    if not text:
        return None
    day = date.fromisoformat(str(text)[:10])
    return day if day <= on else None


def _text(line: Mapping[str, Any]) -> str:
    told = str(line["description"])
    reactions = [
        f"{one['description']} ({one['severity']})" if one.get("severity") else one["description"]
        for one in line.get("reactions", ())
    ]
    if reactions:
        told += ": " + ", ".join(reactions)
    return f"{told} ({line['reason']})" if line.get("reason") else told


_TAG = re.compile(r"\s*\([a-z/ ]+\)\s*$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """A text as texts are compared: no tag behind it, no case, no accents, single blanks."""
    folded = unicodedata.normalize("NFKD", _TAG.sub("", text)).casefold()
    return " ".join(re.findall(r"[a-z0-9/]+", folded.replace(" / ", " // ")))


# --- facts ---


def _fact(bit: Bit, text: str, start: date | None, stop: date | None, line_kind: str) -> Fact:
    kind, code, details = bit
    fact = Fact(kind, code, text=text, on=start, details=details, source=SOURCE)
    return _TIMED.get(kind, _lasting)(fact, stop, line_kind)


def _with(fact: Fact, **details: str) -> Fact:
    return replace(fact, details=tuple(sorted({**details, **dict(fact.details)}.items())))


def _lasting(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    """Conditions and allergies: over from their last day on. A procedure tells of a condition
    that it found or treats, and not that it is over."""
    if line_kind == "procedure":
        return _with(fact, status="active")
    return _with(replace(fact, until=stop), status="resolved" if stop else "active")


def _medicine(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    return _with(replace(fact, until=stop), status="stopped" if stop else "active")


def _injury(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    if line_kind == "procedure" or stop is None:
        return fact
    return _with(replace(fact, until=stop), healed="yes")


def _once(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    return fact


def _treatment(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    return replace(fact, until=stop or fact.on)


def _pregnancy(fact: Fact, stop: date | None, line_kind: str) -> Fact:
    if fact.details:  # a birth, or the end of a pregnancy: its day is the last one
        return replace(fact, on=None, until=fact.on)
    if stop is None:
        return _with(fact, status="current")
    is_birth = fact.on is None or (stop - fact.on).days >= BIRTH_FROM_DAYS
    return _with(replace(fact, until=stop), status="delivered" if is_birth else "ended")


_TIMED = {
    "medicine": _medicine,
    "injury": _injury,
    "surgery": _once,
    "device": _once,
    "treatment": _treatment,
    "pregnancy": _pregnancy,
}

_REPEATED = ("medicine", "treatment")


def _group(fact: Fact) -> Any:
    if fact.kind not in _REPEATED and SORTED not in fact.details:
        return fact
    lasting = tuple(pair for pair in fact.details if pair[0] != "status")
    return fact.kind, fact.code, fact.text, lasting


def _joined(group: Sequence[Piece]) -> Fact:
    facts = [piece.fact for piece in group]
    first = group[0]
    ref = first.ref if first.place == 0 else f"{first.ref}:{first.place}"
    days = [fact.on for fact in facts if fact.on]
    begun = (max if facts[0].kind == "treatment" else min)(days, default=None)
    lasts = next((fact for fact in facts if fact.until is None), None)
    if lasts is not None:
        return replace(lasts, on=begun, ref=ref)
    last = max(facts, key=lambda fact: fact.until or date.min)
    return replace(last, on=begun, ref=ref)


# --- the table ---


@dataclass(frozen=True)
class Table:
    """One kind of line: phrases, codes, and what is of no matter."""

    phrases: tuple[tuple[re.Pattern[str], tuple[Bit, ...]], ...]
    codes: Mapping[str, tuple[Bit, ...]]
    no_matter: frozenset[str]
    no_matter_has: tuple[re.Pattern[str], ...]


@cache
def _data() -> dict[str, Any]:
    path = Path(__file__).parent.parent / "understanding.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def all_bits() -> set[Bit]:
    """Every kind, code and details that the table can come to."""
    tables = [_table(kind) for kind in ("condition", "procedure", "allergy")]
    found = {bit for table in tables for _, bits in table.phrases for bit in bits}
    for entry in _data()["medicine"]["classes"]:
        found.add(("medicine", entry["class"], ()))
    return found | {
        ("medicine", OTHER, (("route", name),)) for name in _data()["medicine"]["routes"]
    }


def _bit(told: str) -> Bit:
    what, *details = told.split()
    kind, _, code = what.partition(":")
    return kind, code, tuple(sorted(_pair(one) for one in details))


def _pair(told: str) -> tuple[str, str]:
    key, _, value = told.partition("=")
    return key, value


def _pattern(phrase: str) -> re.Pattern[str]:
    words = re.escape(phrase).replace(r"\*", r"[a-z0-9]*")
    return re.compile(rf"(?<![a-z0-9]){words}(?![a-z0-9])")


@cache
def _table(kind: str) -> Table:
    told = _data()[kind]
    known = list(told["known"])
    if kind == "condition":  # a history of operations stands among the conditions
        known += _data()["procedure"]["known"]
    phrases = [
        (phrase, tuple(map(_bit, entry["is"]))) for entry in known for phrase in entry["has"]
    ]
    phrases.sort(key=lambda pair: -len(pair[0]))
    return Table(
        tuple((_pattern(phrase), bits) for phrase, bits in phrases),
        {code: tuple(map(_bit, one["is"])) for one in known for code in one.get("codes", ())},
        frozenset(map(_plain, told["no_matter"])),
        tuple(map(_pattern, told["no_matter_has"])),
    )


@lru_cache(maxsize=8192)
def _meaning(kind: str, plain: str, code: str, text: str) -> Meaning:
    if kind == "medicine":
        return _medicines(plain)
    table = _table(kind)
    bits = _bits(table, plain, code)
    if any(plain == word or plain.startswith(f"{word} ") for word in _data()["unclear"]):
        bits = ()
    if plain in table.no_matter or (not bits and any(p.search(plain) for p in table.no_matter_has)):
        own = "treatment" if kind == "procedure" else kind
        return Meaning(NO_MATTER, ((own, OTHER, (SORTED,)),))
    if not bits:
        return Meaning(UNKNOWN, ((UNKNOWN_AS.get(kind, kind), OTHER, ()),))
    if kind == "condition" and _is_past(plain):
        bits = tuple(_past(bit) for bit in bits)
    is_sure = all(bit[1] != OTHER or SORTED in bit[2] for bit in bits)
    return Meaning(KNOWN if is_sure else UNKNOWN, bits)


def _bits(table: Table, plain: str, code: str) -> tuple[Bit, ...]:
    """By its code; else by every phrase in it, a longer one before those within it."""
    if code in table.codes:
        return table.codes[code]
    found: dict[Bit, None] = {}
    for pattern, bits in table.phrases:
        plain, times = pattern.subn("|", plain)
        if times:
            found.update(dict.fromkeys(bits))
    return tuple(found)


def _is_past(plain: str) -> bool:
    return any(plain.startswith(f"{word} ") for word in _data()["past"])


def _past(bit: Bit) -> Bit:
    kind, code, details = bit
    if kind != "condition":
        return bit
    return kind, code, tuple(sorted({**dict(details), "status": "resolved"}.items()))


# --- medicines ---


@cache
def _ingredients() -> dict[str, tuple[str, ...]]:
    """The classes of each ingredient; of no matter: none."""
    told = _data()["medicine"]
    found: dict[str, tuple[str, ...]] = {}
    for entry in told["classes"]:
        for name in entry["names"]:
            found[name] = (*found.get(name, ()), entry["class"])
    for names in told["no_matter"].values():
        found.update({name: () for name in names if name not in found})
    return found


def _medicines(plain: str) -> Meaning:
    """Every ingredient by its class; a part of a combination that nothing knows stays open."""
    route = _route(plain)
    details = (("route", route),) if route else ()
    bits: dict[Bit, None] = {}
    is_open = False
    for part in plain.split("//"):
        classes = _classes(part.split(), route)
        is_open = is_open or classes is None
        bits.update({("medicine", code, details): None for code in classes or ()})
    if is_open:
        bits["medicine", OTHER, details] = None
        return Meaning(UNKNOWN, tuple(bits))
    if not bits:
        return Meaning(NO_MATTER, (("medicine", OTHER, tuple(sorted((*details, SORTED)))),))
    return Meaning(KNOWN, tuple(bits))


def _classes(words: Sequence[str], route: str) -> tuple[str, ...] | None:
    """The classes of one ingredient; None where no word is one."""
    told = _data()["medicine"]
    known = [_ingredients()[word] for word in words if word in _ingredients()]
    if any(word in told["cortisone"] for word in words):
        is_local = route in ("topical", "inhaled")
        known.append(() if is_local else ("CORTICOSTEROID_SYSTEMIC",))
    if any(word in told["cortisone_where_it_is_put"] for word in words):
        is_taken = route in ("oral", "injected")
        known.append(("CORTICOSTEROID_SYSTEMIC",) if is_taken else ())
    if not known:
        return None
    return tuple(dict.fromkeys(code for codes in known for code in codes))


def _route(plain: str) -> str:
    for name, words in _data()["medicine"]["routes"].items():
        if any(_pattern(word).search(plain) for word in words):
            return str(name)
    return ""
