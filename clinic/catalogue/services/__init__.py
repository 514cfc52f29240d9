"""The verbs of the catalogue."""

from clinic.catalogue.services.add_ons import (
    amend_add_on,
    offer_add_on,
    restore_add_on,
    retire_add_on,
)
from clinic.catalogue.services.late_policies import (
    amend_late_policy,
    make_default,
    restore_late_policy,
    retire_late_policy,
    write_late_policy,
)
from clinic.catalogue.services.needs import (
    name_equipment_kind,
    name_feature,
    rename_need,
    restore_need,
    retire_need,
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
    "amend_late_policy",
    "amend_service",
    "amend_technique",
    "change_price",
    "make_default",
    "name_equipment_kind",
    "name_feature",
    "name_technique",
    "offer_add_on",
    "offer_length",
    "offer_service",
    "rename_need",
    "restore_add_on",
    "restore_late_policy",
    "restore_need",
    "restore_service",
    "restore_technique",
    "resume_length",
    "retire_add_on",
    "retire_late_policy",
    "retire_need",
    "retire_service",
    "retire_technique",
    "set_price",
    "stock_starter",
    "withdraw_length",
    "withdraw_price",
    "write_late_policy",
]
