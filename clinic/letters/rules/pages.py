"""What a letter's template is given: everything as text, nothing as markup. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Facts, MeasureLine, Measures, Paragraph
from clinic.letters.rules.enclosing import Enclosed, counted, named, pages_of
from clinic.letters.rules.voice import Voice

ON_LETTER_PAPER = frozenset("US CA MX PH PR CL CO CR DO GT HN NI PA SV VE".split())
"""Where paper is 8.5 by 11 inches; A4 everywhere else (ISO 216)."""
_FIGURE = re.compile(r"[+−-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who writes."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    region: str = "US"
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: ``licence`` as it stood on that day; nothing for who does not treat."""

    name: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything around a letter's words. ``born`` is None where the letter may not tell it.

    ``to`` are lines: the provider, the organisation, where they are. ``cover_to`` is a fax
    number, for a cover sheet before the letter. ``enclosed`` are the documents that go with it.
    """

    clinic: Clinic
    to: tuple[str, ...]
    client: str
    born: date | None
    reference: str
    on: date
    signer: Signer = Signer()
    cover_to: str = ""
    enclosed: tuple[Enclosed, ...] = ()


def page_of(content: Content, envelope: Envelope, voice: Voice) -> dict[str, Any]:
    """The data of ``letter.typ``."""
    clinic = envelope.clinic
    reference = voice(say("Referral {number}", number=envelope.reference))
    return {
        "lang": voice.locale.replace("-", "_").split("_")[0].lower(),
        "region": clinic.region if re.fullmatch("[A-Z]{2}", clinic.region) else None,
        "paper": "us-letter" if clinic.region in ON_LETTER_PAPER else "a4",
        "title": content.subject or clinic.name,
        "date": [envelope.on.year, envelope.on.month, envelope.on.day],
        "day": voice.day(envelope.on),
        "words": {name: voice(words) for name, words in WORDS.items()},
        "clinic": {
            "name": clinic.name,
            "lines": "\n".join(_lines(clinic.address, voice(_reach(clinic)))),
            "contact": " · ".join(_lines(clinic.name, clinic.phone, clinic.email)),
        },
        "head": {
            "client": _said_client(envelope, voice),
            "reference": reference if envelope.reference else "",
        },
        "to": "\n".join(_lines(*envelope.to)),
        "about": list(_about(envelope, voice)),
        "subject": content.subject,
        "salutation": content.salutation,
        "blocks": [_block(one, voice) for one in content.blocks],
        "closing": content.closing,
        "signature": {
            "name": envelope.signer.name,
            "lines": "\n".join(_lines(envelope.signer.licence, clinic.name)),
        },
        "enclosed": _enclosed(envelope.enclosed, voice) if envelope.enclosed else None,
        "cover": _cover(envelope, voice) if envelope.cover_to else None,
    }


def _enclosed(documents: tuple[Enclosed, ...], voice: Voice) -> dict[str, Any]:
    """What goes along, in the order in which it is put in."""
    return {
        "title": voice(counted(documents)),
        "items": [voice(named(one)) for one in documents],
        "pages": pages_of(documents),
    }


WORDS = {
    "page": say("Page {page} of {pages}", page="{page}", pages="{pages}"),
    "measures": say("Measures"),
    "measure": say("Measure"),
    "start": say("At the start"),
    "now": say("Now"),
    "change": say("Change"),
    "goal": say("Aim"),
    "may_matter": say("may be meaningful"),
    "may_matter_note": say(
        "“May be meaningful”: many people notice a change of this size. It proves no cause."
    ),
}


def _lines(*said: str) -> list[str]:
    return [one.strip() for one in said if one.strip()]


def _reach(clinic: Clinic) -> Words:
    if clinic.phone and clinic.email:
        return say("Telephone {phone}, e-mail {email}", phone=clinic.phone, email=clinic.email)
    if clinic.phone:
        return say("Telephone {phone}", phone=clinic.phone)
    return say("{text}", text=clinic.email)


def _said_client(envelope: Envelope, voice: Voice) -> str:
    if envelope.born is None:
        return envelope.client
    return voice(say("{name}, born {day}", name=envelope.client, day=voice.day(envelope.born)))


def _about(envelope: Envelope, voice: Voice) -> Iterator[tuple[str, str]]:
    yield voice(say("Client")), envelope.client
    if envelope.born is not None:
        yield voice(say("Born")), voice.day(envelope.born)
    if envelope.reference:
        yield voice(say("Our reference")), envelope.reference


def _cover(envelope: Envelope, voice: Voice) -> dict[str, Any]:
    """A fax's first page: of the client it says nothing but the number."""
    clinic = envelope.clinic
    rows = [
        (say("To"), "\n".join(_lines(*envelope.to[:2]))),
        (say("Fax"), envelope.cover_to),
        (say("From"), "\n".join(_lines(clinic.name, clinic.phone))),
        (say("Date"), voice.day(envelope.on)),
        (say("Reference"), envelope.reference),
        (say("Documents"), str(len(envelope.enclosed) or "")),
    ]
    return {
        "title": voice(say("Fax")),
        "rows": [[voice(label), said] for label, said in rows if said],
        "pages": [
            voice(say("Pages")),
            voice(say("{pages}, and this cover sheet", pages="{pages}")),
        ],
        "note_title": voice(say("Confidential")),
        "note": voice(
            say(
                "This fax is meant only for the person named above and may tell of somebody’s"
                " health. If it reached you by mistake, please do not read, copy or pass it on:"
                " call us at {phone}, and destroy it.",
                phone=clinic.phone or clinic.email or clinic.name,
            )
        ),
    }


