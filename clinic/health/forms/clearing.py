from typing import Any

from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.health.forms.rules import PRESSURES
from clinic.health.queries.clearances import MINUTES, SAID_MAX
from clinic.health.rules.facts import Limits
from clinic.web.fields import Day, Whole
from clinic.web.forms import VersionedForm
from clinic.web.wording import lazy_gettext as _l

OUTCOME_CHOICES = [
    ("cleared_with_limits", _l("Cleared, with the limits below")),
    ("cleared", _l("Cleared, without limits")),
    ("refused", _l("Not cleared")),
]
HOW_NAMES = {
    "phone": _l("By phone"),
    "in_person": _l("In person"),
    "letter": _l("By letter or fax"),
    "message": _l("By secure message"),
}
LIMITS = ("pressure", "blocked", "areas", "positions", "minutes")


class ClearanceForm(VersionedForm):
    """What a provider answered: the conversation is the record."""

    inputs = HiddenField(validators=[Length(max=2000)])
    outcome = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose what the answer was."))],
        choices=OUTCOME_CHOICES,
    )
    said_by = StringField(
        _l("Who answered"),
        [
            InputRequired(_l("Say who answered.")),
            Length(max=120, message=_l("Use at most %(max)d characters.")),
        ],
    )
    how = SelectField(_l("How"), choices=list(HOW_NAMES.items()))
    since = Day(_l("On"), [InputRequired(_l("Enter the day of the conversation."))])
    valid_until = Day(
        _l("Counts until"),
        [Optional()],
        description=_l("That day included. Later visits are listed again."),
    )
    said = TextAreaField(
        _l("What was said"),
        [
            InputRequired(_l("Write down what was said.")),
            Length(max=SAID_MAX, message=_l("Use at most %(max)d characters.")),
        ],
    )
    pressure = SelectField(_l("Highest pressure"), choices=PRESSURES)
    minutes = Whole(
        _l("Longest session"),
        [Optional(), NumberRange(*MINUTES, _l("Sessions last %(min)s to %(max)s minutes."))],
    )
    blocked = SelectMultipleField(_l("Techniques left out"), choices=[])
    areas = SelectMultipleField(_l("Areas left out"), choices=[])
    positions = SelectMultipleField(_l("Positions to avoid"), choices=[])

    def answer(self) -> dict[str, Any]:
        """What ``record_answer`` takes."""
        told = self.values()
        limits = {name: told.pop(name) for name in LIMITS}
        pressure = limits["pressure"]
        told["on"] = told.pop("since")
        told["inputs"] = told["inputs"].split(",") if told["inputs"] else None
        told["limits"] = Limits(
            pressure=int(pressure) if pressure else None,
            blocked=tuple(limits["blocked"] or ()),
            areas=tuple(_spot(one) for one in limits["areas"] or ()),
            positions=tuple(limits["positions"] or ()),
            minutes=limits["minutes"],
        )
        return told


def _spot(text: str) -> tuple[str, str]:
    area, _, side = text.partition(":")
    return area, side or "N"
