from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.anatomy import AREAS, POSITIONS, sides_of, spot
from clinic.health.forms.rules import PRESSURES
from clinic.health.queries.clearances import MINUTES, SAID_MAX
from clinic.health.rules.case import add_months
from clinic.health.rules.facts import Limits
from clinic.health.rules.rulebook import ALL
from clinic.web.fields import Day, Document, Whole
from clinic.web.forms import UNKNOWN, VersionedForm, WithFile
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

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
MONTHS = 12
"""How long an answer counts unless the provider says otherwise."""
LIMITS = ("pressure", "blocked", "areas", "positions")


class LimitsForm(VersionedForm):
    """What is not to be done with a client; ``offer`` fills in what can be chosen."""

    pressure = SelectField(_l("Highest pressure"), choices=PRESSURES)
    blocked = SelectMultipleField(_l("Techniques left out"), choices=[])
    areas = SelectMultipleField(_l("Areas left out"), choices=[])
    positions = SelectMultipleField(_l("Positions to avoid"), choices=[])

    def offer(self, technique_names: Mapping[str, str]) -> None:
        """Let these techniques (by code) be chosen, and every area and position."""
        self.blocked.choices = list(technique_names.items())
        spots = [(area, side) for area in AREAS for side in sides_of(area)]
        self.areas.choices = [(f"{area}:{side}", spoken(spot(area, side))) for area, side in spots]
        self.positions.choices = [(code, spoken(name)) for code, name in POSITIONS.items()]

    def limits(self) -> Limits:
        """What was chosen."""
        return Limits(
            pressure=int(self.pressure.data) if self.pressure.data else None,
            blocked=tuple(self.blocked.data or ()),
            areas=tuple(_spot(one) for one in self.areas.data or ()),
            positions=tuple(self.positions.data or ()),
        )


def limits_to_form(limits: Limits) -> dict[str, Any]:
    """Limits as a form begins with them."""
    return {
        "pressure": "" if limits.pressure is None else str(limits.pressure),
        "blocked": list(limits.blocked),
        "areas": [f"{area}:{side}" for area, side in limits.areas],
        "positions": list(limits.positions),
    }


class OrderLimitsForm(LimitsForm):
    """What an order asks to be careful with, as limits, or that it asks for none."""

    is_none_needed = BooleanField(_l("No limits are needed"))
    read = HiddenField(validators=[Length(max=20)])
    """The version of the order that the page shows."""
    back = HiddenField(validators=[Length(max=300)])

    def confirmed(self) -> dict[str, Any]:
        """What confirming the precautions takes."""
        read = self.read.data or ""
        return {
            "limits": self.limits(),
            "is_none_needed": self.is_none_needed.data,
            "read": int(read) if read.isdecimal() else UNKNOWN,
        }


class ClearanceForm(LimitsForm):
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
    minutes = Whole(
        _l("Longest session"),
        [Optional(), NumberRange(*MINUTES, _l("Sessions last %(min)s to %(max)s minutes."))],
    )

    def answer(self) -> dict[str, Any]:
        """What ``record_answer`` takes."""
        told = self.values()
        for name in LIMITS:
            del told[name]
        told["on"] = told.pop("since")
        told["inputs"] = told["inputs"].split(",") if told["inputs"] else None
        told["limits"] = replace(self.limits(), minutes=told.pop("minutes"))
        return told


def _spot(text: str) -> tuple[str, str]:
    area, _, side = text.partition(":")
    return area, side or "N"


class ScannedClearanceForm(WithFile, ClearanceForm):
    """The same, with the scan of what came on paper."""

    file = Document(_l("Scan"), [Optional()])


_Form = TypeVar("_Form", bound=ClearanceForm)


def begun(
    kind: type[_Form],
    version: int,
    *,
    said_by: str,
    inputs: Sequence[str],
    limits: Limits,
    technique_names: Mapping[str, str],
    on: date,
) -> _Form:
    """The form, begun with what the rules leave out by themselves.

    ``inputs`` are the fingerprints of what the page shows, ``limits`` the rules' own effects.
    """
    form = kind(
        version=version,
        inputs=",".join(inputs),
        said_by=said_by,
        since=on,
        valid_until=add_months(on, MONTHS),
        **limits_to_form(limits),
    )
    unnamed = {code: code for code in limits.blocked if code not in technique_names}
    used = {code: name for code, name in technique_names.items() if _is_offered(code, limits)}
    form.offer(used | unnamed)
    return form


def _is_offered(code: str, limits: Limits) -> bool:
    """“Every technique” is offered only where a rule leaves all of them out."""
    return code != ALL or ALL in limits.blocked
