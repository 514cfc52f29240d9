"""The statements that a piece of work sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_BOUNDS = ("BEGIN", "SAVEPOINT", "RELEASE")


@contextmanager
def counted(engine: type[Engine] | Engine = Engine) -> Iterator[list[str]]:
    """Every statement sent meanwhile, to any database unless one is named."""
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(_BOUNDS):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
