"""People found: by what is typed, page by page, and two records that may be one person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, selectinload

from clinic.clients.models import (
    IS_AWAY,
    IS_INCOMPLETE,
    Client,
    Phone,
    SearchTerm,
)
from clinic.clients.rules import TERM_MAX, asked_words, is_similar_name, said_name
from clinic.core.db import at_hand, db
from clinic.core.errors import Conflict
from clinic.core.swift import Swift
from clinic.core.words import say

PAGE = 50
KEPT_AT_MOST = 2048
"""Rows of whom it is kept what they say: some dozens of pages."""
LAST = "\U0010ffff"
"""Behind every letter: a beginning and this letter bound all that begins so."""
FILTERS = ("current", "incomplete", "archived", "all")


@dataclass(frozen=True, slots=True)
class Found:
    """One client as a list shows them; ``known_by`` is the number of a merged record found."""

    id: int
    public_id: str
    name: str
    number: str
    birth_date: date | None
    phone: str
    email: str
    status: str
    is_not_to_book: bool
    missing: str
    known_by: str = ""


_PHONE = (
    select(Phone.number)
    .where(Phone.client_id == Client.id)
    .order_by(Phone.id)
    .limit(1)
    .correlate(Client)
    .scalar_subquery()
    .label("phone")
)
_SHOWN = (
    Client.id, Client.public_id, Client.first_name, Client.last_name, Client.preferred_name,
    Client.number, Client.birth_date, _PHONE, Client.email, Client.status, Client.is_not_to_book,
    Client.missing,
)  # fmt: skip


@lru_cache(maxsize=KEPT_AT_MOST)
def _as_found(statement: Swift, dialect: Dialect, raw: tuple[Any, ...]) -> Found:
    """What a row says, found again by the very row: another one says something else."""
    row = statement.named(dialect, [raw])[0]
    name = said_name(row.first_name, row.last_name, row.preferred_name)
    is_other = getattr(row, "person_id", None) is not None
    return Found(
        row.id, row.public_id, name, row.number, row.birth_date, row.phone or "", row.email,
        row.status, row.is_not_to_book, row.missing, row.met_number if is_other else "",
    )  # fmt: skip


# ---- search as you type


def _begins(term: Any, since: Any, until: Any) -> ColumnElement[bool]:
    """Criterion: a range of the index, the same on both engines."""
    return and_(term >= since, term < until)


def _bounds(word: str) -> tuple[str, str]:
    """Where all that begins with a word starts, and where it ends."""
    return word, word[:TERM_MAX] + LAST


def found(text: str, limit: int = 10) -> Sequence[Found]:
    """Clients by any words of name, phone, e-mail, number or birth date, best first.

    One query: the longest word walks its range of the index, and the others are
    looked up for each record so met. A merged record leads to the kept one.
    """
    asked = asked_words(text)
    if not asked:
        return []
    values: dict[str, Any] = {"most": limit * 4}  # a client may be met by several terms
    for number, word in enumerate(asked):
        values[f"since{number}"], values[f"until{number}"] = _bounds(word)
    search, connection = _search(len(asked)), at_hand()
    people: dict[int, tuple[Any, ...]] = {}
    for row in search.raw(connection, **values):
        people.setdefault(row[0], row)
    best = islice(people.values(), limit)
    return [_as_found(search, connection.dialect, row) for row in best]


@cache
def _search(words: int) -> Swift:
    """The search for so many words."""
    bounds: list[tuple[Any, Any]] = [
        (bindparam(f"since{number}", ""), bindparam(f"until{number}", ""))
        for number in range(words)
    ]
    met = _met(bounds).limit(bindparam("most", 10, Integer)).subquery()
    matched = aliased(Client)
    return Swift(
        select(*_SHOWN, matched.person_id, matched.number.label("met_number"))
        .select_from(met)
        .join(matched, matched.id == met.c.client_id)
        .join(Client, Client.id == func.coalesce(matched.person_id, matched.id))
        .order_by(met.c.term, met.c.client_id)
    )


def _met(bounds: Sequence[tuple[Any, Any]]) -> Select[int, str]:
    """The ids of records that have all these words, in the order of the longest word's term."""
    driver, others = SearchTerm, bounds[1:]
    query = select(driver.client_id, driver.term).where(_begins(driver.term, *bounds[0]))
    for other in others:
        anybodys, also = aliased(SearchTerm), aliased(SearchTerm)
        query = query.where(
            # Asked once: of a word that nobody has, nobody who has the first is looked at.
            exists().where(_begins(anybodys.term, *other)),
            exists().where(also.client_id == driver.client_id, _begins(also.term, *other)),
        )
    return query.order_by(driver.term, driver.client_id)


