"""What was typed into a form, read as facts and answers; and two readings compared."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from clinic.anatomy import is_spot
from clinic.core.words import Words, say
from clinic.health.rules.asking import (
    ASKED,
    FOLLOWED,
    ROWS_MAX,
    TEXT_MAX,
    YES_NO_UNSURE,
    Form,
    Item,
    is_detail,
    listed,
    names_of,
)
from clinic.health.rules.facts import UNSURE, Answer, Fact
from clinic.health.rules.vocabulary import CODES, OTHER

Given = Mapping[str, str]
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.](\d{4})")
OLDEST = 1900


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is missing, or cannot be read: in which section (from 1), at which name, and why."""

    section: int
    name: str
    label: Words
    why: Words


@dataclass(slots=True)
class Read:
    """A form as it was understood."""

    facts: list[Fact] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def approximate_day(text: str, today: date) -> date | None:
    """``2024``, ``2024-03``, ``3/2024`` or ``2024-03-15``: the last day that it can mean.

    The later a thing happened, the more careful a rule is; so what is not said exactly is taken
    as late as it can be, and never later than today. Raises ValueError.
    """
    text = text.strip()
    if not text:
        return None
    month_first = _MONTH_FIRST.fullmatch(text)
    found = _DAY.fullmatch(f"{month_first[2]}-{month_first[1]}" if month_first else text)
    if found is None:
        raise ValueError(text)
    year, month = int(found[1]), int(found[2] or 12)
    if not OLDEST <= year <= today.year or not 1 <= month <= 12:
        raise ValueError(text)
    if found[3]:
        day = date(year, month, int(found[3]))
    else:
        day = min(date(year, month, monthrange(year, month)[1]), today)
    if day > today or date(year, int(found[2] or 1), 1) > today:
        raise ValueError(text)
    return day


def allowed(form: Form, raw: Mapping[str, str], section: int | None = None) -> dict[str, str]:
    """What was typed under the form's own names, cut to a length; nothing else is kept.

    ``section`` counts from 1; without it the whole form is meant.
    """
    parts = form.sections if section is None else form.sections[section - 1 : section]
    names = {name for part in parts for item in part.items for name in names_of(item)}
    return {name: raw[name][:TEXT_MAX] for name in sorted(names & raw.keys()) if raw[name]}


def is_shown(item: Item, given: Given) -> bool:
    """Whether an item is asked, by what another one says."""
    return not item.show_if or given.get(item.show_if) in {"yes", UNSURE}


def read_answers(form: Form, given: Given, on: date, today: date | None = None) -> Read:
    """The facts and answers of a form that was filled in for a day; nothing is lost silently.

    What is typed beside a list is a fact with the code OTHER and its text.
    """
    reader = _Reader(given, on, today or on, "day" if form.code == "check" else "history")
    for number, section in enumerate(form.sections, 1):
        reader.section = number
        for item in section.items:
            if is_shown(item, given):
                _READERS.get(item.kind, _Reader.plain)(reader, item)
    return reader.read


