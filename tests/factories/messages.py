"""Messages of a made-up clinic, and ways out that lead nowhere."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.vault import house_key
from clinic.messages.models import OutboxMessage
from clinic.messages.services import Undelivered, write

TO = "office@northside.example"


def a_message(**more: Any) -> OutboxMessage:
    """Something that waits to be sent."""
    with transaction():
        return new_message(**more)


def new_message(**more: Any) -> OutboxMessage:
    """The same, inside a transaction that is open already."""
    plain = {"kind": "note", "about": "", "to": TO, "subject": "A letter", "body": "See attached."}
    with writing("test.message", SYSTEM):
        return write(actor=SYSTEM, key=house_key(), **plain | more)


@dataclass
class Pocket:
    """A way out that keeps what it is given, or refuses it."""

    refuses: Undelivered | None = None
    sender: str = "clinic@harbour.example"
    mails: list[EmailMessage] = field(default_factory=list)

    def send(self, mail: EmailMessage, name: str) -> str:
        if self.refuses:
            raise self.refuses
        self.mails.append(mail)
        return ""
