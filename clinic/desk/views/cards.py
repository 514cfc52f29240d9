"""A therapist's day as markup: cards, what is free, what is not worked, in their order."""

from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from flask import request

from clinic.desk.queries.ahead import Ahead
from clinic.desk.queries.day import Column, Coming, wall
from clinic.desk.rules import Piece, effects_said, tint
from clinic.desk.views import bp
from clinic.practice.queries import the_practice
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
    return _flagged(_minded(visit))


def _flagged(found: Markup) -> Markup:
    return _card("flags").filled(found) if found else found


def _minded(visit: Coming) -> Markup:
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
    return found


@bp.app_template_filter("own_flags")
def own_flags(visit: Coming, ahead: Ahead | None) -> Markup:
    """What is to be minded at one's own visit: the day's own flags, and what is known."""
    shared = _minded(visit) if visit.has_flags else NOTHING
    return _flagged(shared + (_told(ahead) if ahead is not None else NOTHING))


def _told(ahead: Ahead) -> Markup:
    found = NOTHING
    if ahead.stops:
        found += _card("stops").filled(ahead.stops)
    if ahead.cares:
        found += _card("cares").filled(ahead.cares)
    for is_so, name in (
        (ahead.is_unreviewed, "unreviewed"),
        (ahead.lacks_consent, "consent"),
        (ahead.note == "draft", "unsigned"),
        (ahead.note in ("signed", "amended"), "signed"),
    ):
        if is_so:
            found += _card(name).filled()
    return found


def _more(ahead: Ahead) -> Markup:
    told = _card("first" if ahead.is_first else "return").filled()
    return told + _card("planned").filled(*ahead.plan) if ahead.plan else told


def _links(visit: Coming, ahead: Ahead) -> Markup:
    """What leads on from a card; for who treats the client."""
    if not ahead.in_care or not visit.is_standing:
        return NOTHING
    own, client = visit.public_id, visit.client_public_id
    is_over = visit.status in ("in_session", "completed")
    steps = (
        (not is_over, "to_card", own),
        (bool(ahead.review), "to_review", ahead.review),
        (not is_over, "to_check", client),
        (ahead.lacks_consent and not is_over, "to_consents", client),
        (is_over, "to_note", own),
    )
    found = [_card(name).filled(pid, visit.client) for is_so, name, pid in steps if is_so]
    return _card("links").filled(NOTHING.join(found))


def column_drawn(column: Column, on: date, *, may_book: bool) -> Markup:
    """A therapist's column: who it is, the hours, the day. Drawn once for a column."""
    return _drawn(column, on, may_book, (locale(), the_practice().zone, request.script_root))


@lru_cache(maxsize=256)
def _drawn(column: Column, on: date, may_book: bool, said_with: Hashable) -> Markup:
    line = column.hours or gettext("Not working")
    if column.booked:
        line += " · " + gettext("%(time)s booked", time=lasting(column.booked))
    drawn = pieces_drawn(column, on, may_book=may_book)
    name = column.name
    return _card("column").filled(hue(column.public_id), initials(name), name, line, drawn)


def pieces_drawn(
    column: Column, on: date, *, may_book: bool, ahead: Mapping[str, Ahead] | None = None
) -> Markup:
    """The pieces of one day; ``ahead`` is what is known of one's own visits."""
    return NOTHING.join(Drawing(column, on, may_book=may_book, ahead=ahead or {}).pieces())


class Drawing:
    """One column being drawn, its patterns at hand."""

    def __init__(
        self, column: Column, on: date, *, may_book: bool, ahead: Mapping[str, Ahead]
    ) -> None:
        self._column, self._on, self._may_book = column, on.isoformat(), may_book
        self._ahead, self._own = ahead, _card("own")
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
        known = self._ahead.get(visit.public_id)
        if known is not None:
            return self._own.filled(
                tint(visit.family), visit.status, visit.public_id, visit.starts,
                visit.ends, visit.client, visit.service, visit.minutes, visit.room, state,
                own_flags(visit, known), _more(known), _links(visit, known),
            )  # fmt: skip
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
