"""The way out: a mail server, or a folder on this machine where none is set."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol

from clinic.core.cabinet import write_whole
from clinic.core.clock import now
from clinic.files.models import StoredFile
from clinic.files.queries import read
from clinic.messages.models import OutboxMessage

TIMEOUT = 30
"""Seconds for each step of the talk with a mail server."""
_ENDINGS = {"application/pdf": "pdf", "image/png": "png"}


class Undelivered(Exception):
    """An attempt did not succeed: ``why`` is one of the rules' ``WHYS``.

    ``is_final`` where trying again cannot help.
    """

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final


class Transport(Protocol):
    """A way out. ``send`` gives back why it went as it did, or nothing; raises Undelivered."""

    @property
    def sender(self) -> str: ...

    def send(self, mail: EmailMessage, name: str) -> str: ...


def composed(
    message: OutboxMessage, sender: str, clinic: str, more: Sequence[StoredFile] = ()
) -> EmailMessage:
    """The message as it leaves: plain text, with its document, and ``more`` that go along in
    their order. Raises FileDamaged.

    Its Message-ID is the same in every attempt, so that a program that gets it twice shows it once.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(clinic, addr_spec=sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = f"<{message.public_id}@{sender.rpartition('@')[2]}>"
    mail.set_content(message.body)
    if message.file is not None:
        _put_in(mail, message.file, "document")
    for number, file in enumerate(more, 1):
        _put_in(mail, file, f"enclosed-{number}")
    return mail


def _put_in(mail: EmailMessage, file: StoredFile, name: str) -> None:
    """A document under a name that says nothing: its own may tell something."""
    kind, _, sort = file.media_type.partition("/")
    named = f"{name}.{_ENDINGS.get(file.media_type, 'jpg')}"
    mail.add_attachment(read(file), maintype=kind, subtype=sort, filename=named)


@dataclass(frozen=True)
class Folder:
    """Where messages are put while no mail server is set: they reach nobody."""

    place: Path
    sender: str = "clinic@localhost"

    def send(self, mail: EmailMessage, name: str) -> str:
        self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.place / f"{name}.eml", mail.as_bytes())
        return "kept_here"


def _server(tls: str) -> Callable[..., smtplib.SMTP]:
    return smtplib.SMTP_SSL if tls == "tls" else smtplib.SMTP


@dataclass(frozen=True)
class MailServer:
    """A mail server, over a private connection: its certificate is checked.

    ``tls`` is ``starttls``, ``tls`` from the first byte, or ``none``, to this machine alone.
    """

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT

    def send(self, mail: EmailMessage, name: str) -> str:
        try:
            server = self._connected()
            try:
                server.send_message(mail, from_addr=self.sender)
            finally:
                _part(server)
        except (OSError, smtplib.SMTPException) as error:
            raise _undelivered(error) from None  # its text may hold the address
        return ""

    def _connected(self) -> smtplib.SMTP:
        more: dict[str, Any] = {"timeout": self.timeout}
        if self.tls == "tls":
            more["context"] = ssl.create_default_context()
        server = _server(self.tls)(self.host, self.port, **more)
        try:
            if self.tls == "starttls":
                _hide(server)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def _hide(server: smtplib.SMTP) -> None:
    try:
        server.starttls(context=ssl.create_default_context())
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException):
        raise Undelivered("not_private") from None


def _part(server: smtplib.SMTP) -> None:
    """Say goodbye; what was taken stays taken, however the server answers."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


_MEANS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "not_let_in"),
    (smtplib.SMTPSenderRefused, "put_off"),
    (smtplib.SMTPNotSupportedError, "declined"),
    (ssl.SSLError, "not_private"),
)


def _undelivered(error: Exception) -> Undelivered:
    """What an error of the mail library means for the next attempt."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _answered([code for code, _ in error.recipients.values()], "address")
        case smtplib.SMTPDataError():
            return _answered([error.smtp_code], "declined")
    found = (why for kind, why in _MEANS if isinstance(error, kind))
    return Undelivered(next(found, "not_reached"))


def _answered(codes: list[int], why: str) -> Undelivered:
    """A server that answers 5 and more will answer so again; with 4 it asks for patience."""
    is_final = all(code >= 500 for code in codes)
    return Undelivered(why if is_final else "put_off", is_final=is_final)
