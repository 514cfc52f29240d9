"""What a rule says when it is broken: each error is fit to be read at the desk."""

from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from clinic.core.words import Words, say

RACE_LOST = (IntegrityError, StaleDataError)
"""What the database raises when somebody else was faster and no service foresaw it."""
DATABASE_BUSY = OperationalError
"""What it raises when it is gone, or held by another for too long."""


class DomainError(Exception):
    """A rule was broken; ``field`` names the form field the sentence belongs beside."""

    status = 422

    def __init__(self, words: Words, *, field: str | None = None) -> None:
        super().__init__(str(words))
        self.words = words
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or not for this person: the two look the same."""

    status = 404

    def __init__(self, words: Words | None = None) -> None:
        super().__init__(words or say("There is nothing here."))


class NotAllowed(DomainError):
    """This person may not do this."""

    status = 403

    def __init__(self, words: Words | None = None) -> None:
        super().__init__(words or say("Your role does not allow this."))


class Conflict(DomainError):
    """The change clashes with something that stands already."""

    status = 409


class Busy(DomainError):
    """The database could not take the change just now."""

    status = 503


class StaleEdit(Conflict):
    """Somebody saved the same thing meanwhile; nothing was overwritten.

    ``saved`` holds the fields' values as they stand now, by field name, and
    ``version`` the version to send with a second, knowing save.
    """

    def __init__(self, *, saved: dict[str, Any], version: int) -> None:
        super().__init__(say("Somebody else saved this meanwhile. Both versions are shown."))
        self.saved = saved
        self.version = version


def broken_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that refused a statement, the same on both engines.

    SQLite names CHECKs and our triggers (whose text is the constraint's name), and
    for a UNIQUE gives ``table.column`` pairs, which are returned as they are.
    """
    origin = error.orig
    diagnosis = getattr(origin, "diag", None)
    if diagnosis is not None:
        name = getattr(diagnosis, "constraint_name", None)
        return name or (getattr(diagnosis, "message_primary", None))
    text = str(origin)
    return text.split(" constraint failed: ", 1)[-1] if text else None


def forget_values(*errors: BaseException | None) -> None:
    """PostgreSQL quotes the failing row behind its sentence: an error may hold no values."""
    for error in errors:
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])
