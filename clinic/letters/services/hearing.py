"""What the outbox says of letters, and what it asks of them."""

from clinic.core.errors import NotFound
from clinic.core.permissions import SYSTEM
from clinic.core.words import Words, say
from clinic.letters.queries import consent_for, dispatch_of_message, the_letter
from clinic.letters.rules.sending import GONE, MISSING, REFUSED
from clinic.letters.services.checking import this_day
from clinic.letters.services.sending import end_message
from clinic.messages.events import MessageEnded

NOT_TAKEN = "The e-mail could not be delivered."


def hear_message(event: MessageEnded) -> None:
    """An e-mail left: its letter is sent. Nobody tries any longer: it did not arrive."""
    dispatch = dispatch_of_message(event.message_id)
    if dispatch is None or dispatch.status != "prepared":
        return
    refused = None if event.is_sent else why_not_leave(event.about)
    why = "" if event.is_sent else str(refused or NOT_TAKEN)
    end_message(dispatch, actor=SYSTEM, is_sent=event.is_sent, why=why)


def may_still_leave(about: str) -> bool:
    """Whether what waits in the outbox may leave at this moment: asked right before it does.

    Of what is no letter nothing is known here: it may.
    """
    return why_not_leave(about) is None


def why_not_leave(about: str) -> Words | None:
    """Why a letter that waits may not leave any longer: its consent was taken back or has run
    out, its provider is gone, it was called off."""
    word, _, public_id = about.partition(":")
    if word != "letter":
        return None
    try:
        letter = the_letter(public_id)
    except NotFound:
        return say("There is no such letter.")
    if letter.status not in ("approved", "failed"):
        return say("This letter was cancelled, or it has left already.")
    if letter.provider.status in GONE:
        return GONE[letter.provider.status]
    _, needs = consent_for(letter, this_day())
    if needs is None:
        return None
    return REFUSED if needs.is_refused else MISSING
