"""What a process keeps of what it drew: a bounded store, the least asked for goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any


class Kept:
    """A bounded store of this process: what was not asked for longest goes first."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """What is kept under a key, or None."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a value under a key."""
        with self._lock:
            self._found[key] = value
            if len(self._found) > self._at_most:
                self._found.popitem(last=False)
