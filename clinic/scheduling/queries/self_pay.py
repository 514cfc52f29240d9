"""Whose visits nobody authorises any more, though the order they came with still stands."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, lazyload

from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.core.words import Words
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.referrals.rules import Window, window_of
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.rules.paying import not_covered


@dataclass(frozen=True, slots=True)
class Spent:
    """The last authorisation of somebody who has none left for a day: its numbers, its end."""

    number: str
    visits: int
    used: int
    reserved: int
    window: Window
    is_closed: bool

    def said(self, on: date) -> Words:
        """What the desk tells the client of a visit on this day."""
        return not_covered(
            self.number, on, visits=self.visits, used=self.used, reserved=self.reserved,
            last=self.window.last, is_closed=self.is_closed,
        )  # fmt: skip


def spent_on(person_id: int, on: date) -> Spent | None:
    """The last authorisation of a person's open orders where none of them allows a visit on this
    day or a later one any more: used up, closed, or over before it.

    None for who never had any, and while one has visits left: who books privately then is not
    asked.
    """
    every = _all_of(person_id)
    counts = counted([one.id for one in every])
    for one in every:
        last = window_of(one).last
        is_over = last is not None and last < on
        if not (one.is_closed or is_over) and counts[one.id].taken < one.visits:
            return None
    if not every:
        return None
    end = every[-1]
    told = counts[end.id]
    return Spent(
        end.referral.number, end.visits, told.used, told.reserved, window_of(end), end.is_closed
    )


def _all_of(person_id: int) -> list[Authorisation]:
    """Closed ones as well, in the order in which they are used."""
    wanted = (
        select(Authorisation)
        .join(Authorisation.referral)
        .options(contains_eager(Authorisation.referral).options(lazyload("*")))
        .where(is_of_person(Referral.client_id, person_id), is_open())
        .order_by(Authorisation.valid_from, Authorisation.id)
    )
    return list(db.session.scalars(wanted).unique())
