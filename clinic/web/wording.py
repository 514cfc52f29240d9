"""Words, dates, times and money as a person at this clinic reads them.

The clinic's zone, currency and locale come from ``current_app.extensions["practice"]``,
an object or a function that finds it
(``timezone``, ``currency``, ``locale``, ``name``); without one the defaults below hold.
Every filter shows nothing for None. An instant must be aware: a naive one is refused.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision
from flask import Flask, current_app, g
from flask_babel import Babel, LazyString, get_translations
from flask_babel import gettext as _look_up

from clinic.core import clock
from clinic.core.permissions import Role
from clinic.core.tongue import speak_with
from clinic.core.words import Words

__all__ = ["gettext", "init_app", "lazy_gettext", "ngettext", "spoken"]

_texts: dict[str, dict[str, str]] = {}
_Form = tuple[int, bool]
"""Which of its forms a language has for a number, and whether that number is one."""


def gettext(message: str, **values: Any) -> str:
    """The text in the clinic's language, looked up once for a language."""
    text = _text(message)
    return text % values if values else text


def _text(message: str) -> str:
    if not g:
        return str(_look_up(message))
    kept: dict[str, str] | None = g.get("texts")
    if kept is None:
        kept = g.texts = _texts.setdefault(locale(), {})
    text = kept.get(message)
    if text is None:
        text = kept[message] = str(_look_up(message))
    return text


def ngettext(one: str, many: str, number: int, **values: Any) -> str:
    """How many, in the words that the clinic's language has for so many; ``num`` is the number."""
    form_of, texts = _forms_of(locale() if g else "")
    # A text that nobody has translated yet has the two forms of English, whatever the language's.
    form = form_of(number), number == 1
    text = texts.get((one, many, form))
    if text is None:
        text = texts[one, many, form] = str(get_translations().ungettext(one, many, number))
    return text % {"num": number, **values}


@lru_cache(maxsize=64)
def _forms_of(language: str) -> tuple[Callable[[int], int], dict[tuple[str, str, _Form], str]]:
    """Which form a language has for a number, and texts by their forms."""
    return getattr(get_translations(), "plural", _one_or_many), {}


def _one_or_many(number: int) -> int:
    """As English has it, where there is no catalogue."""
    return int(number != 1)


def lazy_gettext(message: str, **values: Any) -> LazyString:
    """A text that is translated where it is shown."""
    return LazyString(gettext, message, **values)


ROLE_NAMES = {
    Role.RECEPTIONIST: lazy_gettext("Reception"),
    Role.THERAPIST: lazy_gettext("Therapist"),
    Role.OWNER: lazy_gettext("Owner"),
}


# What Flask-Admin says by itself, in the clinic's own voice.
_PLAINER = {
    "Record was successfully created.": lazy_gettext("Added."),
    "Record was successfully saved.": lazy_gettext("Saved."),
    "Record was successfully deleted.": lazy_gettext("Deleted."),
    "Record does not exist.": lazy_gettext("There is nothing here."),
    "Failed to create record.": lazy_gettext("Not added yet."),
    "Failed to save record.": lazy_gettext("Not saved yet."),
}


@dataclass(frozen=True)
class _Unnamed:
    """What holds until the clinic has said otherwise."""

    name: str = "Clinic"
    timezone: str = "UTC"
    currency: str = "USD"
    locale: str = "en"


_UNNAMED = _Unnamed()


def clinic_settings() -> Any:
    """The clinic's own settings, or the defaults; looked for once for each piece of work."""
    settings = g.get("clinic_settings")
    if settings is None:
        find = current_app.extensions.get("practice")
        settings = g.clinic_settings = (find() if callable(find) else find) or _UNNAMED
    return settings


def zone() -> ZoneInfo:
    """The zone of the clinic's wall clock."""
    return ZoneInfo(clinic_settings().timezone)


def locale() -> str:
    """The language and habits of the clinic, such as ``en`` or ``en_CA``."""
    return cast(str, clinic_settings().locale)


def _parsed_locale() -> Locale:
    return _parse(locale())


_parse = lru_cache(maxsize=64)(Locale.parse)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive time has no place here")
    return moment.astimezone(zone())


def _date(value: date | datetime) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


# A year has few days and a page many dates: each is set once.
_set_date = lru_cache(maxsize=4096)(format_date)


def _patterned(value: date, plain: str, with_year: str) -> str:
    this_year = clock.today(zone()).year
    return _set_date(value, plain if value.year == this_year else with_year, locale())


def day(value: date | datetime | None) -> str:
    """``Thu 19 Nov``, with the year when it is not this one."""
    return "" if value is None else _patterned(_date(value), "EEE d MMM", "EEE d MMM y")


def weekday(value: date | datetime) -> str:
    """``Thu``, in the clinic's language."""
    return _set_date(_date(value), "EEE", locale())


