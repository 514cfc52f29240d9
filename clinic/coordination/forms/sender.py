"""What is typed where another provider becomes the sender of a referral."""

from typing import Any

from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from clinic.coordination.rules.actions import SENDERS
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

WHY_MAX = 300


def _provider() -> HiddenField:
    return HiddenField(validators=[InputRequired(_l("Choose a provider from the list."))])


def _why(description: Any) -> StringField:
    return StringField(
        _l("Why"),
        [
            InputRequired(_l("Say why.")),
            Length(max=WHY_MAX, message=_l("Use at most %(max)d characters.")),
        ],
        description=description,
    )


class SenderForm(VersionedForm):
    """Who sent it, from where, and why it is another."""

    provider = _provider()
    sent_from = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    code = SelectField(
        _l("What happened"),
        [InputRequired(_l("Choose one."))],
        choices=lambda: [
            ("", _l("Choose")),
            *((code, spoken(words)) for code, words in SENDERS.items()),
        ],
    )
    why = _why(_l("Everybody at the desk reads this. No health details here."))


class RecipientForm(VersionedForm):
    """Who is asked in the place of the one before, where, and why."""

    provider = _provider()
    organisation = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    why = _why(_l("Read by who treats the client."))


class CopyForm(ClinicForm):
    """Who gets a copy, and where."""

    provider = _provider()
    organisation = SelectField(_l("Organisation"), validate_choice=False, choices=[])
