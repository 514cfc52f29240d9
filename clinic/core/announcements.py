"""What a lower room tells those above it, in the same transaction.

An announcement is a frozen dataclass in the lower room's ``events.py``. Who hears it is
listed in ``app.py``, in the order of the floors, and nowhere else. Whoever hears may refuse by
raising: then nothing of it is kept.
"""

from collections.abc import Callable
from typing import Any

Hearer = Callable[[Any], None]

_hearers: dict[type, tuple[Hearer, ...]] = {}


def listed(hearers: tuple[tuple[type, Hearer], ...]) -> None:
    """Say who hears what, once for this process; the earlier list is forgotten."""
    _hearers.clear()
    for kind, hearer in hearers:
        _hearers[kind] = (*_hearers.get(kind, ()), hearer)


def announce(event: Any) -> None:
    """Tell everybody who hears this kind of announcement, one after the other."""
    for hearer in _hearers.get(type(event), ()):
        hearer(event)
