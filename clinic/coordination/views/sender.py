"""The page on which another provider becomes the sender of a referral."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.coordination.forms.sender import SenderForm
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import the_case
from clinic.coordination.rules.inbound import ENDS
from clinic.coordination.services import inbound
from clinic.coordination.views import bp
from clinic.core.errors import Conflict, DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.directory.queries import the_organisation, the_provider
from clinic.letters.queries import ways_to
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext


@bp.route("/referrals/<pid:referral_id>/sender", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def change_sender(referral_id: str) -> Any:
    """First choose who, then see to which numbers everything goes from now on, then say why."""
    case = the_case(referral_id)
    saw("contact", [case.referral.client.public_id])
    if case.status in ENDS and request.method == "GET":
        raise Conflict(say("This referral has ended."))
    form = SenderForm(version=case.referral.version, provider=asked_id("provider") or "")
    chosen = _chosen(form)
    if form.is_sent() and form.attempt(lambda: _change(referral_id, form)):
        flash(gettext("%(name)s is the sender now.", name=form.result), "success")
        return redirect(url_for("desk.referral", referral_id=case.referral.public_id))
    return show(
        "coordination/sender.html",
        form=form,
        case=case,
        chosen=chosen,
        typed=asked_text("text"),
        now=_reached(case.referral.provider, case.referral.organisation),
        places=_places(chosen) if chosen is not None else [],
    )


def _chosen(form: SenderForm) -> Provider | None:
    """Whom the address or the form names, with the places that can be chosen; an id that names
    nobody is no choice at all."""
    try:
        provider = the_provider(form.provider.data) if form.provider.data else None
    except NotFound:
        form.provider.data, form.provider.raw_data, provider = "", [""], None
    if provider is not None:
        places = [(at.organisation.public_id, at.organisation.name) for at in provider.places]
        many = [("", gettext("Choose where it was sent from"))] if len(places) > 1 else []
        form.sent_from.choices = many + places
    return provider


def _places(provider: Provider) -> list[tuple[str, dict[str, str]]]:
    """Each place, and how they are reached there; one line for who has none."""
    places = [at.organisation for at in provider.places]
    if not places:
        return [("", _reached(provider, None))]
    return [(place.name, _reached(provider, place)) for place in places]


def _reached(provider: Provider, place: Organisation | None) -> dict[str, str]:
    ways = ways_to(provider, place)
    return {name: next(iter(ways[name]), "") for name in ("fax", "phone", "email", "post")}


def _change(referral_id: str, form: SenderForm) -> str:
    case: ReferralCase = the_case(referral_id)
    provider = the_provider(form.provider.data or "")
    inbound.change_sender(
        case,
        actor=the_actor(),
        provider=provider,
        organisation=_place(form.sent_from.data),
        code=form.code.data,
        why=form.why.data or "",
        version=form.version.data,
    )
    return provider.name


def _place(public_id: str | None) -> Organisation | None:
    try:
        return the_organisation(public_id) if public_id else None
    except NotFound:
        raise DomainError(say("Choose one of the places."), field="sent_from") from None
