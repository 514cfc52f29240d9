"""Sends one message to a mail server on this machine, as a program of its own.

A test may not send mail; what it starts may, to this machine alone. Arguments: the port, how the
way is kept private, who signs in, and the file of the authority that the certificate is asked of.
"""

import ssl
import sys
from email.message import EmailMessage

from clinic.messages.services import MailServer, Undelivered


def main(port: str, tls: str, user: str, authority: str) -> None:
    if authority:
        plain = ssl.create_default_context
        ssl.create_default_context = lambda: plain(cafile=authority)  # type: ignore[assignment]
    mail = EmailMessage()
    mail["From"], mail["To"] = "clinic@harbour.example", "canary@northside.example"
    mail["Subject"] = "canary-subject"
    mail.set_content("Hello.")
    password = "canary-password" if user else ""
    server = MailServer("localhost", int(port), str(mail["From"]), tls, user, password, timeout=5)
    try:
        print("sent", server.send(mail, "x"))
    except Undelivered as failed:
        print("final" if failed.is_final else "later", failed.why)
    print(repr(server))


if __name__ == "__main__":
    main(*sys.argv[1:])
