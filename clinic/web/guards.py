"""Permission, asked at the door: every door says who may pass, or the house stays shut.

A door is an endpoint. Its permissions are looked up before anything of the view
runs, so that a refused request has read nothing. What is not declared is closed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for

from clinic.core.permissions import Actor, Permission, can

_View = TypeVar("_View", bound=Callable[..., Any])

READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Door:
    """Who may pass: ``reading`` for safe methods, ``writing`` for the rest.

    ``open_because`` gives the reason why anybody may. ``is_passive`` marks what a
    page asks by itself: it keeps no session alive.
    """

    reading: Permission | None = None
    writing: Permission | None = None
    open_because: str = ""
    is_passive: bool = False

    def permission(self, method: str) -> Permission | None:
        return self.reading if method in READING else self.writing


CLOSED = Door()


def requires(
    permission: Permission, *, to_write: Permission | None = None
) -> Callable[[_View], _View]:
    """Declare who may pass; ``to_write`` where changing asks for more than seeing."""

    def label(view: _View) -> _View:
        view.door = Door(permission, to_write or permission)  # type: ignore[attr-defined]
        return view

    return label


def open_door(because: str) -> Callable[[_View], _View]:
    """Declare that anybody may pass, and why."""

    def label(view: _View) -> _View:
        view.door = Door(open_because=because)  # type: ignore[attr-defined]
        return view

    return label


def passive(view: _View) -> _View:
    """Mark a door that pages ask by themselves: put it above ``requires``."""
    door: Door = view.door  # type: ignore[attr-defined]
    view.door = Door(door.reading, door.writing, door.open_because, is_passive=True)  # type: ignore[attr-defined]
    return view


def me() -> Actor | None:
    """Who is signed in."""
    return getattr(session, "actor", None)


def the_actor() -> Actor:
    """Who is signed in, behind a door that only lets such people pass."""
    actor = me()
    if actor is None:
        abort(401)
    return actor


def doors(app: Flask) -> dict[str, Door]:
    """The declared doors by endpoint."""
    found: dict[str, Door] = app.extensions["doors"]
    return found


def init_app(app: Flask) -> None:
    app.extensions["doors"] = {"static": Door(open_because="style, script and pictures")}
    app.before_request(_ask)


def shut_undeclared(app: Flask) -> None:
    """Collect every endpoint's door. Raises RuntimeError for a route that declares none."""
    known = doors(app)
    for endpoint, view in app.view_functions.items():
        if endpoint not in known and hasattr(view, "door"):
            known[endpoint] = view.door
    naked = sorted({rule.endpoint for rule in app.url_map.iter_rules()} - set(known))
    if naked:
        raise RuntimeError(f"routes without a permission: {', '.join(naked)}")


def _ask() -> Any:
    failure = getattr(session, "failure", None)
    if failure is not None:
        raise failure
    if request.endpoint is None:
        return None  # no such page: Flask answers 404
    door = doors(current_app).get(request.endpoint, CLOSED)
    g.is_passive = door.is_passive
    if door.open_because:
        return None
    actor = me()
    if actor is None:
        return _to_the_sign_in()
    permission = door.permission(request.method)
    if permission is None or not can(actor, permission):
        abort(403)
    return None


def _to_the_sign_in() -> Any:
    if request.method in READING and request.accept_mimetypes.accept_html:
        after = request.full_path.rstrip("?")
        return redirect(url_for("staff.sign_in", next=after if after != "/" else None))
    return abort(401)


def is_safe_path(path: str) -> bool:
    """Whether a place to go next lies in this house: one leading slash, nothing odd."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return (
        plain
        and "\\" not in path
        and not any(ord(letter) < 32 or ord(letter) == 127 for letter in path)
    )
