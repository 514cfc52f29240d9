from wtforms import (
    BooleanField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.referrals.rules import MINUTES, VISITS_MAX
from clinic.web.fields import Day, Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

CHANNEL_CHOICES = [
    ("fax", _l("Fax")),
    ("post", _l("Post")),
    ("phone", _l("Phone")),
    ("email", _l("E-mail")),
    ("hand", _l("Brought by hand")),
    ("portal", _l("Portal")),
]
URGENCY_CHOICES = [
    ("routine", _l("Routine")),
    ("soon", _l("Soon")),
    ("urgent", _l("Urgent")),
    ("emergency", _l("Emergency")),
]
CLINICAL = ("reason", "diagnosis", "precautions")
CLINICAL_MAX = 2000
ALLOWED = (
    "visits", "valid_from", "valid_until", "reference", "payer", "counts_missed",
    "counts_late_cancelled",
)  # fmt: skip


def _short(most: int) -> Length:
    return Length(max=most, message=_l("Use at most %(max)d characters."))


def _clinical(label: object) -> TextAreaField:
    return TextAreaField(label, [_short(CLINICAL_MAX)])


class AllowedFields:
    """How many visits an authorisation allows, and for how long."""

    visits = Whole(
        _l("Visits allowed"),
        [
            InputRequired(_l("Enter how many visits are allowed.")),
            NumberRange(1, VISITS_MAX, _l("Allow %(min)s to %(max)s visits.")),
        ],
    )
    valid_from = Day(_l("Valid from"), [InputRequired(_l("Enter the first day."))])
    valid_until = Day(_l("Valid until"), [Optional()], description=_l("That day included."))
    reference = StringField(_l("Authorisation number"), [_short(60)])
    payer = StringField(_l("Payer"), [_short(80)])
    counts_missed = BooleanField(_l("A missed visit uses one up"))
    counts_late_cancelled = BooleanField(_l("A late cancellation uses one up"))


class OrderFields:
    """What an order says: how it came, what it asks for."""

    sent_from = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    received_on = Day(_l("Received on"), [InputRequired(_l("Enter the day it came."))])
    received_via = SelectField(_l("Came by"), choices=CHANNEL_CHOICES)
    urgency = SelectField(_l("Urgency"), choices=URGENCY_CHOICES)
    their_reference = StringField(_l("Their reference"), [_short(60)])
    frequency = StringField(
        _l("How often"), [_short(80)], description=_l("As written, such as twice a week.")
    )
    minutes = Whole(
        _l("Session length"),
        [Optional(), NumberRange(*MINUTES, _l("Sessions last %(min)s to %(max)s minutes."))],
    )
    reason = _clinical(_l("Reason"))
    diagnosis = _clinical(_l("Diagnosis codes"))
    precautions = _clinical(_l("Precautions"))


class ReferralForm(OrderFields, ClinicForm):
    """A new order, with the visits that it allows, if it says so."""

    client = StringField(_l("Client"), [InputRequired(_l("Choose a client from the list."))])
    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
    is_another = BooleanField(_l("This is another order"))
    visits = Whole(
        _l("Visits allowed"),
        [Optional(), NumberRange(1, VISITS_MAX, _l("Allow %(min)s to %(max)s visits."))],
        description=_l("Leave it empty if the order does not say."),
    )
    valid_from = Day(
        _l("Valid from"), [Optional()], description=_l("The day it came, if left empty.")
    )
    valid_until = Day(_l("Valid until"), [Optional()], description=_l("That day included."))
    reference = StringField(_l("Authorisation number"), [_short(60)])
    payer = StringField(_l("Payer"), [_short(80)])
    counts_missed = BooleanField(_l("A missed visit uses one up"))
    counts_late_cancelled = BooleanField(_l("A late cancellation uses one up"))


class AmendForm(OrderFields, VersionedForm):
    """Corrections; clinical text that the reader may not see is replaced only when typed."""


class AuthorisationForm(AllowedFields, VersionedForm):
    """An authorisation, new or corrected."""


class EndForm(VersionedForm):
    """Why nothing more is booked on an order."""

    why = StringField(
        _l("Reason for ending"),
        [InputRequired(_l("Say why it ends.")), _short(200)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )
