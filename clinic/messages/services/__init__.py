"""Verbs for the outbox: write, withdraw, try again, and empty it."""

from clinic.messages.services.running import Check, Ran, run
from clinic.messages.services.sending import Folder, MailServer, Transport, Undelivered
from clinic.messages.services.writing import again, withdraw, write

__all__ = [
    "Check", "Folder", "MailServer", "Ran", "Transport", "Undelivered", "again", "run", "withdraw",
    "write",
]  # fmt: skip
