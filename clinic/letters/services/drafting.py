"""Letters written, approved, written anew and given up."""

from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.announcements import announce
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.letters.queries import live_dispatch
from clinic.letters.rules.blocks import Content, from_json, to_json
from clinic.letters.rules.limits import CANCEL_MAX
from clinic.letters.rules.moving import must_move
from clinic.letters.rules.sending import adds_nothing
from clinic.letters.services.attaching import carry_over
from clinic.letters.services.checking import (
    fit_content,
    kind_of,
    must_approve,
    must_be_there,
    must_read,
    must_say_something,
    must_write,
)
from clinic.letters.services.moving import move, tell
from clinic.letters.services.recalling import take_back


@verb(Permission.LETTERS_WRITE)
def draft(
    *,
    actor: Actor,
    client: Client,
    provider: Provider,
    organisation: Organisation | None,
    kind: str,
    content: Content,
    about: str = "",
    reference: str = "",
    needs_reply_by: date | None = None,
    is_bare: bool = False,
    ready: Content | None = None,
) -> Letter:
    """Begin a letter to a provider. It can be changed until it is approved.

    Whoever has it drawn up need not be allowed to read it: the record fills it. ``is_bare`` says
    that its content holds none but ready-made phrases (``letters.rules.wording``); ``ready`` are
    those alone, where a word of somebody's own stands among them. Raises
    DomainError for content that does not fit the kind, Conflict for a provider who is gone.
    """
    asked = kind_of(kind)
    must_be_there(provider)
    kept = fit_content(asked, content)
    letter = Letter(
        client=kept_record(client),
        provider=provider,
        organisation=organisation,
        kind=kind,
        about=about,
        reference=reference,
        written_by_id=actor.id,
        needs_reply_by=needs_reply_by,
    )
    letter.content = to_json(kept)
    if is_bare:
        ready = kept
    if ready is not None and asked.is_bare:
        letter.ready, letter.is_bare = to_json(ready), adds_nothing(kept, ready)
    db.session.add(letter)
    tell(letter)
    return letter


@verb(Permission.LETTERS_WRITE)
def edit(
    letter: Letter,
    *,
    actor: Actor,
    content: Content,
    version: int | None = None,
    is_bare: bool = False,
) -> None:
    """Write a draft anew; ``is_bare`` as in ``draft``. With a word that is not ready-made a letter
    is bare no longer, until that is left out again.

    Raises StaleEdit, NotAllowed, DomainError; Conflict once approved.
    """
    letter.expect(version)
    must_move(letter.status, "approved")
    kind = kind_of(letter.kind)
    must_write(kind, content, letter, actor)
    kept = fit_content(kind, content)
    letter.content = to_json(kept)
    if is_bare and kind.is_bare:
        letter.ready = letter.content
    letter.is_bare = bool(letter.ready) and adds_nothing(kept, from_json(letter.ready))


@verb(Permission.LETTERS_WRITE)
def approve(letter: Letter, *, actor: Actor, version: int | None = None) -> None:
    """From now on it says what it says. Clinical content is approved by who treats the client.

    Raises StaleEdit, NotAllowed, Conflict for a letter that says nothing.
    """
    letter.expect(version)
    must_move(letter.status, "approved")
    must_approve(letter, actor)
    must_be_there(letter.provider)
    must_say_something(letter)
    letter.approved_at, letter.approved_by_id = now(), actor.id
    move(letter, "approved")


@verb(Permission.LETTERS_WRITE)
def cancel(letter: Letter, *, actor: Actor, why: str = "", version: int | None = None) -> None:
    """This letter is not needed, or not sent again. What waits to leave is called off.

    ``why`` is read by those who may read the letter. Raises StaleEdit, Conflict.
    """
    letter.expect(version)
    must_move(letter.status, "cancelled")
    if len(why.strip()) > CANCEL_MAX:
        raise DomainError(say("Use at most {most} letters.", most=CANCEL_MAX), field="why")
    waits = live_dispatch(letter)
    if waits is not None:
        take_back(waits, actor=actor)
    letter.cancelled_why = why.strip()
    move(letter, "cancelled")


@verb(Permission.LETTERS_WRITE)
def reopen(letter: Letter, *, actor: Actor, version: int | None = None) -> Letter:
    """Write a letter anew that is approved or came back.

    It is cancelled, and a draft with its words and documents takes its place. Both are
    announced, the draft first, with ``instead_of``. Raises StaleEdit, NotAllowed, Conflict for a
    letter that is a draft still, or has left.
    """
    letter.expect(version)
    must_move(letter.status, "sent")
    must_move(letter.status, "cancelled")
    must_read(letter, actor)
    must_be_there(letter.provider)
    again = Letter(
        client=letter.client,
        provider=letter.provider,
        organisation=letter.organisation,
        kind=letter.kind,
        about=letter.about,
        reference=letter.reference,
        written_by_id=actor.id,
        # One that came back is answered so long after it leaves again.
        needs_reply_by=None if letter.sent_at else letter.needs_reply_by,
        is_bare=letter.is_bare,
    )
    again.content, again.ready = letter.content, letter.ready
    db.session.add(again)
    carry_over(letter, again)
    db.session.flush()
    announce(LetterMoved(again.id, again.about, again.kind, again.status, instead_of=letter.id))
    cancel(letter, actor=actor)
    return again
