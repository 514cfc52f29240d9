"""Sends one message to a mail server on this machine, as a program of its own.

A test may not send mail; what it starts may, to this machine alone. Arguments: the port, or
several, how the way is kept private, who signs in, and the file of the authority that vouches
for the certificate.
"""

import ssl
import sys
from email.message import EmailMessage

from clinic.messages.services import MailServer, Undelivered


def main(port: str, tls: str, user: str, authority: str) -> None:
    """One attempt; what came of it, and how the server is described."""
    if authority:
        plain = ssl.create_default_context
        ssl.create_default_context = lambda: plain(cafile=authority)  # type: ignore[assignment]
    mail = EmailMessage()
    mail["From"], mail["To"] = "clinic@harbour.example", "canary@northside.example"
    mail["Subject"] = "canary-subject"
    mail.set_content("Hello.")
    password = "canary-password" if user else ""
    for one in port.split(","):
        server = MailServer("localhost", int(one), str(mail["From"]), tls, user, password, 5)
        try:
            print(f"sent {server.send(mail, 'x')}".strip())
        except Undelivered as failed:
            print("final" if failed.is_final else "later", failed.why)
    print(repr(server))


if __name__ == "__main__":
    main(*sys.argv[1:])
