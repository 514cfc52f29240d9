"""The back office's screens of providers and organisations."""

from typing import Any

from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Email, Optional

from clinic.admin.base import ServiceModelView
from clinic.admin.fields import Lookup, LookupField, short
from clinic.admin.names import provider_name
from clinic.admin.parts import Column, Deed, one_of, whether
from clinic.core.permissions import Permission
from clinic.desk.services import set_provider_status
from clinic.directory import queries, services
from clinic.directory.models import CREDENTIALS, Organisation, Provider
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

SECTION = _l("Referral coordination")
KIND_WORDS = {
    "practice": _l("Practice"),
    "hospital": _l("Hospital"),
    "insurer": _l("Insurer"),
    "veterans": _l("Veterans' office"),
    "employer": _l("Employer"),
    "attorney": _l("Attorney"),
    "other": _l("Other"),
}
CHANNEL_WORDS = {
    "fax": _l("Fax"),
    "secure_email": _l("Secure e-mail"),
    "portal": _l("Portal"),
    "post": _l("Post"),
    "phone": _l("Phone"),
}
STATUS_WORDS = {
    "active": _l("Practises"),
    "retired": _l("Retired"),
    "deceased": _l("Died"),
    "moved": _l("Moved away"),
}
STATUS_TAGS = {
    code: (word, "success" if code == "active" else "") for code, word in STATUS_WORDS.items()
}
CREDENTIAL_WORDS = {code: code for code in CREDENTIALS} | {
    "midwife": _l("Midwife"),
    "other": _l("Other"),
}
OPEN = {True: (_l("Open"), "success"), False: (_l("Closed"), "")}


class _Directory(ServiceModelView):
    section = SECTION
    read_permission, write_permission = Permission.DIRECTORY_READ, Permission.DIRECTORY_WRITE


def _email() -> EmailField:
    return EmailField(
        _l("E-mail"),
        [
            Optional(),
            short(254),
            Email(_l("Enter an e-mail address, such as name@example.com.")),
        ],
    )


class _ProviderFields:
    first_name = StringField(_l("First name"), [short(Provider.NAME_MAX)])
    last_name = StringField(
        _l("Last name"), [DataRequired(_l("Enter a last name.")), short(Provider.NAME_MAX)]
    )
    credentials = SelectField(_l("Credentials"), choices=list(CREDENTIAL_WORDS.items()))
    specialty = StringField(_l("Specialty"), [short(80)])
    npi = StringField(
        _l("NPI"), [short(10)], description=_l("Ten digits. Empty for a provider abroad.")
    )
    despite_npi = StringField(
        _l("The same number once more"),
        [short(10)],
        description=_l("Only where it is called wrong: typed again it is saved all the same."),
    )
    phone = StringField(_l("Phone"), [short(40)])
    fax = StringField(_l("Fax"), [short(40)])
    email = _email()
    preferred_channel = SelectField(_l("Reached by"), choices=list(CHANNEL_WORDS.items()))
    note = StringField(
        _l("Note"),
        [short(200)],
        description=_l("Everybody at the desk reads this. Nothing about a client."),
    )


class ProviderForm(_ProviderFields, VersionedForm):
    pass


class NewProviderForm(_ProviderFields, ClinicForm):
    organisation = LookupField(_l("Works at"), [Optional()])
    despite_twins = BooleanField(_l("Save even if the same name is here already"))


def _enter(*, organisation: str, **values: Any) -> Any:
    place = queries.the_organisation(organisation) if organisation else None
    return services.enter_provider(organisation=place, **values)


def _has_status(status: str) -> Any:
    def act(row: Provider, *, actor: Any) -> None:
        set_provider_status(row, actor=actor, status=status)

    return act


def _find_organisation(text: str, limit: int) -> Any:
    return [(one.public_id, one.name) for one in queries.found_organisations(text, limit)]


ORGANISATIONS = Lookup(_find_organisation, lambda pid: queries.the_organisation(pid).name)


