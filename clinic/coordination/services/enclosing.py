"""A document of an order, or an answer to a question, that is to go with a letter."""

from sqlalchemy import select

from clinic.coordination.models import Reply
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.letters.events import DocumentAttached
from clinic.letters.rules.enclosing import PLAIN
from clinic.referrals.models import ReferralDocument

OF_HISTORY = frozenset({"order", "authorisation"})
"""Papers of an order that say why somebody is treated."""


def hear_attached(event: DocumentAttached) -> None:
    """A paper that tells how somebody is never goes as one that tells nothing of it.

    Raises DomainError.
    """
    kinds = set(
        db.session.scalars(
            select(ReferralDocument.kind).where(ReferralDocument.file_id == event.file_id)
        )
    )
    if kinds & OF_HISTORY and event.tells != "history":
        raise DomainError(
            say("An order says why somebody is treated: it counts as health history."),
            field="tells",
        )
    if event.tells in PLAIN and (kinds or _is_answer(event.file_id)):
        raise DomainError(
            say("This paper tells how the client is: say which kind of it."), field="tells"
        )


def _is_answer(file_id: int) -> bool:
    return db.session.scalar(select(Reply.id).where(Reply.file_id == file_id).limit(1)) is not None
