"""Server-side sessions: the cookie is a random token, everything else stays with us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import Flask, Request, Response, g
from flask import request as the_request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from clinic.core.clock import now
from clinic.core.permissions import Actor


class Sitting(Protocol):
    """What the store gives back for a live token."""

    public_id: str
    payload: dict[str, Any]
    last_seen_at: datetime
    actor: Actor | None
    theme: str
    has_shortcuts: bool


@dataclass(frozen=True)
class SessionStore:
    """Where sessions are kept: four functions of the staff room."""

    find: Callable[[str], Sitting | None]
    keep: Callable[..., None]
    touch: Callable[[str], None]
    forget: Callable[[str], None]
    new_token: Callable[[], str]


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """A session as Flask knows it, with its token and who sits there."""

    def __init__(self, payload: dict[str, Any], token: str | None, sitting: Sitting | None) -> None:
        def changed(_: Any) -> None:
            self.modified = True

        super().__init__(payload, changed)
        self.modified = False
        self.token = token
        self.sitting = sitting
        self.dead_token: str | None = None

    @property
    def reference(self) -> str:
        """The session's public name; empty for one that is not kept yet."""
        return self.sitting.public_id if self.sitting else ""

    @property
    def actor(self) -> Actor | None:
        return self.sitting.actor if self.sitting else None

    def renew(self) -> None:
        """Begin under a fresh token: at sign-in, sign-out, and when a password changes."""
        self.dead_token, self.token, self.sitting = self.token, None, None
        self.clear()
        self.modified = True


class ServerSessions(SessionInterface):
    """Opens and keeps sessions through the store."""

    def __init__(self, store: SessionStore, touch_after: Any) -> None:
        self.store = store
        self.touch_after = touch_after

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        token = request.cookies.get(self.get_cookie_name(app))
        sitting = None
        if token and len(token) < 100 and request.endpoint not in ("static", "assets"):
            sitting = self.store.find(token)
        return ServerSession(
            dict(sitting.payload) if sitting else {}, token if sitting else None, sitting
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        if session.dead_token:
            self.store.forget(session.dead_token)
        if session.modified and (session or session.token):
            self._keep(app, session, response)
        elif session.actor and session.sitting and not g.get("is_passive"):
            if now() - session.sitting.last_seen_at > self.touch_after:
                self.store.touch(session.token or "")
        if session.dead_token and not session.token:
            response.delete_cookie(self.get_cookie_name(app), path="/")

    def _keep(self, app: Flask, session: ServerSession, response: Response) -> None:
        token = session.token or self.store.new_token()
        user = session.get("_user_id")
        self.store.keep(
            token,
            dict(session),
            staff_id=int(user) if user else None,
            agent=the_request.user_agent.string,
            address=the_request.remote_addr or "",
        )
        if token != session.token:
            response.set_cookie(
                self.get_cookie_name(app),
                token,
                path="/",
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite="Lax",
            )