class ProvidersAdmin(_Directory):
    model = Provider
    slug, label, glyph = "providers", _l("Providers"), "stethoscope"
    about = _l("Who sends clients, and how to reach them.")
    create_label = _l("New provider")
    title, order = (provider_name(),), (Provider.search_name, Provider.id)
    columns = (
        Column(
            "name",
            _l("Name"),
            provider_name(),
            small=Provider.specialty,
            sort=(Provider.search_name,),
        ),
        Column("credentials", _l("Credentials"), Provider.credentials, "name", CREDENTIAL_WORDS),
        Column("npi", _l("NPI"), Provider.npi, sort=(Provider.npi,)),
        Column("phone", _l("Phone"), Provider.phone, "phone"),
        Column("fax", _l("Fax"), Provider.fax, "phone"),
        Column("channel", _l("Reached by"), Provider.preferred_channel, "name", CHANNEL_WORDS),
        Column("status", _l("State"), Provider.status, "tag", STATUS_TAGS),
    )
    more = (
        Column("email", _l("E-mail"), Provider.email),
        Column("note", _l("Note"), Provider.note),
    )
    filters = (
        one_of(_l("State"), Provider.status, STATUS_WORDS),
        one_of(_l("Credentials"), Provider.credentials, CREDENTIAL_WORDS),
        one_of(_l("Reached by"), Provider.preferred_channel, CHANNEL_WORDS),
    )
    search_label = _l("Name, NPI or phone")
    form, new_form = ProviderForm, NewProviderForm
    create_with, update_with = staticmethod(_enter), staticmethod(services.amend_provider)
    lookups = {"organisation": ORGANISATIONS}
    deeds = (
        Deed("active", _l("Practises"), _has_status("active")),
        Deed("retired", _l("Retired"), _has_status("retired")),
        Deed("moved", _l("Moved away"), _has_status("moved")),
        Deed("deceased", _l("Died"), _has_status("deceased")),
    )
    widths = {
        "first_name": "6", "last_name": "6", "credentials": "6", "specialty": "6", "npi": "6",
        "despite_npi": "6", "phone": "6", "fax": "6", "email": "6", "preferred_channel": "6",
        "note": "8",
    }  # fmt: skip

    def found(self, text: str) -> Any:
        return (queries.matches_provider(text),)


class _OrganisationFields:
    name = StringField(
        _l("Name"), [DataRequired(_l("Enter a name.")), short(Organisation.NAME_MAX)]
    )
    kind = SelectField(_l("Kind"), choices=list(KIND_WORDS.items()))
    phone = StringField(_l("Phone"), [short(40)])
    fax = StringField(_l("Fax"), [short(40)])
    email = _email()
    address = StringField(_l("Street and number"), [short(200)])
    city = StringField(_l("Town"), [short(80)])
    region = StringField(_l("State or region"), [short(60)])
    postcode = StringField(_l("Postcode"), [short(20)])
    referral_contact = StringField(_l("Whom to ask about a referral"), [short(80)])
    hours = StringField(_l("Hours"), [short(120)])


class OrganisationForm(_OrganisationFields, VersionedForm):
    pass


class NewOrganisationForm(_OrganisationFields, ClinicForm):
    despite_twins = BooleanField(_l("Save even if the same name is here already"))


class OrganisationsAdmin(_Directory):
    model = Organisation
    slug, label, glyph = "organisations", _l("Organisations"), "building-hospital"
    about = _l("Practices, hospitals and insurers.")
    create_label = _l("New organisation")
    title, order = (Organisation.name,), (Organisation.search_name, Organisation.id)
    columns = (
        Column("name", _l("Name"), Organisation.name, sort=(Organisation.search_name,)),
        Column("kind", _l("Kind"), Organisation.kind, "tag", KIND_WORDS),
        Column("city", _l("Town"), Organisation.city),
        Column("phone", _l("Phone"), Organisation.phone, "phone"),
        Column("fax", _l("Fax"), Organisation.fax, "phone"),
        Column("state", _l("State"), Organisation.is_active, "yes", OPEN),
    )
    more = (
        Column("email", _l("E-mail"), Organisation.email),
        Column("address", _l("Street and number"), Organisation.address),
        Column("postcode", _l("Postcode"), Organisation.postcode),
        Column(
            "referral_contact", _l("Whom to ask about a referral"), Organisation.referral_contact
        ),
        Column("hours", _l("Hours"), Organisation.hours),
    )
    filters = (
        one_of(_l("Kind"), Organisation.kind, KIND_WORDS),
        whether(_l("Open"), Organisation.is_active.is_(True)),
    )
    search_label = _l("Name or phone")
    form, new_form = OrganisationForm, NewOrganisationForm
    create_with = staticmethod(services.enter_organisation)
    update_with = staticmethod(services.amend_organisation)
    deeds = (
        Deed("close", _l("Close"), services.close_organisation, at=("state", (True,))),
        Deed("reopen", _l("Open again"), services.reopen_organisation, at=("state", (False,))),
    )
    widths = {
        "name": "6", "kind": "6", "phone": "4", "fax": "4", "email": "4", "address": "6",
        "city": "6", "region": "6", "postcode": "6", "referral_contact": "6", "hours": "6",
    }  # fmt: skip

    def found(self, text: str) -> Any:
        return (queries.matches_organisation(text),)


SCREENS = (ProvidersAdmin, OrganisationsAdmin)
