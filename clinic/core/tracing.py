"""Which piece of work is at hand: one id for a request or a command, in every log."""

from contextvars import ContextVar

from clinic.core.ids import new_public_id

_reference: ContextVar[str | None] = ContextVar("reference", default="")


def begin() -> None:
    """Let the work that begins here have a name: it is made when it is first asked for."""
    _reference.set(None)


def reference() -> str:
    """The name of the work at hand; empty outside any."""
    found = _reference.get()
    if found is None:
        found = new_public_id()
        _reference.set(found)
    return found
