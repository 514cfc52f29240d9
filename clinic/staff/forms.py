from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional

from clinic.core.permissions import Role
from clinic.staff.models import StaffMember
from clinic.staff.rules import HANDS_ON, PASSWORD_MAX, PASSWORD_MIN
from clinic.web.fields import Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import ROLE_NAMES
from clinic.web.wording import lazy_gettext as _l

ROLE_CHOICES = [(role.value, ROLE_NAMES[role]) for role in Role]
GENDERS = [
    ("", _l("Not said")),
    ("female", _l("Female")),
    ("male", _l("Male")),
    ("other", _l("Other")),
]


class SecretField(PasswordField):
    """A password: its blanks are part of it."""

    keeps_blanks = True


def _email(label: object) -> StringField:
    return StringField(
        label,
        [
            InputRequired(_l("Enter an e-mail address.")),
            Length(max=StaffMember.EMAIL_MAX, message=_l("That is too long.")),
            Email(_l("Enter an e-mail address, such as name@example.com.")),
        ],
    )


def _name() -> StringField:
    return StringField(
        _l("Name"),
        [
            DataRequired(_l("Enter a name.")),
            Length(max=StaffMember.NAME_MAX, message=_l("Use at most 80 characters.")),
        ],
    )


class SignInForm(ClinicForm):
    email = StringField(
        _l("E-mail"), [InputRequired(_l("Enter your e-mail address.")), Length(max=254)]
    )
    password = SecretField(_l("Password"), [InputRequired(_l("Enter your password."))])


class NewPasswordForm(ClinicForm):
    password = SecretField(
        _l("New password"),
        [InputRequired(_l("Choose a password.")), Length(max=PASSWORD_MAX)],
        description=_l(
            "At least %(count)s characters. A few words together work well.", count=PASSWORD_MIN
        ),
    )


class FirstOwnerForm(NewPasswordForm):
    name = _name()
    email = _email(_l("E-mail"))


class ChangePasswordForm(NewPasswordForm):
    current = SecretField(
        _l("Present password"), [InputRequired(_l("Enter your present password."))]
    )


class LookForm(ClinicForm):
    theme = RadioField(
        _l("Look"),
        choices=[("auto", _l("As the device")), ("light", _l("Light")), ("dark", _l("Dark"))],
    )
    has_shortcuts = BooleanField(_l("Single keys act as shortcuts"))


class InviteForm(ClinicForm):
    name = _name()
    email = _email(_l("E-mail"))
    roles = SelectMultipleField(
        _l("Roles"), [DataRequired(_l("Choose at least one role."))], choices=ROLE_CHOICES
    )


class StaffForm(VersionedForm):
    name = _name()
    email = _email(_l("E-mail"))
    phone = StringField(_l("Phone"), [Length(max=20, message=_l("Use at most 20 characters."))])
    gender = SelectField(_l("Gender"), choices=GENDERS)
    roles = SelectMultipleField(
        _l("Roles"), [DataRequired(_l("Choose at least one role."))], choices=ROLE_CHOICES
    )
    hands_on_limit = Whole(
        _l("Hands-on limit"),
        [Optional(), NumberRange(*HANDS_ON, _l("Enter minutes from 30 to 720, or nothing."))],
        description=_l("Minutes of treatment in a day. Empty: the clinic's own limit."),
    )
    is_lead = BooleanField(_l("Lead therapist: may set the screening rules"))
