"""Facts and answers in plain words, for whoever may read them."""

from collections.abc import Iterator, Mapping

from clinic.anatomy import is_spot, spot
from clinic.core.words import Words, say
from clinic.health.rules.asking import DETAIL_LABELS, DETAIL_VALUES, SPOTS_MAX, YES_NO_UNSURE, Item
from clinic.health.rules.facts import Fact
from clinic.health.rules.vocabulary import ANSWERS, CODES, OTHER, READINGS

KIND_NAMES = {
    "condition": say("Conditions"),
    "medicine": say("Medicines"),
    "allergy": say("Allergies"),
    "injury": say("Injuries"),
    "surgery": say("Operations"),
    "device": say("Devices"),
    "pregnancy": say("Pregnancy"),
    "treatment": say("Treatments"),
    "reading": say("Readings"),
    "observation": say("Observations"),
    "finding": say("Findings"),
}
SAID_NAMES = {"yes": say("yes"), "no": say("no"), "unsure": say("not sure"), "": say("not asked")}
SOURCE_NAMES = {
    "client": say("from the client"),
    "guardian": say("from the guardian"),
    "therapist": say("from a therapist"),
    "provider": say("from a provider"),
    "import": say("from another system"),
}


def label_of(fact: Fact) -> Words:
    """What a fact is about: its name on the list, and what was written beside it."""
    if fact.kind == "reading":
        return READINGS[fact.code].label
    name = CODES[fact.kind][fact.code].label
    if not fact.text:
        return name
    if fact.code == OTHER:
        return say("{text}", text=fact.text)
    return say("{name}: {text}", name=name, text=fact.text)


def parts_of(fact: Fact) -> tuple[Words, ...]:
    """What is known of it besides: figure, days, place, details."""
    return tuple(_parts(fact))


def _parts(fact: Fact) -> Iterator[Words]:
    if fact.value is not None:
        unit = READINGS[fact.code].unit if fact.code in READINGS else ""
        yield say("{value} {unit}", value=f"{fact.value:g}", unit=unit)
    if fact.area:
        yield spot(fact.area, fact.side or "N")
    if fact.on:
        yield say("since {day}", day=fact.on)
    if fact.until:
        yield say("until {day}", day=fact.until)
    for name, value in fact.details:
        shown = DETAIL_VALUES.get(value) or say("{text}", text=value.replace("_", " "))
        if name == "status":
            yield shown
        else:
            label = DETAIL_LABELS.get(name) or say("{text}", text=name.replace("_", " "))
            yield say("{label} {value}", label=label, value=shown)


def topic_words(topic: str) -> Words:
    """The question behind a topic, or the name of what was asked about."""
    kind, _, code = topic.partition(":")
    if kind == "answer":
        return ANSWERS[code].label if code in ANSWERS else say("{text}", text=code)
    if code and code in CODES.get(kind, {}):
        return CODES[kind][code].label
    return KIND_NAMES.get(kind) or say("{text}", text=topic)


def answer_words(item: Item, given: Mapping[str, str]) -> tuple[Words, ...]:
    """What was answered to an item, in words: a choice by its label, areas by their names."""
    if item.kind == "areas":
        prefixes = (f"{item.key}.{number}" for number in range(SPOTS_MAX))
        spots = ((given.get(f"{one}.area", ""), given.get(f"{one}.side", "N")) for one in prefixes)
        return tuple(spot(area, side) for area, side in spots if is_spot(area, side))
    text = given.get(item.key, "")
    if not text:
        return ()
    known = dict(item.options) or YES_NO_UNSURE
    return (known.get(text) or say("{text}", text=text),)
