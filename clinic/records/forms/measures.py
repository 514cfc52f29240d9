"""What measures are written down with: on a page of their own, and in a note's table."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from clinic.anatomy.movements import METHODS
from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.records.rules import roland
from clinic.records.rules.measures import (
    ACTIVITIES,
    ACTIVITY_MAX,
    CHANGES,
    COMMENT_MAX,
    GIRTHS,
    HOWS,
    MEASURES,
    MOVES,
    PLAIN,
    Measure,
    Subject,
    Taken,
    of_activities,
    of_statements,
    subject_of,
)
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

_NUMBER = re.compile(r"[-+−]?\d{1,5}(?:[.,]\d{1,3})?")
PHASES = {
    "": _l("Usual: the first is the baseline"),
    "baseline": _l("Baseline"),
    "reeval": _l("Re-evaluation"),
    "discharge": _l("At the end of treatment"),
    "followup": _l("Follow-up"),
}
ROWS = 12
"""Rows of the table of movements that a note reads at most."""


class Spoken:
    """A label whose words are translated when it is drawn."""

    def __init__(self, words: Any) -> None:
        self._words = words

    def __str__(self) -> str:
        return spoken(self._words)


def number(text: str) -> float | None:
    """A figure as people type it, with a point or a comma; None for anything else."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return float(text.replace("−", "-").replace(",", "."))


class Figure(StringField):
    """A number with or without a decimal place."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = number(valuelist[0])
            if self.data is None:
                raise ValueError(_l("Enter a number."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:g}"


def _subjects(subjects: tuple[Subject, ...]) -> list[tuple[str, Any]]:
    return [("", _l("Choose")), *((one.code, Spoken(one.name)) for one in subjects)]


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


class MeasureForm(ClinicForm):
    """Figures taken on one day; the page shows the fields of one group of measures."""

    on = Day(_l("Taken on"), [InputRequired(_l("Enter a date."))])
    phase = SelectField(_l("What for"), choices=list(PHASES.items()), default="")
    comment = TextAreaField(_l("Remark"), [_most(COMMENT_MAX)])

    movement = SelectField(_l("Movement"), choices=_subjects(MOVES), default="")
    how = SelectField(
        _l("Who moves"),
        choices=[("", _l("The client (active)")), ("passive", _l("The therapist (passive)"))],
        default="",
    )
    method = SelectField(
        _l("Measured with"),
        choices=[("", _l("Not said")), *((code, Spoken(said)) for code, said in METHODS.items())],
        default="",
    )
    reached = Figure(
        _l("Reached"),
        [Optional()],
        description=_l("Degrees; a jaw in mm, fingertips to the floor in cm."),
    )
    is_painful = BooleanField(_l("Painful at the end"))
    is_sure = BooleanField(_l("Looked at twice, it is right"))

    statements = SelectMultipleField(
        _l("What describes you today"),
        choices=[(str(n), Spoken(said)) for n, said in enumerate(roland.STATEMENTS, start=1)],
    )
    by = RadioField(
        _l("Who ticked"),
        choices=[(code, Spoken(said)) for code, said in roland.BY.items()],
        default="client",
    )
    is_none = BooleanField(_l("Nothing on the list describes the client today"))

    place = SelectField(_l("Where"), choices=_subjects(GIRTHS), default="")
    girth = Figure(_l("Girth"), [Optional()])

    def of_group(self, group: str) -> list[Any]:
        """The fields of the plain measures of a group."""
        return [
            self[one.code] for one in MEASURES.values() if one.group == group and one.code in self
        ]

    @property
    def activities(self) -> list[tuple[Any, Any]]:
        """An activity and its score, row by row."""
        return [(self[f"activity_{row}"], self[f"score_{row}"]) for row in range(1, ACTIVITIES + 1)]

    def taken(self, group: str) -> list[Taken]:
        """What was typed, as figures. Raises DomainError beside a field."""
        comment = self.comment.data or ""
        if group == "movement":
            return [self._movement(comment)]
        if group == "back":
            return [self._back(comment)]
        if group == "girth":
            return [Taken(_chosen(self.place), _said(self.girth), comment=comment)]
        if group == "activities":
            return [self._activities(comment)]
        fields = [one for one in self.of_group(group) if one.data is not None]
        found = [Taken(Subject(one.name), one.data, comment=comment) for one in fields]
        for one in found:
            if not one.subject.holds(one.value):
                raise DomainError(_between(one.subject), field=one.subject.code)
        return found

    def _movement(self, comment: str) -> Taken:
        subject = _chosen(self.movement)
        if self.how.data == "passive":
            subject = Subject(subject.measure, subject.point, subject.side, "passive")
        return Taken(
            subject,
            _said(self.reached),
            method=self.method.data,
            is_painful=self.is_painful.data,
            comment=comment,
        )

    def _back(self, comment: str) -> Taken:
        """What was ticked counts; a score alone stands for a list that was filled in on paper."""
        numbers, score = [int(one) for one in self.statements.data or ()], self["RMDQ"].data
        if numbers and self.is_none.data:
            raise DomainError(
                say("Something is ticked. Take the ticks back, or this."), field="is_none"
            )
        if score is None:
            if not numbers and not self.is_none.data:
                raise DomainError(
                    say("Tick what describes the client, or say that nothing does."),
                    field="statements",
                )
            return of_statements(numbers, self.by.data or "", comment)
        taken = Taken(Subject("RMDQ"), score, comment=comment)
        if not taken.subject.holds(score):
            raise DomainError(_between(taken.subject), field="RMDQ")
        if not (numbers or self.is_none.data):
            return taken
        if score != len(numbers):
            raise DomainError(
                say(
                    "{count} are ticked. Leave the score out, or set it right.", count=len(numbers)
                ),
                field="RMDQ",
            )
        return of_statements(numbers, self.by.data or "", comment)

    def recall(self, earlier: Taken | None) -> None:
        """The activities that were named last time stand in their rows, to be scored again."""
        rows = zip(self.activities, earlier.items if earlier else (), strict=False)
        for (activity, score), (name, last) in rows:
            activity.data = name
            score.description = _l("Last time %(score)s", score=last)

    def _activities(self, comment: str) -> Taken:
        named: dict[str, int] = {}
        for activity, score in self.activities:
            if not activity.data and score.data is None:
                continue
            if not activity.data:
                raise DomainError(say("Name the activity."), field=activity.name)
            if score.data is None or not 0 <= score.data <= 10 or score.data % 1:
                raise DomainError(say("Enter a whole number from 0 to 10."), field=score.name)
            named[activity.data] = int(score.data)
        taken = of_activities(named)
        return Taken(taken.subject, taken.value, items=taken.items, comment=comment)

    def blame(self, error: DomainError) -> None:
        """A figure's own fault stands beside the figure that was typed."""
        if error.field == "value":
            shown = [one for one in (self.reached, self.girth) if one.data is not None]
            error.field = shown[0].name if shown else None
        super().blame(error)


