"""Timing: medians of interleaved runs, so that a slow moment of the machine hits all alike."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, event

Act = Callable[[], object]


@dataclass
class Operation:
    """Something measured: what it does, and what it is compared with."""

    name: str
    act: Act
    against: str = "hello"
    goal: float | None = None
    sql_goal: int | None = None
    bare: str | None = None
    prepare: Act | None = None
    seconds: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    statements: int = 0

    @property
    def median(self) -> float:
        """Seconds on the clock."""
        return statistics.median(self.seconds)

    @property
    def median_work(self) -> float:
        """Seconds of the processor, which other programs on a busy machine do not lengthen."""
        return statistics.median(self.work)


@contextmanager
def counted(engines: list[Engine]) -> Iterator[list[str]]:
    """The statements that these engines run meanwhile."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def run(operations: list[Operation], engines: list[Engine], *, rounds: int) -> None:
    """Warm each up, count its statements once, then time all of them in turn, round by round."""
    for operation in operations:
        for _ in range(2):
            _once(operation)
        if operation.prepare:
            operation.prepare()
        with counted(engines) as seen:
            operation.act()
        operation.statements = len(seen)
        operation.seconds.clear()
        operation.work.clear()
    for _ in range(rounds):
        for operation in operations:
            _once(operation)


def _once(operation: Operation) -> None:
    if operation.prepare:
        operation.prepare()
    begun, worked = time.perf_counter(), time.process_time()
    operation.act()
    operation.work.append(time.process_time() - worked)
    operation.seconds.append(time.perf_counter() - begun)
