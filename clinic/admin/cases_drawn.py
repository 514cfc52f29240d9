"""The board of referrals as markup, in pieces: each is found again while what it shows is the same.

A board and what stands above it are kept under the very values that they are drawn of.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from flask import current_app, request

from clinic.admin.cases_lines import WAYS, address_of, body, column, table
from clinic.desk.queries.cases import Found, Numbers, board_of
from clinic.desk.queries.cases_choices import Choices
from clinic.desk.queries.cases_wanted import Wish
from clinic.web.markup import NOTHING, Around, Markup, in_ascii, said_with

BOARDS_AT_MOST = 64
PIECES_AT_MOST = 512
_Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A board as markup, and whose records it shows."""

    head: Any
    body: Any
    keys: Any
    clients: frozenset[str]
    look: int


def draw(found: Found, wish: Wish, today: date, rights: tuple[bool, bool]) -> Drawn:
    """A board; ``rights``: whether a referral may be logged, and whether numbers may be read."""
    return _drawn(found, wish, today, rights, said_with())


@lru_cache(BOARDS_AT_MOST)
def _drawn(
    found: Found, wish: Wish, today: date, rights: tuple[bool, bool], around: Around
) -> Drawn:
    board = board_of(found, today)
    numbers = board.numbers
    is_whole = not wish.column and not wish.is_narrow
    parts = [_needs(_needed(numbers, wish.way), around)] if is_whole else []
    for way in WAYS:
        if groups := board.shown(way, wish):
            parts += table(way, [column(group, wish, around) for group in groups], around)
    if not numbers.count(wish.way):
        parts.append(_nothing(wish.is_narrow, around))
    return Drawn(
        head=_head(tuple([numbers.count(way) for way in ("", *WAYS)]), wish, rights, around),
        body=NOTHING.join(body(parts, around)),
        keys=_keys(around),
        clients=frozenset(board.clients),
        # Of the parts, most of which are known: not of all their letters each time.
        look=hash(tuple(parts)),
    )


def filter_of(choices: Choices, wish: Wish) -> Any:
    """The form that narrows the board."""
    return _parts().filter_form(choices, wish, request.script_root)


def _parts() -> Any:
    return current_app.jinja_env.get_template("admin/cases_parts.html").module


@lru_cache(PIECES_AT_MOST)
def _head(counts: _Counts, wish: Wish, rights: tuple[bool, bool], around: Around) -> Markup:
    filter_url = address_of(wish, "choose", column="")
    return in_ascii(
        _parts().head(counts, wish, partial(address_of, wish), filter_url, around[1], *rights)
    )


def _needed(numbers: Numbers, way: str) -> _Counts:
    """How many of what cannot wait, of one way or of both."""
    inbound = numbers.reports_late, numbers.late_in("in-new"), numbers.count_in("in-renewal")
    return (*(inbound if way != "out" else (0, 0, 0)),
            numbers.late_in("out-waiting") if way != "in" else 0)  # fmt: skip


@lru_cache(PIECES_AT_MOST)
def _needs(counts: _Counts, around: Around) -> Markup:
    return in_ascii(_parts().needs(*counts, around[1])) if any(counts) else NOTHING


@lru_cache(PIECES_AT_MOST)
def _keys(around: Around) -> Markup:
    return in_ascii(_parts().key_list())


@lru_cache(PIECES_AT_MOST)
def _nothing(is_narrow: bool, around: Around) -> Markup:
    return in_ascii(_parts().nothing(is_narrow, around[1]))
