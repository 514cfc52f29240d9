"""Verbs of the clients' room: register, amend, care, stand, merge, archive."""

from clinic.clients.queries import LooksLike
from clinic.clients.services.care import join_care, leave_care, prefer
from clinic.clients.services.intake import (
    Newcomer,
    forget_keys,
    newcomer,
    take_in,
    take_out,
    take_out_history,
)
from clinic.clients.services.living import (
    NothingOpen,
    archive,
    let_rest,
    record_death,
    reopen,
    welcome,
)
from clinic.clients.services.merging import merge, part
from clinic.clients.services.persons import hold_person, keys_of
from clinic.clients.services.register import amend, register, touch
from clinic.clients.services.standing import allow_booking, caution, stop_booking

__all__ = [
    "LooksLike",
    "Newcomer",
    "NothingOpen",
    "allow_booking",
    "amend",
    "archive",
    "caution",
    "forget_keys",
    "hold_person",
    "join_care",
    "keys_of",
    "leave_care",
    "let_rest",
    "merge",
    "newcomer",
    "part",
    "prefer",
    "record_death",
    "register",
    "reopen",
    "stop_booking",
    "take_in",
    "take_out",
    "take_out_history",
    "touch",
    "welcome",
]
