"""What a late cancel and a missed visit cost: frozen on the visit when it is booked."""

from dataclasses import dataclass

NO_FEE = "none"


@dataclass(frozen=True, slots=True)
class Fee:
    """Nothing, a percentage of the visit's whole price, or an amount in minor units."""

    kind: str = NO_FEE
    value: int = 0

    def of(self, price_minor: int) -> int:
        """What it comes to for a visit of this price: whole minor units, halves rounded up."""
        if self.kind == "percent":
            return (price_minor * self.value + 50) // 100
        return self.value if self.kind == "amount" else 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Until when a client may cancel freely (hours before the visit), and what it costs after."""

    cut_off_hours: int
    late: Fee = Fee()
    no_show: Fee = Fee()


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed on with one visit; the fees are minor units."""

    cut_off_hours: int
    late_fee_minor: int = 0
    no_show_fee_minor: int = 0


def terms_of(policy: Policy, price_minor: int, *, is_referred: bool) -> Terms:
    """What a policy comes to for a visit of this whole price, add-ons included.

    A visit that counts on an authorisation costs the client nothing: the payer of a
    referred visit allows no fee unless agreed otherwise, which is not recorded here.
    """
    if is_referred:
        return Terms(policy.cut_off_hours)
    return Terms(policy.cut_off_hours, policy.late.of(price_minor), policy.no_show.of(price_minor))
