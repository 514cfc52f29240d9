"""Server-side sessions: the cookie is a random token, everything else stays with us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from flask import Flask, Request, Response, g
from flask import request as the_request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from clinic.core.clock import now
from clinic.core.permissions import Actor

LONGEST_TOKEN = 100


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

    def __init__(
        self,
        payload: dict[str, Any],
        token: str | None,
        sitting: Sitting | None,
        failure: Exception | None = None,
    ) -> None:
        def changed(_: Any) -> None:
            self.modified = True

        super().__init__(payload, changed)
        self.modified = False
        self.token = token
        self.sitting = sitting
        self.dead_token: str | None = None
        self.failure = failure
        """Why the session could not be looked up; the request is then refused as a whole."""

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
        g.pop("csrf_token", None)


class ServerSessions(SessionInterface):
    """Opens and keeps sessions through the store."""

    def __init__(self, store: SessionStore, touch_after: Any) -> None:
        self.store = store
        self.touch_after = touch_after

    def is_null_session(self, obj: object) -> bool:
        """Never: there is one for every request."""
        return False

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        token = request.cookies.get(self.get_cookie_name(app))
        # The route is not known yet; what is below "static" never asks who is there.
        if not token or len(token) > LONGEST_TOKEN or "/static/" in request.path:
            return ServerSession({}, None, None)
        try:
            sitting = self.store.find(token)
        except Exception as error:  # noqa: BLE001 - raised again where it can be answered
            return ServerSession({}, None, None, failure=error)
        if sitting is None:
            return ServerSession({}, None, None)
        return ServerSession(sitting.payload, token, sitting)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        ours = cast("ServerSession", session)
        if ours.failure is not None:
            return
        try:
            self._save(app, ours, response)
        except Exception as error:
            ours.failure = error  # the page that says so keeps no session either
            raise

    def _save(self, app: Flask, ours: ServerSession, response: Response) -> None:
        if ours.dead_token:
            self.store.forget(ours.dead_token)
        if ours.modified and (ours or ours.token):
            self._keep(app, ours, response)
        elif self._is_to_be_touched(ours):
            self.store.touch(ours.token or "")
        if ours.dead_token and not ours.token and not ours:
            response.delete_cookie(self.get_cookie_name(app), path="/")

    def _is_to_be_touched(self, session: ServerSession) -> bool:
        if session.sitting is None or session.actor is None or g.get("is_passive"):
            return False
        return bool(now() - session.sitting.last_seen_at > self.touch_after)

    def _keep(self, app: Flask, session: ServerSession, response: Response) -> None:
        if session.token:
            # Changed and never made again: one that was ended meanwhile stays ended.
            self.store.keep(session.token, dict(session), is_passive=bool(g.get("is_passive")))
            return
        token, user = self.store.new_token(), session.get("_user_id")
        self.store.keep(
            token,
            dict(session),
            is_new=True,
            staff_id=int(user) if user else None,
            agent=the_request.user_agent.string,
            address=the_request.remote_addr or "",
        )
        response.set_cookie(
            self.get_cookie_name(app),
            token,
            path="/",
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite="Lax",
        )
