"""Which atoms a trigger may hold, and what each may name: everything else is refused."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from clinic.anatomy import AREAS
from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.health.rules.nodes import (
    Age,
    Always,
    Answered,
    Atom,
    Codes,
    Fired,
    FiredClass,
    Match,
    Pregnant,
    Reading,
    Refused,
    Since,
)
from clinic.health.rules.vocabulary import (
    ANSWERS,
    CODES,
    CONSENTS,
    DETAILS,
    EVENTS,
    OBSERVATIONS,
    READINGS,
)

CLASSES = ("CAUTION", "LOCAL", "TECHNIQUE", "CLEARANCE", "ABSOLUTE")
"""The classes of rules, from the mildest to the strictest."""
UNITS = ("h", "d", "w", "mo")
AGE_MAX = 120
SINCE_MAX = 10_000
TWICE = "twice"
ANY = "any"


@dataclass(frozen=True, slots=True)
class Call:
    """An atom as it was written: a name, its arguments (a key or "", and names), and what
    follows the parentheses."""

    name: str
    arguments: tuple[tuple[str, Codes], ...] = ()
    compared: str = ""
    number: str = ""
    word: str = ""


def unknown(name: str) -> DomainError:
    """The refusal of a name that no list holds."""
    return DomainError(say("“{name}” is not a name that rules know.", name=name), field="trigger")


def misput(call: Call, form: str) -> DomainError:
    """The refusal of an atom that is not written as it must be."""
    sentence = say("“{name}” is written like this: {form}", name=call.name, form=form)
    return DomainError(sentence, field="trigger")


def atom_of(call: Call) -> Atom:
    """The atom that was written. Raises ``DomainError`` naming what is unknown or misput."""
    read = _READ.get(call.name)
    if read is None:
        raise unknown(call.name)
    return read(call)


def _known(names: Iterable[str], lists: Collection[str]) -> Codes:
    for name in names:
        if name not in lists:
            raise unknown(name)
    return tuple(names)


def _codes(call: Call) -> Codes:
    """The names without a key."""
    plain = [names for key, names in call.arguments if not key]
    return tuple(name for names in plain for name in names)


def _one(call: Call, lists: Collection[str], form: str, *, keys: Codes = ()) -> str:
    names = _codes(call)
    if len(names) != 1 or any(key and key not in keys for key, _ in call.arguments):
        raise misput(call, form)
    return _known(names, lists)[0]


def _is_bare(call: Call) -> bool:
    return not (call.compared or call.number or call.word)


def _plain(atom: Atom) -> Callable[[Call], Atom]:
    def read(call: Call) -> Atom:
        if call.arguments or not _is_bare(call):
            raise misput(call, call.name)
        return atom

    return read


def _age(call: Call) -> Atom:
    if call.arguments or call.compared != ">=" or call.word or not call.number.isdigit():
        raise misput(call, "age >= 75")
    if int(call.number) > AGE_MAX:
        raise misput(call, "age >= 75")
    return Age(int(call.number))


def _areas(call: Call) -> Codes:
    named = [names for key, names in call.arguments if key == "area"]
    return _known([name for names in named for name in names], AREAS)


def _match(kind: str) -> Callable[[Call], Atom]:
    def read(call: Call) -> Atom:
        if not _is_bare(call):
            raise misput(call, f"{call.name}(…)")
        details = []
        for key, values in call.arguments:
            if key and key != "area":
                details.append((key, _values(kind, key, values)))
        codes = _known(_codes(call), CODES[kind])
        return Match(kind, codes, tuple(sorted(details)), _areas(call))

    return read


def _values(kind: str, key: str, values: Codes) -> Codes:
    allowed = DETAILS[kind].get(key)
    if allowed is None:
        raise unknown(key)
    if key == "status" and values == (ANY,):
        return values
    return _known(values, [value for value in allowed if value != "unsure"])


def _observed(call: Call) -> Atom:
    name = _one(call, OBSERVATIONS, "observed(impaired)")
    if not _is_bare(call):
        raise misput(call, "observed(impaired)")
    return Match("observation", (name,))


def _answered(call: Call) -> Atom:
    name = _one(call, ANSWERS, "answer(frail)")
    if not _is_bare(call):
        raise misput(call, "answer(frail)")
    return Answered(name)


def _reading(call: Call) -> Atom:
    form = "reading(bp_sys) >= 160 twice"
    name = _one(call, READINGS, form)
    if call.compared not in {">=", "<=", "<", ">"} or call.word not in {"", TWICE}:
        raise misput(call, form)
    value = float(call.number)
    if not READINGS[name].least <= value <= READINGS[name].most:
        raise misput(call, form)
    return Reading(name, call.compared, value, 2 if call.word else 1)


def _since(call: Call) -> Atom:
    form = "since(MI) < 6w"
    name = _one(call, EVENTS, form, keys=("area",))
    is_bound = call.compared in {"<", ">="} and call.number.isdigit() and call.word in UNITS
    if not is_bound or int(call.number) > SINCE_MAX:
        raise misput(call, form)
    return Since(name, int(call.number), call.word, call.compared == ">=", _areas(call))


def _refused(call: Call) -> Atom:
    form = "consent(SHARE_PROVIDER) = refused"
    name = _one(call, CONSENTS, form)
    if (call.compared, call.word) != ("=", "refused"):
        raise misput(call, form)
    return Refused(name)


def _fired(call: Call) -> Atom:
    names = _codes(call)
    if not names or not _is_bare(call) or any(key for key, _ in call.arguments):
        raise misput(call, "rule(DIABETES|ASTHMA)")
    return Fired(names)


def _fired_class(call: Call) -> Atom:
    name = _one(call, CLASSES, "rule_class(CLEARANCE)")
    if not _is_bare(call):
        raise misput(call, "rule_class(CLEARANCE)")
    return FiredClass(name)


_MATCHED = ("condition", "medicine", "allergy", "injury", "surgery", "device", "treatment")
_READ: dict[str, Callable[[Call], Atom]] = {
    "always": _plain(Always()),
    "pregnant": _plain(Pregnant()),
    "age": _age,
    **{kind: _match(kind) for kind in (*_MATCHED, "finding")},
    "observed": _observed,
    "answer": _answered,
    "reading": _reading,
    "since": _since,
    "consent": _refused,
    "rule": _fired,
    "rule_class": _fired_class,
}

NAMES: tuple[str, ...] = tuple(_READ)
"""The names an atom may begin with."""
