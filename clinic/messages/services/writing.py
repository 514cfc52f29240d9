"""A message is written with what it is about, and may be called back until it leaves."""

from clinic.core.announcements import announce
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.vault import SubjectKey
from clinic.core.words import say
from clinic.files.models import StoredFile
from clinic.messages.events import MessageEnded
from clinic.messages.models import OutboxMessage
from clinic.messages.queries import written_as
from clinic.messages.rules import CLAIM, check_address, check_words


@verb(Permission.LETTERS_WRITE)
def write(
    *,
    actor: Actor,
    kind: str,
    about: str,
    key: SubjectKey,
    to: str,
    subject: str,
    body: str,
    file: StoredFile | None = None,
    dedupe: str | None = None,
) -> OutboxMessage:
    """Write a message that leaves after this transaction has committed.

    Subject and body go through other people's machines as they are: nothing clinical stands in
    them, that is in the document attached. With ``dedupe`` given the same is written once: the
    message that stands is given back as it is. Raises DomainError for ``to``, ``subject``,
    ``body``.
    """
    known = written_as(dedupe) if dedupe else None
    if known is not None:
        return known
    address = check_address(to)
    check_words(subject, body)
    message = OutboxMessage(
        kind=kind,
        about=about,
        key=key,
        key_id=key.id,
        file=file,
        next_try_at=now(),
        dedupe=dedupe,
        status="waiting",
        tries=0,
    )
    message.to, message.subject, message.body = address, subject.strip(), body.strip()
    db.session.add(message)
    return message


@verb(Permission.LETTERS_WRITE)
def withdraw(message: OutboxMessage, *, actor: Actor, version: int | None = None) -> None:
    """Call a waiting message back; MessageEnded is announced, as of one that was given up.

    Raises Conflict once it left, and while it is being sent.
    """
    message.expect(version)
    if message.status != "waiting":
        raise Conflict(say("Only a message that waits can be called back."))
    if message.claimed_at is not None and now() - message.claimed_at < CLAIM:
        raise Conflict(say("It is being sent just now. Look again in a minute."))
    message.status, message.claimed_at = "withdrawn", None
    db.session.flush()
    announce(MessageEnded(message.id, message.about, is_sent=False))


@verb(Permission.LETTERS_WRITE)
def again(message: OutboxMessage, *, actor: Actor, version: int | None = None) -> None:
    """Try once more to send what was given up, with all its attempts before it. Raises Conflict."""
    message.expect(version)
    if message.status != "dead":
        raise Conflict(say("Only a message that was given up is tried again."))
    message.status, message.tries, message.next_try_at = "waiting", 0, now()
