"""What a plan of treatment is written with."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.records.forms.measures import Figure, Spoken
from clinic.records.rules.measures import GIRTHS, GROUPS, MEASURES, MOVES, PLAIN, subject_of
from clinic.records.rules.plans import (
    EVERY_DAYS,
    GOALS,
    LINE_MAX,
    PHASES,
    TEXT_MAX,
    VISITS,
    WHY_MAX,
    Details,
    Goal,
    PlanPhase,
)
from clinic.web.fields import Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

_FROM_TO = _l("Enter a number from %(min)s to %(max)s.")


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


def _choices() -> list[SelectChoice]:
    """Everything that can be measured, group by group."""
    found = [SelectChoice("", _l("Nothing measured"))]
    for group, said in GROUPS.items():
        label: Any = Spoken(said)
        found += [
            SelectChoice(one.code, Spoken(one.name), optgroup=label)
            for one in (*PLAIN, *MOVES, *GIRTHS)
            if MEASURES[one.measure].group == group
        ]
    return found


def _number(label: Any, least_most: tuple[int, int]) -> Whole:
    return Whole(label, [Optional(), NumberRange(*least_most, message=_FROM_TO)])


class PlanForm(VersionedForm):
    """Goals in the client's words, phases, and when it is all looked at again."""

    complaint = StringField(_l("Main complaint"), [_most(LINE_MAX)])
    series = SelectField(_l("Series of visits"), choices=[("", _l("None"))], default="")
    every_visits = Whole(
        _l("Look at it again after"),
        [InputRequired(_l("Enter a whole number.")), NumberRange(1, 60, message=_FROM_TO)],
    )
    every_days = Whole(
        _l("or after"),
        [InputRequired(_l("Enter a whole number.")), NumberRange(1, 366, message=_FROM_TO)],
    )
    exit = TextAreaField(_l("The plan is complete when"), [_most(TEXT_MAX)])
    next_step = TextAreaField(_l("Next step"), [_most(TEXT_MAX)])

    @property
    def goals(self) -> list[tuple[Any, Any, Any, Any]]:
        """The goal, its measure, start and target, row by row."""
        return [
            tuple(self[f"{name}_{row}"] for name in ("goal", "subject", "start", "target"))
            for row in range(1, GOALS + 1)
        ]

    @property
    def phases(self) -> list[tuple[Any, Any, Any]]:
        """A phase's name, the days between its visits and how many there are."""
        return [
            (said, self[f"{name}_days"], self[f"{name}_visits"]) for name, said in PHASES.items()
        ]

    def details(self) -> Details:
        """What was typed."""
        return Details(
            complaint=self.complaint.data or "",
            goals=tuple(
                Goal(
                    text.data or "",
                    subject_of(subject.data) if subject.data else None,
                    start.data,
                    target.data,
                )
                for text, subject, start, target in self.goals
                if text.data or subject.data or start.data is not None or target.data is not None
            ),
            phases=tuple(
                PlanPhase(name, self[f"{name}_days"].data or 0, self[f"{name}_visits"].data or 0)
                for name in PHASES
                if self[f"{name}_days"].data or self[f"{name}_visits"].data
            ),
            exit=self.exit.data or "",
            next_step=self.next_step.data or "",
        )

    def fill(self, details: Details) -> None:
        """Show what a plan says."""
        for name in ("complaint", "exit", "next_step"):
            self[name].data = getattr(details, name)
        for goal, fields in zip(details.goals, self.goals, strict=False):
            text, subject, start, target = fields
            text.data, start.data, target.data = goal.text, goal.start, goal.target
            subject.data = goal.subject.code if goal.subject else ""
        for phase in details.phases:
            self[f"{phase.name}_days"].data = phase.every_days
            self[f"{phase.name}_visits"].data = phase.visits


for _row in range(1, GOALS + 1):
    setattr(PlanForm, f"goal_{_row}", StringField(_l("In the client’s words"), [_most(LINE_MAX)]))
    setattr(
        PlanForm, f"subject_{_row}", SelectField(_l("Shown by"), choices=_choices(), default="")
    )
    setattr(PlanForm, f"start_{_row}", Figure(_l("Start"), [Optional()]))
    setattr(PlanForm, f"target_{_row}", Figure(_l("Goal"), [Optional()]))
for _name in PHASES:
    setattr(PlanForm, f"{_name}_days", _number(_l("Days between visits"), EVERY_DAYS))
    setattr(PlanForm, f"{_name}_visits", _number(_l("Visits"), VISITS))


class WhyForm(ClinicForm):
    """Why a plan is paused or ended, or what was reached."""

    why = TextAreaField(_l("Why"), [InputRequired(_l("Say why.")), _most(WHY_MAX)])


class ReviewForm(ClinicForm):
    """What was found when a plan was looked at again, and what comes next."""

    found = TextAreaField(
        _l("What was found"), [InputRequired(_l("Say what was found.")), _most(WHY_MAX)]
    )
    next_step = TextAreaField(_l("Next step"), [_most(TEXT_MAX)])


class DeedForm(ClinicForm):
    """One deed, without anything to type."""
