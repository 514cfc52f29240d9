"""Sheets to judge: a person who was asked everything and has nothing, and things added to it."""

from dataclasses import replace
from datetime import date, timedelta

from clinic.health.rules.facts import Answer, Fact, Sheet
from clinic.health.rules.rulebook import book_of, shipped
from clinic.health.rules.screening import judge
from clinic.health.rules.vocabulary import ANSWERS, CONDITIONS

DAY = date(2026, 11, 19)
"""The day of the visit."""
ASKED = date(2026, 9, 1)
"""The day of the history."""
BORN = date(1980, 5, 17)
BOOK = book_of(shipped())
LISTED = ("medicine", "allergy", "injury", "surgery", "device", "pregnancy", "treatment")


def fact(topic, **about):
    """A fact by its topic; what is not one of its fields is a detail."""
    kind, _, code = topic.partition(":")
    fields = {"text", "on", "until", "area", "side", "value", "source", "ref"}
    details = tuple(sorted((key, value) for key, value in about.items() if key not in fields))
    told = {key: value for key, value in about.items() if key in fields}
    return Fact(kind, code, details=details, **told)


def no(*topics, on=ASKED, of="history"):
    return tuple(Answer(topic, "no", on, of=of) for topic in topics)


def all_asked(asked=ASKED, day=DAY):
    """No to everything that a history asks, and to all of the day's check."""
    history = [f"condition:{code}" for code in CONDITIONS]
    history += LISTED
    history += [f"answer:{one.name}" for one in ANSWERS.values() if one.scope != "day"]
    of_the_day = [f"answer:{one.name}" for one in ANSWERS.values() if one.scope == "day"]
    return no(*history, on=asked) + no(*of_the_day, on=day, of="day")


CLEAN = Sheet(answers=all_asked(), history_on=ASKED, is_reviewed=True)
"""Asked everything, and nothing found."""


def known(*facts, yes=(), unsure=(), refused=(), sheet=CLEAN, day=DAY):
    """The clean sheet with these facts and answers: what they speak of is no "no" any more."""
    said = dict.fromkeys(yes, "yes") | dict.fromkeys(unsure, "unsure")
    for one in facts:
        if one.kind in LISTED:
            said[one.kind] = "yes"
        elif one.kind == "condition":
            said[one.topic] = "yes"
    kept = [one for one in sheet.answers if one.topic not in said]
    added = []
    for topic, word in said.items():
        question = ANSWERS.get(topic.removeprefix("answer:"))
        is_daily = question is not None and question.scope == "day"
        added.append(
            Answer(topic, word, day if is_daily else ASKED, of="day" if is_daily else "history")
        )
    return replace(
        sheet,
        facts=(*sheet.facts, *facts),
        answers=(*kept, *added),
        refused=tuple(refused),
    )


def judged(sheet, on=DAY, *, born=BORN, book=BOOK):
    return judge(sheet, book, on, born=born)


def state(sheet, rule, on=DAY, *, born=BORN, book=BOOK):
    """The state of a rule's hit, or nothing."""
    hit = judged(sheet, on, born=born, book=book).hit(rule)
    return hit.state if hit else ""


def ago(days, on=DAY):
    return on - timedelta(days=days)
