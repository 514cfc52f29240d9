"""A page as a frame that is kept, and the pieces that this page alone puts into it.

What stands around a page is the same from one look to the next: its head, where one can go,
the words of its buttons. It is drawn once with a blank for each piece, and kept for whoever is
shown the same; every page then only puts its own pieces between the parts.
"""

import re
import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, get_flashed_messages, render_template, request, session
from markupsafe import escape

from clinic.web import navigation
from clinic.web.extensions import csrf_token
from clinic.web.guards import me
from clinic.web.keeping import Kept
from clinic.web.markup import NOTHING, Markup, in_ascii

FRAMES_AT_MOST = 512
# Nobody can type what marks a blank: it is another one in each process.
_MARK = secrets.token_hex(8)
_BLANK = re.compile(f"\x02{_MARK}(\\w+)\x03")


@dataclass(frozen=True, slots=True)
class Frame:
    """A page drawn with blanks: what stands before each of them, its name, and what comes last."""

    parts: tuple[tuple[str, str], ...]
    last: str

    def filled(self, pieces: Mapping[str, Any]) -> str:
        """The page with these pieces, each escaped unless it is markup."""
        found: list[str] = []
        for before, name in self.parts:
            found.append(before)
            found.append(escape(pieces[name]))
        found.append(self.last)
        return "".join(found)


def framed(template: str, pieces: Mapping[str, Any], **facts: Hashable) -> str:
    """A page of a template that shows ``pieces`` as they are and never decides by them.

    ``facts`` are what it does decide by. Besides these it may depend on who is signed in, on
    where the page belongs, on the clinic's name and language, and on nothing else.
    """
    kept: Kept = current_app.extensions["frames"]
    key = (
        template, tuple(pieces), tuple(facts.items()), navigation.of(me()).shown_to,
        appearance(), has_shortcuts(),
    )  # fmt: skip
    frame: Frame | None = kept.get(key)
    if frame is None or current_app.debug:
        frame = _drawn(template, pieces, facts)
        kept.keep(key, frame)
    return frame.filled(
        {
            "csrf_token": csrf_token(),
            "said_above": said_above(),
            "said_aside": said_aside(),
            **pieces,
        }
    )


def _drawn(template: str, pieces: Mapping[str, Any], facts: Mapping[str, Any]) -> Frame:
    blanks: dict[str, Any] = {name: _blank(name) for name in pieces}
    own = {name: _blanked(name) for name in ("csrf_token", "said_above", "said_aside")}
    drawn = in_ascii(render_template(template, **blanks, **facts, **own))
    found = _BLANK.split(drawn)
    if not set(pieces) <= set(found[1::2]):
        raise ValueError(f"a piece that {template} does not show")
    return Frame(tuple(zip(found[:-1:2], found[1::2], strict=True)), found[-1])


def _blank(name: str) -> Markup:
    return escape(f"\x02{_MARK}{name}\x03")


def _blanked(name: str) -> Any:
    return lambda: _blank(name)


# ---- what every page's frame shows of this very look


def appearance() -> str:
    """``light``, ``dark`` or ``auto``, as whoever is signed in wants it."""
    sitting = getattr(session, "sitting", None)
    return sitting.theme if sitting else "auto"


def has_shortcuts() -> bool:
    """Whether single keys act."""
    sitting = getattr(session, "sitting", None)
    return sitting is None or bool(sitting.has_shortcuts)


def said_above() -> Markup:
    """What is said above a page: severe events that nobody opened, and what just went wrong."""
    grave: list[Any] = current_app.extensions["grave_events"](me())
    said = get_flashed_messages(with_categories=True)
    return _say("above", grave, said, request.script_root) if grave or said else NOTHING


def said_aside() -> Markup:
    """What is said for a moment: that something was done."""
    said = get_flashed_messages(with_categories=True)
    return _say("toasts", said) if said else NOTHING


def _say(macro: str, *args: Any) -> Markup:
    module: Any = current_app.jinja_env.get_template("layouts/told.html").module
    found: Markup = getattr(module, macro)(*args)
    return found


def init_app(app: Flask) -> None:
    """Let templates say ``appearance()`` and ``has_shortcuts()``, and what is said of this look."""
    app.extensions["frames"] = Kept(FRAMES_AT_MOST)
    app.jinja_env.globals |= {
        "appearance": appearance,
        "has_shortcuts": has_shortcuts,
        "said_above": said_above,
        "said_aside": said_aside,
    }
