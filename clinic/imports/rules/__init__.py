"""What a cell of somebody else's file says, and how its columns are known.

Each reading function returns the value or raises ``Bad`` with the reason; the
reason never repeats what the cell says, since reports are printed and kept.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic.clients.rules import GivenPhone
from clinic.core.words import Words, say

LONGEST_FIELD = 4000
"""Letters of one cell that are looked at; longer ones are refused."""
MOST_COLUMNS = 250
ID_MAX = 48
"""Letters of another system's id: with the source's name it fits into ``import_ref``."""
DATE_ORDERS = ("ymd", "dmy", "mdy")


class Bad(ValueError):
    """A cell, or the row, cannot be taken; ``column`` is empty for the row as a whole."""

    def __init__(self, reason: Words, column: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.column = column


class Unreadable(Exception):
    """A file or folder cannot be read at all; nothing of it is written."""

    def __init__(self, reason: Words, file: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.file = file


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was refused: where, and why; never what it says."""

    file: str
    line: int
    column: str
    reason: Words


@dataclass(frozen=True, slots=True)
class Column:
    """A column we read: our name for it, how its cells are read, whether it must be there."""

    name: str
    read: Callable[[str], Any]
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file, understood. ``belongs_to`` is the ref of the row it hangs on."""

    ref: str
    content: tuple[Any, ...]
    values: Mapping[str, Any]
    belongs_to: str = ""


# ---- cells

_FORMULA = re.compile(r"[=+\-@].*[\w(|]", re.DOTALL)
_SPACES = re.compile(r"\s+")
_YMD = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.,+Z-]*)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_EMAIL = re.compile(r"[^\s@<>,;\"()]+@[^\s@<>,;\"()]+\.[^\s@<>,;\"().]+")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_ID = re.compile(r"[^\s]+(?: [^\s]+)*")


def cell(raw: str) -> str:
    """The text of a cell in one line of single blanks. Raises Bad for what no text holds."""
    if len(raw) > LONGEST_FIELD:
        raise Bad(say("This is longer than {most} letters.", most=LONGEST_FIELD))
    if "\0" in raw:
        raise Bad(say("This holds a NUL character."))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", raw)).strip()
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cn", "Co") for letter in text):
        raise Bad(say("This holds a control character."))
    return text


def letters(most: int, *, may_begin: str = "") -> Callable[[str], str]:
    """Cells of at most ``most`` letters that no spreadsheet would take for a formula."""

    def read(raw: str) -> str:
        plain = cell(raw)
        if len(plain) > most:
            raise Bad(say("This is longer than {most} letters.", most=most))
        if plain[:1] not in may_begin and _FORMULA.match(plain):
            raise Bad(say("This begins like a formula of a spreadsheet."))
        return plain

    return read


def identity(raw: str) -> str:
    """Another system's id."""
    plain = letters(ID_MAX)(raw)
    if not plain:
        raise Bad(say("Every row needs an id here."))
    if not _ID.fullmatch(plain):
        raise Bad(say("This is no id."))
    return plain


def needed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same, refusing an empty cell."""

    def must(raw: str) -> Any:
        value = read(raw)
        if value in ("", None):
            raise Bad(say("This is empty."))
        return value

    return must


def day(order: str = "ymd") -> Callable[[str], date | None]:
    """Cells with a date; ``order`` says how those with slashes are meant."""

    def read(raw: str) -> date | None:
        plain = cell(raw)
        return _day(plain, order) if plain else None

    return read


def _day(plain: str, order: str) -> date:
    parts = _parts(plain, order)
    if parts is None:
        raise Bad(say("This is no date. Write it as 1985-04-08."))
    try:
        return date(*parts)
    except ValueError:
        raise Bad(say("There is no such day.")) from None


def _parts(plain: str, order: str) -> tuple[int, int, int] | None:
    if found := _YMD.fullmatch(plain):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.fullmatch(plain):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _SLASHED.fullmatch(plain):
        first, second, year = (int(number) for number in found.groups())
        return _slashed(first, second, year, order)
    return None


def _slashed(first: int, second: int, year: int, order: str) -> tuple[int, int, int]:
    if order == "ymd" and first <= 12 and second <= 12 and first != second:
        raise Bad(say("Day and month cannot be told apart. Say --dates dmy or --dates mdy."))
    is_day_first = order == "dmy" or (order == "ymd" and first > 12)
    return (year, second, first) if is_day_first else (year, first, second)


def moment(raw: str) -> str:
    """A date or an instant, kept as it was written once it is seen to be one."""
    plain = cell(raw)
    if not plain:
        return ""
    if _INSTANT.fullmatch(plain):
        try:
            datetime.fromisoformat(plain)
        except ValueError:
            raise Bad(say("There is no such day or time.")) from None
        return plain
    return _day(plain, "ymd").isoformat()


_SEXES = {
    "": "undisclosed", "f": "female", "female": "female", "w": "female", "woman": "female",
    "m": "male", "male": "male", "man": "male", "other": "other", "x": "other",
    "u": "undisclosed", "unknown": "undisclosed", "undisclosed": "undisclosed",
}  # fmt: skip


def sex(raw: str) -> str:
    """One of our words for the sex at birth."""
    try:
        return _SEXES[cell(raw).casefold()]
    except KeyError:
        raise Bad(say("Write F, M, other or leave it empty.")) from None


def e_mail(raw: str) -> str:
    """An e-mail address."""
    plain = letters(254)(raw)
    if plain and not _EMAIL.fullmatch(plain):
        raise Bad(say("This is no e-mail address."))
    return plain


phone = letters(40, may_begin="+")
"""A telephone number as it stands; the clients' own rule reads it."""


