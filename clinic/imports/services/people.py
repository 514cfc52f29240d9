"""Clients from any CSV file, its headers mapped to our fields."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clinic.clients.services import newcomer
from clinic.core.words import say
from clinic.imports.rules import (
    DATE_ORDERS,
    FIELDS,
    NOT_READ,
    PHONES,
    Bad,
    Column,
    Entry,
    Unreadable,
    day,
    mapped,
    name_and_surname,
    phones_of,
)
from clinic.imports.services.files import open_text
from clinic.imports.services.sheets import Sheet, keyed

DATES = ("birth_date", "died_on")
SOURCE_MAX = 30
CALLED = {"phones": "phone", "Id": "id"}
NAMED_BY = ("name", "last_name")


def people_sheet(path: Path, maps: Mapping[str, str], *, source: str, dates: str) -> Sheet:
    """A file of clients as a sheet. ``source`` keeps the ids of different systems apart.

    Raises Unreadable.
    """
    _check_choices(source, dates)
    file = open_text(path)
    try:
        places = mapped(file.headers, maps)
    except Unreadable as error:
        raise Unreadable(error.reason, file.name) from None
    if not any(name in places for name in NAMED_BY):
        text = "No column holds a last name. Map one: --map “Their header=last_name”."
        raise Unreadable(say(text), file.name)
    columns = [(Column(name, _reader(name, dates)), at) for name, at in places.items()]
    return Sheet("client", file, columns, lambda values: _person(values, source), called=CALLED)


def _check_choices(source: str, dates: str) -> None:
    if dates not in DATE_ORDERS:
        raise Unreadable(say("Dates are ymd, dmy or mdy."))
    if not source.isalnum() or len(source) > SOURCE_MAX or source == "synthea":
        text = "A source is a word of at most {most} letters and digits."
        raise Unreadable(say(text, most=SOURCE_MAX))


def _reader(name: str, dates: str) -> Any:
    return day(dates) if name in DATES else FIELDS[name]


def _person(values: Mapping[str, Any], source: str) -> Entry:
    facts = {
        name: value
        for name, value in values.items()
        if name not in (*PHONES, "id", "name", "died_on", NOT_READ)
    }
    if not facts.get("last_name"):
        first, facts["last_name"] = name_and_surname(values.get("name", ""))
        facts["first_name"] = facts.get("first_name") or first
    if len(facts.get("first_name", "")) > 80 or len(facts["last_name"]) > 80:
        raise Bad(say("This is longer than {most} letters.", most=80), "name")
    content = tuple(sorted((name, str(value)) for name, value in values.items()))
    ref = f"{source}:{values.get('id') or keyed('person', _who(values, facts)).hex()}"
    person = newcomer(
        import_ref=ref, phones=phones_of(values), died_on=values.get("died_on"), **facts
    )
    return Entry(ref, content, {"person": person})


def _who(values: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """By what a person is known again where the file has no ids."""
    names = [facts.get("first_name", ""), facts["last_name"]]
    others = [values.get(name) for name in ("birth_date", "email", *PHONES)]
    return [str(one).casefold() for one in (*names, *others)]
