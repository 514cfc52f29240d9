"""What becomes of a letter after it left, and letters that come from outside."""

from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import day_bounds, local_day, now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.files.models import StoredFile
from clinic.letters.models import Dispatch, Letter, LetterVersion
from clinic.letters.queries import last_dispatch
from clinic.letters.rules.blocks import Content, to_json
from clinic.letters.rules.limits import BY_MAX, FAILED_MAX
from clinic.letters.rules.moving import must_move
from clinic.letters.services.checking import kind_of, must_read, this_day
from clinic.letters.services.moving import move, tell
from clinic.letters.services.tasking import ask_for_number
from clinic.practice.queries import the_practice


@verb(Permission.LETTERS_WRITE)
def mark_delivered(dispatch: Dispatch, *, actor: Actor, on: date) -> None:
    """It arrived: a report of the fax, a receipt, a call. Raises Conflict, DomainError."""
    must_move(dispatch.letter.status, "delivered")
    _arrive(dispatch, on)
    move(dispatch.letter, "delivered")


@verb(Permission.LETTERS_WRITE)
def mark_failed(dispatch: Dispatch, *, actor: Actor, why: str, is_wrong: bool = False) -> None:
    """It did not arrive: no answer, returned. Raises Conflict, DomainError.

    Somebody is given the task to send it another way; where the number or the address is wrong
    (``is_wrong``), somebody else the one to put the directory right.
    """
    must_move(dispatch.letter.status, "failed")
    if dispatch.status != "sent":
        raise Conflict(say("This did not leave, or it has arrived."))
    said = why.strip()
    if not said:
        raise DomainError(say("Write why it did not arrive."), field="why")
    if len(said) > FAILED_MAX:
        raise DomainError(say("Use at most {most} letters.", most=FAILED_MAX), field="why")
    dispatch.status = "failed"
    dispatch.note = f"{dispatch.note}\n{said}" if dispatch.note else said
    move(dispatch.letter, "failed")
    if is_wrong:
        ask_for_number(dispatch.letter)


@verb(Permission.LETTERS_WRITE)
def acknowledge(letter: Letter, *, actor: Actor, on: date, by: str = "") -> None:
    """Somebody there says that it came. What was only sent has arrived with that.

    Raises Conflict for a letter that did not leave, DomainError.
    """
    if letter.status not in ("sent", "delivered"):
        must_move(letter.status, "delivered")
    if len(by.strip()) > BY_MAX:
        raise DomainError(say("Use at most {most} letters.", most=BY_MAX), field="by")
    _check_day(letter, on)
    letter.acknowledged_on, letter.acknowledged_by = on, by.strip()
    dispatch = last_dispatch(letter)
    if letter.status == "sent" and dispatch is not None:
        _arrive(dispatch, on)
        move(letter, "delivered")
        return
    tell(letter)


@verb(Permission.LETTERS_WRITE)
def mark_replied(letter: Letter, *, actor: Actor, on: date) -> None:
    """The answer to it has come. Raises Conflict for a letter that did not leave."""
    if letter.status not in ("sent", "delivered"):
        must_move(letter.status, "delivered")
    _check_day(letter, on)
    letter.replied_on = on
    tell(letter)


@verb(Permission.LETTERS_WRITE)
def expect_answer(letter: Letter, *, actor: Actor, by: date) -> None:
    """By when an answer is due to what has left, as what it is about says."""
    letter.needs_reply_by = by


@verb(Permission.LETTERS_WRITE)
def receive(
    *,
    actor: Actor,
    client: Client,
    provider: Provider,
    about: str,
    file: StoredFile,
    subject: str,
    received_on: date,
    kind: str = "reply",
    reference: str = "",
    organisation: Organisation | None = None,
    answers: Letter | None = None,
) -> Letter:
    """A letter came from a provider; ``answers`` is the one of ours that it replies to.

    Raises DomainError for a day that has not come.
    """
    kind_of(kind)
    if received_on > this_day():
        raise DomainError(say("This day has not come yet."), field="received_on")
    letter = Letter(
        client=kept_record(client),
        provider=provider,
        organisation=organisation,
        kind=kind,
        direction="in",
        status="received",
        about=about,
        reference=reference,
        written_by_id=actor.id,
    )
    letter.content = to_json(Content(subject.strip(), ""))
    db.session.add(letter)
    db.session.flush()
    db.session.add(
        LetterVersion(
            letter=letter,
            letter_id=letter.id,
            number=1,
            file_id=file.id,
            sha256=file.sha256,
            made_at=now(),
        )
    )
    tell(letter)
    if answers is not None:
        mark_replied(answers, actor=actor, on=received_on)
    return letter


@verb(Permission.LETTERS_WRITE)
def file_letter(letter: Letter, *, actor: Actor, version: int | None = None) -> None:
    """It is read, and belongs to whom and what it is about. Who may read it files it.

    Raises StaleEdit, NotAllowed, Conflict.
    """
    letter.expect(version)
    must_move(letter.status, "filed")
    must_read(letter, actor)
    move(letter, "filed")


def _arrive(dispatch: Dispatch, on: date) -> None:
    if dispatch.status != "sent":
        raise Conflict(say("This has not left yet, or it did not arrive."))
    _check_day(dispatch.letter, on)
    first, _ = day_bounds(on, the_practice().zone)
    moment = now() if on == this_day() else first
    dispatch.status, dispatch.delivered_at = "delivered", moment
    dispatch.letter.delivered_at = moment


def _check_day(letter: Letter, on: date) -> None:
    if on > this_day():
        raise DomainError(say("This day has not come yet."), field="on")
    left = letter.sent_at
    if left is not None and on < local_day(left, the_practice().zone):
        raise DomainError(say("It left later than that."), field="on")
