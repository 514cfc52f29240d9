"""Orders as they are logged, what they allow, their papers, and what payers ask for."""

from clinic.referrals.services.authorisations import (
    ALLOWED,
    CountVisits,
    amend_authorisation,
    authorise,
    mark_first_visit,
)
from clinic.referrals.services.documents import attach, remove_document
from clinic.referrals.services.orders import (
    AMENDABLE,
    CLINICAL,
    LoggedAlready,
    amend,
    change_sender,
    end,
    log,
    mark_precautions_read,
    reopen,
)
from clinic.referrals.services.payers import add_rule, amend_rule, stock_rules

__all__ = [
    "ALLOWED",
    "AMENDABLE",
    "CLINICAL",
    "CountVisits",
    "LoggedAlready",
    "add_rule",
    "amend",
    "amend_authorisation",
    "amend_rule",
    "attach",
    "authorise",
    "change_sender",
    "end",
    "log",
    "mark_first_visit",
    "mark_precautions_read",
    "remove_document",
    "reopen",
    "stock_rules",
]
