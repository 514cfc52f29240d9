"""The back office's screens of referrals and authorised visits."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.directory import SECTION
from clinic.admin.fields import Lookup, LookupField, Pick, short
from clinic.admin.names import client_name, provider_name
from clinic.admin.parts import Column, Deed, one_of, since, until, whether
from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import is_met_by, may_read_health
from clinic.core.permissions import Actor, Permission
from clinic.directory.models import Organisation
from clinic.directory.queries import the_organisation
from clinic.referrals import queries, services
from clinic.referrals.forms import CHANNEL_CHOICES, URGENCY_CHOICES, AllowedFields
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.rules import MINUTES
from clinic.scheduling.queries.counts import counted
from clinic.web.fields import Day, Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.pages import records
from clinic.web.wording import lazy_gettext as _l

URGENCY_WORDS = dict(URGENCY_CHOICES)
TONES = {"soon": "info", "urgent": "warning", "emergency": "danger"}
URGENCY_TAGS = {code: (word, TONES.get(code, "")) for code, word in URGENCY_CHOICES}
KEPT = ("ordered_on", "is_signed", "wants_report", "requested_service", "used_elsewhere")
"""What an order says that is changed on its own page."""
ENDED = {True: (_l("Ended"), ""), False: (_l("Open"), "success")}


class _Orders(ServiceModelView):
    section = SECTION
    read_permission, write_permission = Permission.REFERRALS_READ, Permission.REFERRALS_WRITE


class ReferralForm(VersionedForm):
    """What an order says, but for its clinical text: that is read and changed on its own page."""

    organisation = Pick(_l("Sent from"), [Optional()], nothing=_l("The provider alone"))
    received_on = Day(_l("Received on"), [InputRequired(_l("Enter the day it came."))])
    received_via = SelectField(_l("Came by"), choices=CHANNEL_CHOICES)
    urgency = SelectField(_l("Urgency"), choices=URGENCY_CHOICES)
    their_reference = StringField(_l("Their reference"), [short(60)])
    frequency = StringField(_l("How often"), [short(80)])
    minutes = Whole(
        _l("Session length"),
        [Optional(), NumberRange(*MINUTES, _l("Sessions last %(min)s to %(max)s minutes."))],
        description=_l("Minutes."),
    )


def _amend(row: Referral, *, actor: Actor, organisation: str, **values: Any) -> None:
    # What this form does not ask for stays: whoever may read the clinical text could empty it.
    opens = may_read_health(actor, row.client_id)
    clinical: dict[str, Any] = (
        {name: getattr(row, name) or "" for name in services.CLINICAL} if opens else {}
    )
    place = the_organisation(organisation) if organisation else None
    as_it_was = {name: getattr(row, name) for name in KEPT}
    services.amend(row, actor=actor, organisation=place, **as_it_was | clinical | values)


class ReferralsAdmin(_Orders):
    model = Referral
    slug, label, glyph = "orders", _l("Orders received"), "transfer"
    about = _l("Orders from providers: who sent whom, and when.")
    create_label = _l("Log a referral")
    joins = (Referral.client, Referral.provider)
    outer_joins = (Referral.organisation,)
    title = (Referral.number, client_name())
    order = (Referral.received_on.desc(), Referral.id.desc())
    sees = ("contact", Client.public_id)
    columns = (
        Column("number", _l("Number"), Referral.number, sort=(Referral.number,)),
        Column("client", _l("Client"), client_name()),
        Column("provider", _l("Provider"), provider_name(), small=Organisation.name),
        Column(
            "received", _l("Received"), Referral.received_on, "day", sort=(Referral.received_on,)
        ),
        Column("urgency", _l("Urgency"), Referral.urgency, "tag", URGENCY_TAGS),
        Column("state", _l("State"), ~queries.is_open(), "yes", ENDED),
    )
    more = (
        Column("via", _l("Came by"), Referral.received_via, "name", dict(CHANNEL_CHOICES)),
        Column("theirs", _l("Their reference"), Referral.their_reference),
        Column("frequency", _l("How often"), Referral.frequency),
        Column("minutes", _l("Session length"), Referral.minutes, "number"),
        Column("ended", _l("Ended on"), Referral.ended_on, "day"),
    )
    filters = (
        whether(_l("Open"), queries.is_open()),
        one_of(_l("Urgency"), Referral.urgency, URGENCY_WORDS),
        since(_l("Received"), Referral.received_on),
        until(_l("Received"), Referral.received_on),
    )
    search_label = _l("Client")
    form, update_with = ReferralForm, staticmethod(_amend)
    new_endpoint, row_endpoint = "referrals.new", "desk.referral"
    deeds = (Deed("reopen", _l("Reopen"), services.reopen, at=("state", (True,))),)
    widths = {
        "organisation": "6", "received_on": "6", "received_via": "6", "urgency": "6",
        "their_reference": "6", "frequency": "6", "minutes": "6",
    }  # fmt: skip

    def found(self, text: str) -> Any:
        return (is_met_by(Referral.client_id, text),)

    def choices(self, form: Any, row: Any = None) -> None:
        places = [at.organisation for at in row.provider.places] if row else []
        form.organisation.offer([(place.public_id, place.name) for place in places])

    def shown(self, row: Referral) -> Any:
        return Shown(row, organisation=row.sent_from)


class AuthorisationForm(AllowedFields, VersionedForm):
    pass


class NewAuthorisationForm(AllowedFields, ClinicForm):
    referral = LookupField(_l("Referral"), [InputRequired(_l("Choose a referral from the list."))])


def _authorise(*, referral: str, reports_by: str = "", **values: Any) -> Any:
    rule = queries.rule_if_any(reports_by)
    return services.authorise(queries.the_referral(referral), report_rule=rule, **values)


def _amend_authorisation(row: Authorisation, *, reports_by: str = "", **values: Any) -> None:
    rule = queries.rule_if_any(reports_by)
    services.amend_authorisation(
        row, count=counted, report_rule=rule, document=row.document, **values
    )


def _find_referral(text: str, limit: int) -> Any:
    wanted = queries.found(text).where(queries.is_open()).order_by(Referral.id.desc())
    rows = records(wanted.limit(limit))
    saw("contact", [row.client_public_id for row in rows])
    return [(row.public_id, _called(row)) for row in rows]


def _called(row: Any) -> str:
    return f"{row.number}, {row.preferred_name or row.first_name} {row.last_name}"


REFERRALS = Lookup(_find_referral, lambda pid: queries.the_referral(pid).number)


class AuthorisationsAdmin(_Orders):
    model = Authorisation
    slug, label, glyph = "authorisations", _l("Authorisations"), "clipboard-check"
    about = _l("How many visits an order allows, and until when.")
    create_label = _l("New authorisation")
    joins = (Authorisation.referral, Referral.client, Referral.provider)
    title = (Referral.number, client_name())
    order = (Authorisation.id.desc(),)
    sees = ("contact", Client.public_id)
    columns = (
        Column("referral", _l("Referral"), Referral.number),
        Column("client", _l("Client"), client_name()),
        Column("provider", _l("Provider"), provider_name()),
        Column("visits", _l("Visits"), Authorisation.visits, "number"),
        Column("valid_from", _l("From"), Authorisation.valid_from, "day"),
        Column("valid_until", _l("Until"), Authorisation.valid_until, "expiry"),
        Column("payer", _l("Payer"), Authorisation.payer, small=Authorisation.reference),
    )
    more = (
        Column("came", _l("Received"), Authorisation.received_on, "day"),
        Column("frequency", _l("How often"), Authorisation.frequency),
        Column("missed", _l("A missed visit uses one up"), Authorisation.counts_missed, "yes"),
        Column(
            "late",
            _l("A late cancellation uses one up"),
            Authorisation.counts_late_cancelled,
            "yes",
        ),
    )
    filters = (
        since(_l("Until"), Authorisation.valid_until),
        until(_l("Until"), Authorisation.valid_until),
        whether(_l("Open"), queries.is_open()),
    )
    search_label = _l("Client")
    form, new_form = AuthorisationForm, NewAuthorisationForm
    create_with = staticmethod(_authorise)
    update_with = staticmethod(_amend_authorisation)
    lookups = {"referral": REFERRALS}
    widths = {
        "visits": "4", "valid_from": "4", "valid_until": "4", "reference": "6", "payer": "6",
        "received_on": "6", "frequency": "6",
    }  # fmt: skip

    def found(self, text: str) -> Any:
        return (is_met_by(Referral.client_id, text),)


SCREENS = (ReferralsAdmin, AuthorisationsAdmin)