def name_and_surname(full: str) -> tuple[str, str]:
    """One field for a whole name, parted at its last blank; a single word is a last name."""
    first, _, last = full.rpartition(" ")
    return first, last


_TRAILING = re.compile(r"(?<=\D)\d+\b")


def tidied(name: str) -> str:
    """A name without the digits that made-up records carry: ``Curt84`` is ``Curt``."""
    return _TRAILING.sub("", name).strip()


# ---- columns

FIELDS: dict[str, Callable[[str], Any]] = {
    "id": identity,
    "name": letters(161),
    "first_name": letters(80),
    "last_name": letters(80),
    "preferred_name": letters(80),
    "pronouns": letters(30),
    "birth_date": day(),
    "died_on": day(),
    "sex_at_birth": sex,
    "gender": letters(40),
    "email": e_mail,
    "phone": phone,
    "home_phone": phone,
    "work_phone": phone,
    "address": letters(200),
    "city": letters(80),
    "region": letters(60),
    "postcode": letters(20),
    "country": letters(60),
    "language": letters(40),
    "occupation": letters(80),
    "emergency_name": letters(80),
    "emergency_relation": letters(40),
    "emergency_phone": phone,
    "guardian_name": letters(80),
    "guardian_relation": letters(40),
    "guardian_phone": phone,
}
"""What a column of a clients' file can be mapped to."""

PHONES = {"phone": "mobile", "home_phone": "home", "work_phone": "work"}
NOT_READ = "-"
"""In a mapping: this column is left alone."""

_ALSO = {
    "id": "clientid clientno clientnumber customerid patientid contactid externalid",
    "name": "fullname clientname customer client patient customername patientname",
    "first_name": "firstname first forename givenname given vorname prenom nombre",
    "last_name": "lastname last surname familyname family nachname nom apellido apellidos",
    "preferred_name": "preferredname nickname knownas preferred",
    "birth_date": "birthdate dateofbirth dob birthday born geburtsdatum datedenaissance",
    "died_on": "deathdate dateofdeath diedon",
    "sex_at_birth": "sex sexatbirth geschlecht sexe",
    "email": "email emailaddress mail",
    "phone": "phone mobile cell cellphone mobilephone phonenumber telephone tel mobilenumber"
    " telefon telephonenumber",
    "home_phone": "homephone phonehome landline",
    "work_phone": "workphone phonework businessphone officephone",
    "address": "address street streetaddress address1 addressline1 strasse adresse",
    "city": "city town ort ville",
    "region": "region state province stateprovince",
    "postcode": "postcode zip zipcode postalcode plz",
    "guardian_name": "guardian guardianname parent parentname",
    "emergency_name": "emergencycontact emergencyname emergencycontactname",
    "emergency_phone": "emergencyphone emergencycontactphone",
}


def plain_header(header: str) -> str:
    """A header as headers are compared: letters and digits alone, no case, no accents."""
    folded = unicodedata.normalize("NFKD", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


_KNOWN = {plain_header(name): name for name in FIELDS} | {
    header: name for name, headers in _ALSO.items() for header in headers.split()
}


def mapped(headers: Sequence[str], wishes: Mapping[str, str]) -> dict[str, int]:
    """Which of our fields stands in which column; ``wishes`` go before the usual headers.

    Raises Unreadable for a wish that cannot be met, or two columns for one field.
    """
    wished = {plain_header(header): name for header, name in wishes.items()}
    present = [plain_header(header) for header in headers]
    for header, name in wishes.items():
        if name not in (*FIELDS, NOT_READ):
            known = ", ".join(FIELDS)
            raise Unreadable(say("There is no field “{name}”. Known: {known}.", name=name,
                                 known=known))  # fmt: skip
        if plain_header(header) not in present:
            raise Unreadable(say("There is no column “{header}” to map.", header=header))
    taken: dict[str, int] = {}
    for place, header in enumerate(present):
        name = wished.get(header) or ("" if header in wished else _KNOWN.get(header, ""))
        if name in wished.values() and header not in wished:
            continue  # the person's choice goes before the usual header
        _take(taken, name, place)
    return taken


def _take(taken: dict[str, int], name: str, place: int) -> None:
    if name in ("", NOT_READ):
        return
    if name in taken:
        text = "Columns {first} and {second} are both read as {name}. Map one of them to “-”."
        raise Unreadable(say(text, first=taken[name] + 1, second=place + 1, name=name))
    taken[name] = place


def wished(maps: Sequence[str]) -> dict[str, str]:
    """``Their header=our_field`` as pairs. Raises Unreadable."""
    pairs = {}
    for one in maps:
        header, equals, name = one.rpartition("=")
        if not equals or not plain_header(header):
            raise Unreadable(say("Write a mapping as “Their header=our_field”."))
        pairs[header.strip()] = name.strip()
    return pairs


def phones_of(values: Mapping[str, Any]) -> tuple[GivenPhone, ...]:
    """The telephone numbers of a row."""
    return tuple(
        GivenPhone(values[name], kind) for name, kind in PHONES.items() if values.get(name)
    )
