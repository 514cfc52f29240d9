"""A therapist's day as markup: cards, what is free, what is not worked, in their order."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from clinic.desk.queries.day import Column, Coming, wall
from clinic.desk.rules import Piece, effects_said, tint
from clinic.desk.views import bp
from clinic.web.markup import NOTHING, Markup, Pattern, pattern
from clinic.web.wording import gettext, hue, initials, locale, spoken
from clinic.web.wording import lazy_gettext as _l

_STATES = {
    "requested": _l("Requested"),
    "held": _l("On hold"),
    "booked": _l("Booked"),
    "confirmed": _l("Confirmed"),
    "arrived": _l("Arrived"),
    "in_session": _l("In session"),
    "completed": _l("Completed"),
    "no_show": _l("No-show"),
    "cancelled": _l("Cancelled"),
    "late_cancelled": _l("Cancelled late"),
}
_AWAY = {
    "vacation": _l("Vacation"),
    "sick": _l("Sick"),
    "training": _l("Training"),
    "meeting": _l("Meeting"),
    "break": _l("Break"),
    "other": _l("Away"),
}


def _card(macro: str) -> Pattern:
    return pattern("desk/day_cards.html", macro)


@bp.app_template_filter("lasting")
def lasting(minutes: int) -> str:
    """``50 min``, ``2 h``, ``1 h 15``."""
    return _lasting(minutes, locale())


@lru_cache(maxsize=2048)
def _lasting(minutes: int, language: str) -> str:
    if minutes < 60:
        return str(gettext("%(count)s min", count=minutes))
    hours, rest = divmod(minutes, 60)
    if rest:
        return str(gettext("%(hours)s h %(minutes)02d", hours=hours, minutes=rest))
    return str(gettext("%(hours)s h", hours=hours))


@bp.app_template_filter("visit_flags")
def flags(visit: Coming) -> Markup:
    """What is to be minded at a visit."""
    found = NOTHING
    if visit.is_not_to_book:
        found += _card("stop").filled()
    for one in effects_said(visit.effects) if visit.effects else ():
        tone = f" flag--{one.tone}" if one.tone in ("stop", "care") else ""
        found += _card("effect").filled(tone, one.icon, spoken(one.words))
    if visit.allowed:
        found += _card("order").filled(visit.number, visit.allowed)
    if visit.is_prepay_only:
        found += _card("prepay").filled()
    if visit.is_incomplete:
        found += _card("incomplete").filled()
    return _card("flags").filled(found) if found else found


def column_drawn(column: Column, on: date, *, may_book: bool) -> Markup:
    """A therapist's column: who it is, the hours, the day."""
    line = column.hours or gettext("Not working")
    if column.booked:
        line += " · " + gettext("%(time)s booked", time=lasting(column.booked))
    drawn = pieces_drawn(column, on, may_book=may_book)
    name = column.name
    return _card("column").filled(hue(column.public_id), initials(name), name, line, drawn)


def pieces_drawn(column: Column, on: date, *, may_book: bool) -> Markup:
    """The pieces of one day."""
    return NOTHING.join(Drawing(column, on, may_book=may_book).pieces())


class Drawing:
    """One column being drawn, its patterns at hand."""

    def __init__(self, column: Column, on: date, *, may_book: bool) -> None:
        self._column, self._on, self._may_book = column, on.isoformat(), may_book
        self._visit, self._turnover = _card("visit"), _card("turnover")
        self._free, self._was_free, self._off = _card("free"), _card("was_free"), _card("off")
        self._states: dict[str, Markup] = {}

    def pieces(self) -> Iterator[Markup]:
        for piece in self._column.pieces:
            visit = piece.visit
            if visit is None:
                yield self._without_visit(piece)
                continue
            yield self._card_of(visit)
            if visit.turnover and visit.is_standing:
                yield self._turnover.filled(visit.turnover)

    def _card_of(self, visit: Coming) -> Markup:
        state = self._states.get(visit.status)
        if state is None:
            state = self._states[visit.status] = _state(visit.status)
        return self._visit.filled(
            tint(visit.family), visit.status, visit.public_id, visit.starts,
            visit.ends, visit.client, visit.service, visit.minutes, visit.room, state,
            flags(visit) if visit.has_flags else "",
        )  # fmt: skip

    def _without_visit(self, piece: Piece) -> Markup:
        starts, length, column = wall(piece.starts_s), lasting(piece.minutes), self._column
        if piece.kind == "gap" and self._may_book:
            return self._free.filled(starts, length, column.public_id, self._on, column.name)
        if piece.kind == "gap":
            return self._was_free.filled(starts, length)
        word = _AWAY[piece.word] if piece.kind == "away" else gettext("Not working")
        return self._off.filled(starts, str(word), length)


def _state(status: str) -> Markup:
    glyph = "held" if status == "requested" else status
    return _card("state").filled(status, glyph, str(_STATES[status]))
