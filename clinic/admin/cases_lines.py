"""A column of the board of referrals as markup, line by line.

A line is kept under the very values that it is drawn of, just as they were read: a change draws
its own line anew, puts the column together in which it shows, and touches no other.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from flask import current_app, url_for

from clinic.core.words import Words
from clinic.desk.queries.cases import Card, Fact, Group, card_of
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.rules import cases as rules
from clinic.web.markup import NOTHING, Around, Markup, in_ascii, pattern, words
from clinic.web.wording import ngettext, short_day, spoken

LINES_AT_MOST = 2048
COLUMNS_AT_MOST = 512
WAYS = ("in", "out")
_HERE = "admin/cases_lines.html"
_PLACE = {one.key: place for place, one in enumerate(rules.COLUMNS, 1)}
"""The figure that leads to a column."""


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


def table(way: str, columns: list[Markup], around: Around) -> list[Markup]:
    """The columns of a way under its heading, in parts."""
    heading = "inbound" if way == "in" else "outbound"
    return [_said(heading, around), *columns, _said("ends_way", around)]


def body(parts: list[Markup], around: Around) -> list[Markup]:
    """The whole of it, in parts."""
    return [_said("begins", around), *parts, _said("ends_all", around)]


@lru_cache(COLUMNS_AT_MOST)
def column(group: Group, wish: Wish, around: Around) -> Markup:
    """A column by the rows that it shows, as they were read."""
    one = group.column
    name = _spoken(one.name, around)
    lines = [_line(fact, one, group.today, around) for fact in group.facts]
    return in_ascii(_filled(
        "column", around, one.key, _address(wish, "" if wish.column else one.key, around),
        _PLACE[one.key], _said("glyph", around, one.glyph), name, group.count,
        _overdue(group.late, around), NOTHING.join(lines),
        NOTHING if wish.column else _more(group, wish, name, around),
        _pager(group, wish) if wish.column else NOTHING,
    ))  # fmt: skip


def _overdue(late: int, around: Around) -> Markup:
    if not late:
        return NOTHING
    return _filled("overdue", around, ngettext("%(num)s overdue", "%(num)s overdue", late))


def _more(group: Group, wish: Wish, name: str, around: Around) -> Markup:
    if group.beyond(wish) <= 0:
        return NOTHING
    address = _address(wish, group.column.key, around)
    said = ngettext("%(num)s more", "%(num)s more", group.more)
    return _filled("more", around, address, said, name)


def _pager(group: Group, wish: Wish) -> Markup:
    has_before, has_after = wish.page > 1, group.beyond(wish) > 0
    if not has_before and not has_after:
        return NOTHING
    before = address_of(wish, page=wish.page - 1) if has_before else ""
    after = address_of(wish, page=wish.page + 1) if has_after else ""
    parts: Any = current_app.jinja_env.get_template("admin/cases_parts.html").module
    drawn: Markup = parts.pager(before, after)
    return drawn


@lru_cache(COLUMNS_AT_MOST)
def _address(wish: Wish, column: str, around: Around) -> str:
    return address_of(wish, column=column)


@lru_cache(COLUMNS_AT_MOST)
def _spoken(said: Words, around: Around) -> str:
    """What is said of every referral alike."""
    return spoken(said)


@lru_cache(LINES_AT_MOST)
def _line(fact: Fact, column: rules.Column, today: date, around: Around) -> Markup:
    card = card_of(fact, today)
    row = card.row
    return in_ascii(_filled(
        "line", around, " is-late" if card.late else "", _said("glyph", around, column.glyph),
        f"{'referrals' if row.way == 'in' else 'outbound'}/{row.public_id}", card.client,
        row.number, card.provider, row.organisation or "", _visits(card, around),
        _ends(card, around), _next(card, column, around), _due(card, around),
        _said("owner", around, row.owner, row.owner_public_id) if row.owner else NOTHING,
    ))  # fmt: skip


def _filled(piece: str, around: Around, *values: Any) -> Markup:
    return pattern(_HERE, piece, around).filled(*values)


def _said(piece: str, around: Around, *codes: str | int) -> Markup:
    return words(_HERE, piece, *codes, around=around)


def _visits(card: Card, around: Around) -> Markup:
    """How many visits of those allowed; of one that was sent, by when an answer is expected."""
    if card.row.way == "out":
        until = card.row.answer_by
        return _filled("answer_by", around, short_day(until)) if until else NOTHING
    if card.visits is None:
        return _filled("not_computable", around)
    taken = card.used + card.booked
    tone = "warning" if card.ends_soon or taken > card.visits else ""
    drawn = _said("bar", around, card.used, card.booked, card.visits, tone)
    return _filled("visits", around, drawn, card.used, card.visits)


def _ends(card: Card, around: Around) -> Markup:
    if card.until:
        return _filled("ends_soon" if card.ends_soon else "ends", around, short_day(card.until))
    return _filled("open_ended", around) if card.is_open_ended else NOTHING


def _next(card: Card, column: rules.Column, around: Around) -> Markup:
    """What is next; the state, where several stand in a column; what is to be minded."""
    row = card.row
    parts = [_spoken(rules.next_words(row.next_action), around)]
    if len(column.states) > 1:
        state = rules.state_words(row.way, row.status)
        parts.append(_filled("state", around, _spoken(state, around)))
    minded = [_flag(code, around) for code in card.flags]
    if row.urgency != "routine":
        minded.insert(0, words("desk/referral_words.html", "urgency", row.urgency, around=around))
    if minded:
        parts.append(_filled("flags", around, NOTHING.join(minded)))
    return NOTHING.join(parts)


def _flag(code: str, around: Around) -> Markup:
    said, tone, glyph = rules.FLAGS[code]
    return _said("flag", around, _spoken(said, around), tone, glyph)


def _due(card: Card, around: Around) -> Markup:
    if card.late:
        said = ngettext("%(num)s day late", "%(num)s days late", card.late)
        return _filled("overdue", around, said)
    if card.row.due_on == card.today:
        return _said("due_today", around)
    return _filled("due", around, short_day(card.row.due_on))
