from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb, writing
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.transactions import separate_transaction
from clinic.core.words import say
from clinic.practice.models import Heartbeat, Setting
from clinic.practice.queries import has_days, the_setting
from clinic.practice.rules import GRIDS, LIMITS, OVER, is_currency, is_locale, is_region, is_zone

DID_MAX = 200


@verb(Permission.PRACTICE_WRITE)
def settle(*, actor: Actor, version: int | None = None, **figures: Any) -> Setting:
    """Set the clinic's name, clock, money and figures (fields of ``Setting``).

    Raises DomainError for an unknown zone, currency or locale, a figure out of its limits,
    and another zone once a day of this one was used; StaleEdit.
    """
    _check_words(figures)
    _check_figures(figures)
    setting = the_setting()
    if setting is None:
        setting = Setting(id=1, **figures)
        db.session.add(setting)
    else:
        setting.expect(version, *figures)
        if figures.get("timezone", setting.timezone) != setting.timezone and has_days():
            text = "Visits and absences stand on this clock: the zone stays as it is."
            raise DomainError(say(text), field="timezone")
        for name, value in figures.items():
            setattr(setting, name, value)
    db.session().info.pop("practice", None)
    return setting


def _check_words(figures: dict[str, Any]) -> None:
    if "name" in figures and not figures["name"].strip():
        raise DomainError(say("Enter the clinic's name."), field="name")
    if "timezone" in figures and not is_zone(figures["timezone"]):
        raise DomainError(say("Choose a time zone from the list."), field="timezone")
    if "currency" in figures and not is_currency(figures["currency"]):
        raise DomainError(say("Enter a currency code, such as USD."), field="currency")
    if "region" in figures and not is_region(figures["region"]):
        text = "Enter the two letters of a country, such as US."
        raise DomainError(say(text), field="region")
    if "locale" in figures and not is_locale(figures["locale"]):
        raise DomainError(say("Enter a language code, such as en or en_GB."), field="locale")


def _check_figures(figures: dict[str, Any]) -> None:
    if figures.get("slot_grid", GRIDS[0]) not in GRIDS:
        raise DomainError(say("Choose one of the steps."), field="slot_grid")
    if figures.get("over_authorisation", OVER[0]) not in OVER:
        raise DomainError(say("Choose from the list."), field="over_authorisation")
    for name, (low, high) in LIMITS.items():
        if not low <= figures.get(name, low) <= high:
            raise DomainError(
                say("Enter a whole number from {low} to {high}.", low=low, high=high), field=name
            )


@dataclass
class Beating:
    """A run under way: what it says it ``did``, in figures, is kept when it ends."""

    did: str = ""


@contextmanager
def beat(name: str) -> Iterator[Beating]:
    """Write down that a piece of the clinic's own machinery begins, and how it ended.

    Each in a short transaction of its own, so that it is kept whatever becomes of the run: not
    to be used inside another. Of an error only its kind is written down; it goes on.
    """
    beating = Beating()
    _note(name, began_at=now())
    try:
        yield beating
    except BaseException as error:
        _note(
            name,
            ended_at=now(),
            outcome="failed",
            did=(beating.did or type(error).__name__)[:DID_MAX],
        )
        raise
    _note(name, ended_at=now(), outcome="done", did=beating.did[:DID_MAX])


def _note(name: str, **figures: Any) -> None:
    with writing("practice.beat", SYSTEM), separate_transaction() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        insert = (postgresql if is_postgresql else sqlite).insert
        fresh = {"began_at": now(), "outcome": "", "did": ""}
        row = insert(Heartbeat).values(name=name, **fresh | figures)
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=figures))
