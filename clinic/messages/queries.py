from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.messages.models import DeliveryAttempt, OutboxMessage
from clinic.messages.rules import CLAIM


def the_message(public_id: str) -> OutboxMessage:
    """A message by its public id. Raises NotFound."""
    found = db.session.scalar(select(OutboxMessage).where(OutboxMessage.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def written_as(dedupe: str) -> OutboxMessage | None:
    """The message that was written for the same thing before."""
    return db.session.scalar(select(OutboxMessage).where(OutboxMessage.dedupe == dedupe))


def of_about(about: str) -> Sequence[OutboxMessage]:
    """Messages about one thing, the newest first."""
    query = select(OutboxMessage).where(OutboxMessage.about == about)
    return db.session.scalars(query.order_by(OutboxMessage.id.desc())).all()


def due(now: datetime, but: Collection[int] = ()) -> Select[int]:
    """The id of the message to be sent next, ``but`` for some; who waits longest goes first."""
    message = OutboxMessage
    wanted = select(message.id).where(_is_due(now))
    if but:
        wanted = wanted.where(message.id.not_in(but))
    return wanted.order_by(message.next_try_at, message.id).limit(1)


def still_due(number: int, now: datetime) -> Select[OutboxMessage]:
    """That message, held from now on, unless somebody has taken it up meanwhile; whoever has it
    in hand is waited for."""
    wanted = select(OutboxMessage).where(OutboxMessage.id == number, _is_due(now))
    return wanted.with_for_update(of=OutboxMessage)


def _is_due(now: datetime) -> ColumnElement[bool]:
    message = OutboxMessage
    return and_(
        message.status == "waiting",
        message.next_try_at <= now,
        or_(message.claimed_at.is_(None), message.claimed_at <= now - CLAIM),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the log: nothing of its words, and the address still sealed."""

    message: OutboxMessage
    last: DeliveryAttempt | None


def log_of(status: str = "") -> Select[int]:
    """The ids of messages in a state, or of all: the newest first."""
    query = select(OutboxMessage.id).order_by(OutboxMessage.created_at.desc())
    return query.where(OutboxMessage.status == status) if status else query


def lines(ids: Collection[int]) -> list[Line]:
    """These messages, each with the last attempt to send it."""
    rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(ids)))
    latest = (
        select(func.max(DeliveryAttempt.id))
        .where(DeliveryAttempt.message_id.in_(ids))
        .group_by(DeliveryAttempt.message_id)
    )
    query = select(DeliveryAttempt).where(DeliveryAttempt.id.in_(latest))
    attempts = {one.message_id: one for one in db.session.scalars(query)}
    found = {row.id: Line(row, attempts.get(row.id)) for row in rows}
    return [found[number] for number in ids if number in found]


def counts() -> dict[str, int]:
    """How many messages are in each state."""
    query = select(OutboxMessage.status, func.count().label("number"))
    query = query.group_by(OutboxMessage.status)
    return {row.status: row.number for row in db.session.execute(query)}


def attempts_of(message: OutboxMessage) -> Sequence[DeliveryAttempt]:
    """Every attempt to send a message, the last one first."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.message_id == message.id)
    return db.session.scalars(query.order_by(DeliveryAttempt.id.desc())).all()


def waiting_since() -> datetime | None:
    """From when on the message that waits longest could have been sent."""
    query = select(func.min(OutboxMessage.next_try_at)).where(OutboxMessage.status == "waiting")
    return db.session.scalar(query)
