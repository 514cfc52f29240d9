"""What referrals announce."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Authorised:
    """An order allows more visits, or for longer, than before: an authorisation is new, or
    another than it was (``is_new`` is false)."""

    referral_id: int
    authorisation_id: int
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class PrecautionsChanged:
    """What an order asks to be careful with stands in other words."""

    referral_id: int


@dataclass(frozen=True, slots=True)
class OrderEnds:
    """An order ends, or (``is_end`` is false) an end is taken back."""

    referral_id: int
    is_end: bool = True
