"""That no authorised visit is left, in words that name the numbers."""

from datetime import date

from clinic.core.words import Words, say


def not_covered(
    number: str,
    on: date,
    *,
    visits: int,
    used: int,
    reserved: int,
    last: date | None,
    is_closed: bool,
) -> Words:
    """Why a visit on this day is paid by the client, and what has to be asked.

    ``last`` is the authorisation's last day, where it has one.
    """
    return say(
        "No authorised visit is left for {day}. {number}: {used} of {visits} used, {reserved}"
        " reserved{end}. Ask the client, and say that they agree to pay for this visit themselves.",
        day=on, number=number, used=used, visits=visits, reserved=reserved,
        end=_end(on, last, is_closed=is_closed),
    )  # fmt: skip


def _end(on: date, last: date | None, *, is_closed: bool) -> Words | str:
    if last is not None and last < on:
        return say(", expired {day}", day=last)
    return say(", closed") if is_closed else ""
