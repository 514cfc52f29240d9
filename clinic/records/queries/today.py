"""What holds on the day of a visit for whoever writes its note."""

from dataclasses import dataclass

from clinic.anatomy import AREAS
from clinic.consents.queries import consents_on
from clinic.core.words import Words
from clinic.scheduling.models import Visit


@dataclass(frozen=True, slots=True)
class Today:
    """What to leave alone today: techniques by code, pairs of area and side, the most
    pressure (1 to 5); ``needs_consent`` are sensitive areas without a consent of that day."""

    techniques: frozenset[str] = frozenset()
    areas: tuple[tuple[str, str], ...] = ()
    pressure: int | None = None
    flags: tuple[tuple[str, Words], ...] = ()
    needs_consent: tuple[str, ...] = ()


def agreed_areas(visit: Visit) -> frozenset[str]:
    """The sensitive areas whose treatment the client agreed to for the visit's day."""
    return frozenset(consents_on(visit.client.known_as, visit.on_date).areas())


def today_of(visit: Visit) -> Today:
    """What the screening and the consents say for the visit's day."""
    agreed = agreed_areas(visit)
    lacking = tuple(
        one.code for one in AREAS.values() if one.is_sensitive and one.code not in agreed
    )
    return Today(needs_consent=lacking)
