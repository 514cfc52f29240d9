"""Verbs for the papers of an order: attach a scan, say that one does not belong there."""

from datetime import date

from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.files.models import StoredFile
from clinic.practice.queries import the_practice
from clinic.referrals.models import DOCUMENT_KINDS, Referral, ReferralDocument

WHY_MAX = 200


@verb(Permission.REFERRALS_WRITE)
def attach(
    referral: Referral,
    *,
    actor: Actor,
    file: StoredFile,
    kind: str = "order",
    received_on: date | None = None,
) -> ReferralDocument:
    """Put a document that is kept already to an order. Raises DomainError."""
    today = clock.today(the_practice().zone)
    if kind not in DOCUMENT_KINDS:
        raise DomainError(say("Choose what it is."), field="kind")
    if received_on is not None and received_on > today:
        raise DomainError(say("This day has not come yet."), field="received_on")
    if file.key_id != referral.client.key_id:
        raise DomainError(say("This document is another client\u2019s."), field="file")
    document = ReferralDocument(
        referral=referral, file=file, kind=kind, received_on=received_on or today
    )
    db.session.add(document)
    return document


@verb(Permission.REFERRALS_WRITE)
def remove_document(
    document: ReferralDocument, *, actor: Actor, why: str, version: int | None = None
) -> None:
    """Say that a document does not belong to this order; it stays in the store.

    Raises StaleEdit, Conflict where it was removed already, DomainError without a reason.
    """
    document.expect(version)
    if document.removed_why:
        raise Conflict(say("This document was removed already."))
    reason = why.strip()
    if not reason:
        raise DomainError(say("Say why it does not belong here."), field="why")
    if len(reason) > WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=WHY_MAX), field="why")
    document.removed_why = reason
