"""What an order must say before it can be accepted, and what of it is missing.

The list is what payers and boards ask of an order for massage in public: who the client is
and how to reach them, who sent them and how to answer, a signature, a date, a reason or a
diagnosis, how many visits or for how long, and which service (Washington Administrative Code
296-23-250; the prescription forms that clinics publish for motor vehicle claims). What a payer
asks for besides is its number of the authorisation, and the diagnosis itself.
"""

from dataclasses import dataclass

from clinic.core.words import Words, say

LACKING: dict[str, Words] = {
    "client_contact": say("How to reach the client"),
    "birth_date": say("The client’s birth date"),
    "provider_contact": say("How to reach the sender"),
    "signature": say("A signature"),
    "ordered_on": say("The day of the order"),
    "reason": say("A reason or a diagnosis"),
    "visits": say("How many visits, or for how long"),
    "service": say("Which service is asked for"),
    "diagnosis": say("A diagnosis code, which the payer asks for"),
    "reference": say("The authorisation number, which the payer asks for"),
}
"""Everything an order may lack, in the order in which it is asked for."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an order says, as far as its completeness goes: whether, never what."""

    has_client_contact: bool = False
    has_birth_date: bool = False
    has_provider_contact: bool = False
    is_signed: bool = False
    has_day: bool = False
    has_reason: bool = False
    has_diagnosis: bool = False
    has_visits: bool = False
    has_service: bool = False
    has_payer: bool = False
    has_reference: bool = False


def lacks(order: Order) -> tuple[str, ...]:
    """Codes of what is missing, in the order of the list."""
    said = {
        "client_contact": order.has_client_contact,
        "birth_date": order.has_birth_date,
        "provider_contact": order.has_provider_contact,
        "signature": order.is_signed,
        "ordered_on": order.has_day,
        "reason": order.has_reason or order.has_diagnosis,
        "visits": order.has_visits,
        "service": order.has_service,
        "diagnosis": order.has_diagnosis or not order.has_payer,
        "reference": order.has_reference or not order.has_payer,
    }
    return tuple(code for code in LACKING if not said[code])


def say_lack(code: str) -> Words:
    """What is missing, in words that name nothing of the client's health."""
    return LACKING[code]
