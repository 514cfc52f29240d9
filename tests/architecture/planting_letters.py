"""A word of its own in what a letter says, where it went, and what was said about it."""

from clinic.clients.models import Client
from clinic.core.clock import now
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.letters.models import Dispatch, LetterAttachment, LetterVersion
from clinic.letters.rules.blocks import Content, Paragraph, to_json
from clinic.letters.services import draft
from tests.factories import directory
from tests.factories.consents import new_consent
from tests.factories.files import a_pdf

LETTERS = {
    "canary-letter": "letter.content",
    "canary-ready": "letter.ready",
    "canary-faxed": "dispatch.to",
    "canary-called": "dispatch.note",
    "canary-enclosed": "stored_file.name",
}
"""Which word lies in which column."""
WORDS = Content("canary-letter", "Dear", (Paragraph("canary-letter", is_clinical=True),))


def plant_letters(client: Client, therapist: Actor) -> dict[str, str]:
    """A draft that was prepared for a fax all the same, so that each page has something."""
    provider = directory.provider(last_name="Penhallow")
    data, purposes = ("visits", "plan", "measures"), ("progress",)
    with transaction() as session, writing("test.letter", SYSTEM):
        consent = new_consent(
            client, "SHARE_PROVIDER", provider=provider, data=data, purposes=purposes
        )
        letter = draft(
            actor=therapist, client=client, provider=provider, organisation=None,
            kind="progress", content=WORDS,
        )  # fmt: skip
        letter.ready = to_json(Content("canary-ready", ""))
        file = keep(a_pdf(1), "letter.pdf", actor=SYSTEM, key=client.sealing_key())
        session.flush()
        version = LetterVersion(
            letter=letter, number=1, file_id=file.id, sha256=file.sha256, made_at=now()
        )
        session.add(version)
        session.flush()
        dispatch = Dispatch(
            letter_id=letter.id, letter_kind=letter.kind, client_id=letter.client_id,
            letter_is_bare=False,
            provider_id=letter.provider_id, version_id=version.id, consent_id=consent.id,
            channel="fax",
        )  # fmt: skip
        dispatch.letter = letter
        dispatch.to, dispatch.note = "canary-faxed", "canary-called"
        session.add(dispatch)
        session.flush()
        paper = keep(a_pdf(1), "canary-enclosed.pdf", actor=SYSTEM, key=client.sealing_key())
        enclosed = LetterAttachment(letter=letter, file=paper, tells="plan")
        session.add(enclosed)
        session.flush()
    return {
        "letter_id": letter.public_id,
        "dispatch_id": dispatch.public_id,
        "enclosed_id": enclosed.public_id,
    }