class _Reader:
    """Goes through a form once."""

    def __init__(self, given: Given, on: date, today: date, of: str) -> None:
        self.given, self.on, self.today, self.of = given, on, today, of
        self.section = 1
        self.read = Read()

    def said(self, item: Item) -> str:
        """Yes, no or unsure; a required one that is left out is wrong."""
        value = self.given.get(item.key, "")
        if value not in YES_NO_UNSURE:
            if item.is_required or value:
                self.wrong(item, item.key, say("Choose an answer. “I am not sure” is one."))
            return ""
        return value

    def wrong(self, item: Item, name: str, why: Words) -> None:
        self.read.wrong.append(Wrong(self.section, name, item.label, why))

    def answer(self, topic: str, said: str) -> None:
        self.read.answers.append(Answer(topic, said, self.on, of=self.of))

    def typed(self, name: str) -> str:
        return self.given.get(name, "").strip()

    def day(self, item: Item, name: str) -> date | None:
        try:
            return approximate_day(self.typed(name), self.today)
        except ValueError:
            self.wrong(
                item, name, say("Enter a day, a month or a year that is over, such as 2024-03.")
            )
            return None

    def spot(self, prefix: str) -> tuple[str, str]:
        area, side = self.typed(f"{prefix}.area"), self.typed(f"{prefix}.side") or "N"
        if not area:
            return "", ""
        return (
            (area, side)
            if is_spot(area, side)
            else ((area, "N") if is_spot(area, "N") else ("", ""))
        )

    def details(self, prefix: str, kind: str, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """What is said beside; what is left out of a question with a yes stays unsaid."""
        said = ((name, self.typed(f"{prefix}.{name}")) for name in names)
        return tuple(sorted((name, value) for name, value in said if is_detail(kind, name, value)))

    def yesno(self, item: Item) -> None:
        said = self.said(item)
        for topic in item.topics if said else ():
            self.answer(topic, self.of_topic(item, topic, said))
        if said in {"yes", UNSURE}:
            self.read.facts += self.facts(item)

    def of_topic(self, item: Item, topic: str, said: str) -> str:
        """A yes to a question about several things is unsure of each, until each is answered."""
        if said != "yes" or len(item.topics) == 1:
            return said
        one = self.given.get(f"{item.key}.{topic.removeprefix('answer:')}", "")
        return one if one in YES_NO_UNSURE else UNSURE

    def conditions(self, item: Item) -> None:
        """A list: what is ticked is a fact; the rest is no, or not sure where that is ticked."""
        ticked = [term for term in listed(item) if self.given.get(f"{item.key}.{term.code}")]
        rest = self.given.get(item.key, "")
        if rest not in {"none", UNSURE} and not ticked:
            self.wrong(item, item.key, say("Tick what you have, or “none of these”."))
            return
        for term in listed(item):
            if term in ticked:
                self.condition(item, term.code)
            else:
                self.answer(f"condition:{term.code}", UNSURE if rest == UNSURE else "no")

    def condition(self, item: Item, code: str) -> None:
        prefix = f"{item.key}.{code}"
        area, side = self.spot(prefix)
        names = ("status", *FOLLOWED.get(code, ()))
        on, until = self.day(item, f"{prefix}.on"), self.day(item, f"{prefix}.until")
        if on and until and until < on:
            self.wrong(item, f"{prefix}.until", say("It cannot be over before it began."))
        self.read.facts.append(
            Fact(
                "condition", code, on=on, until=until, area=area, side=side,
                details=self.details(prefix, "condition", names),
            )
        )  # fmt: skip

    def rows(self, item: Item) -> None:
        said = self.said(item)
        found = list(self.facts(item))
        if said == "yes" and not found:
            self.wrong(item, item.key, say("Say what it is, in at least one line."))
        if said == "no" and found:
            self.wrong(item, item.key, say("You said no, and wrote something. Which is right?"))
        self.read.facts += found
        for topic in item.topics if said else ():
            self.answer(topic, said)

    def facts(self, item: Item) -> Iterator[Fact]:
        for kind in item.of:
            for number in range(ROWS_MAX):
                fact = self.row(item, kind, f"{item.key}.{kind}.{number}")
                if fact is not None:
                    yield fact

    def row(self, item: Item, kind: str, prefix: str) -> Fact | None:
        code, text = self.typed(f"{prefix}.code"), self.typed(f"{prefix}.text")
        if not (code or text):
            return None
        area, side = self.spot(prefix)
        return Fact(
            kind,
            code if code in CODES[kind] else OTHER,
            text=text if code in CODES[kind] else (text or code),
            on=self.day(item, f"{prefix}.on"),
            area=area,
            side=side,
            details=self.details(prefix, kind, ASKED[kind]),
        )

    def pregnancy(self, item: Item) -> None:
        said = self.said(item)
        if not said:
            return
        self.answer("pregnancy", said)
        if said == "yes":
            due = self.typed(f"{item.key}.on")
            details = (("status", "current"),)
            self.read.facts.append(Fact("pregnancy", "PREGNANCY", text=due, details=details))

    def birth(self, item: Item) -> None:
        said = self.said(item)
        for topic in item.topics if said else ():
            self.answer(topic, said)
        if said == "yes":
            born = self.day(item, f"{item.key}.on")
            how = self.details(item.key, "pregnancy", ("delivery",))
            details = tuple(sorted((*how, ("status", "delivered"))))
            self.read.facts.append(Fact("pregnancy", "PREGNANCY", until=born, details=details))

    def sign(self, item: Item) -> None:
        if item.is_required and not self.typed(item.key):
            self.wrong(item, item.key, say("Type your full name to sign."))

    def plain(self, item: Item) -> None:
        if item.is_required and not self.typed(item.key):
            self.wrong(item, item.key, say("Please answer this."))


_READERS = {
    "yesno": _Reader.yesno,
    "conditions": _Reader.conditions,
    "rows": _Reader.rows,
    "pregnancy": _Reader.pregnancy,
    "birth": _Reader.birth,
    "sign": _Reader.sign,
}


# --- two readings compared ---


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between what was known and what a form says now.

    ``gone`` are facts that the new form does not mention: they stand until somebody ends them.
    """

    added: tuple[Fact, ...] = ()
    changed: tuple[tuple[Fact, Fact], ...] = ()
    gone: tuple[Fact, ...] = ()
    answers: tuple[tuple[str, str, str], ...] = ()
    """Topic, what was answered before (or nothing), what is answered now."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is new."""
        return not (self.added or self.changed or self.gone or self.answers)


def twin_of(fact: Fact) -> tuple[str, ...]:
    """What makes two facts be about the same thing."""
    said = fact.text.casefold().strip() if fact.code == OTHER or fact.kind == "medicine" else ""
    is_event = fact.kind in {"injury", "surgery", "treatment"}
    place = (fact.area, fact.side) if is_event or fact.kind == "device" else ()
    when = (str(fact.on),) if is_event else ()
    status = (fact.detail("status"),) if fact.kind == "pregnancy" else ()
    return (fact.kind, fact.code, said, *place, *when, *status)


def content_of(fact: Fact) -> tuple[object, ...]:
    """All that a fact says, without who said it and where it stands."""
    return (
        fact.kind, fact.code, fact.text, fact.on, fact.until, fact.area, fact.side, fact.value,
        fact.details,
    )  # fmt: skip


def compare(
    old_facts: Iterable[Fact],
    old_answers: Iterable[Answer],
    new_facts: Iterable[Fact],
    new_answers: Iterable[Answer],
) -> Diff:
    """What a new form changes; of answers only what was a yes or no before, or is no "no" now."""
    before = {twin_of(fact): fact for fact in old_facts}
    now = {twin_of(fact): fact for fact in new_facts}
    changed = [
        (before[twin], fact)
        for twin, fact in now.items()
        if twin in before and content_of(before[twin]) != content_of(fact)
    ]
    return Diff(
        added=tuple(fact for twin, fact in now.items() if twin not in before),
        changed=tuple(changed),
        gone=tuple(fact for twin, fact in before.items() if twin not in now),
        answers=tuple(_answers_that_differ(old_answers, new_answers)),
    )


def _answers_that_differ(
    old: Iterable[Answer], new: Iterable[Answer]
) -> Iterator[tuple[str, str, str]]:
    before = {one.topic: one.said for one in old}
    for answer in new:
        was = before.get(answer.topic, "")
        if was != answer.said and (was or answer.said != "no"):
            yield answer.topic, was, answer.said
