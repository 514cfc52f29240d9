"""The papers of an order: attach a scan, open it, take it out."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.audit.services import saw
from clinic.core import clock
from clinic.core.errors import DomainError, NotAllowed, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.files import queries as stored
from clinic.files import services as files
from clinic.files.rules.kinds import check
from clinic.referrals import queries, services
from clinic.referrals.forms import PapersForm, RemoveForm
from clinic.referrals.models import ReferralDocument
from clinic.referrals.views import bp
from clinic.web.documents import document, takes_files
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, zone


@bp.route("/<pid:referral_id>/documents", methods=["GET", "POST"])
@takes_files
@requires(Permission.REFERRALS_WRITE)
def attach(referral_id: str) -> Any:
    """Attach a scan; whoever logs orders may, and need not be able to open it again."""
    referral = queries.the_referral(referral_id)
    saw("contact", [referral.client.public_id])
    form = PapersForm(received_on=clock.today(zone()))
    if (
        form.is_sent()
        and form.look_over(check)
        and form.attempt(lambda: _attach(referral_id, form))
    ):
        flash(gettext("The document is attached."), "success")
        return redirect(url_for("desk.referral", referral_id=referral_id))
    return show("referrals/attach.html", form=form, referral=referral)


def _attach(referral_id: str, form: PapersForm) -> ReferralDocument:
    referral, values = queries.the_referral(referral_id), form.values()
    values.pop("file")
    if form.checked is None:
        raise DomainError(say("Choose a file."), field="file")
    kept = files.keep(form.checked, actor=the_actor(), key=referral.client.key)
    return services.attach(referral, actor=the_actor(), file=kept, **values)


@bp.get("/documents/<pid:document_id>")
@requires(Permission.REFERRALS_READ)
def paper(document_id: str) -> Any:
    """A document as it came, for those who treat the client, and for reception where it may."""
    found = queries.the_document(document_id)
    referral = found.referral
    if found.kind not in queries.opened_by(the_actor(), referral.client_id):
        raise NotAllowed(say("Only therapists in the client\u2019s care can open this."))
    if found.removed_why:
        raise NotFound(say("This document was removed."))
    saw("clinical", [referral.client.public_id])
    return document(stored.read(found.file), referral.number, found.file.media_type)


@bp.route("/documents/<pid:document_id>/remove", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def remove(document_id: str) -> Any:
    """Say that a document does not belong to this order."""
    found = queries.the_document(document_id)
    referral = found.referral
    saw("contact", [referral.client.public_id])
    form = RemoveForm(version=found.version)
    if form.is_sent() and form.attempt(
        lambda: services.remove_document(
            queries.the_document(document_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("The document is removed."), "success")
        return redirect(url_for("desk.referral", referral_id=referral.public_id))
    return show("referrals/remove.html", form=form, referral=referral, document=found)
