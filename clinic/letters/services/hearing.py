"""What the outbox says of letters, and what it asks of them."""

from clinic.clients.services import hold_person
from clinic.core.permissions import SYSTEM
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.directory.queries import kept_provider
from clinic.letters.models import Dispatch, Letter
from clinic.letters.queries import (
    are_theirs,
    consent_for,
    dispatch_of_message,
    last_dispatch,
    ways_to,
)
from clinic.letters.rules.sending import GONE, MISSING, REFUSED
from clinic.letters.services.checking import NOT_THEIRS, this_day
from clinic.letters.services.sending import end_message
from clinic.messages.events import MessageEnded, MessageTouched
from clinic.messages.models import OutboxMessage

NOT_TAKEN = say("The e-mail could not be delivered.")
TOLD = ("prepared", "failed")
"""A sending that an e-mail still decides: it waits, or it failed and is tried once more."""


def hear_touched(event: MessageTouched) -> None:
    """An e-mail is about to leave, or has left: from here to the end nobody agrees to anything,
    nor takes it back.
    """
    dispatch = dispatch_of_message(event.message_id)
    if dispatch is not None:
        hold_person(dispatch.letter.client)


def hear_message(event: MessageEnded) -> None:
    """An e-mail left: its letter is sent. Nobody tries any longer: it did not arrive. It was
    called back: the letter can be sent again.
    """
    dispatch = dispatch_of_message(event.message_id)
    if dispatch is None or dispatch.status not in TOLD:
        return
    is_back = dispatch.message is not None and dispatch.message.status == "withdrawn"
    why = "" if event.is_sent or is_back else spoken(why_not_leave(dispatch) or NOT_TAKEN)
    end_message(dispatch, actor=SYSTEM, is_sent=event.is_sent, is_back=is_back, why=why)


def may_still_leave(message: OutboxMessage) -> bool:
    """Whether an e-mail with a letter may leave at this moment: asked right before it does."""
    dispatch = dispatch_of_message(message.id)
    return dispatch is not None and why_not_leave(dispatch) is None


def why_not_leave(dispatch: Dispatch) -> Words | None:
    """Why an e-mail that waits may not leave any longer: its consent was taken back or has run
    out, its provider is gone or has another address, it was called off.
    """
    letter = dispatch.letter
    status = kept_provider(letter.provider).status
    if status in GONE:
        return GONE[status]
    return _called_off(letter, dispatch) or _not_agreed(letter)


def _called_off(letter: Letter, dispatch: Dispatch) -> Words | None:
    is_waiting = letter.status in ("approved", "failed") and dispatch.status in TOLD
    if not is_waiting or last_dispatch(letter) is not dispatch:
        return say("This letter was called off, or it has left already.")
    if dispatch.to not in ways_to(letter.provider, letter.organisation)["email"]:
        return say("The provider has another address now.")
    return None


def _not_agreed(letter: Letter) -> Words | None:
    files = [one.file for one in letter.attachments]
    if files and not are_theirs(files, letter.client):
        return NOT_THEIRS
    _, needs = consent_for(letter, this_day())
    if needs is None:
        return None
    return REFUSED if needs.is_refused else MISSING
