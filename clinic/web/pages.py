"""Rows for a page: views hand a query over, and never open the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from sqlalchemy import Select

from clinic.core.db import db
from clinic.core.ids import is_public_id
from clinic.core.transactions import refresh
from clinic.web.forms import ClinicForm

PAGE = 50
FURTHEST = 200
"""The last numbered page: beyond it a search finds things sooner than turning pages."""


def rows(query: Select[Any]) -> Sequence[Any]:
    """The entities of a query."""
    return db.session.scalars(query).all()


def records(query: Select[Any]) -> Sequence[Any]:
    """The rows of a query of columns."""
    return db.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, its number (from 1), and whether there is another."""

    rows: Sequence[Any]
    number: int
    has_next: bool


def page_of(query: Select[Any], *, number: int, size: int = PAGE) -> Page:
    """A page of a query of columns, found without counting all."""
    found = db.session.execute(query.limit(size + 1).offset((number - 1) * size)).all()
    return Page(found[:size], number, len(found) > size and number < FURTHEST)


def asked_page() -> int:
    """The page number in the address, kept within reason."""
    text = request.args.get("page", "1")
    return (
        min(max(int(text), 1), FURTHEST)
        if text.isascii() and text.isdigit() and len(text) < 6
        else 1
    )


def asked_date(name: str = "on") -> date | None:
    """A date in the address, if it is one; years far off are none."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def asked_text(name: str, limit: int = 100) -> str:
    """A text in the address: cut to a limit, without control characters."""
    text = request.args.get(name, "")[:limit]
    return "".join(letter for letter in text if letter >= " ").strip()


def asked_id(name: str) -> str | None:
    """A public id in the address, if it has the shape of one."""
    text = request.args.get(name, "")
    return text if is_public_id(text) else None


def show(
    template: str, *, form: ClinicForm | None = None, status: int | None = None, **values: Any
) -> Any:
    """A page; with a form, the status says whether what was sent could be done."""
    if form is not None:
        values["form"] = form
    if status is None:
        status = form.status if form is not None else 200
    if status >= 400:
        refresh()  # what was read inside a refused transaction is read again
    return render_template(template, **values), status
