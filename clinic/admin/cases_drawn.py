"""The board of referrals as markup, in pieces: each is found again while what it shows is the same.

A board, a column of it and a line are kept under the very values that they are drawn of, just as
they were read: a change draws its line anew, the column in which it shows, and no other.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from flask import current_app, request, url_for

from clinic.desk.queries.cases import Card, Found, Group, Numbers, board_of
from clinic.desk.queries.cases_choices import Choices
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.rules import cases as rules
from clinic.web.markup import in_ascii
from clinic.web.wording import locale

BOARDS_AT_MOST = 64
LINES_AT_MOST = 2048
PIECES_AT_MOST = 512
WAYS = ("in", "out")


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
    return _drawn(found, wish, today, rights, request.script_root, locale())


@lru_cache(BOARDS_AT_MOST)
def _drawn(
    found: Found, wish: Wish, today: date, rights: tuple[bool, bool], root: str, language: str
) -> Drawn:
    board, around = board_of(found, today), (root, language)
    tables = [
        (_heading(way, *around), [_column(group, wish, *around) for group in groups])
        for way in WAYS
        if (groups := board.shown(way, wish))
    ]
    is_whole = not wish.column and not wish.is_narrow
    needs = _needs(board.numbers, *around) if is_whole else ""
    is_empty = not any(group.count for group in board.groups)
    body = in_ascii(_parts().body(needs, tables, wish, is_empty, root))
    return Drawn(
        head=in_ascii(_head(board.numbers, wish, rights, *around)),
        body=body,
        keys=in_ascii(_keys(*around)),
        clients=frozenset(board.clients),
        look=hash(body),
    )


def filter_of(choices: Choices, wish: Wish) -> Any:
    """The form that narrows the board."""
    return _parts().filter_form(choices, wish, request.script_root)


def address_of(wish: Wish, /, to: str = "index", **changes: Any) -> str:
    """This page with other arguments; an empty one is left out."""
    now = {
        "way": wish.way,
        "mine": "1" if wish.owner_id is not None else "",
        "q": wish.text,
        "provider": wish.provider,
        "payer": wish.payer,
        "urgency": wish.urgency,
        "overdue": "1" if wish.is_overdue else "",
        "report": "1" if wish.owes_report else "",
        "column": wish.column,
    } | changes
    asked_for = {name: value for name, value in now.items() if value}
    return url_for(f"office_cases.{to}", **asked_for)


def _parts() -> Any:
    return current_app.jinja_env.get_template("admin/cases_parts.html").module


@lru_cache(PIECES_AT_MOST)
def _head(numbers: Numbers, wish: Wish, rights: tuple[bool, bool], root: str, language: str) -> Any:
    filter_url = address_of(wish, "choose", column="")
    return _parts().head(numbers, wish, partial(address_of, wish), filter_url, root, *rights)


@lru_cache(PIECES_AT_MOST)
def _needs(numbers: Numbers, root: str, language: str) -> Any:
    return _parts().needs(numbers, root)


@lru_cache(PIECES_AT_MOST)
def _keys(root: str, language: str) -> Any:
    return _parts().key_list()


@lru_cache(PIECES_AT_MOST)
def _heading(way: str, root: str, language: str) -> Any:
    return _parts().heading(way)


@lru_cache(PIECES_AT_MOST)
def _column(group: Group, wish: Wish, root: str, language: str) -> Any:
    """A column by the rows that it shows, as they were read."""
    line = partial(_line, root=root, language=language)
    return _parts().group(group, wish, partial(address_of, wish), rules, line)


@lru_cache(LINES_AT_MOST)
def _line(card: Card, column: rules.Column, root: str, language: str) -> Any:
    """A line of the board, found again by the very values that it shows."""
    return _parts().card(card, column, root, rules)
