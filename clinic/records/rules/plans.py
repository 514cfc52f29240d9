"""What a plan of treatment says: the client's own goals, phases, when it is looked at again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from clinic.core.errors import DomainError
from clinic.core.words import Words, say
from clinic.records.rules.measures import Subject, subject_of

FORM = 1
"""Which shape of a text this is."""
TEXT_MAX = 1000
LINE_MAX = 300
WHY_MAX = 300
GOALS = 4
EVERY_DAYS = (1, 182)
VISITS = (1, 60)

STATUSES = {
    "draft": say("Draft"),
    "active": say("Active"),
    "paused": say("Paused"),
    "completed": say("Completed"),
    "stopped": say("Stopped"),
}
WAYS = {
    "agree": ("draft", "active"),
    "pause": ("active", "paused"),
    "resume": ("paused", "active"),
    "complete": ("active", "completed"),
    "stop": ("active", "stopped"),
    "stop_paused": ("paused", "stopped"),
}
"""The life of a plan: what leads from one state to another. Nothing else does."""
OPEN = ("draft", "active", "paused")
PHASES = {
    "relief": say("Relief"),
    "rebuild": say("Rebuild"),
    "maintenance": say("Maintenance"),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a client wants, in their own words, and the figures that would show it."""

    text: str
    subject: Subject | None = None
    start: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class PlanPhase:
    """So many visits, so many days apart."""

    name: str
    every_days: int
    visits: int


@dataclass(frozen=True, slots=True)
class Details:
    """What a plan says. ``agreed_on`` is when the client agreed to it.

    ``reviewed_on`` and ``found`` are of the last time it was looked at.
    """

    complaint: str = ""
    goals: tuple[Goal, ...] = ()
    phases: tuple[PlanPhase, ...] = ()
    exit: str = ""
    next_step: str = ""
    agreed_on: date | None = None
    reviewed_on: date | None = None
    found: str = ""
    reviews: tuple[tuple[date, str], ...] = field(default=())


def write_details(details: Details) -> str:
    """The details as JSON that reads back the same."""
    entry: dict[str, Any] = {
        "form": FORM,
        "complaint": details.complaint,
        "goals": [
            {
                "text": goal.text,
                "subject": goal.subject.code if goal.subject else "",
                "start": goal.start,
                "target": goal.target,
            }
            for goal in details.goals
        ],
        "phases": [[one.name, one.every_days, one.visits] for one in details.phases],
        "exit": details.exit,
        "next_step": details.next_step,
        "agreed_on": _written(details.agreed_on),
        "reviewed_on": _written(details.reviewed_on),
        "found": details.found,
        "reviews": [[on.isoformat(), found] for on, found in details.reviews],
    }
    return json.dumps(entry, ensure_ascii=False)


def read_details(text: str) -> Details:
    """The details in a JSON text; what a later form has besides is left out."""
    entry: Mapping[str, Any] = json.loads(text) if text else {}
    return Details(
        complaint=entry.get("complaint", ""),
        goals=tuple(_goal(one) for one in entry.get("goals", ())),
        phases=tuple(PlanPhase(*one) for one in entry.get("phases", ())),
        exit=entry.get("exit", ""),
        next_step=entry.get("next_step", ""),
        agreed_on=_read_day(entry.get("agreed_on")),
        reviewed_on=_read_day(entry.get("reviewed_on")),
        found=entry.get("found", ""),
        reviews=tuple((date.fromisoformat(on), found) for on, found in entry.get("reviews", ())),
    )


def _goal(entry: Mapping[str, Any]) -> Goal:
    subject = subject_of(entry["subject"]) if entry["subject"] else None
    return Goal(entry["text"], subject, entry["start"], entry["target"])


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def checked(details: Details) -> Details:
    """The same, if it can be. Raises DomainError beside the field it is about."""
    if not 1 <= len(details.goals) <= GOALS:
        raise DomainError(say("Write at least one goal, in the client’s words."), field="goal_1")
    for number, goal in enumerate(details.goals, 1):
        _check_goal(goal, number)
    for phase in details.phases:
        _check_phase(phase)
    return details


def _check_goal(goal: Goal, number: int) -> None:
    if not goal.text.strip():
        raise DomainError(say("Write the goal in the client’s words."), field=f"goal_{number}")
    figures = {"start": goal.start, "target": goal.target}
    if goal.subject is None:
        if any(one is not None for one in figures.values()):
            raise DomainError(say("Choose what is measured."), field=f"subject_{number}")
        return
    low, high = goal.subject.bounds
    for name, figure in figures.items():
        if figure is not None and not low <= figure <= high:
            raise DomainError(
                say("Enter a number from {low} to {high}.", low=f"{low:g}", high=f"{high:g}"),
                field=f"{name}_{number}",
            )


def _check_phase(phase: PlanPhase) -> None:
    if not EVERY_DAYS[0] <= phase.every_days <= EVERY_DAYS[1]:
        low, high = EVERY_DAYS
        raise DomainError(
            say("Enter a number from {low} to {high}.", low=low, high=high),
            field=f"{phase.name}_days",
        )
    if not VISITS[0] <= phase.visits <= VISITS[1]:
        low, high = VISITS
        raise DomainError(
            say("Enter a number from {low} to {high}.", low=low, high=high),
            field=f"{phase.name}_visits",
        )


def led_to(status: str, deed: str) -> str:
    """Where a deed leads from a state. Raises KeyError where it leads nowhere."""
    return {(start, name.removesuffix("_paused")): end for name, (start, end) in WAYS.items()}[
        status, deed
    ]


def deeds_from(status: str) -> tuple[str, ...]:
    """What can be done with a plan in a state."""
    return tuple(
        name.removesuffix("_paused") for name, (start, _end) in WAYS.items() if start == status
    )


def review_on(since: date, every_days: int) -> date:
    """The day by which a plan is looked at again, if not enough visits come first."""
    return since + timedelta(days=every_days)


def is_due(on: date, review: date | None, visits: int, every_visits: int) -> bool:
    """Whether a plan is to be looked at again: by days or by visits, whichever is first."""
    return visits >= every_visits or (review is not None and on >= review)


def named_phases(phases: list[tuple[int, int]]) -> tuple[PlanPhase, ...]:
    """Phases of a series, (days apart, visits) each, named in their order."""
    names = list(PHASES)
    return tuple(
        PlanPhase(names[min(number, len(names) - 1)], every, visits)
        for number, (every, visits) in enumerate(phases)
    )


def phase_now(phases: tuple[PlanPhase, ...], done: int) -> PlanPhase | None:
    """The phase that the next visit belongs to, or the last one."""
    for phase in phases:
        if done < phase.visits:
            return phase
        done -= phase.visits
    return phases[-1] if phases else None


def interval(days: int) -> Words:
    """How far apart the visits of a phase are, in words."""
    weeks, rest = divmod(days, 7)
    if rest:
        return say("every {count} days", count=days) if days > 1 else say("every day")
    return say("every {count} weeks", count=weeks) if weeks > 1 else say("every week")
