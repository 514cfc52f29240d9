"""What a session note says, what it may take over from an earlier one, when it can be signed.

The parts are those of a SOAP note: what the client says, what the therapist finds, what was
done, how it is judged, what comes next. Measures are never taken over.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from clinic.anatomy import AREAS, Finding, is_within, read_findings, spot, write_findings
from clinic.core.errors import DomainError
from clinic.core.words import Words, say

FORM = 1
"""Which shape of a body this is; an older one is read into this."""
TEXT_MAX = 4000
LINE_MAX = 300
WHY_MAX = 300
ADDENDUM_MAX = 4000
PAIN = (0, 10)
PRESSURE = (1, 5)
MINUTES = (1, 600)
LATE_AFTER = timedelta(hours=24)
"""A note signed later than this after the session is a late entry, and says so."""

KINDS = {
    "initial": say("First visit"),
    "return": say("Return visit"),
    "short": say("Short note"),
    "reeval": say("Re-evaluation"),
    "phone": say("By telephone"),
}
STATUSES = {
    "draft": say("Draft"),
    "signed": say("Signed"),
    "amended": say("Signed, with an addendum"),
    "entered_in_error": say("Entered in error"),
}
SINCE = {"better": say("Better"), "same": say("Same"), "worse": say("Worse")}
DONE = {"yes": say("Yes"), "partly": say("Partly"), "no": say("No")}
FLAGS = {"none": say("Asked and looked, none"), "seen": say("Yes, see below")}
TECHNIQUE_MAX = 40
PRODUCTS = {
    "oil": say("Oil"),
    "lotion": say("Lotion"),
    "cream": say("Cream"),
    "gel": say("Gel"),
    "none": say("None"),
}
AFTERCARE = {
    "soreness": say("Mild soreness for a day or two can happen"),
    "rise_slowly": say("Get up slowly; you may feel light-headed"),
    "warmth": say("Warmth for 15 minutes if it feels good"),
    "move": say("Keep moving gently"),
    "exercises": say("Exercises shown and tried"),
    "water": say("Drink water as you like"),
    "call": say("Call us if something new or worse appears"),
    "emergency": say("When to ring the emergency number"),
}
"""What a client is told afterwards: only what can be stood by."""

SECTIONS = {
    "s": ("told", "complaint", "onset", "aggravating", "relieving", "sleep", "medicine"),
    "o": ("seen", "findings"),
    "a": ("assessment", "progress"),
    "p": (
        "techniques", "pressure", "positions", "product", "draping", "plan", "frequency",
        "home_care",
    ),
}  # fmt: skip
"""What may be taken over from an earlier note, part by part. No measure is among it."""
REWRITTEN = (*SECTIONS["s"], *SECTIONS["a"])
"""What must be the therapist's own words of today: taken over and unedited it is not signed."""

LABELS = {
    "told": say("What the client reports"),
    "complaint": say("Main complaint"),
    "onset": say("Since when, and how it began"),
    "aggravating": say("What makes it worse"),
    "relieving": say("What eases it"),
    "sleep": say("Sleep"),
    "medicine": say("Medicine taken today"),
    "seen": say("Posture, gait, skin"),
    "findings": say("Findings"),
    "techniques": say("Techniques used"),
    "pressure": say("Pressure"),
    "positions": say("Position"),
    "product": say("Product"),
    "draping": say("Draping"),
    "assessment": say("Assessment"),
    "progress": say("Progress towards the goals"),
    "plan": say("Plan"),
    "frequency": say("How often"),
    "home_care": say("Home care"),
}


class NotSignable(DomainError):
    """What a note still wants before it is signed: each with its field."""

    def __init__(self, wants: list[tuple[str, Words]]) -> None:
        super().__init__(wants[0][1], field=wants[0][0])
        self.wants = wants