def short_day(value: date | datetime | None) -> str:
    """``19 Nov``, with the year when it is not this one: for tables and births."""
    return "" if value is None else _patterned(_date(value), "d MMM", "d MMM y")


def month(value: date | datetime | None) -> str:
    """``Mar 2026``."""
    return "" if value is None else _set_date(_date(value), "MMM y", locale())


def long_day(value: date | datetime | None) -> str:
    """``Thursday 19 November``, with the year when it is not this one."""
    return "" if value is None else _patterned(_date(value), "EEEE d MMMM", "EEEE d MMMM y")


def clock_time(value: datetime | time | None) -> str:
    """``10:30``, on the 24-hour clock of the clinic."""
    if value is None:
        return ""
    wall = _local(value) if isinstance(value, datetime) else value
    return f"{wall.hour:02d}:{wall.minute:02d}"


def when(value: datetime | None) -> str:
    """``Thu 19 Nov, 10:30``."""
    return "" if value is None else f"{day(value)}, {clock_time(value)}"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """``6 min ago`` under an hour, then the time of today, then day and time."""
    if value is None:
        return ""
    present = now or clock.now()
    minutes = int((present - value).total_seconds() // 60)
    if 0 <= minutes < 1:
        return gettext("just now")
    if 0 <= minutes < 60:
        return gettext("%(count)s min ago", count=minutes)
    return clock_time(value) if _date(value) == _date(present) else when(value)


@lru_cache(maxsize=4096)
def _set_money(minor: int, currency: str, language: str, *, short: bool) -> str:
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    if not short or amount != amount.to_integral_value():
        return format_currency(amount, currency, locale=language)
    pattern = Locale.parse(language).currency_formats["standard"].pattern.replace("0.00", "0")
    return format_currency(amount, currency, pattern, locale=language, currency_digits=False)


def money(minor: int | None, currency: str | None = None) -> str:
    """``$142.00`` from 14200 minor units: records and sums."""
    return "" if minor is None else _money(minor, currency, short=False)


def money_short(minor: int | None, currency: str | None = None) -> str:
    """``$142``; the minor part only where there is one: pickers and ladders."""
    return "" if minor is None else _money(minor, currency, short=True)


def _money(minor: int, currency: str | None, *, short: bool) -> str:
    return _set_money(minor, currency or clinic_settings().currency, locale(), short=short)


_NORTH_AMERICAN = re.compile(r"(?:\+?1)?([2-9]\d{2})(\d{3})(\d{4})")


def phone(value: str | None) -> str:
    """``(555) 014-8812`` for a North American number; any other as it was written."""
    if not value:
        return ""
    number = _NORTH_AMERICAN.fullmatch(re.sub(r"[\s().-]", "", value))
    return "({}) {}-{}".format(*number.groups()) if number else value


def initials(name: str | None) -> str:
    """The first letters of the first and the last word: ``GN`` for Grace Nakamura."""
    words = (name or "").split()
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(word[0] for word in ends).upper()


def hue(public_id: str) -> int:
    """A tint from 1 to 8, the same for one person for ever."""
    return zlib.crc32(public_id.encode()) % 8 + 1


def age(born: date | None, on: date | None = None) -> int | str:
    """Full years on the clinic's day, or on the one given."""
    if born is None:
        return ""
    present = on or clock.today(zone())
    return present.year - born.year - ((present.month, present.day) < (born.month, born.day))


def spoken(said: object) -> str:
    """Words from a service, translated, their values formatted; any other text as it is."""
    if not isinstance(said, Words):
        return str(_PLAINER.get(str(said), said))
    values = tuple((name, _shown(value)) for name, value in said.values)
    return Words(said.message, values).filled(gettext(said.message))


def messages(errors: object) -> list[str]:
    """The sentences among a field's errors; those of fields inside it are left to them."""
    said = errors if isinstance(errors, list | tuple) else ()
    return [spoken(error) for error in said if not isinstance(error, dict | list | tuple)]


def _shown(value: object) -> object:
    match value:
        case Words():
            return spoken(value)
        case datetime():
            return when(value)
        case date():
            return day(value)
        case time():
            return clock_time(value)
        case _:
            return value


def role_names(roles: frozenset[Role]) -> str:
    """``Therapist, Owner``: what a person is here, in a fixed order."""
    return ", ".join(str(ROLE_NAMES[role]) for role in Role if role in roles)


def init_app(app: Flask) -> None:
    """Set up translation, and the filters that templates use."""
    speak_with(spoken)
    Babel(app, locale_selector=_parsed_locale, timezone_selector=lambda: clinic_settings().timezone)
    app.jinja_env.filters |= {
        "age": age,
        "ago": ago,
        "clock": clock_time,
        "day": day,
        "hue": hue,
        "initials": initials,
        "long_day": long_day,
        "messages": messages,
        "money": money,
        "money_short": money_short,
        "month": month,
        "phone": phone,
        "role_names": role_names,
        "short_day": short_day,
        "when": when,
        "words": spoken,
    }
