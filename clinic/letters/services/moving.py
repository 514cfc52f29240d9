"""A letter comes to another state, and the rooms above hear of it."""

from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.letters.rules.moving import must_move
from clinic.letters.services.tasking import follow


def move(letter: Letter, status: str) -> None:
    """Raises Conflict with the reason, where its state does not lead there."""
    must_move(letter.status, status)
    letter.status = status
    follow(letter)
    tell(letter)


def tell(letter: Letter) -> None:
    """Say where a letter stands."""
    db.session.flush()
    announce(LetterMoved(letter.id, letter.about, letter.kind, letter.status))
