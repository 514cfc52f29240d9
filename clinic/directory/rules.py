"""Names, numbers and telephones of the outside, as they are compared and kept."""

import re
import unicodedata

import phonenumbers

NPI_PREFIX = "80840"
"""What stands before an NPI when its check digit is made (45 CFR 162.406): 80 health, 840 US."""


def search_name(*parts: str) -> str:
    """The letters and digits of a name in one spelling: no accents, no case, single blanks."""
    text = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    text = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain))


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return re.sub(r"[^0-9]", "", text)


def has_npi_shape(text: str) -> bool:
    """Whether a text is ten digits."""
    return bool(re.fullmatch(r"[0-9]{10}", text))


def is_npi(text: str) -> bool:
    """Whether ten digits carry the right check digit: Luhn over 80840 and the number."""
    if not has_npi_shape(text):
        return False
    total = 0
    for place, digit in enumerate(reversed(NPI_PREFIX + text)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def kept_phone(text: str, region: str) -> str:
    """A telephone number as it is kept: E.164 where it can be read, else as it was typed.

    ``region`` is the country (two letters) of numbers without a country code. An
    extension stays as it was typed, and so does what is no number at all.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if number.extension or not phonenumbers.is_possible_number(number):
        return text
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
