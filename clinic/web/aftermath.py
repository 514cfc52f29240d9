"""What follows elsewhere from a change of staff, hours, rooms or services.

A room that knows what follows registers a teller; the pages on which the change is made
call ``tell`` once it is saved, and know nothing of that room.
"""

from collections.abc import Callable

_tellers: list[Callable[[], None]] = []


def teller(act: Callable[[], None]) -> Callable[[], None]:
    """Have this asked after every such change; it says what there is to say, as a flash."""
    if act not in _tellers:
        _tellers.append(act)
    return act


def tell() -> None:
    """Something was changed from which something may follow."""
    for act in _tellers:
        act()