class Worded(SelectField):
    """A figure that is chosen by its words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = number(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        if self.raw_data and self.raw_data[0].strip() and self.data not in CHANGES:
            raise ValidationError(_l("Choose from the list."))

    def iter_choices(self) -> Any:
        yield "", _l("Not asked"), self.data is None, {}
        for value, said in sorted(CHANGES.items(), reverse=True):
            yield (
                f"{value:g}",
                f"{Subject('GROC').figure(value)} · {spoken(said)}",
                self.data == value,
                {},
            )


def _plain(measure: Measure) -> Any:
    if measure.code == "GROC":
        return Worded(Spoken(measure.name), choices=[], validate_choice=False)
    return Figure(Spoken(measure.name), [Optional()])


for _measure in (MEASURES[one.measure] for one in PLAIN if one.measure != "PSFS"):
    setattr(MeasureForm, _measure.code, _plain(_measure))
for _row in range(1, ACTIVITIES + 1):
    setattr(MeasureForm, f"activity_{_row}", StringField(_l("Activity"), [_most(ACTIVITY_MAX)]))
    setattr(MeasureForm, f"score_{_row}", Figure(_l("0 to 10"), [Optional()]))


def _chosen(field: Any) -> Subject:
    if not field.data:
        raise DomainError(say("Choose from the list."), field=field.name)
    return subject_of(field.data)


def _said(field: Any) -> float:
    if field.data is None:
        raise DomainError(say("Enter a number."), field=field.name)
    return float(field.data)


def _between(subject: Subject) -> Any:
    low, high = subject.bounds
    said = subject.figure(low), subject.figure(high)
    if subject.kind.places:
        return say("Enter a number from {low} to {high}.", low=said[0], high=said[1])
    return say("Enter a whole number from {low} to {high}.", low=said[0], high=said[1])


def sent_movements(sent: Mapping[str, str]) -> list[Taken] | None:
    """What the table of movements in a note says; None where the page had no such table.

    Rows are ``rom-0``, ``rom-1``, … with ``-subject``, ``-how``, ``-before``, ``-after``.
    Raises DomainError beside ``movements``.
    """
    if "rom-rows" not in sent:
        return None
    found: dict[tuple[str, str], Taken] = {}
    for row in range(ROWS):
        for taken in _row_sent(sent, f"rom-{row}"):
            found[taken.key] = taken
    return list(found.values())


def _row_sent(sent: Mapping[str, str], row: str) -> list[Taken]:
    typed = {name: sent.get(f"{row}-{name}", "").strip() for name in ("before", "after")}
    code = sent.get(f"{row}-subject", "")[:60]
    if not any(typed.values()):
        return []
    try:
        subject = subject_of(code)
    except DomainError:
        raise DomainError(say("Choose the movement."), field="movements") from None
    if subject.measure != "ROM":
        raise DomainError(say("Choose the movement."), field="movements")
    if sent.get(f"{row}-how") in HOWS:
        how = "passive" if sent[f"{row}-how"] == "passive" else ""
        subject = Subject(subject.measure, subject.point, subject.side, how)
    return [_figure(subject, text, moment) for moment, text in typed.items() if text]


def _figure(subject: Subject, text: str, moment: str) -> Taken:
    value = number(text)
    if value is None or not subject.holds(value):
        low, high = subject.bounds
        raise DomainError(
            say(
                "{movement}: enter a whole number from {low} to {high}.",
                movement=subject.name,
                low=f"{low:g}",
                high=f"{high:g}",
            ),
            field="movements",
        )
    return Taken(subject, value, moment)
