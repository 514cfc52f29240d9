"""The verbs of letters."""

from clinic.letters.rules.sending import ConsentMissing, Needs
from clinic.letters.services.attaching import attach, files_of_message, offered, take_off
from clinic.letters.services.checking import may_read, must_read
from clinic.letters.services.drafting import approve, cancel, draft, edit, reopen
from clinic.letters.services.following import (
    acknowledge,
    expect_answer,
    file_letter,
    mark_delivered,
    mark_failed,
    mark_replied,
    receive,
)
from clinic.letters.services.hearing import (
    hear_message,
    hear_touched,
    may_still_leave,
    why_not_leave,
)
from clinic.letters.services.opening import open_version
from clinic.letters.services.recalling import take_back
from clinic.letters.services.sending import Prepared, mark_sent, prepare, send

__all__ = [
    "ConsentMissing",
    "Needs",
    "Prepared",
    "acknowledge",
    "approve",
    "attach",
    "cancel",
    "draft",
    "edit",
    "expect_answer",
    "file_letter",
    "files_of_message",
    "hear_message",
    "hear_touched",
    "mark_delivered",
    "mark_failed",
    "mark_replied",
    "mark_sent",
    "may_read",
    "may_still_leave",
    "must_read",
    "offered",
    "open_version",
    "prepare",
    "receive",
    "reopen",
    "send",
    "take_back",
    "take_off",
    "why_not_leave",
]
