"""What is prepared and has not left is called off."""

from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.letters.models import Dispatch
from clinic.messages.services import withdraw


@verb(Permission.LETTERS_WRITE)
def take_back(dispatch: Dispatch, *, actor: Actor) -> None:
    """A fax that is not confirmed yet, or an e-mail that waits, does not leave; the letter stays
    as it is. Raises Conflict for one that has left.
    """
    if dispatch.status != "prepared":
        raise Conflict(say("This has left already."))
    dispatch.status = "withdrawn"
    db.session.flush()
    if dispatch.message is not None and dispatch.message.status == "waiting":
        withdraw(dispatch.message, actor=actor)
