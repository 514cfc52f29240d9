"""No change but through a service.

A verb of the clinic is a function marked ``@verb(permission)``: it takes the
``actor``, is refused to those who may not, and is the only place from which rows
can be written. The guard sits on the engine, below the ORM, so that a bulk
statement, raw SQL or Flask-Admin's own saving meets it as well.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, event

from clinic.core.db import db
from clinic.core.errors import NotAllowed
from clinic.core.permissions import Actor, Permission

_P = ParamSpec("_P")
_R = TypeVar("_R")

_writing: ContextVar[tuple[str, Actor] | None] = ContextVar("writing", default=None)

_HARMLESS = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SHOW")
_READS_UNLESS = ("WITH", "EXPLAIN")
"""Statements that begin so read, unless a changing word comes later."""
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_CHANGES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE)\b(?!\s+SKIP|\s+NOWAIT|\s+OF|\s*$)", re.IGNORECASE
)


class UnguardedWrite(RuntimeError):
    """Somebody tried to write without a service: a fault of ours, never the user's."""


def current_verb() -> tuple[str, Actor] | None:
    """Which verb is at work, and for whom."""
    return _writing.get()


@contextmanager
def writing(verb_name: str, actor: Actor) -> Iterator[None]:
    """Let a verb write; the outermost verb gives the change its name."""
    token = None if _writing.get() else _writing.set((verb_name, actor))
    try:
        yield
    finally:
        if token is not None:
            _writing.reset(token)


def verb(permission: Permission | None) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Mark a service: asks the permission again, opens the guard, flushes at its end.

    ``permission`` None is for verbs that have their own way of knowing who may
    (sign-in, one-time links); they say so in their docstring. Raises NotAllowed.
    """

    def decorate(act: Callable[_P, _R]) -> Callable[_P, _R]:
        name = f"{act.__module__.split('.')[1]}.{act.__name__}"

        @wraps(act)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            actor = kwargs["actor"]
            if not isinstance(actor, Actor):
                raise NotAllowed
            if permission is not None and not actor.may(permission):
                raise NotAllowed
            with writing(name, actor):
                result = act(*args, **kwargs)
                db.session.flush()
                return result

        return guarded

    return decorate


def guard(engine: Engine) -> None:
    """Make this engine refuse every change that no verb stands behind."""

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if _writing.get() is None and not _is_harmless(statement):
            raise UnguardedWrite("a change was tried outside a service")


@lru_cache(maxsize=4096)
def _is_harmless(statement: str) -> bool:
    """Kept for each statement: they come again and again, and some are long."""
    head = statement.lstrip()[:9].upper()
    if not head.startswith((*_HARMLESS, *_READS_UNLESS)):
        return False
    if ";" in statement and ";" in _QUOTED.sub("", statement).rstrip("; \n"):
        return False  # a second statement behind the first
    return head.startswith(_HARMLESS) or not _CHANGES.search(statement)
