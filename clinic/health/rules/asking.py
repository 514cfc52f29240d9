"""What a form is made of. A form is fixed once it is used: another wording is another version.

Every item reads and writes plain texts by name, so that a page works without script and what
was typed can be shown again just as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from clinic.core.words import Words, say
from clinic.health.rules.vocabulary import CONDITIONS, DETAILS, Term

TEXT_MAX = 500
ROWS_MAX = 20
SPOTS_MAX = 6

YES_NO_UNSURE = {"no": say("No"), "yes": say("Yes"), "unsure": say("I am not sure")}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked.

    ``kind``: ``yesno`` (answers ``topics``), ``conditions`` (a checklist of ``groups``), ``rows``
    (any number of facts of the kind ``of``), ``birth`` and ``pregnancy``, ``text``, ``scale``
    (0 to 10), ``choice`` (of ``options``), ``areas``, ``sign``. It is asked only while the item
    ``show_if`` says yes or not sure. ``first`` of a ``rows`` item is asked before its rows.
    """

    key: str
    kind: str
    label: Words
    hint: Words | None = None
    topics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    options: tuple[tuple[str, Words], ...] = ()
    is_required: bool = True
    show_if: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A screenful of items."""

    code: str
    title: Words
    items: tuple[Item, ...]
    lead: Words | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is asked: its name and number, and its sections in order."""

    code: str
    number: int
    title: Words
    sections: tuple[Section, ...]

    def items(self) -> Iterator[Item]:
        """Everything that is asked, in order."""
        for section in self.sections:
            yield from section.items


DETAIL_LABELS = {
    "status": say("Now, or in the past?"),
    "controlled": say("Is it under control?"),
    "stable": say("Is it stable?"),
    "flare": say("Is it flaring up now?"),
    "healed": say("Has it healed?"),
    "scar": say("Is there a scar?"),
    "route": say("How is it taken?"),
    "taken_today": say("Taken today?"),
    "long_term": say("Taken for three months or longer?"),
    "delivery": say("How was it born?"),
    "working": say("Does it work as it should?"),
}
DETAIL_VALUES = {
    "active": say("I have it now"),
    "resolved": say("In the past"),
    "remission": say("In remission"),
    "recurrence": say("It came back"),
    "relapse": say("It came back"),
    "inactive": say("Not active now"),
    "on_hold": say("On hold"),
    "stopped": say("Stopped"),
    "removed": say("Taken out"),
    "current": say("Now"),
    "delivered": say("Born"),
    "ended": say("Ended"),
    "yes": say("Yes"),
    "no": say("No"),
    "unsure": say("I am not sure"),
    "oral": say("By mouth"),
    "injected": say("Injected"),
    "topical": say("On the skin"),
    "transdermal": say("Patch"),
    "inhaled": say("Inhaled"),
    "vaginal": say("Vaginal birth"),
    "caesarean": say("Caesarean"),
}

FOLLOWED = {
    "HYPERTENSION": ("controlled",),
    "HEART_DISEASE": ("stable",),
    "ARRHYTHMIA": ("stable",),
    "INFLAMMATORY_ARTHRITIS": ("flare",),
    "IBD": ("flare",),
    "MULTIPLE_SCLEROSIS": ("flare",),
}
"""What is asked of a condition besides since when, where, and whether it is over."""
ASKED = {
    "condition": ("status", "controlled", "stable", "flare"),
    "medicine": ("route", "long_term"),
    "allergy": (),
    "injury": ("healed", "scar"),
    "surgery": ("healed",),
    "device": (),
    "treatment": (),
}
"""What is asked of a fact that is told in a row, by its kind."""
PLACED = frozenset({"condition", "medicine", "injury", "surgery", "device", "treatment"})
"""Kinds whose facts have a place on the body."""
DATED = frozenset({"condition", "medicine", "injury", "surgery", "device", "treatment"})
SITED = frozenset(
    {"musculoskeletal", "skin", "vascular", "neuro", "cancer", "digestive"},
)
"""Groups of conditions of which it is asked where on the body they are."""
STATUSES = ("active", "resolved")


def listed(item: Item) -> tuple[Term, ...]:
    """The conditions that a checklist names; "something else" is told in rows."""
    return tuple(term for term in CONDITIONS.values() if term.group in item.groups)


def row_names(kind: str) -> tuple[str, ...]:
    """What is typed of a fact in a row."""
    places = ("area", "side") if kind in PLACED else ()
    days = ("on",) if kind in DATED else ()
    return ("code", "text", *days, *places, *ASKED[kind])


def condition_names(term: Term) -> tuple[str, ...]:
    """What is typed of a condition on a checklist."""
    places = ("area", "side") if term.group in SITED else ()
    return ("status", "on", "until", *places, *FOLLOWED.get(term.code, ()))


_BESIDE = {
    "areas": tuple(f"{n}.{part}" for n in range(SPOTS_MAX) for part in ("area", "side")),
    "birth": ("on", "delivery"),
    "pregnancy": ("on",),
    "sign": ("on",),
}
"""What is typed beside an item's own name."""


def names_of(item: Item) -> frozenset[str]:
    """The names under which an item's answers are typed."""
    return frozenset(_names(item))


def _names(item: Item) -> Iterator[str]:
    key = item.key
    if item.kind != "areas":
        yield key
    if item.kind == "conditions":
        for term in listed(item):
            yield f"{key}.{term.code}"
            yield from (f"{key}.{term.code}.{name}" for name in condition_names(term))
    for kind, n in product(item.of, range(ROWS_MAX)):
        yield from (f"{key}.{kind}.{n}.{name}" for name in row_names(kind))
    yield from (f"{key}.{name}" for name in _BESIDE.get(item.kind, ()))
    if item.kind == "yesno" and len(item.topics) > 1:
        yield from (f"{key}.{topic.removeprefix('answer:')}" for topic in item.topics)


def is_detail(kind: str, name: str, value: str) -> bool:
    """Whether a detail may have this value."""
    return value in DETAILS[kind].get(name, ())
