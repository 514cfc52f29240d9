"""Forms that were filled in, as the sheet takes them: which of their answers count."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.health.rules.facts import SAID, UNSURE, Answer
from clinic.health.rules.vocabulary import CODES, OTHER

ANSWER = "answer"
"""The kind of an entry that is no fact but an answer: "none known", of a whole kind."""
MOVES = {
    "in_progress": frozenset({"completed", "stopped"}),
    "completed": frozenset({"reviewed", "superseded", "entered_in_error"}),
    "reviewed": frozenset({"superseded", "entered_in_error"}),
    "stopped": frozenset[str](),
    "superseded": frozenset[str](),
    "entered_in_error": frozenset[str](),
}
"""How a form goes on from each status. What is changed later is another form, which takes the
place of the earlier one when a therapist has read it; no form is "amended"."""


@dataclass(frozen=True, slots=True)
class Told:
    """A form that was completed on a day: what was typed (``given``), and what it answers."""

    form: str
    on: date
    answers: tuple[Answer, ...] = ()
    given: tuple[tuple[str, Any], ...] = ()
    is_reviewed: bool = False


def told_to_json(given: dict[str, Any], answers: Iterable[Answer]) -> str:
    """What was typed, and what it answers, as one text."""
    said = [{"topic": one.topic, "said": one.said, "of": one.of} for one in answers]
    return json.dumps({"given": given, "said": said}, ensure_ascii=False, separators=(",", ":"))


def given_in(text: str) -> dict[str, Any]:
    """What was typed, by the key of its item."""
    return dict(json.loads(text).get("given", {})) if text else {}


def told_from(text: str, *, form: str, on: date, is_reviewed: bool, ref: str = "") -> Told:
    """The same again; ``ref`` names the form its answers stand on."""
    told = json.loads(text) if text else {}
    answers = tuple(
        Answer(one["topic"], one["said"], on, ref, one.get("of", "history"))
        for one in told.get("said", ())
    )
    return Told(form, on, answers, tuple(told.get("given", {}).items()), is_reviewed)


def is_news(told: Told) -> bool:
    """Whether a visit check says anything but no."""
    return any(one.said != "no" for one in told.answers)


def answers_that_count(forms: Iterable[Told]) -> tuple[Answer, ...]:
    """The answers of forms in the order they were given.

    What a therapist has read stands until a therapist reads otherwise: a milder answer on a form
    that nobody has looked at yet does not count.
    """
    kept: list[Answer] = []
    latest: dict[tuple[str, str], Answer] = {}
    for form in forms:
        for answer in form.answers:
            before = latest.get((answer.topic, answer.of))
            if not form.is_reviewed and before is not None and _is_milder(answer, before):
                continue
            kept.append(answer)
            latest[answer.topic, answer.of] = answer
    return tuple(kept)


def _is_milder(answer: Answer, before: Answer) -> bool:
    is_of_history = answer.of == "history"
    return is_of_history and SAID.index(answer.said) < SAID.index(before.said)


def answer_to_json(answer: Answer) -> str:
    """An answer as the text of an entry."""
    told = {"kind": ANSWER, "topic": answer.topic, "said": answer.said, "of": answer.of}
    return json.dumps(told | {"on": answer.on.isoformat()}, ensure_ascii=False)


def answer_from(told: dict[str, Any], ref: str) -> Answer:
    """The answer of an entry again."""
    on = date.fromisoformat(told["on"])
    return Answer(told["topic"], told["said"], on, ref, told.get("of", "history"))


def said_of(kind: str, answers: Iterable[Answer]) -> Answer | None:
    """What was answered about all of a kind, the latest; None where part of it was never asked.

    A form that goes through a list answers the kind code by code: the least sure speaks for all.
    """
    latest = {answer.topic: answer for answer in answers}
    if kind in latest:
        return latest[kind]
    own = [latest.get(f"{kind}:{code}") for code in CODES.get(kind, ()) if code != OTHER]
    known = [answer for answer in own if answer is not None]
    if not own or len(known) < len(own):
        return None
    return max(known, key=lambda answer: (_LEAST_SURE.index(answer.said), answer.on))


_LEAST_SURE = ("no", "yes", UNSURE)
