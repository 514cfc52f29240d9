"""Emptying the outbox: each message is taken up, sent, and what came of it written down.

Taking up is a short transaction of its own, so that of several runners one sends it. Nothing is
held while the mail server is talked to. A runner that died leaves a message taken up; after
``CLAIM`` another tries again, under the same Message-ID. What goes wrong with one message, here
or with whoever hears of it, keeps no other waiting: it counts as tried.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from clinic.core import clock
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import DATABASE_BUSY, RACE_LOST, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.transactions import refresh, transaction
from clinic.files.models import StoredFile
from clinic.files.queries import FileDamaged
from clinic.messages.events import MessageEnded, MessageTouched
from clinic.messages.models import DeliveryAttempt, OutboxMessage
from clinic.messages.queries import due, still_due
from clinic.messages.rules import next_try
from clinic.messages.services.sending import Transport, Undelivered, composed
from clinic.practice.queries import the_practice

log = logging.getLogger(__name__)

AT_MOST = 200
"""Messages of one run; the next run goes on."""
TOLD_AT_MOST = 3
"""Times that a message is taken up, and that what came of it is told, where a desk was faster, or
the database busy, each time."""
Check = Callable[[OutboxMessage], bool]
"""Whether a message may still leave: asked in the transaction that takes it up."""
GoingAlong = Callable[[OutboxMessage], Sequence[StoredFile]]
"""The documents that a message carries besides its own: asked when it is put together."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How many messages were sent, will be tried again, were given up; of how many not even that
    could be written down."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of an attempt: sent, failed (to be tried again) or refused (not again)."""

    name: str
    why: str = ""


class _Taken(Exception):
    """Another runner took it up meanwhile."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A message that is ours to send; ``instead`` says what comes of it where it is not sent."""

    id: int
    claimed_at: datetime
    instead: _Outcome | None = None


@dataclass(frozen=True, slots=True)
class _Untaken:
    """A message that is due and could not be taken up."""

    id: int


STUCK = "stuck"
"""Of a message nothing could be written down: it is as it was. The next run tries it; where it
had been taken up it stays so, and the first run after ``CLAIM`` tries it."""


def run(
    *,
    transport: Transport,
    checks: Mapping[str, Check] | None = None,
    along: Mapping[str, GoingAlong] | None = None,
    now: datetime | None = None,
    limit: int = AT_MOST,
) -> Ran:
    """Send what is due, up to a limit. Opens its own transactions: not to be used inside one.

    ``checks`` are asked by a message's kind, and so is what goes along with it (``along``).
    ``now`` is the instant for which to look what is due. Safe to repeat, safe to miss, safe to be
    run by two at once.
    """
    ran, stuck = Ran(), set[int]()
    for _ in range(limit):
        taken = _next(checks or {}, now, stuck)
        if taken is None:
            break
        status = _done(taken, partial(_attempt, transport=transport, along=along or {}), now)
        if status == STUCK:
            stuck.add(taken.id)
        ran = _counted(ran, status)
    return ran


def _next(
    checks: Mapping[str, Check], moment: datetime | None, stuck: Collection[int]
) -> _Claim | _Untaken | None:
    """What is ours to send next; what another runner takes up at the same moment is theirs."""
    while True:
        refresh()
        number = db.session.scalar(due(moment or clock.now(), stuck))
        if number is None:
            return None
        try:
            return _took(partial(claim, actor=SYSTEM, checks=checks, moment=moment, number=number))
        except _Taken:
            continue
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are sent
            log.error("message %d could not be taken up: %s", number, type(error).__name__)  # noqa: TRY400
            return _Untaken(number)


def _took(take: Callable[[], _Claim | None]) -> _Claim | None:
    """Take it up. To have lost a race, or met a database that is busy, is none of its tries: it
    is done again, and raised only where it was so each time."""
    for _ in range(TOLD_AT_MOST - 1):
        try:
            with transaction():
                return take()
        except (*RACE_LOST, DATABASE_BUSY) as error:
            log.warning("a message is taken up again: %s", type(error).__name__)
    with transaction():
        return take()


def _done(
    taken: _Claim | _Untaken, attempt: Callable[[_Claim], _Outcome], moment: datetime | None
) -> str:
    """The state in which it is after this attempt. A database that is gone ends the run."""
    try:
        if isinstance(taken, _Untaken):
            return _told(partial(put_off, taken, actor=SYSTEM, moment=moment))
        outcome = taken.instead or attempt(taken)
        return _told(partial(conclude, taken, outcome, actor=SYSTEM))
    except DATABASE_BUSY:
        raise
    except Exception as error:  # noqa: BLE001 - the same
        log.error("message %d is stuck: %s", taken.id, type(error).__name__)  # noqa: TRY400
        return STUCK


def _counted(ran: Ran, status: str) -> Ran:
    match status:
        case "sent":
            return replace(ran, sent=ran.sent + 1)
        case "dead":
            return replace(ran, given_up=ran.given_up + 1)
        case _ if status == STUCK:
            return replace(ran, stuck=ran.stuck + 1)
        case _:
            return replace(ran, put_off=ran.put_off + 1)