@dataclass(frozen=True, slots=True)
class Body:
    """Everything a note says. Pain is 0 to 10, pressure 1 to 5, blood pressure mmHg.

    ``seq`` counts the savings of a draft: who writes on an older one than stands is told.
    ``copied`` names the fields that stand as they were taken over from the note of
    ``copied_on``; a finding says so itself.
    """

    seq: int = 0
    told: str = ""
    complaint: str = ""
    pain_now: int | None = None
    pain_average: int | None = None
    pain_worst: int | None = None
    since: str = ""
    onset: str = ""
    aggravating: str = ""
    relieving: str = ""
    sleep: str = ""
    home_care_done: str = ""
    medicine: str = ""
    has_consent: bool = False
    seen: str = ""
    findings: tuple[Finding, ...] = ()
    red_flags: str = ""
    red_flags_text: str = ""
    systolic: int | None = None
    diastolic: int | None = None
    pulse: int | None = None
    techniques: tuple[str, ...] = ()
    pressure: int | None = None
    minutes: int | None = None
    positions: tuple[str, ...] = ()
    product: str = ""
    draping: str = ""
    feedback: str = ""
    reactions: str = ""
    pain_after: int | None = None
    aftercare: tuple[str, ...] = ()
    aftercare_text: str = ""
    assessment: str = ""
    response: str = ""
    progress: str = ""
    plan: str = ""
    next_visit: str = ""
    frequency: str = ""
    home_care: str = ""
    reevaluate_on: date | None = None
    copied: tuple[str, ...] = ()
    copied_on: date | None = None
    readings: tuple[str, ...] = ()
    """Public ids of what the health history has of these vitals."""

    @property
    def treated(self) -> tuple[Finding, ...]:
        """The spots that were treated."""
        return tuple(one for one in self.findings if one.mode == "treated")

    def says(self, name: str) -> bool:
        """Whether this field says anything."""
        return getattr(self, name) not in ("", None, (), False)


_NAMES = tuple(one.name for one in fields(Body))
_LISTS = ("techniques", "positions", "aftercare", "copied", "readings")
_DATES = ("reevaluate_on", "copied_on")


def write_body(body: Body) -> str:
    """A body as JSON that reads back the same."""
    entry: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in ((name, getattr(body, name)) for name in _NAMES)
    }
    entry["findings"] = [asdict(one) for one in body.findings]
    return json.dumps({"form": FORM} | entry, ensure_ascii=False)


def read_body(text: str) -> Body:
    """The body in a JSON text; what a later form has besides is left out."""
    if not text:
        return Body()
    entry = {name: value for name, value in json.loads(text).items() if name in _NAMES}
    entry["findings"] = read_findings(json.dumps(entry.get("findings", [])))
    for name in _LISTS:
        entry[name] = tuple(entry.get(name) or ())
    for name in _DATES:
        entry[name] = date.fromisoformat(entry[name]) if entry.get(name) else None
    return Body(**entry)


def taken_over(body: Body, earlier: Body, part: str, on: date) -> Body:
    """A body with one part of an earlier note, marked as copied until it is edited.

    What the earlier note leaves open stays as it is. A finding comes without its severity
    and minutes, which are measures. Raises KeyError for a part there is not.
    """
    new = {name: getattr(earlier, name) for name in SECTIONS[part] if earlier.says(name)}
    if "findings" in new:
        known = {(one.area, one.side, one.mode, one.kind) for one in body.findings}
        new["findings"] = body.findings + tuple(
            replace(one, severity=None, minutes=None, is_copied=True)
            for one in new["findings"]
            if (one.area, one.side, one.mode, one.kind) not in known
        )
    names = [name for name in new if name != "findings"]
    copied = tuple(dict.fromkeys((*body.copied, *names)))
    return replace(body, **new, copied=copied, copied_on=on)


def of_part(body: Body, part: str) -> dict[str, Any]:
    """What a part that may be taken over says, by field, as the page writes it.

    Raises KeyError for a part there is not.
    """
    said = {name: getattr(body, name) for name in SECTIONS[part]}
    return {
        name: write_findings(value) if name == "findings" else _written(value)
        for name, value in said.items()
    }


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return "" if value is None else str(value)


def edited(stood: Body, sent: Body) -> Body:
    """What was sent, with the marks that still hold: a copied field counts until it changes."""
    kept = tuple(
        name
        for name in stood.copied
        if getattr(sent, name) == getattr(stood, name) and sent.says(name)
    )
    copied = {_bare(one) for one in stood.findings if one.is_copied}
    findings = tuple(replace(one, is_copied=_bare(one) in copied) for one in sent.findings)
    return replace(sent, copied=kept, copied_on=stood.copied_on, findings=findings)


