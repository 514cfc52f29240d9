"""Referrals that come in, from the order to the closed loop."""

from clinic.coordination.services.inbound.consenting import hear_consent
from clinic.coordination.services.inbound.contacting import give_up, log_attempt, plan_next
from clinic.coordination.services.inbound.ending import (
    ask_to_cancel,
    close,
    confirm_cancel,
    discharge,
)
from clinic.coordination.services.inbound.hearing import (
    hear_authorised,
    hear_letter,
    hear_order,
    hear_precautions,
    hear_visit,
)
from clinic.coordination.services.inbound.receiving import (
    accept,
    decline,
    found_incomplete,
    mistake,
    receive,
)
from clinic.coordination.services.inbound.sender import change_sender
from clinic.coordination.services.inbound.sweeping import Swept, sweep, sweep_one
from clinic.coordination.services.inbound.treating import (
    confirm_precautions,
    hold,
    renewed,
    resume,
)

__all__ = [
    "Swept",
    "accept",
    "ask_to_cancel",
    "change_sender",
    "close",
    "confirm_cancel",
    "confirm_precautions",
    "decline",
    "discharge",
    "found_incomplete",
    "give_up",
    "hear_authorised",
    "hear_consent",
    "hear_letter",
    "hear_order",
    "hear_precautions",
    "hear_visit",
    "hold",
    "log_attempt",
    "mistake",
    "plan_next",
    "receive",
    "renewed",
    "resume",
    "sweep",
    "sweep_one",
]
