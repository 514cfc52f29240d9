"""Forms about what is to be done. Nothing here is for health details, and the fields say so."""

from datetime import date
from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from clinic.core.permissions import Role
from clinic.tasks.models import Task
from clinic.tasks.rules import BY_HAND, KINDS
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import ROLE_NAMES, spoken
from clinic.web.wording import lazy_gettext as _l

NO_HEALTH = _l("Everybody at the desk reads this: no health details.")
_MOST = Length(max=Task.NOTE_MAX, message=_l("That is too long."))


def _line(label: Any, needed: Any, name: str) -> StringField:
    return StringField(label, [DataRequired(needed), _MOST], id=name, description=NO_HEALTH)


class StepForm(VersionedForm):
    """A step that needs nothing said: take, hand back, look at it today."""


class FinishForm(VersionedForm):
    outcome = _line(_l("How it ended"), _l("Say how it ended."), "finish-outcome")


class SnoozeForm(VersionedForm):
    until = Day(_l("Until"), [DataRequired(_l("Choose a day to come."))], id="snooze-until")
    why = _line(_l("Why it waits"), _l("Say why it waits."), "snooze-why")


class CancelForm(VersionedForm):
    why = _line(_l("Why it need not be done"), _l("Say why it need not be done."), "cancel-why")


class HandForm(VersionedForm):
    whom = SelectField(_l("Who does it"), id="hand-whom")

    def offer(self, people: list[Any]) -> None:
        """Roles first, then people by name."""
        self.whom.choices = whom_choices(people)


class NewForm(ClinicForm):
    KEPT = ClinicForm.KEPT | {"client_text"}

    kind = SelectField(
        _l("What is to be done"), choices=[(code, KINDS[code].name) for code in BY_HAND]
    )
    due_on = Day(_l("By"), [DataRequired(_l("Choose a day."))])
    client = StringField(_l("About which client"), [Optional()])
    whom = SelectField(_l("Who does it"))
    note = StringField(_l("Note"), [_MOST], description=NO_HEALTH)

    def offer(self, people: list[Any], on: date) -> None:
        """The choices, with the words of kinds in the reader's language."""
        self.kind.choices = [(code, spoken(KINDS[code].name)) for code in BY_HAND]
        self.whom.choices = [("", _l("The role that usually does it")), *whom_choices(people)]
        if self.due_on.data is None and not self.is_submitted():
            self.due_on.data = on


def whom_choices(people: list[Any]) -> list[tuple[str, Any]]:
    """Roles first, then people by name."""
    roles = [(role.value, ROLE_NAMES[role]) for role in Role]
    return [*roles, *((one.public_id, one.name) for one in people)]
