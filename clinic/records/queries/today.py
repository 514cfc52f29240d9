"""What holds on the day of a visit for whoever writes its note."""

from dataclasses import dataclass

from clinic.anatomy import AREAS
from clinic.consents.queries import consents_on
from clinic.core.words import Words
from clinic.health.queries.history import verdict_of
from clinic.health.queries.rules import rule_book
from clinic.health.rules.effects import effects
from clinic.health.rules.limits import Place, limits_of, place_of
from clinic.records.rules.notes import Body
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.rules.screening import told_once

_STOPS = ("stop", "review", "no", "avoid")
_SAID_ELSEWHERE = ("form", "due", "check", "ask")
"""What was asked for before the session began."""


@dataclass(frozen=True, slots=True)
class Today:
    """What to leave alone today: techniques by code (``ALL``: every one), pairs of area and
    side, the most pressure (1 to 5); ``flags`` are a tone (stop or care) and words;
    ``needs_consent`` are sensitive areas without a consent of that day."""

    techniques: frozenset[str] = frozenset()
    areas: tuple[tuple[str, str], ...] = ()
    pressure: int | None = None
    flags: tuple[tuple[str, Words], ...] = ()
    needs_consent: tuple[str, ...] = ()


def vitals_place(visit: Visit, body: Body) -> Place | None:
    """Where a note's blood pressure and pulse stand against the screening rules of its day."""
    said = {"bp_sys": body.systolic, "bp_dia": body.diastolic, "pulse": body.pulse}
    readings = {name: float(value) for name, value in said.items() if value is not None}
    if not readings:
        return None
    return place_of(readings, limits_of(rule_book().frame(day_of(visit)).held))


def agreed_areas(visit: Visit) -> frozenset[str]:
    """The sensitive areas whose treatment the client agreed to for the day of the session."""
    return consents_on(visit.client.known_as, day_of(visit)).areas()


def today_of(visit: Visit) -> Today:
    """What the screening and the consents say for the day of the session."""
    agreed = agreed_areas(visit)
    verdict = verdict_of(visit.client, day_of(visit))
    codes = [code for code in effects(verdict) if code.split(":")[0] not in _SAID_ELSEWHERE]
    return Today(
        techniques=verdict.blocked,
        areas=tuple((area, side) for area, side in verdict.areas),
        pressure=verdict.pressure,
        flags=tuple((_tone(code), words) for code, words in told_once(codes)),
        needs_consent=tuple(
            one.code for one in AREAS.values() if one.is_sensitive and one.code not in agreed
        ),
    )


def _tone(code: str) -> str:
    return "stop" if code.split(":", maxsplit=1)[0] in _STOPS else "care"
