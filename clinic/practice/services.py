from typing import Any

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.models import Setting
from clinic.practice.queries import has_days, the_setting
from clinic.practice.rules import GRIDS, LIMITS, is_currency, is_locale, is_region, is_zone


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
    for name, (low, high) in LIMITS.items():
        if not low <= figures.get(name, low) <= high:
            raise DomainError(
                say("Enter a whole number from {low} to {high}.", low=low, high=high), field=name
            )