def _block(block: Block, voice: Voice) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"is": "paragraph", "text": block.text}
        case Facts():
            return {"is": "facts", "rows": [list(row) for row in block.rows]}
        case Measures():
            return {
                "is": "measures",
                "rows": [_line(one, voice) for one in block.rows],
                "charts": [_chart(one, voice) for one in block.rows if len(_days(one)) > 1],
            }
        case _:
            return {"is": "points", "title": block.title, "items": list(block.items)}


def _line(line: MeasureLine, voice: Voice) -> dict[str, Any]:
    return {
        "name": line.name,
        "baseline": line.baseline,
        "baseline_on": voice.short(line.baseline_on) if line.baseline_on else "",
        "now": line.now,
        "now_on": voice.short(line.now_on) if line.now_on else "",
        "change": line.change,
        "goal": line.goal,
        "may_matter": line.may_matter,
    }


def _days(line: MeasureLine) -> set[str]:
    return {on for on, _ in line.series}


def _chart(line: MeasureLine, voice: Voice) -> dict[str, Any]:
    """One course: days as numbers, the ends of the scale, and the words for who cannot see it."""
    series = sorted(line.series)
    values = [value for _, value in series]
    unit = line.unit if line.unit in ("", "°", "%") else f" {line.unit}"
    goal = _figure(line.goal)
    low, high = _scale([*values, *([] if goal is None else [goal])], line.unit)
    first, last = (date.fromisoformat(series[end][0]) for end in (0, -1))
    return {
        "name": line.name,
        "points": [
            {"day": date.fromisoformat(on).toordinal(), "value": value} for on, value in series
        ],
        "goal": goal,
        "low": low,
        "high": high,
        "bottom": f"{low:g}{unit}",
        "top": f"{high:g}{unit}",
        "since": voice.short(first),
        "until": voice.short(last),
        "alt": voice(
            say(
                "{name}: {readings} readings, from {start} on {since} to {end} on {until}.",
                name=line.name,
                readings=len(series),
                start=f"{values[0]:g}{unit}",
                since=voice.short(first),
                end=f"{values[-1]:g}{unit}",
                until=voice.short(last),
            )
        ),
    }


def _scale(values: list[float], unit: str) -> tuple[float, float]:
    """Lowest and highest figure of a chart: 0 to 10 where everything is, and there is no unit."""
    low, high = min(values), max(values)
    if not unit and low >= 0 and high <= 10:
        return 0, 10
    return (low - 1, high + 1) if low == high else (low, high)


def _figure(text: str) -> float | None:
    found = _FIGURE.search(text)
    return float(found[0].replace("−", "-").replace(",", ".")) if found else None
