"""Kinds of consent, what stands on a day, and the words that are agreed to."""

from clinic.consents.rules.kinds import (
    DATA,
    GROUPS,
    KINDS,
    LASTS,
    PURPOSES,
    SHARES,
    Kind,
    a_year_on,
    last_day,
)
from clinic.consents.rules.standing import (
    MOVES,
    STATES,
    Consents,
    Line,
    Scope,
    may_move,
    read_scope,
    state_of,
    write_scope,
)
from clinic.consents.rules.wording import BODY_MAX, Block, blocks, shipped

__all__ = [
    "BODY_MAX",
    "DATA",
    "GROUPS",
    "KINDS",
    "LASTS",
    "MOVES",
    "PURPOSES",
    "SHARES",
    "STATES",
    "Block",
    "Consents",
    "Kind",
    "Line",
    "Scope",
    "a_year_on",
    "blocks",
    "last_day",
    "may_move",
    "read_scope",
    "shipped",
    "state_of",
    "write_scope",
]
