"""A word of its own in what is sealed of documents and of e-mail."""

from clinic.clients.models import Client
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.messages.services import write
from tests.factories.files import a_pdf

MESSAGES = {
    "canary-file": "stored_file.name",
    "canary-mailed": "outbox_message.to",
    "canary-subject": "outbox_message.subject",
    "canary-posted": "outbox_message.body",
}
"""Which word lies in which column."""


def plant_messages(client: Client) -> dict[str, str]:
    """An e-mail with a document, about nothing that leads elsewhere; its public id."""
    with transaction(), writing("test.message", SYSTEM):
        key = client.sealing_key()
        message = write(
            actor=SYSTEM, kind="note", about="", key=key, to="canary-mailed@northside.example",
            subject="canary-subject", body="canary-posted",
            file=keep(a_pdf(1), "canary-file.pdf", actor=SYSTEM, key=key),
        )  # fmt: skip
    return {"message_id": message.public_id}
