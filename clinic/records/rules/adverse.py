"""What a report of an adverse event says, how it goes on, and what it is counted by.

The kinds are those that reviews of harm after massage name most often, with those that a clinic
meets besides: Yin, Gao, Wu, Litscher, Xu, "Adverse events of massage therapy in pain-related
conditions: a systematic review", Evidence-Based Complementary and Alternative Medicine, 2014.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from clinic.anatomy import is_spot
from clinic.core.errors import DomainError
from clinic.core.words import Words, say

FORM = 1
"""Which shape of a text this is."""
TEXT_MAX = 4000
LINE_MAX = 300
HOURS = (0, 2000)
AREAS_MAX = 6

TYPES = {
    "soreness_beyond_48h": say("Soreness for more than two days"),
    "bruise": say("Bruise"),
    "dizziness_or_faint": say("Dizziness or fainting"),
    "skin_reaction": say("Skin reaction"),
    "burn": say("Burn"),
    "headache": say("Headache"),
    "nausea": say("Nausea"),
    "vte": say("Signs of a clot in a leg, an arm or the lungs"),
    "nerve": say("Numbness, weakness or other signs of a nerve"),
    "fracture": say("Broken bone"),
    "disc": say("Signs of a slipped disc"),
    "stroke_signs": say("Signs of a stroke"),
    "fall": say("Fall"),
    "emotional_distress": say("Emotional distress"),
    "boundary_concern": say("Concern about boundaries or conduct"),
    "infection": say("Infection"),
    "privacy_breach": say("Breach of privacy"),
    "other": say("Something else"),
}
SEVERITIES = {
    "mild": say("Mild: passes by itself"),
    "moderate": say("Moderate: needed care, or kept from daily life"),
    "severe": say("Severe: needed a doctor or a hospital"),
    "life_threatening": say("Life-threatening"),
    "death": say("Death"),
}
SEVERITY_NAMES = {
    "mild": say("Mild"),
    "moderate": say("Moderate"),
    "severe": say("Severe"),
    "life_threatening": say("Life-threatening"),
    "death": say("Death"),
}
GRAVE = ("severe", "life_threatening", "death")
"""Of these the owner is told at once."""
FOLLOWED_WITHIN = timedelta(days=2)
"""After a moderate event the client is asked how they are one or two days later."""
ACTUALITIES = {"actual": say("It happened"), "near_miss": say("It nearly happened")}
ACTIONS = {
    "none": say("Nothing was needed"),
    "first_aid": say("First aid"),
    "stopped": say("The session was stopped"),
    "referred": say("Sent to a doctor"),
    "emergency": say("The emergency number was rung"),
}
CAUSALITIES = {
    "not_related": say("Not related to the treatment"),
    "possible": say("Possible"),
    "probable": say("Probable"),
    "certain": say("Certain"),
}
OUTCOMES = {
    "resolved": say("Resolved"),
    "recovering": say("Recovering"),
    "ongoing": say("Ongoing"),
    "resolved_with_sequelae": say("Resolved, with lasting effects"),
    "fatal": say("Fatal"),
    "unknown": say("Not known"),
}
EMERGENCY = {
    "US": "911", "CA": "911", "MX": "911", "GB": "999", "IE": "112", "AU": "000", "NZ": "111",
}  # fmt: skip
"""What to ring in an emergency, by country; elsewhere 112 (ITU-T E.161.1 names 112 and 911)."""

STATUSES = {
    "draft": say("Draft"),
    "reported": say("Reported"),
    "under_review": say("Under review"),
    "action_plan": say("Actions agreed"),
    "closed": say("Closed"),
    "entered_in_error": say("Entered in error"),
}
WAYS = {
    ("draft", "report"): "reported",
    ("draft", "discard"): "entered_in_error",
    ("reported", "open"): "under_review",
    ("reported", "mark_in_error"): "entered_in_error",
    ("under_review", "plan"): "action_plan",
    ("under_review", "close"): "closed",
    ("action_plan", "close"): "closed",
    ("closed", "reopen"): "under_review",
}
"""The life of a report: from a state, by a deed, to a state. Nothing else leads anywhere."""
OPEN = ("reported", "under_review", "action_plan")
COUNTS = (*OPEN, "closed")
"""States of a report that counts: neither a draft nor one entered in error."""


@dataclass(frozen=True, slots=True)
class RuleFound:
    """A screening rule that held, or was open, when the report was written."""

    rule: str
    klass: str
    state: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stood around the event when it was reported; it does not change afterwards.

    ``cap`` is the most pressure that the screening allowed that day (1 to 5).
    """

    service: str = ""
    minutes: int | None = None
    hits: tuple[RuleFound, ...] = ()
    cap: int | None = None
    has_note: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What was reported. Pressure is 1 to 5; ``after_hours`` counts from the session, and
    ``lasted_hours`` from the beginning. ``areas`` are pairs of area and side."""

    kind: str = ""
    at: str = ""
    text: str = ""
    action: str = ""
    done: str = ""
    is_provider_told: bool = False
    is_expected: bool = False
    techniques: tuple[str, ...] = ()
    areas: tuple[tuple[str, str], ...] = ()
    pressure: int | None = None
    product: str = ""
    after_hours: int | None = None
    lasted_hours: int | None = None
    around: Around = Around()


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of a review: what, who by name, when (ISO 8601), and why."""

    what: str
    who: str
    at: str
    why: str = ""

    @property
    def when(self) -> datetime:
        """When, as an instant."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Review:
    """What the owner found and arranged; days are those on which somebody was told.

    ``followed`` is what the client said when they were asked how they are, on ``client_on``.
    """

    causality: str = ""
    outcome: str = ""
    text: str = ""
    actions: str = ""
    client_on: date | None = None
    provider_on: date | None = None
    insurer_on: date | None = None
    board: str = ""
    followed: str = ""
    deeds: tuple[Deed, ...] = ()


_OF_ACCOUNT = {one.name for one in fields(Account)}
_OF_REVIEW = {one.name for one in fields(Review)}
_DAYS = ("client_on", "provider_on", "insurer_on")


def write_account(account: Account) -> str:
    """A report as JSON that reads back the same."""
    return json.dumps({"form": FORM} | asdict(account), ensure_ascii=False)


def read_account(text: str | None) -> Account:
    """The report in a JSON text; what a later form has besides is left out."""
    if not text:
        return Account()
    entry = {name: value for name, value in json.loads(text).items() if name in _OF_ACCOUNT}
    entry["techniques"] = tuple(entry.get("techniques", ()))
    entry["areas"] = tuple((area, side) for area, side in entry.get("areas", ()))
    entry["around"] = _around(entry.get("around", {}))
    return Account(**entry)


def _around(entry: Mapping[str, Any]) -> Around:
    hits = tuple(RuleFound(**one) for one in entry.get("hits", ()))
    return Around(**(dict(entry) | {"hits": hits}))


def write_review(review: Review) -> str:
    """A review as JSON that reads back the same."""
    entry = asdict(review)
    for name in _DAYS:
        entry[name] = entry[name].isoformat() if entry[name] else None
    return json.dumps({"form": FORM} | entry, ensure_ascii=False)


def read_review(text: str | None) -> Review:
    """The review in a JSON text."""
    if not text:
        return Review()
    entry = {name: value for name, value in json.loads(text).items() if name in _OF_REVIEW}
    for name in _DAYS:
        entry[name] = date.fromisoformat(entry[name]) if entry.get(name) else None
    entry["deeds"] = tuple(Deed(**one) for one in entry.get("deeds", ()))
    return Review(**entry)


def with_deed(review: Review, deed: Deed) -> Review:
    """The same review with one step more."""
    return replace(review, deeds=(*review.deeds, deed))


def checked(account: Account) -> Account:
    """The same, if it can be kept, even unfinished. Raises DomainError beside its field."""
    lists = {"kind": TYPES, "action": ACTIONS}
    for name, known in lists.items():
        if getattr(account, name) and getattr(account, name) not in known:
            raise DomainError(say("Choose from the list."), field=name)
    if len(account.text) > TEXT_MAX or len(account.done) > TEXT_MAX:
        field = "text" if len(account.text) > TEXT_MAX else "done"
        raise DomainError(say("Use at most {count} characters.", count=TEXT_MAX), field=field)
    if account.pressure is not None and account.pressure not in range(1, 6):
        raise DomainError(say("Choose a pressure from 1 to 5."), field="pressure")
    for name in ("after_hours", "lasted_hours"):
        _check_hours(name, getattr(account, name))
    if not all(is_spot(area, side) for area, side in account.areas):
        raise DomainError(say("Choose an area and its side."), field="areas")
    return account


def _check_hours(name: str, hours: int | None) -> None:
    if hours is not None and not HOURS[0] <= hours <= HOURS[1]:
        said = say("Enter a number from {low} to {high}.", low=HOURS[0], high=HOURS[1])
        raise DomainError(said, field=name)


def wanting(account: Account, severity: str | None, on: date | None) -> list[tuple[str, Words]]:
    """What a report still wants before it can be sent: what, when, how severe."""
    wants = []
    if not severity:
        wants.append(("severity", say("Say how severe it was.")))
    if not account.kind:
        wants.append(("kind", say("Choose what happened.")))
    if on is None:
        wants.append(("happened_on", say("Say on which day it happened.")))
    if len(account.text.split()) < 2:
        wants.append(("text", say("Say what happened, in a few words.")))
    return wants


class NotReportable(DomainError):
    """What a report still wants before it is sent: each with its field."""

    def __init__(self, wants: list[tuple[str, Words]]) -> None:
        super().__init__(wants[0][1], field=wants[0][0])
        self.wants = wants


def after(status: str, deed: str) -> str | None:
    """The state that a deed leads to; None where it is not possible."""
    return WAYS.get((status, deed))


def is_grave(severity: str | None) -> bool:
    """Whether the owner is told at once."""
    return severity in GRAVE


@dataclass(frozen=True, slots=True)
class FollowUp:
    """That a client is still to be asked how they are, by a day, as it stands today."""

    by: date
    today: date

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return self.today >= self.by

    @property
    def is_overdue(self) -> bool:
        """Whether the day has passed."""
        return self.today > self.by


def follow_up_by(
    severity: str | None, actuality: str, happened_on: date | None, reported_on: date
) -> date | None:
    """By when a client is asked how they are: after something severe on the day of the report,
    after something moderate within two days of it; nothing after a near miss or a death."""
    if actuality != "actual" or severity == "death" or happened_on is None:
        return None
    if is_grave(severity):
        return reported_on
    return max(reported_on, happened_on + FOLLOWED_WITHIN) if severity == "moderate" else None


def is_followed(review: Review) -> bool:
    """Whether it was written down when the client was asked, and what they said."""
    return review.client_on is not None and bool(review.followed.strip())


def per_hundred(count: int, sessions: int) -> float | None:
    """Events per 100 sessions, to one decimal; None where there was no session."""
    return round(100 * count / sessions, 1) if sessions else None


def emergency_number(region: str) -> str:
    """The number to ring in an emergency in a country (two letters, ISO 3166)."""
    return EMERGENCY.get(region, "112")
