"""What a session note is written with."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

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

from clinic.anatomy import POSITIONS, Finding, sent_findings
from clinic.core.errors import DomainError
from clinic.records.forms.measures import sent_movements
from clinic.records.rules.measures import Taken
from clinic.records.rules.notes import (
    ADDENDUM_MAX,
    AFTERCARE,
    DONE,
    FLAGS,
    KINDS,
    LINE_MAX,
    MINUTES,
    PAIN,
    PRESSURE,
    PRODUCTS,
    SINCE,
    TEXT_MAX,
    WHY_MAX,
    Body,
    NotSignable,
)
from clinic.web.fields import Day, Whole
from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

_NUMBERS = ("pain_now", "pain_average", "pain_worst", "pain_after", "pressure")
_LISTS = ("techniques", "positions", "aftercare")


class _Spoken:
    """Choices whose words are translated when they are drawn."""

    def __init__(self, words: Any) -> None:
        self._words = words

    def __str__(self) -> str:
        return spoken(self._words)


def _offer(words: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(code, _Spoken(said)) for code, said in words.items()]


def _text(label: Any) -> TextAreaField:
    most = _l("Use at most %(max)d characters.")
    return TextAreaField(label, [Length(max=TEXT_MAX, message=most)])


def _line(label: Any) -> StringField:
    most = _l("Use at most %(max)d characters.")
    return StringField(label, [Length(max=LINE_MAX, message=most)])


def _one(label: Any, words: dict[str, Any]) -> RadioField:
    return RadioField(label, choices=[("", ""), *_offer(words)], default="")


def _scale(label: Any, least_most: tuple[int, int]) -> RadioField:
    steps = [str(one) for one in range(least_most[0], least_most[1] + 1)]
    return RadioField(label, choices=[("", ""), *((one, one) for one in steps)], default="")


def _many(label: Any, words: dict[str, Any]) -> SelectMultipleField:
    return SelectMultipleField(label, choices=_offer(words))


def _figure(label: Any, least: int, most: int) -> Whole:
    said = _l("Enter a number from %(min)s to %(max)s.")
    return Whole(label, [Optional(), NumberRange(least, most, said)])


class NoteForm(ClinicForm):
    """The note of one visit. The body chart sends its own fields, read in ``body``."""

    marked: tuple[Finding, ...] | None = None
    """What the body chart sent, once it was read."""
    moved: list[Taken] | None = None
    """What the table of movements sent, once it was read."""

    seq = HiddenField()
    pen = HiddenField()
    kind = SelectField(_l("Kind of note"), choices=_offer(KINDS))

    told = _text(_l("What the client reports"))
    complaint = _line(_l("Main complaint"))
    pain_now = _scale(_l("Pain now"), PAIN)
    pain_average = _scale(_l("Pain on average"), PAIN)
    pain_worst = _scale(_l("Pain at its worst"), PAIN)
    since = _one(_l("Since last visit"), SINCE)
    onset = _line(_l("Since when, and how it began"))
    aggravating = _line(_l("What makes it worse"))
    relieving = _line(_l("What eases it"))
    sleep = _line(_l("Sleep"))
    home_care_done = _one(_l("Home care done"), DONE)
    medicine = _line(_l("Medicine taken today"))
    has_consent = BooleanField(_l("The client agreed to today's treatment"))

    movements = StringField(_l("Range of motion"))
    seen = _text(_l("Posture, gait, skin"))
    findings = StringField(_l("Body chart"))
    red_flags = _one(_l("Warning signs"), FLAGS)
    red_flags_text = _line(_l("Which, and what was done"))
    systolic = _figure(_l("Blood pressure, upper"), 50, 300)
    diastolic = _figure(_l("Blood pressure, lower"), 20, 200)
    pulse = _figure(_l("Pulse"), 20, 250)

    techniques = SelectMultipleField(_l("Techniques used"), choices=())
    pressure = _scale(_l("Pressure"), PRESSURE)
    minutes = _figure(_l("Hands-on minutes"), *MINUTES)
    positions = _many(_l("Position"), POSITIONS)
    product = _one(_l("Product"), PRODUCTS)
    draping = _line(_l("Draping, where it differed"))
    feedback = _line(_l("What the client said of it"))
    reactions = _line(_l("Reactions"))
    pain_after = _scale(_l("Pain after"), PAIN)
    aftercare = _many(_l("Aftercare given"), AFTERCARE)
    aftercare_text = _line(_l("More aftercare"))

    assessment = _text(_l("Assessment"))
    response = _one(_l("After the treatment"), SINCE)
    progress = _line(_l("Progress towards the goals"))

    plan = _text(_l("Plan"))
    next_visit = _line(_l("Next visit"))
    frequency = _line(_l("How often"))
    home_care = _line(_l("Home care"))
    reevaluate_on = Day(_l("Look at it all again on"), [Optional()])

    is_confirmed = BooleanField(_l("What is marked as copied is right today"))

    def offer(self, techniques: Iterable[tuple[str, str]]) -> None:
        """Say which techniques there are to choose from."""
        self.techniques.choices = list(techniques)

    def fill(self, body: Body) -> None:
        """Show what the draft says."""
        for one in fields(Body):
            field = self._fields.get(one.name)
            if field is None or one.name in ("findings", "seq"):
                continue
            value = getattr(body, one.name)
            if one.name in _NUMBERS:
                value = "" if value is None else str(value)
            field.data = list(value) if one.name in _LISTS else value
        self.seq.data = str(body.seq)

    def body(self, stood: Body, sent: Any) -> Body:
        """What was typed, as a body; what cannot be read leaves that field as it stood."""
        found: dict[str, Any] = {}
        for one in fields(Body):
            field = self._fields.get(one.name)
            if field is None or one.name in ("findings", "seq") or field.errors:
                continue
            found[one.name] = _value(one.name, field.data)
        try:
            found["findings"] = self.marked = sent_findings(sent)
        except DomainError as error:
            self.findings.errors = [spoken(error.words)]
        try:
            self.moved = sent_movements(sent)
        except DomainError as error:
            self.movements.errors = [spoken(error.words)]
        return replace(stood, **found)

    def blame(self, error: DomainError) -> None:
        """Show all that a note wants, each beside its field."""
        if not isinstance(error, NotSignable):
            super().blame(error)
            return
        for name, words in error.wants:
            super().blame(DomainError(words, field=name))

    @property
    def saving(self) -> int | None:
        """Which saving this page was drawn from; None where it does not say."""
        text = self.seq.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _value(name: str, data: Any) -> Any:
    if name in _NUMBERS:
        return int(data) if data else None
    if name in _LISTS:
        return tuple(data or ())
    if isinstance(data, str):
        return data.replace("\r\n", "\n")
    return "" if data is None and name not in ("minutes", "systolic", "diastolic", "pulse",
                                               "reevaluate_on") else data  # fmt: skip


class PenForm(ClinicForm):
    """Which tab writes; ``force`` takes the draft over, ``give`` hands it back."""

    pen = StringField(validators=[Length(max=40)])
    force = BooleanField()
    give = BooleanField()


class AddendumForm(ClinicForm):
    """What is added to a signed note, and why."""

    why = StringField(
        _l("Why"), [InputRequired(_l("Say why.")), Length(max=WHY_MAX)],
    )  # fmt: skip
    text = TextAreaField(
        _l("What to add"),
        [InputRequired(_l("Write what is to be added.")), Length(max=ADDENDUM_MAX)],
    )


class ErrorForm(ClinicForm):
    """Why a note is entered in error."""

    why = StringField(
        _l("Why"),
        [InputRequired(_l("Say why.")), Length(max=WHY_MAX)],
        id="error-why",  # the addendum on the same page asks why as well
    )
