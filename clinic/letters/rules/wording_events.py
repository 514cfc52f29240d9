"""The words of a report after something grave: the fact and what was done, and how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Happened
from clinic.letters.rules.told import Course
from clinic.letters.rules.voice import Voice
from clinic.letters.rules.wording import paragraph
from clinic.letters.rules.wording_reports import progress


@dataclass(frozen=True, slots=True)
class Incident:
    """What went wrong, on which day, and what was done at once: by fixed words, none of a report's
    own."""

    on: date | None
    what: Words
    action: Words | None = None


def after_event(course: Course, incidents: Sequence[Incident], voice: Voice) -> Content:
    """A progress report that begins with what happened. What it comes from, it does not say."""
    whole = progress(course, voice)
    return replace(
        whole,
        subject=voice(say("Report after an event")),
        blocks=(
            paragraph(
                voice,
                say("We are writing because of something that happened to {client}.",
                    client=course.order.client),
                say("This is the fact, and what was done about it at once."),
            ),
            *(_happened(one, voice) for one in incidents),
            *whole.blocks,
        ),
    )  # fmt: skip


def _happened(one: Incident, voice: Voice) -> Block:
    rows = [
        (say("What happened"), voice(one.what)),
        (say("On"), voice.day(one.on) if one.on else ""),
        (say("What was done"), voice(one.action) if one.action else ""),
    ]
    return Happened(tuple((voice(label), said) for label, said in rows if said), is_clinical=True)
