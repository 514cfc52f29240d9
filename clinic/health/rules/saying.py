"""A trigger read aloud: "Low platelets, or platelets below 50000"."""

from collections.abc import Callable, Iterable
from typing import Any

from clinic.anatomy import AREAS
from clinic.core.words import Words, say
from clinic.health.rules.asking import DETAIL_VALUES
from clinic.health.rules.nodes import (
    Age,
    Always,
    Answered,
    Both,
    Either,
    Fired,
    FiredClass,
    Match,
    Node,
    Pregnant,
    Reading,
    Refused,
    Since,
)
from clinic.health.rules.rulebook import CLASS_NAMES
from clinic.health.rules.vocabulary import ANSWERS, CODES, READINGS
from clinic.health.rules.wording import KIND_NAMES

UNIT_NAMES = {
    "h": say("hours"),
    "d": say("days"),
    "w": say("weeks"),
    "mo": say("months"),
}
_COMPARED = {">=": say("at least"), "<=": say("at most"), "<": say("below"), ">": say("above")}


def joined(parts: Iterable[Words | str], between: str) -> Words:
    """Several texts as one, with this between them; they are translated one by one."""
    given = tuple((f"part{number}", part) for number, part in enumerate(parts))
    return Words(between.join(f"{{{name}}}" for name, _ in given), given)


def in_words(node: Node) -> Words:
    """What a trigger asks for, to be read by people."""
    return _SAID[type(node)](node)


def _either(node: Either) -> Words:
    parts = [in_words(part) for part in node.parts]
    told = parts[0]
    for part in parts[1:]:
        told = say("{one}; or {other}", one=told, other=part)
    return told


def _both(node: Both) -> Words:
    parts = [
        say("({either})", either=in_words(part)) if isinstance(part, Either) else in_words(part)
        for part in node.parts
    ]
    told = parts[0]
    for part in parts[1:]:
        told = say("{one}, together with {other}", one=told, other=part)
    return told


def _match(node: Match) -> Words:
    terms = CODES[node.kind]
    told = joined((terms[code].label for code in node.codes), ", ")
    told = told if node.codes else KIND_NAMES[node.kind]
    more = [DETAIL_VALUES.get(value, say("any")) for _, values in node.details for value in values]
    more += [AREAS[area].name for area in node.areas]
    return say("{what} ({how})", what=told, how=joined(more, ", ")) if more else told


def _since(node: Since) -> Words:
    names = {code: term.label for terms in CODES.values() for code, term in terms.items()}
    event = names.get(node.event, node.event.replace("_", " ").capitalize())
    pattern = (
        say("{event} {amount} {unit} ago or longer", event=event, amount=node.amount,
            unit=UNIT_NAMES[node.unit])
        if node.is_over
        else say("{event} less than {amount} {unit} ago", event=event, amount=node.amount,
                 unit=UNIT_NAMES[node.unit])
    )  # fmt: skip
    if not node.areas:
        return pattern
    where = joined((AREAS[area].name for area in node.areas), ", ")
    return say("{what} ({how})", what=pattern, how=where)


def _reading(node: Reading) -> Words:
    measure = READINGS[node.name]
    told = say(
        "{reading} {compared} {value} {unit}",
        reading=measure.label,
        compared=_COMPARED[node.compared],
        value=f"{node.value:g}",
        unit=measure.unit,
    )
    return say("{what}, measured twice", what=told) if node.times > 1 else told


def _fired(node: Fired) -> Words:
    return say("one of these rules is hit: {rules}", rules=", ".join(node.rules))


def _fired_class(node: FiredClass) -> Words:
    return say("a rule of this class is hit: {name}", name=CLASS_NAMES[node.klass])


def _answered(node: Answered) -> Words:
    return say("“{question}” is answered with yes", question=ANSWERS[node.name].label)


_SAID: dict[type, Callable[[Any], Words]] = {
    Either: _either,
    Both: _both,
    Always: lambda _: say("Everybody, always"),
    Pregnant: lambda _: say("Pregnant"),
    Age: lambda node: say("{years} years or older", years=node.years),
    Match: _match,
    Since: _since,
    Reading: _reading,
    Answered: _answered,
    Refused: lambda _: say("The client does not want us to speak with the provider"),
    Fired: _fired,
    FiredClass: _fired_class,
}
