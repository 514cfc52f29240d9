"""Letters leave: never without the client's consent, never to a number nobody looked at."""

from dataclasses import dataclass
from datetime import timedelta

from clinic.clients.services import hold_person
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.files.services import keep
from clinic.letters.models import Dispatch, Letter, LetterVersion
from clinic.letters.queries import consent_for, live_dispatch, next_number, ways_to
from clinic.letters.rules.enclosing import MAIL_MOST
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.limits import NOTE_MAX
from clinic.letters.rules.moving import must_move
from clinic.letters.rules.sending import AT_ONCE, CHANNELS, same_number
from clinic.letters.services.checking import (
    must_be_agreed,
    must_be_theirs,
    must_be_there,
    must_read,
    must_say_something,
    this_day,
)
from clinic.letters.services.moving import move, tell
from clinic.letters.services.setting import set_pdf
from clinic.messages.models import OutboxMessage
from clinic.messages.services import write
from clinic.practice.queries import the_practice


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter set in type before the transaction that sends it: for one version, one number."""

    letter_id: int
    version: int
    cover_to: str
    data: bytes


def prepare(letter: Letter, *, channel: str, to: str = "") -> Prepared:
    """Set a letter in type, for a transaction that is short afterwards. Nothing is kept.

    What changes meanwhile is set again there. Raises DomainError as ``send`` does.
    """
    cover = _whereto(letter, channel, to) if channel == "fax" else ""
    return Prepared(letter.id, letter.version, cover, set_pdf(letter, cover_to=cover or None))


@verb(Permission.LETTERS_WRITE)
def send(
    letter: Letter,
    *,
    actor: Actor,
    channel: str,
    to: str = "",
    note: str = "",
    version: int | None = None,
    prepared: Prepared | None = None,
) -> Dispatch:
    """A letter leaves by one way, under the consent that is kept with it.

    What is printed, posted or told by telephone has left at once. A fax is prepared, until
    ``mark_sent`` repeats its number; an e-mail waits in the outbox, written in this very
    transaction. ``to`` is one of the numbers and addresses on file; the first of them, if it is
    not said. ``note`` is what was said on the telephone. The letter is kept exactly as set.

    Raises ConsentMissing with what to ask for; Conflict for a draft, a letter that has left or
    is about to, and a provider who is gone; DomainError for another number; StaleEdit.
    """
    # From here to the end nobody agrees to anything, nor takes it back.
    hold_person(letter.client)
    letter.expect(version)
    must_move(letter.status, "sent")
    if live_dispatch(letter) is not None:
        raise Conflict(say("This letter is about to leave already. Call that off first."))
    must_be_there(letter.provider)
    must_say_something(letter)
    must_be_theirs(letter)
    consent_id = must_be_agreed(letter, this_day())
    to = _whereto(letter, channel, to)
    _check_note(letter, channel, note, actor)
    kept = _keep(letter, channel, to, prepared, actor)
    message = _message(letter, kept, to, actor) if channel == "email" else None
    db.session.flush()
    dispatch = Dispatch(
        letter=letter,
        letter_id=letter.id,
        letter_kind=letter.kind,
        letter_is_bare=letter.is_bare,
        client_id=letter.client_id,
        provider_id=letter.provider_id,
        version_id=kept.id,
        consent_id=consent_id,
        channel=channel,
        sent_by_id=actor.id,
    )
    dispatch.to, dispatch.note = to, note.strip()
    dispatch.message = message
    db.session.add(dispatch)
    if channel in AT_ONCE:
        _left(dispatch)
    return dispatch


@verb(Permission.LETTERS_WRITE)
def mark_sent(dispatch: Dispatch, *, actor: Actor, number: str) -> None:
    """The fax has gone to the number that is shown, and typed here once more.

    The consent is asked for again, and the one that stands now is kept. Raises DomainError for
    another number, ConsentMissing, Conflict for what is no prepared fax, or a provider who is gone.
    """
    letter = dispatch.letter
    hold_person(letter.client)
    if dispatch.channel != "fax" or dispatch.status != "prepared":
        raise Conflict(say("There is no fax here that waits."))
    must_be_there(letter.provider)
    must_be_theirs(letter)
    consent_id = must_be_agreed(letter, this_day())
    if not same_number(number, dispatch.to):
        raise DomainError(
            say("This is another number than the one shown. Look at it once more."), field="number"
        )
    dispatch.sent_by_id, dispatch.consent_id = actor.id, consent_id
    _left(dispatch)


@verb(Permission.LETTERS_WRITE)
def end_message(
    dispatch: Dispatch, *, actor: Actor, is_sent: bool, is_back: bool = False, why: str = ""
) -> None:
    """An e-mail left, was called back, or nobody tries to send it any longer."""
    if is_sent:
        hold_person(dispatch.letter.client)
        stands, _ = consent_for(dispatch.letter, this_day())
        dispatch.consent_id = stands or dispatch.consent_id
        _left(dispatch)
    elif is_back:
        dispatch.status = "withdrawn"
    elif dispatch.status == "prepared":
        dispatch.status, dispatch.note = "failed", why
        if dispatch.letter.status == "approved":
            move(dispatch.letter, "failed")
        else:
            tell(dispatch.letter)


def _left(dispatch: Dispatch) -> None:
    letter = dispatch.letter
    days = KINDS[letter.kind].answer_days
    # One that came back is answered so long after it leaves again.
    if days is not None and (letter.needs_reply_by is None or letter.sent_at is not None):
        letter.needs_reply_by = this_day() + timedelta(days=days)
    dispatch.status, dispatch.sent_at = "sent", now()
    letter.sent_at = dispatch.sent_at
    move(letter, "sent")


def _whereto(letter: Letter, channel: str, to: str) -> str:
    """The number or address on file to which it goes; none where it is handed over."""
    if channel not in CHANNELS:
        raise DomainError(say("Choose how it is sent."), field="channel")
    if channel == "print":
        return ""
    if channel == "phone" and letter.attachments:
        raise DomainError(
            say("Documents go with this letter: they do not go by phone."), field="channel"
        )
    known = ways_to(letter.provider, letter.organisation)[channel]
    if not known:
        raise DomainError(
            say("Nothing is on file for this way. Enter it in the directory first."),
            field="channel",
        )
    if to and to not in known:
        raise DomainError(
            say("This is not on file. Choose what stands in the directory."), field="to"
        )
    return to or known[0]


def _check_note(letter: Letter, channel: str, note: str, actor: Actor) -> None:
    if len(note) > NOTE_MAX:
        raise DomainError(say("Use at most {most} letters.", most=NOTE_MAX), field="note")
    if channel != "phone":
        return
    must_read(letter, actor)
    if not note.strip():
        raise DomainError(say("Write whom you spoke to and what was said."), field="note")


def _keep(
    letter: Letter, channel: str, to: str, prepared: Prepared | None, actor: Actor
) -> LetterVersion:
    """The letter exactly as it leaves, sealed, with the sum of its bytes."""
    cover = to if channel == "fax" else ""
    if prepared is None or (prepared.letter_id, prepared.version, prepared.cover_to) != (
        letter.id,
        letter.version,
        cover,
    ):
        prepared = Prepared(
            letter.id, letter.version, cover, set_pdf(letter, cover_to=cover or None)
        )
    number = next_number(letter)
    name = f"{letter.reference or letter.public_id}-{number}.pdf"
    file = keep(prepared.data, name, actor=actor, key=letter.client.key)
    made = LetterVersion(
        letter=letter,
        letter_id=letter.id,
        number=number,
        file_id=file.id,
        sha256=file.sha256,
        made_at=now(),
    )
    made.file = file
    db.session.add(made)
    db.session.flush()
    return made


def _message(letter: Letter, version: LetterVersion, to: str, actor: Actor) -> OutboxMessage:
    """The e-mail that carries it: whose letter it is stands nowhere but in the letter. Documents
    that go with it are put in when it leaves (``attaching.files_of_message``)."""
    files = [version.file, *(one.file for one in letter.attachments)]
    if sum(one.size for one in files) > MAIL_MOST:
        text = say(
            "With its documents it is too large for an e-mail, which takes {most} MB. Choose"
            " another way.",
            most=MAIL_MOST // 1_000_000,
        )
        raise DomainError(text, field="channel")
    clinic, phone = the_practice().name, the_practice().phone
    subject = spoken(say("Letter from {clinic}", clinic=clinic))
    lines = [
        spoken(say("A letter from {clinic} is attached.", clinic=clinic)),
        spoken(say("If it is not meant for you, delete it and tell us, please.")),
        phone,
    ]
    return write(
        actor=actor,
        kind="letter",
        about=f"letter:{letter.public_id}",
        key=letter.client.key,
        to=to,
        subject=f"{subject}, {letter.reference}" if letter.reference else subject,
        body="\n\n".join(line for line in lines if line),
        file=version.file,
        dedupe=f"letter:{letter.public_id}:{version.number}",
    )
