from typing import Any
from zoneinfo import available_timezones

from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional

from clinic.practice.models import Setting
from clinic.practice.rules import GRIDS, LIMITS
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

ZONES = [
    "UTC",
    *sorted(name for name in available_timezones() if "/" in name and name[:3] != "Etc"),
]
MASSAGE, NOTHING = "massage", "nothing"
TOO_LONG = _l("That is too long.")


def upper(text: Any) -> Any:
    return text.upper() if isinstance(text, str) else text


class _House:
    """What must be known before the first booking."""

    name = StringField(
        _l("Name of the clinic"),
        [
            DataRequired(_l("Enter the clinic's name.")),
            Length(max=Setting.NAME_MAX, message=TOO_LONG),
        ],
    )
    timezone = SelectField(
        _l("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in ZONES],
        default="UTC",
        description=_l("The clock on the clinic's wall. All times are shown in it."),
    )
    currency = StringField(
        _l("Currency"),
        [InputRequired(_l("Enter a currency code, such as USD.")), Length(max=3, message=TOO_LONG)],
        filters=[upper],
        description=_l("Three letters, such as USD, CAD or GBP."),
    )
    locale = StringField(
        _l("Language of dates and amounts"),
        [
            InputRequired(_l("Enter a language code, such as en_US.")),
            Length(max=20, message=TOO_LONG),
        ],
        description=_l("A code such as en_US, en_CA or en_GB."),
    )
    region = StringField(
        _l("Country"),
        [
            InputRequired(_l("Enter the two letters of a country, such as US.")),
            Length(min=2, max=2, message=_l("Enter two letters, such as US.")),
        ],
        filters=[upper],
        description=_l("Two letters, such as US or CA: how phone numbers are read."),
    )


class SetupForm(_House, ClinicForm):
    catalogue = RadioField(
        _l("Services"),
        choices=[
            (MASSAGE, _l("Begin with a catalogue of massage services, to be changed freely")),
            (NOTHING, _l("Begin with none")),
        ],
        default=MASSAGE,
    )


def _figure(name: str, label: object, hint: object) -> IntegerField:
    low, high = LIMITS[name]
    message = _l("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)
    return IntegerField(
        label,
        [InputRequired(message), NumberRange(low, high, message=message)],
        description=hint,
    )


class SettingsForm(_House, VersionedForm):
    phone = StringField(_l("Phone"), [Length(max=40, message=TOO_LONG)])
    email = EmailField(
        _l("E-mail"),
        [
            Optional(),
            Length(max=254, message=TOO_LONG),
            Email(_l("Enter an e-mail address, such as name@example.com.")),
        ],
    )
    address = TextAreaField(_l("Address"), [Length(max=400, message=TOO_LONG)])
    slot_grid = SelectField(
        _l("Visits begin every"),
        choices=[(minutes, _l("%(minutes)s minutes", minutes=minutes)) for minutes in GRIDS],
        coerce=int,
    )
    horizon = _figure("horizon", _l("Book ahead"), _l("Days."))
    min_lead = _figure("min_lead", _l("Shortest notice"), _l("Minutes before the visit."))
    late_cancel = _figure(
        "late_cancel",
        _l("Late cancellation"),
        _l("Hours before the visit: later than this is late."),
    )
    no_show_grace = _figure(
        "no_show_grace", _l("No-show after"), _l("Minutes after the visit was to begin.")
    )
    hands_on_limit = _figure(
        "hands_on_limit", _l("Hands-on limit"), _l("Minutes of treatment per therapist and day.")
    )
    idle = _figure("idle", _l("Sign out after"), _l("Minutes without work at a screen."))
    over_authorisation = RadioField(
        _l("When more visits are booked than a payer allowed"),
        choices=[
            ("refuse", _l("Refuse to book them")),
            ("warn", _l("Warn, and let them be booked with a reason")),
        ],
        default="refuse",
    )
    desk_sees_diagnosis = BooleanField(
        _l("Reception reads the reason and the diagnosis on an order"),
        description=_l("And opens its scan. Otherwise only therapists who treat the client do."),
    )