def is_met_by(column: Any, text: str, limit: int = 200) -> ColumnElement[bool]:
    """Criterion on a column of client ids: a record that has all the words typed."""
    asked = asked_words(text)
    if not asked:
        return false()
    met = _met([_bounds(word) for word in asked]).limit(limit).subquery()
    return column.in_(select(met.c.client_id))  # type: ignore[no-any-return]


# ---- the list


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list and the keys of its neighbours; an empty key is no neighbour."""

    rows: Sequence[Found]
    before: str = ""
    after: str = ""


_LISTED = {
    "current": Client.status.in_(("prospect", "active", "inactive")),
    "incomplete": and_(IS_INCOMPLETE, Client.status != "archived"),
    "archived": IS_AWAY,
}


def listing(which: str, *, after: str = "", before: str = "", size: int = PAGE) -> Listing:
    """Clients by family name. ``after`` and ``before`` are public ids of a page's ends.

    By key: no page is counted and none skipped, so the last one costs what the first does.
    """
    key, backwards = after or before, bool(before and not after)
    page = _page(which, backwards=backwards, is_first=not key)
    connection = at_hand()
    rows = page.raw(connection, key=key, most=size + 1)
    has_more, rows = len(rows) > size, rows[:size]
    ordered = reversed(rows) if backwards else rows
    people = [_as_found(page, connection.dialect, row) for row in ordered]
    if not people:
        return Listing([])
    has_before, has_after = (has_more, True) if backwards else (bool(key), has_more)
    return Listing(
        people,
        before=people[0].public_id if has_before else "",
        after=people[-1].public_id if has_after else "",
    )


@cache
def _page(which: str, *, backwards: bool, is_first: bool) -> Swift:
    """The statement of a page, for each of the ways to ask for one."""
    query = select(*_SHOWN).where(Client.person_id.is_(None))
    if which in _LISTED:
        query = query.where(_LISTED[which])
    order = tuple_(Client.search_name, Client.id)
    if not is_first:
        end = aliased(Client)
        key: Any = bindparam("key", "")
        at = tuple_(
            select(end.search_name).where(end.public_id == key).scalar_subquery(),
            select(end.id).where(end.public_id == key).scalar_subquery(),
        )
        query = query.where(order < at if backwards else order > at)
    columns = (Client.search_name, Client.id)
    sorting = [column.desc() for column in columns] if backwards else columns
    return Swift(query.order_by(*sorting).limit(bindparam("most", PAGE, Integer)))


# ---- two records, one person?


class LooksLike(Conflict):
    """There are records that may be the same person; ``candidates`` holds them."""

    def __init__(self, candidates: Sequence[Found]) -> None:
        super().__init__(say("Somebody like this is on the books already. Compare, then decide."))
        self.candidates = candidates


def look_alikes(
    *,
    names: str,
    birth_date: date | None,
    phones: Iterable[str],
    email: str,
    but: int | None = None,
) -> list[Found]:
    """Records that may be the same person: same birth date and a similar name, or the same
    phone or e-mail."""
    numbers = list(phones)
    same: list[ColumnElement[bool]] = []
    if birth_date is not None:
        same.append(Client.birth_date == birth_date)
    if email:
        same.append(Client.email == email)
    if numbers:
        same.append(Client.id.in_(select(Phone.client_id).where(Phone.number.in_(numbers))))
    if not same:
        return []
    people = db.session.scalars(
        select(Client)
        .where(or_(*same), Client.person_id.is_(None), Client.id != (but or 0))
        .order_by(Client.search_name, Client.id)
        .limit(200)
        .options(selectinload(Client.phones))
    )
    return [_of(one) for one in people if _is_alike(one, names, numbers, email)]


def _of(one: Client) -> Found:
    phone = one.phones[0].number if one.phones else ""
    return Found(
        one.id, one.public_id, one.name, one.number, one.birth_date, phone, one.email, one.status,
        one.is_not_to_book, one.missing,
    )  # fmt: skip


def _is_alike(one: Client, names: str, numbers: list[str], email: str) -> bool:
    if (email and one.email == email) or any(phone.number in numbers for phone in one.phones):
        return True
    return is_similar_name(f"{one.first_name} {one.preferred_name} {one.last_name}", names)
