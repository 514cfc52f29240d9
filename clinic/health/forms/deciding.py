from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from clinic.health.queries.clearances import REASON_MAX
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l

SAYS_NAMES = {
    "adjusted": _l("Adjusted: the session takes it into account"),
    "not_applicable": _l("Shown not to apply"),
    "cleared": _l("No conversation with a provider is needed"),
}
EVIDENCE_CHOICES = [
    ("", _l("Choose")),
    ("finding", _l("What I saw or felt")),
    ("reading", _l("A reading")),
    ("conversation", _l("A conversation")),
    ("document", _l("A document")),
]


class DeedForm(ClinicForm):
    """One deed about one rule; ``inputs`` is the fingerprint of what the page showed."""

    rule = HiddenField(validators=[Length(max=40)])
    inputs = HiddenField(validators=[Length(max=64)])


class AnswerForm(DeedForm):
    """What the client said when they were asked."""

    topics = SelectMultipleField(_l("Asked"), validate_choice=False, choices=[])
    said = HiddenField(validators=[Length(max=10)])


class AskForm(ClinicForm):
    """Which rules a provider is asked about: all that hold a visit of a day, if none is named."""

    rules = SelectMultipleField(_l("About"), validate_choice=False, choices=[])
    for_day = Day(_l("For the day"), [Optional()])


class DecideForm(ClinicForm):
    """What a therapist decides about a rule, with what shows it."""

    inputs = HiddenField(validators=[Length(max=64)])
    says = RadioField(_l("Decision"), [InputRequired(_l("Choose what you decide."))], choices=[])
    evidence = SelectField(
        _l("What shows it"),
        choices=EVIDENCE_CHOICES,
        description=_l("Needed where the rule stops or holds a visit."),
    )
    text = TextAreaField(
        _l("In your words"),
        [Length(max=REASON_MAX, message=_l("Use at most %(max)d characters."))],
        description=_l("What you saw, measured or were told; or what you adjust."),
    )
    until = Day(
        _l("Counts until"),
        [Optional()],
        description=_l("Empty: as long as nothing changes in what was found."),
    )


class WhyForm(ClinicForm):
    """Why something is taken back."""

    why = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Say why.")),
            Length(max=300, message=_l("Use at most %(max)d characters.")),
        ],
    )
