"""Which piece of work is at hand: one id for a request or a command, in every log."""

from contextvars import ContextVar

from clinic.core.ids import new_public_id

_reference: ContextVar[str] = ContextVar("reference", default="")


def begin() -> str:
    """Name the work that begins here."""
    reference = new_public_id()
    _reference.set(reference)
    return reference


def reference() -> str:
    """The name of the work at hand; empty outside any."""
    return _reference.get()
