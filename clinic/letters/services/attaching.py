"""Documents that go with a letter: put to a draft, taken off again, and gathered for an e-mail."""

from collections.abc import Sequence

from sqlalchemy.orm.attributes import flag_modified

from clinic.clients.queries import may_read_health
from clinic.consents.rules import DATA
from clinic.core.announcements import announce
from clinic.core.clock import local_day
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.files.models import StoredFile
from clinic.files.queries import Offered
from clinic.letters.events import DocumentAttached
from clinic.letters.models import Letter, LetterAttachment, LetterVersion
from clinic.letters.queries import are_theirs, dispatch_of_message, versions_of
from clinic.letters.rules.enclosing import MOST
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.moving import must_move
from clinic.letters.services.checking import may_read, must_read
from clinic.messages.models import OutboxMessage
from clinic.practice.queries import the_practice

BARE = say(
    "Nothing goes with this kind of letter: it repeats only the name and the number that the"
    " sender gave. Write another letter for it."
)


@verb(Permission.LETTERS_WRITE)
def attach(
    letter: Letter, *, actor: Actor, file: StoredFile, tells: str, version: int | None = None
) -> LetterAttachment:
    """Put a document of the client's, which is kept already, to a draft.

    ``tells`` is the kind of data of the consent (``consents.rules.DATA``) that it counts as; what
    tells of somebody's health is attached by who treats them. Raises StaleEdit, NotAllowed,
    Conflict once approved and for a kind that leaves without consent, DomainError, also of the
    rooms that know what the document is (``DocumentAttached``).
    """
    letter.expect(version)
    must_move(letter.status, "approved")
    must_read(letter, actor)
    if KINDS[letter.kind].is_bare:
        raise Conflict(BARE)
    if tells not in DATA:
        raise DomainError(say("Say what it tells of."), field="tells")
    if not are_theirs([file], letter.client):
        raise DomainError(say("This document is another client\u2019s."), field="paper")
    _must_fit(letter, file)
    attached = LetterAttachment(letter=letter, file=file, tells=tells)
    db.session.add(attached)
    _touch(letter)
    db.session.flush()
    # Asked of the letter as it is now: nobody puts into it what they may not read there.
    must_read(letter, actor)
    announce(DocumentAttached(file.id, tells))
    return attached


@verb(Permission.LETTERS_WRITE)
def take_off(attached: LetterAttachment, *, actor: Actor, version: int | None = None) -> None:
    """It does not go with the draft after all; it stays where it is kept.

    Raises StaleEdit for another version of the letter, NotAllowed, Conflict once approved.
    """
    letter = attached.letter
    letter.expect(version)
    must_move(letter.status, "approved")
    must_read(letter, actor)
    db.session.delete(attached)
    _touch(letter)
    db.session.flush()
    db.session.expire(letter, ["attachments"])


def carry_over(before: Letter, letter: Letter) -> None:
    """What went with a letter goes with the draft that takes its place. Part of a verb."""
    for one in before.attachments:
        db.session.add(LetterAttachment(letter=letter, file=one.file, tells=one.tells))


def files_of_message(message: OutboxMessage) -> Sequence[StoredFile]:
    """The documents that an e-mail carries besides its letter, in their order."""
    dispatch = dispatch_of_message(message.id)
    return [one.file for one in dispatch.letter.attachments] if dispatch is not None else []


def offered(actor: Actor, person_id: int) -> list[Offered]:
    """Letters of a person, as they left or came, that may go with another; those alone which
    this person may open."""
    treats, zone = may_read_health(actor, person_id), the_practice().zone
    return [
        Offered(kept.file, _called(kept), local_day(kept.made_at, zone))
        for kept in versions_of(person_id)
        if treats or may_read(kept.letter, actor)
    ]


def _called(kept: LetterVersion) -> Words:
    kind = KINDS[kept.letter.kind].name
    if kept.letter.direction == "in":
        return say("{letter} from {name}", letter=kind, name=kept.letter.provider.name)
    return say("{letter} to {name}", letter=kind, name=kept.letter.provider.name)


def _must_fit(letter: Letter, file: StoredFile) -> None:
    if any(one.file is file for one in letter.attachments):
        raise Conflict(say("This document goes with the letter already."))
    if len(letter.attachments) >= MOST:
        raise Conflict(say("At most {most} documents go with one letter.", most=MOST))


def _touch(letter: Letter) -> None:
    """Who looks at the letter as it was before approves and sends another one: they are told."""
    flag_modified(letter, "updated_at")
