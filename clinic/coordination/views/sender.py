"""The pages on which another provider becomes the sender of a referral, or is asked instead."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.coordination.forms.sender import RecipientForm, SenderForm
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries import outbound as found
from clinic.coordination.queries.cases import the_case
from clinic.coordination.rules.inbound import ENDS
from clinic.coordination.rules.outbound import BEFORE_SENDING
from clinic.coordination.services import inbound
from clinic.coordination.services import outbound as verbs
from clinic.coordination.views import bp
from clinic.coordination.views.outbound import the_treated, to_page
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
    chosen = chosen_provider(form.provider)
    form.sent_from.choices = choices_of(chosen, gettext("Choose where it was sent from"))
    if form.is_sent() and form.attempt(lambda: _change(referral_id, form)):
        flash(gettext("%(name)s is the sender now.", name=form.result), "success")
        return redirect(url_for("desk.referral", referral_id=case.referral.public_id))
    return show(
        "coordination/sender.html",
        form=form,
        case=case,
        chosen=chosen,
        typed=asked_text("text"),
        now=reached(case.referral.provider, case.referral.organisation),
        places=places_of(chosen),
    )


def chosen_provider(field: Any) -> Provider | None:
    """Whom a field names; an id that names nobody is no choice at all."""
    try:
        return the_provider(field.data) if field.data else None
    except NotFound:
        field.data, field.raw_data = "", [""]
        return None


def choices_of(provider: Provider | None, asking: str) -> list[tuple[str, str]]:
    """Where they work, to choose from; ``asking`` comes first where it is several places."""
    places = [at.organisation for at in provider.places] if provider is not None else []
    many = [("", asking)] if len(places) > 1 else []
    return many + [(place.public_id, place.name) for place in places]


def places_of(provider: Provider | None) -> list[tuple[str, dict[str, str]]]:
    """Each place, and how they are reached there; one line for who has none."""
    if provider is None:
        return []
    places = [at.organisation for at in provider.places]
    if not places:
        return [("", reached(provider, None))]
    return [(place.name, reached(provider, place)) for place in places]


def reached(provider: Provider, place: Organisation | None) -> dict[str, str]:
    """The first number or address of each way."""
    ways = ways_to(provider, place)
    return {name: next(iter(ways[name]), "") for name in ("fax", "phone", "email", "post")}


def place_chosen(public_id: str | None, field: str) -> Organisation | None:
    """Raises DomainError for none that there is."""
    try:
        return the_organisation(public_id) if public_id else None
    except NotFound:
        raise DomainError(say("Choose one of the places."), field=field) from None


def _change(referral_id: str, form: SenderForm) -> str:
    case: ReferralCase = the_case(referral_id)
    provider = the_provider(form.provider.data or "")
    inbound.change_sender(
        case,
        actor=the_actor(),
        provider=provider,
        organisation=place_chosen(form.sent_from.data, "sent_from"),
        code=form.code.data,
        why=form.why.data or "",
        version=form.version.data,
    )
    return provider.name


# --- a referral to a provider ---


@bp.route("/outbound/<pid:outbound_id>/recipient", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def change_recipient(outbound_id: str) -> Any:
    """First choose who, then see to which numbers it goes, then say why."""
    row = the_treated(outbound_id)
    form = RecipientForm(version=row.version, provider=asked_id("provider") or "")
    if not form.is_submitted() and (row.status not in BEFORE_SENDING or row.clearance is not None):
        raise Conflict(say("This is not possible now. Look at the referral again."))
    chosen = chosen_provider(form.provider)
    form.organisation.choices = choices_of(chosen, gettext("Choose where to send it"))
    if form.is_sent() and form.attempt(lambda: _ask(outbound_id, form)):
        flash(
            gettext("%(name)s is asked now. The letter is drafted anew.", name=form.result),
            "success",
        )
        return to_page(outbound_id)
    return show(
        "coordination/outbound_recipient.html",
        form=form,
        row=row,
        chosen=chosen,
        typed=asked_text("text"),
        now=reached(row.provider, row.organisation),
        places=places_of(chosen),
    )


def _ask(outbound_id: str, form: RecipientForm) -> str:
    provider = the_provider(form.provider.data or "")
    verbs.ask_instead(
        found.the_outbound(outbound_id),
        actor=the_actor(),
        provider=provider,
        organisation=place_chosen(form.organisation.data, "organisation"),
        why=form.why.data or "",
        version=form.version.data,
    )
    return provider.name
