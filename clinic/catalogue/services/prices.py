"""Prices by their first day: set, changed while still to come, withdrawn."""

from datetime import date

from sqlalchemy import select

from clinic.catalogue.models import AddOn, Price, ServiceVariant
from clinic.catalogue.queries import price_of_thing, thing_of
from clinic.catalogue.rules import has_begun, may_begin
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.money import MOST_MINOR
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice


@verb(Permission.CATALOGUE_WRITE)
def set_price(
    thing: ServiceVariant | AddOn, *, actor: Actor, amount_minor: int, effective_from: date
) -> Price:
    """Let a length or an add-on cost this much (minor units) from a day on.

    Raises Conflict where that day has a price of its own already, DomainError for a
    day in the past that had a price, or for an amount that cannot be.
    """
    _check_amount(amount_minor)
    _check_first_day(thing, effective_from)
    price = Price(amount_minor=amount_minor, effective_from=effective_from)
    price.variant_id = thing.id if isinstance(thing, ServiceVariant) else None
    price.add_on_id = thing.id if isinstance(thing, AddOn) else None
    db.session.add(price)
    return price


@verb(Permission.CATALOGUE_WRITE)
def change_price(
    price: Price,
    *,
    actor: Actor,
    amount_minor: int,
    effective_from: date,
    version: int | None = None,
) -> None:
    """Correct a price that is still to come. Raises DomainError once it has begun."""
    price.expect(version, "amount_minor", "effective_from")
    _check_to_come(price)
    _check_amount(amount_minor)
    if effective_from != price.effective_from:
        _check_first_day(thing_of(price), effective_from, besides=price)
    price.amount_minor, price.effective_from = amount_minor, effective_from


@verb(Permission.CATALOGUE_WRITE)
def withdraw_price(price: Price, *, actor: Actor) -> None:
    """Drop a price that is still to come: the one before it goes on."""
    _check_to_come(price)
    db.session.delete(price)


def _check_amount(amount_minor: int) -> None:
    if not 0 <= amount_minor <= MOST_MINOR:
        raise DomainError(
            say("Enter an amount that is not negative or too large."), field="amount_minor"
        )


def _check_to_come(price: Price) -> None:
    if has_begun(price.effective_from, today=_today()):
        raise DomainError(
            say("This price has begun and stays as it is. Set a new one from a later day.")
        )


def _check_first_day(
    thing: ServiceVariant | AddOn, first: date, *, besides: Price | None = None
) -> None:
    history = set(db.session.scalars(select(Price.effective_from).where(price_of_thing(thing))))
    history -= {besides.effective_from} if besides else set()
    if first in history:
        raise Conflict(
            say("Another price begins on {day} already.", day=first), field="effective_from"
        )
    if not may_begin(first, today=_today(), history=history):
        raise DomainError(
            say("Choose today or a later day: past days keep their price."),
            field="effective_from",
        )


def _today() -> date:
    return today(the_practice().zone)
