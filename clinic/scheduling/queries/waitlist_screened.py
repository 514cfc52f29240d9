"""What health does to those who wait: on which days nothing can be offered to them."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlalchemy import select

from clinic.catalogue.models import ServiceTechnique, Technique
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import WaitlistEntry
from clinic.scheduling.queries.screens import Screen, screened_days
from clinic.scheduling.queries.standing import screens_of
from clinic.scheduling.queries.waitlist import Line
from clinic.scheduling.rules.screening import CLEAR, Screened, codes_of, phrases, refusal

AHEAD = timedelta(days=92)
"""How far ahead is judged; what lies further is asked when a time is offered."""


def health_refuses(entry: WaitlistEntry, *, is_treating: bool) -> Words | None:
    """Why nothing can be offered, where that holds for every day they wait for. Two queries."""
    days = _days(entry)
    first = next(iter(days.values()), CLEAR)
    found = [_refused(case, is_treating=is_treating) for case in dict.fromkeys(days.values())]
    return _refused(first, is_treating=is_treating) if found and all(found) else None


def effects_of(entry: WaitlistEntry) -> tuple[Words, ...]:
    """What the desk is told of the first day they wait for. Two queries."""
    case = next(iter(_days(entry).values()), CLEAR)
    return phrases(codes_of(case.told()))


def _refused(case: Screened, *, is_treating: bool) -> Words | None:
    refused = refusal(case, is_treating=is_treating, is_excused=False)
    # Who treats may say why: then it can be booked.
    return refused[0] if refused and refused[1] != "override_why" else None


def _days(entry: WaitlistEntry) -> Mapping[date, Screened]:
    first = max(entry.earliest, today(the_practice().zone))
    last = min(entry.latest, first + AHEAD)
    if last < first:
        return {}
    return screened_days(entry.client.known_as, first, last, primary_of(entry.variant.service_id))


def primary_of(service_id: int) -> frozenset[str]:
    """The techniques that a service is about. One query."""
    return _techniques({service_id}).get(service_id, frozenset())


def _techniques(service_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The techniques that each of these services is about."""
    rows = db.session.execute(
        select(ServiceTechnique.service_id, Technique.code)
        .join(Technique, Technique.id == ServiceTechnique.technique_id)
        .where(ServiceTechnique.is_primary, ServiceTechnique.service_id.in_(service_ids))
    )
    found: dict[int, set[str]] = {}
    for service_id, code in rows:
        found.setdefault(service_id, set()).add(code)
    return {key: frozenset(codes) for key, codes in found.items()}


class Screens:
    """All who wait, judged only where a time would suit them. Three queries, once."""

    def __init__(self, waiting: Collection[Line], *, is_treating: bool) -> None:
        self._is_treating = is_treating
        self._screens: Mapping[int, Screen] = screens_of({one.person_id for one in waiting})
        self._primary = _techniques({one.variant.service_id for one in waiting})
        self._cases: dict[tuple[int, int, date], Screened] = {}

    def of(self, line: Line, on: date) -> Screened | None:
        """What health does to a day; None where it refuses the day."""
        key = (line.person_id, line.variant.service_id, on)
        if key not in self._cases:
            primary = self._primary.get(line.variant.service_id, frozenset())
            self._cases[key] = self._screens[line.person_id].judge(on, primary)
        case = self._cases[key]
        return None if _refused(case, is_treating=self._is_treating) else case
