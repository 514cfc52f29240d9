from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from clinic.health.models import RuleVersion
from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.rulebook import CLASS_NAMES, PRESSURE_MAX
from clinic.web.fields import Day
from clinic.web.forms import VersionedForm
from clinic.web.wording import lazy_gettext as _l

TEXT_MAX = 500
TRIGGER_MAX = 2000
PRESSURES = [
    ("", _l("No cap")),
    ("0", _l("0 · no contact")),
    ("1", _l("1 · light lotioning")),
    ("2", _l("2 · heavy lotioning")),
    ("3", _l("3 · medium")),
    ("4", _l("4 · strong")),
    ("5", _l("5 · deep")),
]
"""Tracy Walton's pressure scale."""
CLASS_CHOICES = [(klass, CLASS_NAMES[klass]) for klass in reversed(CLASSES)]


def _figure(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isdigit() and int(typed) <= PRESSURE_MAX else None


class RuleForm(VersionedForm):
    """What a clinic may say differently about a rule, from when until when, and why."""

    klass = SelectField(_l("Class"), choices=[])
    is_active = BooleanField(_l("Switched on"))
    effective_from = Day(
        _l("From"), [InputRequired(_l("Enter the first day."))], description=_l("Today or later.")
    )
    effective_to = Day(
        _l("Until"),
        [Optional()],
        description=_l("That day included; then it is as before. Empty: from now on."),
    )
    pressure = SelectField(_l("Highest pressure"), choices=PRESSURES)
    qualification = SelectField(_l("Training needed"), choices=[])
    blocks = SelectMultipleField(_l("Techniques left out"), choices=[])
    avoid = SelectMultipleField(_l("Areas left out"), choices=[])
    action = TextAreaField(
        _l("What to do"),
        [
            InputRequired(_l("Say what is to be done.")),
            Length(max=TEXT_MAX, message=_l("Use at most %(max)d characters.")),
        ],
    )
    trigger = TextAreaField(
        _l("When it is hit"),
        [
            InputRequired(_l("Say when it is hit.")),
            Length(max=TRIGGER_MAX, message=_l("Use at most %(max)d characters.")),
        ],
        description=_l("Only names that rules know; | is or, & is and. There is no not."),
    )
    why = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Say why.")),
            Length(max=RuleVersion.WHY_MAX, message=_l("Use at most %(max)d characters.")),
        ],
        description=_l("Kept with the change. No client’s details here."),
    )

    def changes(self) -> dict[str, Any]:
        """What ``change_rule`` takes, the reason and the days among it."""
        told = self.values()
        told["pressure"] = _figure(told["pressure"])
        told["blocks"] = tuple(told["blocks"] or ())
        told["avoid"] = tuple(told["avoid"] or ())
        return told
