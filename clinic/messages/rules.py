"""What becomes of messages, in words and in figures."""

from datetime import timedelta

from email_validator import EmailNotValidError, validate_email

from clinic.core.errors import DomainError
from clinic.core.words import Words, say

SUBJECT_MAX, BODY_MAX = 150, 5000
DELAYS = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=12),
)  # fmt: skip
"""How long after each failed attempt the next one is made; after the last of them, none is."""
CLAIM = timedelta(hours=1)
"""How long whoever took a message up may take to send it, before another takes it up."""

KINDS: dict[str, Words] = {"letter": say("Letter"), "reminder": say("Reminder")}
OTHER_KIND = say("Message")
STATUSES: dict[str, Words] = {
    "waiting": say("Waiting"),
    "sent": say("Sent"),
    "dead": say("Not delivered"),
    "withdrawn": say("Withdrawn"),
}
WHYS: dict[str, Words] = {
    "kept_here": say("Put into a folder on this machine: no mail server is set."),
    "not_reached": say("The mail server could not be reached."),
    "not_private": say("The mail server offers no private connection."),
    "not_let_in": say("The mail server did not accept our name and password."),
    "put_off": say("The mail server asked us to try again later."),
    "address": say("The mail server does not know this address."),
    "declined": say("The mail server does not take this message."),
    "not_allowed": say("It may no longer be sent, such as for want of a consent."),
    "file_damaged": say("The document to be attached is missing or damaged."),
    "interrupted": say("Sending was interrupted: it is not known whether it arrived."),
    "unforeseen": say("Something went wrong that nobody foresaw."),
}
"""Why an attempt came out as it did, by what is kept of it: no name, no address, no subject."""


def next_try(tries: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None when it is given up."""
    return DELAYS[tries - 1] if tries <= len(DELAYS) else None


def masked(address: str) -> str:
    """An address that somebody who knows it recognises, and nobody else reads."""
    who, at, where = address.rpartition("@")
    return f"{who[:1]}•••{at}{where}" if at else "•••"


def check_address(address: str) -> str:
    """An address as mail servers take it; nothing is looked up. Raises DomainError for ``to``."""
    try:
        return validate_email(address.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        text = "Enter an e-mail address, such as name@example.com."
        raise DomainError(say(text), field="to") from None


def check_words(subject: str, body: str) -> None:
    """Raises DomainError for a subject of more than a line, or for a message without words."""
    if not subject.strip() or not subject.isprintable() or len(subject) > SUBJECT_MAX:
        raise DomainError(say("Give the message one line as its subject."), field="subject")
    if not body.strip() or len(body) > BODY_MAX:
        raise DomainError(say("Write the message."), field="body")
