"""The verbs of the catalogue."""

from clinic.catalogue.services.add_ons import (
    amend_add_on,
    offer_add_on,
    restore_add_on,
    retire_add_on,
)
from clinic.catalogue.services.offers import (
    amend_service,
    offer_length,
    offer_service,
    restore_service,
    resume_length,
    retire_service,
    withdraw_length,
)
from clinic.catalogue.services.prices import change_price, set_price, withdraw_price
from clinic.catalogue.services.starter import stock_starter
from clinic.catalogue.services.techniques import (
    amend_technique,
    name_technique,
    restore_technique,
    retire_technique,
)

__all__ = [
    "amend_add_on",
    "amend_service",
    "amend_technique",
    "change_price",
    "name_technique",
    "offer_add_on",
    "offer_length",
    "offer_service",
    "restore_add_on",
    "restore_service",
    "restore_technique",
    "resume_length",
    "retire_add_on",
    "retire_service",
    "retire_technique",
    "set_price",
    "stock_starter",
    "withdraw_length",
    "withdraw_price",
]
