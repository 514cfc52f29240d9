"""Who a client is, when two records look like one person, and by what they are found.

The record's minimum (full name, birth date, a way to reach them; a guardian for a minor)
follows WAC 246-830-565 and the usual intake forms of massage practices.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

STATUSES = ("prospect", "active", "inactive", "deceased", "archived")
MOVES = {
    "prospect": {"active", "deceased", "archived"},
    "active": {"inactive", "deceased", "archived"},
    "inactive": {"active", "deceased", "archived"},
    "deceased": {"archived", "active"},  # back to active: it was recorded by mistake
    "archived": {"inactive", "deceased"},
}
"""From which status to which others a client goes."""

PHONE_KINDS = ("mobile", "home", "work")
PHONE_MAX = 20
OLDEST = 120
"""Years: beyond this a birth date is a slip of the pen."""
ADULT = 18
"""Years: below this somebody else must answer for the client."""

TERM_MAX = 60
MOST_WORDS = 6
"""How many words of a search count."""
SHORTEST_RUN = 3
"""From this many digits on, any run of a telephone number finds it."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_NUMBER = re.compile(r"c-?(\d+)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4}|\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})")


class NotAPhone(ValueError):
    """Nobody could ring this."""


@dataclass(frozen=True, slots=True)
class GivenPhone:
    """A telephone number as somebody gave it."""

    number: str
    kind: str = "mobile"
    may_text: bool = False


def said_name(first: str, last: str, preferred: str = "") -> str:
    """As it is said at the desk: the preferred first name where there is one."""
    return f"{preferred or first} {last}".strip()


def normal_phone(text: str, region: str) -> str:
    """E.164 where the number can be understood from this region; a local one as it was typed.

    Raises NotAPhone.
    """
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise NotAPhone from None
    outcome = phonenumbers.is_possible_number_with_reason(number)
    if outcome == ValidationResult.IS_POSSIBLE and not number.extension:
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    is_odd = outcome in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
    if is_odd and len(text.strip()) <= PHONE_MAX:
        return text.strip()
    raise NotAPhone


def age_on(birth_date: date, day: date) -> int:
    """Full years on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def is_plausible_birth(birth_date: date, today: date) -> bool:
    """Not in the future, and not longer ago than anybody lives."""
    return birth_date <= today and age_on(birth_date, today) <= OLDEST


def gaps(
    *, first_name: str, birth_date: date | None, can_be_reached: bool, guardian: str, today: date
) -> frozenset[str]:
    """What a record lacks, as codes: first_name, birth_date, reach, guardian."""
    is_minor = birth_date is not None and age_on(birth_date, today) < ADULT
    lacking = {
        "first_name": not first_name,
        "birth_date": birth_date is None,
        "reach": not can_be_reached,
        "guardian": is_minor and not guardian,
    }
    return frozenset(code for code, is_lacking in lacking.items() if is_lacking)


def may_move(status: str, target: str) -> bool:
    """Whether a client of one status may come to another."""
    return target in MOVES[status]


def number_of(counted: int) -> str:
    """``C-000123``."""
    return f"C-{counted:06d}"


# ---- finding people by what is typed


def fold(text: str) -> str:
    """Letters without accents and case, digits as 0 to 9; everything else becomes a blank.

    ``Łukasz Weiß`` is found by ``lukasz weiss``. Folding a beginning of a word gives a
    beginning of the folded word, which is what search as you type rests on.
    """
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(_folded(letter) for letter in unicodedata.normalize("NFKD", plain))


def _folded(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category[0] in "LN" or category == "So":
        return letter
    return "" if category in ("Mn", "Cf", "Sk") else " "


def sort_name(first: str, last: str) -> str:
    """What the list of clients is ordered by: family name first, folded."""
    return " ".join(f"{fold(last)} {fold(first)}".split())


def terms(
    *, names: Iterable[str], number: str, phones: Iterable[str], email: str, birth_date: date | None
) -> frozenset[str]:
    """Every beginning by which a client can be found."""
    found = {term for name in names for term in _name_terms(name)}
    found |= _number_terms(number)
    found |= {run for phone in phones for run in _runs(_digits(phone))}
    found |= {_trunk_digits(phone) for phone in phones}
    found |= set(_email_terms(email))
    if birth_date is not None:
        found |= {birth_date.strftime(order) for order in ("%Y%m%d", "%d%m%Y", "%m%d%Y")}
    return frozenset(term[:TERM_MAX] for term in found if term)


def _name_terms(name: str) -> Iterator[str]:
    """The words of a name; one with a hyphen or apostrophe in it also as a whole."""
    for token in name.split():
        words = fold(token).split()
        yield from words
        yield "".join(words)


def _number_terms(number: str) -> set[str]:
    digits = _digits(number)
    short = digits.lstrip("0")
    return {digits, short, f"c{digits}", f"c{short}"}


def _runs(digits: str) -> Iterator[str]:
    """Every ending of a number: what is typed is the beginning of one of them."""
    return (digits[start:] for start in range(max(len(digits) - SHORTEST_RUN + 1, 1)))


def _trunk_digits(phone: str) -> str:
    """As it is dialled at home: with the leading 0 that many countries have."""
    try:
        number = phonenumbers.parse(phone)
    except NumberParseException:
        return ""
    return _digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def _email_terms(email: str) -> Iterator[str]:
    if email:
        yield _plain_email(email)
        yield from fold(email.split("@", maxsplit=1)[0]).split()


def _plain_email(text: str) -> str:
    """An address in small letters, its signs kept."""
    return unicodedata.normalize("NFKC", text).casefold()


def _digits(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isdecimal())


def asked_words(text: str) -> tuple[str, ...]:
    """What is looked for, longest first: each is the beginning of some term."""
    words: list[str] = []
    run = ""
    for token in text.split():
        if _is_figures(token):
            run += _padded(token)
            continue
        words += [run, *_token_words(token)]
        run = ""
    asked = sorted({word[:TERM_MAX] for word in (*words, run) if word}, key=lambda w: (-len(w), w))
    return tuple(asked[:MOST_WORDS])


def _token_words(token: str) -> list[str]:
    number = _NUMBER.fullmatch(token)
    if number:
        return [f"c{number[1]}"]
    return [_plain_email(token)] if "@" in token else fold(token).split()


def _is_figures(token: str) -> bool:
    """Digits and the signs that people put between them."""
    return any(letter.isdecimal() for letter in token) and not any(
        letter.isalpha() or letter == "@" for letter in token
    )


def _padded(token: str) -> str:
    """The digits of a token; those of a date with the zeros that people leave out."""
    day = _DATE.fullmatch(token)
    if day and len(day[1]) + len(day[3]) in (5, 6) and 4 in (len(day[1]), len(day[3])):
        return "".join(part.zfill(2) for part in day.groups())
    return _digits(token)


# ---- two records, one person?

ALIKE = 0.8
"""How alike two names must be (0 to 1) to ask, when the birth date is the same."""


def is_similar_name(one: str, other: str) -> bool:
    """Whether two full names could be one person's: slips, order and nicknames allowed for."""
    first, second = sorted(fold(one).split()), sorted(fold(other).split())
    if not first or not second:
        return False
    if set(first) & set(second):
        return True
    return SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def split_areas(text: str) -> tuple[tuple[str, str], ...]:
    """The areas of a preference with their sides: ``CALF:L,NECK:B``; no side is ``N``."""
    parts = (one.partition(":") for one in text.split(",") if one)
    return tuple((area, side or "N") for area, _, side in parts)
