"""Coordination's rules: the life of referrals in and out, what is next, by which day."""

from clinic.coordination.rules.actions import ACTIONS, WHYS
from clinic.coordination.rules.columns import COLUMNS
from clinic.coordination.rules.next_steps import Facts, what_next

__all__ = ["ACTIONS", "COLUMNS", "WHYS", "Facts", "what_next"]
