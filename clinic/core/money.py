"""Money: whole minor units (cents), never a float."""

from decimal import Decimal, InvalidOperation, localcontext

from babel.numbers import get_currency_precision

from clinic.core.errors import DomainError
from clinic.core.words import say

MOST_MINOR = 100_000_000
"""The largest amount a price may be, in minor units: typing errors end here."""


def minor_from_text(text: str, currency: str) -> int:
    """Minor units of an amount as a person types it: ``"85"``, ``"85.5"``, ``"1,250.00"``.

    Raises DomainError for what is no amount, is negative, too large or too fine.
    """
    cleaned = text.strip().replace(" ", "").replace(",", "")
    precision = get_currency_precision(currency)
    try:
        with localcontext() as context:
            context.prec = 40
            scaled = Decimal(cleaned).scaleb(precision)
            if not scaled.is_finite() or scaled != scaled.to_integral_value():
                raise InvalidOperation
            minor = int(scaled)
    except (InvalidOperation, ValueError, OverflowError):
        raise DomainError(say("Enter an amount, such as 85.00."), field="amount") from None
    if not 0 <= minor <= MOST_MINOR:
        raise DomainError(say("Enter an amount that is not negative or too large."), field="amount")
    return minor


def text_from_minor(minor: int, currency: str) -> str:
    """The plain amount for an input field: ``8500`` becomes ``"85.00"``."""
    precision = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-precision):.{precision}f}"
