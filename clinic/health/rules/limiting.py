"""Several limits as one: the lowest pressure, the shortest session, everything left out."""

from collections.abc import Iterable
from datetime import date

from clinic.health.rules.facts import Clearing, Limits

NONE = Limits()
"""Nothing is limited."""


def together(several: Iterable[Limits]) -> Limits:
    """What holds where all of them do."""
    limits = list(several)
    return Limits(
        pressure=min((one.pressure for one in limits if one.pressure is not None), default=None),
        blocked=tuple(dict.fromkeys(code for one in limits for code in one.blocked)),
        areas=tuple(dict.fromkeys(spot for one in limits for spot in one.areas)),
        positions=tuple(dict.fromkeys(name for one in limits for name in one.positions)),
        minutes=min((one.minutes for one in limits if one.minutes is not None), default=None),
    )


def ordered_on(clearings: Iterable[Clearing], on: date) -> Limits:
    """What orders ask to be careful with on a day."""
    found = [one.limits for one in clearings if one.order and one.counts_on(on)]
    return together(found) if found else NONE
