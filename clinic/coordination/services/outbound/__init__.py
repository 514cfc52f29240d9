"""A client is sent, or a question put, to a provider outside: every step a verb."""

from clinic.coordination.services.outbound.answering import (
    act_on,
    answer,
    close,
    read_reply,
    tell_client,
)
from clinic.coordination.services.outbound.beginning import (
    amend,
    ask_consent,
    ask_instead,
    begin,
    consent_given,
    make_ready,
    write_letter,
)
from clinic.coordination.services.outbound.ending import cancel, mistake
from clinic.coordination.services.outbound.going import (
    acknowledged,
    attended,
    call,
    client_refused,
    declined,
    no_answer,
    not_attended,
    remind,
    scheduled,
)
from clinic.coordination.services.outbound.hearing import (
    hear_clearance,
    hear_consent,
    hear_letter,
)
from clinic.coordination.services.outbound.owning import hand_over
from clinic.coordination.services.outbound.sweeping import OutSwept, sweep, sweep_one

__all__ = [
    "OutSwept",
    "acknowledged",
    "act_on",
    "amend",
    "answer",
    "ask_consent",
    "ask_instead",
    "attended",
    "begin",
    "call",
    "cancel",
    "client_refused",
    "close",
    "consent_given",
    "declined",
    "hand_over",
    "hear_clearance",
    "hear_consent",
    "hear_letter",
    "make_ready",
    "mistake",
    "no_answer",
    "not_attended",
    "read_reply",
    "remind",
    "scheduled",
    "sweep",
    "sweep_one",
    "tell_client",
    "write_letter",
]