def _bare(finding: Finding) -> Finding:
    return replace(finding, is_copied=False, face="")


def still_copied(body: Body) -> tuple[str, ...]:
    """The names of fields that stand as they were taken over."""
    findings = ("findings",) if any(one.is_copied for one in body.findings) else ()
    return (*body.copied, *findings)


def unsaid(body: Body, kind: str, most: int) -> list[tuple[str, Words]]:
    """What keeps a note from being signed: the field and what to do there.

    ``most`` is the longest the hands-on treatment can have been, in minutes.
    """
    found = []
    if not (body.told or body.complaint):
        found.append(("told", say("Write what the client reports.")))
    if kind != "phone":
        found += _untreated(body, most)
        if not body.assessment:
            found.append(("assessment", say("Write the assessment.")))
    if not body.plan:
        found.append(("plan", say("Write the plan.")))
    found += [
        (name, say("“{label}” is copied. Put it into today's words.", label=LABELS[name]))
        for name in still_copied(body)
        if name in REWRITTEN
    ]
    return found


def _untreated(body: Body, most: int) -> list[tuple[str, Words]]:
    found = []
    if not body.has_consent:
        found.append(("has_consent", say("Say that the client agreed to the treatment.")))
    if not body.techniques:
        found.append(("techniques", say("Choose at least one technique.")))
    if not body.treated:
        found.append(("findings", say("Mark at least one treated area.")))
    if not body.minutes:
        found.append(("minutes", say("Enter the minutes of hands-on treatment.")))
    elif body.minutes > most:
        found.append(("minutes", say("The session was at most {count} minutes.", count=most)))
    return found


def to_confirm(body: Body) -> tuple[Words, ...]:
    """What is copied and may stay so once the therapist says that it is right today."""
    return tuple(LABELS[name] for name in still_copied(body) if name not in REWRITTEN)


def without_consent(body: Body, agreed: frozenset[str]) -> tuple[Words, ...]:
    """Treated areas that need a consent of that day, and have none."""
    spots = {
        (one.area, one.side): spot(one.area, one.side)
        for one in body.treated
        if AREAS[one.area].is_sensitive and one.area not in agreed
    }
    return tuple(spots.values())


def beyond(
    body: Body,
    techniques: frozenset[str],
    areas: tuple[tuple[str, str], ...],
    pressure: int | None,
    names: dict[str, str],
) -> tuple[Words, ...]:
    """What was done although today's screening says to leave it: in words, to be looked at.

    ``techniques`` (``ALL``: every one) and ``areas`` are to be left alone, ``pressure`` is the
    most that is well; ``names`` are those of the techniques.
    """
    used = [one for one in body.techniques if one in techniques or "ALL" in techniques]
    said = [say("{name} is not for today.", name=names.get(one, one)) for one in used]
    said += [
        say("{area} is to be left alone today.", area=spot(one.area, one.side))
        for one in body.treated
        if is_within(one, areas)
    ]
    deepest = max((one for one in _pressures(body) if one is not None), default=0)
    if pressure is not None and deepest > pressure:
        said.append(say("Pressure is at most {most} of 5 today.", most=pressure))
    return tuple(said)


def _pressures(body: Body) -> tuple[int | None, ...]:
    return (body.pressure, *(one.pressure for one in body.treated))


def is_same_tab(pen: str, other: str) -> bool:
    """Whether two pens are of one browser tab: what follows the point counts its page loads."""
    tab = pen.partition(".")[0]
    return tab != "" and tab == other.partition(".")[0]


def is_late(ended_at: datetime, at: datetime) -> bool:
    """Whether a signature comes so long after the session that the note says so."""
    return at - ended_at > LATE_AFTER


def is_found(body: Body, text: str) -> bool:
    """Whether any words of a note hold this text, in whatever case."""
    wanted = text.casefold()
    said = [value for name in _NAMES if isinstance(value := getattr(body, name), str)]
    spots = [f"{spot(one.area, one.side)} {one.text}" for one in body.findings]
    return any(wanted in one.casefold() for one in (*said, *spots, *body.techniques))