@verb(Permission.LETTERS_WRITE)
def claim(
    *,
    actor: Actor,
    checks: Mapping[str, Check],
    moment: datetime | None = None,
    number: int | None = None,
) -> _Claim | None:
    """Take up the message that is due, or the one of this id, for this runner alone; None when
    there is none.

    Whoever judges whether it may leave holds what they judge by before the message is held, as
    they do where it is called back. Raises _Taken where another runner was faster.
    """
    at = moment or clock.now()
    number = number or db.session.scalar(due(at))
    if number is None:
        return None
    announce(MessageTouched(number))
    message = db.session.scalar(still_due(number, at))
    if message is None:
        raise _Taken
    instead = None if _may_leave(message, checks) else _Outcome("refused", "not_allowed")
    if _was_interrupted(message) and next_try(message.tries) is None:
        instead = _Outcome("refused", "interrupted")
    message.claimed_at, message.tries = at, message.tries + 1
    db.session.flush()
    return _Claim(message.id, at, instead)


def _was_interrupted(message: OutboxMessage) -> bool:
    """Whether a runner died over it; that is written down, for it may have left."""
    if message.claimed_at is None:
        return False
    _write_down(message, _Outcome("failed", "interrupted"))
    return True


def _may_leave(message: OutboxMessage, checks: Mapping[str, Check]) -> bool:
    check = checks.get(message.kind)
    try:
        return check is None or check(message)
    except DomainError:
        return False


def _attempt(claimed: _Claim, *, transport: Transport, along: Mapping[str, GoingAlong]) -> _Outcome:
    """Send it; nothing is locked meanwhile, and nothing it says is logged."""
    try:
        message = db.session.get_one(OutboxMessage, claimed.id)
        more = along[message.kind](message) if message.kind in along else ()
        mail = composed(message, transport.sender, the_practice().name, more)
        name = message.public_id
        refresh()  # nothing is held while the server is talked to
        return _Outcome("sent", transport.send(mail, name))
    except Undelivered as failed:
        return _Outcome("refused" if failed.is_final else "failed", failed.why)
    except FileDamaged:
        return _Outcome("failed", "file_damaged")
    except Exception as error:  # noqa: BLE001 - whatever it was, the others are sent
        log.error("a message could not be sent: %s", type(error).__name__)  # noqa: TRY400
        return _Outcome("failed", "unforeseen")


def _told(write: Callable[..., str]) -> str:
    """Write down what came of it; what left stays written down though somebody above refuses.

    Who only lost a race against a desk does not refuse, and is told again.
    """
    for _ in range(TOLD_AT_MOST):
        try:
            with transaction():
                return write()
        except (*RACE_LOST, DATABASE_BUSY) as error:
            log.warning("who hears of a message was late: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a letter that left must never leave again
            log.error("who hears of a message refused: %s", type(error).__name__)  # noqa: TRY400
            break
    else:
        log.error("who hears of a message was late each time")
    with transaction():
        return write(is_told=False)


@verb(Permission.LETTERS_WRITE)
def put_off(
    untaken: _Untaken, *, actor: Actor, moment: datetime | None = None, is_told: bool = True
) -> str:
    """What could not be taken up was tried as well: it is tried again later, and at last given
    up; the state in which the message is now."""
    if is_told:
        announce(MessageTouched(untaken.id))
    message = db.session.scalar(still_due(untaken.id, moment or clock.now()))
    if message is None:  # somebody else has it in hand, or called it back
        return "waiting"
    _was_interrupted(message)
    message.tries += 1
    _conclude(message, _Outcome("failed", "unforeseen"), is_told=is_told)
    return message.status


@verb(Permission.LETTERS_WRITE)
def conclude(claimed: _Claim, outcome: _Outcome, *, actor: Actor, is_told: bool = True) -> str:
    """End an attempt that this runner took up; the state in which the message is now."""
    if is_told:
        announce(MessageTouched(claimed.id))
    message = db.session.get_one(OutboxMessage, claimed.id)
    if message.claimed_at != claimed.claimed_at or message.status != "waiting":
        _write_down(message, outcome)  # it took so long that another took it up
        return message.status
    _conclude(message, outcome, is_told=is_told)
    return message.status


def _conclude(message: OutboxMessage, outcome: _Outcome, *, is_told: bool = True) -> None:
    _write_down(message, outcome)
    message.claimed_at = None
    wait = next_try(message.tries)
    if outcome.name == "sent":
        message.status, message.sent_at = "sent", clock.now()
    elif outcome.name == "refused" or wait is None:
        message.status = "dead"
    else:
        message.next_try_at = clock.now() + wait
    db.session.flush()
    if is_told and message.status != "waiting":
        announce(MessageEnded(message.id, message.about, is_sent=message.status == "sent"))


def _write_down(message: OutboxMessage, outcome: _Outcome) -> None:
    attempt = DeliveryAttempt(
        message_id=message.id, at=clock.now(), outcome=outcome.name, why=outcome.why
    )
    db.session.add(attempt)
