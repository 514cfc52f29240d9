from typing import Any

from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from clinic.core.errors import DomainError
from clinic.directory.models import CREDENTIALS, Organisation, Provider
from clinic.web.forms import VersionedForm
from clinic.web.wording import lazy_gettext as _l

KIND_NAMES = {
    "practice": _l("Practice"),
    "hospital": _l("Hospital"),
    "insurer": _l("Insurer"),
    "veterans": _l("Veterans’ office"),
    "employer": _l("Employer"),
    "attorney": _l("Attorney"),
    "other": _l("Other"),
}
CHANNEL_NAMES = {
    "fax": _l("Fax"),
    "secure_email": _l("Secure e-mail"),
    "portal": _l("Portal"),
    "post": _l("Post"),
    "phone": _l("Phone"),
}
STATUS_NAMES = {
    "active": _l("Practises"),
    "retired": _l("Retired"),
    "moved": _l("Moved away"),
    "deceased": _l("Deceased"),
}
CREDENTIAL_NAMES = {code: code for code in CREDENTIALS} | {
    "midwife": _l("Midwife"),
    "other": _l("Other"),
}
TOO_LONG = _l("That is too long.")


def _text(label: Any, most: int, *, description: Any = "") -> StringField:
    return StringField(label, [Length(max=most, message=TOO_LONG)], description=description)


def _needed(label: Any, most: int, message: Any) -> StringField:
    return StringField(label, [DataRequired(message), Length(max=most, message=TOO_LONG)])


def _email(label: Any) -> EmailField:
    return EmailField(
        label,
        [
            Optional(),
            Length(max=254, message=TOO_LONG),
            Email(_l("Enter an e-mail address, such as name@example.com.")),
        ],
    )


def without_gaps(text: Any) -> Any:
    """A number as it is kept, without the blanks and dashes it is read with."""
    return text.replace(" ", "").replace("-", "") if isinstance(text, str) else text


class _TwinForm(VersionedForm):
    """A form that may meet somebody who is there already: it shows them."""

    twins: tuple[Any, ...] = ()
    despite_twins = BooleanField(_l("It is another one: save it as well"))

    is_doubtful = False

    def blame(self, error: DomainError) -> None:
        self.twins = getattr(error, "twins", ())
        self.is_doubtful = getattr(error, "is_doubtful", False)
        super().blame(error)


class ProviderForm(_TwinForm):
    first_name = _text(_l("First name"), Provider.NAME_MAX)
    last_name = _needed(_l("Last name"), Provider.NAME_MAX, _l("Enter a last name."))
    credentials = SelectField(_l("Credentials"), choices=list(CREDENTIAL_NAMES.items()))
    specialty = _text(_l("Specialty"), 80)
    npi = StringField(
        _l("NPI"),
        filters=[without_gaps],
        description=_l("Ten digits. Empty for a provider abroad."),
    )
    despite_npi = StringField(_l("Save it all the same"))
    phone = _text(_l("Phone"), 40)
    fax = _text(_l("Fax"), 40)
    email = _email(_l("Secure e-mail"))
    preferred_channel = SelectField(_l("Reached by"), choices=list(CHANNEL_NAMES.items()))
    note = StringField(
        _l("Note"),
        [Length(max=200, message=TOO_LONG)],
        description=_l("Everybody at the desk reads this. Nothing about a client."),
    )


class NewProviderForm(ProviderForm):
    KEPT = ProviderForm.KEPT | {"organisation_text"}

    organisation = StringField(_l("Works at"))
    organisation_text = _text(_l("Works at"), Organisation.NAME_MAX)

    def validate_organisation(self, field: StringField) -> None:
        if self.organisation_text.data and not field.data:
            raise ValidationError(_l("Choose an organisation of the list, or empty this."))


class PlaceForm(VersionedForm):
    KEPT = VersionedForm.KEPT | {"organisation_text"}

    organisation = StringField(
        _l("Organisation"), [DataRequired(_l("Choose an organisation of the list."))]
    )
    organisation_text = _text(_l("Organisation"), Organisation.NAME_MAX)


class OrganisationForm(_TwinForm):
    name = _needed(_l("Name"), Organisation.NAME_MAX, _l("Enter a name."))
    kind = SelectField(_l("Kind"), choices=list(KIND_NAMES.items()))
    phone = _text(_l("Phone"), 40)
    fax = _text(_l("Fax"), 40)
    email = _email(_l("E-mail"))
    address = _text(_l("Street"), 200)
    city = _text(_l("Town"), 80)
    region = _text(_l("State or province"), 60)
    postcode = _text(_l("Postcode"), 20)
    referral_contact = _text(
        _l("Whom to ask about a referral"), 80, description=_l("A name, a desk, or an extension.")
    )
    hours = _text(_l("Hours"), 120, description=_l("When somebody answers, as they say it."))
