"""The server's memory of browsers: kept, touched, listed, ended."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import verb, writing
from clinic.core.ids import new_public_id
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.transactions import separate_transaction
from clinic.staff.models import WebSession
from clinic.staff.rules import SITTING, VISITOR, token_hash


def keep(
    token: str,
    payload: dict[str, Any],
    *,
    is_new: bool = False,
    is_passive: bool = False,
    staff_id: int | None = None,
    agent: str = "",
    address: str = "",
) -> None:
    """Remember a browser's session in a transaction of its own: made new, or only changed.

    One that was ended meanwhile is not made again by a request that was still under way.
    """
    at = now()
    values: dict[str, Any] = {"payload": json.dumps(payload)}
    with writing("staff.keep_session", SYSTEM), separate_transaction() as connection:
        if not is_new:
            seen = {} if is_passive else {"last_seen_at": at}
            connection.execute(
                update(WebSession)
                .where(WebSession.token_hash == token_hash(token))
                .values(values | seen)
            )
            return
        _sweep(connection, at)
        values |= {
            "public_id": new_public_id(),
            "token_hash": token_hash(token),
            "staff_id": staff_id,
            "created_at": at,
            "last_seen_at": at,
            "agent": "".join(letter for letter in agent if letter >= " ")[:200],
            "address": address[:45],
        }
        connection.execute(insert(WebSession).values(values))


def _sweep(connection: Connection, at: datetime) -> None:
    """Forget what has long run out."""
    is_stranger = WebSession.staff_id.is_(None)
    connection.execute(
        delete(WebSession).where(is_stranger, WebSession.last_seen_at < at - VISITOR)
    )
    connection.execute(delete(WebSession).where(WebSession.created_at < at - 2 * SITTING))


def touch(token: str) -> None:
    """Note that somebody is at this browser."""
    with writing("staff.touch_session", SYSTEM), separate_transaction() as connection:
        connection.execute(
            update(WebSession)
            .where(WebSession.token_hash == token_hash(token))
            .values(last_seen_at=now())
        )


def forget(token: str) -> None:
    """End the session of this token."""
    with writing("staff.forget_session", SYSTEM), separate_transaction() as connection:
        connection.execute(delete(WebSession).where(WebSession.token_hash == token_hash(token)))


@verb(Permission.ACCOUNT_OWN)
def end(public_id: str, *, actor: Actor) -> None:
    """End one of one's own sessions, wherever it is."""
    db.session.execute(
        delete(WebSession).where(WebSession.public_id == public_id, WebSession.staff_id == actor.id)
    )


@verb(Permission.ACCOUNT_OWN)
def end_others(*, actor: Actor, session_ref: str) -> None:
    """End all of one's own sessions but the one at work."""
    db.session.execute(
        delete(WebSession).where(
            WebSession.staff_id == actor.id, WebSession.public_id != session_ref
        )
    )


def end_all_of(staff_id: int) -> None:
    """End every session of a person: called by verbs that take something away."""
    db.session.execute(delete(WebSession).where(WebSession.staff_id == staff_id))
