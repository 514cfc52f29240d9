"""What the pages of a plan ask."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField
from wtforms.fields import SelectMultipleField
from wtforms.validators import InputRequired, Length, ValidationError

from clinic.core.clock import from_epoch, today
from clinic.core.errors import DomainError
from clinic.practice.queries import the_practice
from clinic.scheduling.forms.booking import WALL, PickedField, over_field, pay_field
from clinic.scheduling.forms.visits import reason_field
from clinic.scheduling.queries.series_choices import Begun, SeriesChoices
from clinic.scheduling.rules.series import (
    ENDED_WHY_MAX,
    PHASES_MOST,
    TAPER,
    WEEK,
    Phase,
    must_be_a_plan,
)
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm, clean
from clinic.web.pages import asked_date
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

UNITS = {"days": 1, "weeks": WEEK}
KEPT = ("client", "service", "variant", "add_ons", "therapist")
"""What of a plan goes along in an address."""
WEEKLY = ((WEEK, 6),)


@dataclass(frozen=True, slots=True)
class Row:
    """One step of a plan as it is typed: every so many days or weeks, so many visits."""

    every: str = "1"
    unit: str = "weeks"
    visits: str = "6"

    @property
    def phase(self) -> Phase | None:
        """What it says; None where that is no number."""
        every, visits = _number(self.every), _number(self.visits)
        if every is None or visits is None or self.unit not in UNITS:
            return None
        return Phase(every * UNITS[self.unit], visits)


def _number(typed: str) -> int | None:
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 4
    return int(typed) if is_number else None


def _row(every_days: int, visits: int) -> Row:
    weeks, days = divmod(every_days, WEEK)
    return Row(*((str(every_days), "days") if days else (str(weeks), "weeks")), str(visits))


class PhasesField(Field):
    """The steps of a plan: rows of ``every``, ``unit`` and ``visits``."""

    keeps_blanks = True

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the rows as they were sent, or the usual ones."""
        self.process_errors: list[Any] = []
        self.raw_data = formdata.getlist("every") if formdata else []
        sent = [
            Row(*(clean(part[:8]) for part in parts))
            for parts in zip(
                *(formdata.getlist(name) for name in ("every", "unit", "visits")), strict=False
            )
        ] if formdata else []  # fmt: skip
        self.data = sent[: PHASES_MOST + 1] or [_row(*one) for one in WEEKLY]

    @property
    def phases(self) -> list[Phase]:
        """The steps that can be read."""
        return [one.phase for one in self.data if one.phase is not None]

    def pre_validate(self, form: Any) -> None:
        if any(one.phase is None for one in self.data):
            raise ValidationError(_l("Enter whole numbers: how often, and how many visits."))
        try:
            must_be_a_plan(self.phases)
        except DomainError as error:
            raise ValidationError(spoken(error.words)) from None

    def put(self, steps: Sequence[tuple[int, int]]) -> None:
        """Other steps: intervals in days, and visits."""
        self.data = [_row(*one) for one in steps]


class SeriesForm(ClinicForm):
    """Everything of one plan: who, what, with whom, from when, and how often."""

    client = PickedField(validators=[InputRequired(_l("Choose a client."))])
    service = SelectField(_l("Service"), [InputRequired(_l("Choose a service."))])
    variant = RadioField(_l("Duration"), [InputRequired(_l("Choose a duration."))])
    add_ons = SelectMultipleField(_l("Add-ons"))
    therapist = RadioField(_l("Therapist"), default="")
    phases = PhasesField(_l("How often"))
    first_on = Day(_l("First visit"), [InputRequired(_l("Choose the day of the first visit."))])
    time = StringField(_l("Time"), [InputRequired(_l("Enter a time, such as 09:30.")), WALL])
    use_referral = BooleanField(_l("Use the referral"))
    override_why = reason_field("series")
    over_why = over_field()
    self_pay = pay_field()
    shown = HiddenField()

    @classmethod
    def begun(cls) -> "SeriesForm":
        """As it was sent; or as an address asks for it: on a day, or a week ``after`` another."""
        if request.method == "POST":
            return cls(formdata=MultiDict(request.form))
        sent = MultiDict(request.args)
        after, present = asked_date("after"), today(the_practice().zone)
        if after is not None:
            sent["first_on"] = max(after + timedelta(days=WEEK), present).isoformat()
        elif sent.get("on"):
            sent["first_on"] = sent["on"]
        return cls(formdata=sent)

    def chosen(self) -> Begun:
        """What has been chosen so far, whatever of it is right."""
        return Begun(
            client=self.client.data or "",
            service=self.service.data or "",
            variant=self.variant.data or "",
            add_ons=tuple(self.add_ons.data or ()),
            therapist=self.therapist.data or "",
            who=clean(request.form.get("who", "")[:100]),
            phases=tuple(self.phases.phases) if not self._wrong("phases") else (),
            first_on=self.first_on.data if not self._wrong("first_on") else None,
            wall=self._wall(),
            use_referral=bool(self.use_referral.data),
            picks=picks_sent(),
            is_nearest="nearest" in request.form,
        )

    def _wrong(self, name: str) -> bool:
        """Whether a field that was filled in is not right; its error is shown then."""
        field = self[name]
        if field.errors:
            return True
        has_typed = any(field.raw_data or ())
        return bool(has_typed and not field.validate(self))

    def _wall(self) -> int | None:
        """Minutes after midnight of the time that was typed."""
        if not self.time.data or self._wrong("time"):
            return None
        wall = time.fromisoformat(self.time.data)
        return wall.hour * 60 + wall.minute

    def arrange(self, left: int) -> None:
        """Do what a button asks of the steps or of the first visit; ``left`` authorised visits."""
        sent = request.form
        if "add" in sent and len(self.phases.data) < PHASES_MOST:
            self.phases.data = [*self.phases.data, _row(*_next_step(self.phases.phases))]
        remove = _number(sent.get("remove", ""))
        if remove is not None and remove < len(self.phases.data) > 1:
            self.phases.data = [one for at, one in enumerate(self.phases.data) if at != remove]
        match sent.get("preset"):
            case "weekly":
                self.phases.put(WEEKLY)
            case "taper":
                self.phases.put(TAPER)
            case "referral" if left:
                self.phases.put([(WEEK, min(left, 60))])
                self.use_referral.data = True
        self._begin(sent.get("begin", ""))

    def _begin(self, wanted: str) -> None:
        """Begin with one of the free times that were offered."""
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 12):
            return
        wall = from_epoch(int(wanted)).astimezone(the_practice().zone)
        self.first_on.data, self.first_on.raw_data = wall.date(), None
        self.time.data, self.time.raw_data = wall.strftime("%H:%M"), None

    def offer(self, choices: SeriesChoices, *, is_final: bool) -> None:
        """Put the choices in; until the last button, choose anew what can be chosen no more."""
        self.service.choices = [("", _l("Choose a service")), *choices.services.items()]
        self.variant.choices = [(one.public_id, one.minutes) for one in choices.lengths]
        self.add_ons.choices = [(one.public_id, one.name) for one in choices.extras]
        self.therapist.choices = [("", _l("Anyone qualified")), *choices.therapists]
        if not choices.may_any:
            self.therapist.choices = choices.therapists
        if is_final:
            return
        self.variant.data = choices.length.public_id if choices.length is not None else None
        if self.therapist.data not in dict(self.therapist.choices):
            self.therapist.data = self.therapist.choices[0][0] if self.therapist.choices else ""

    def mark(self) -> str:
        """What the dates were worked out from; another mark means that they are not up to date."""
        said = [
            *(str(self[name].data or "") for name in KEPT), str(self.use_referral.data),
            str(self.first_on.data), str(self.time.data), repr(self.phases.data),
        ]  # fmt: skip
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:20]


def _next_step(phases: Sequence[Phase]) -> tuple[int, int]:
    """The step that most likely comes after these: twice as far apart."""
    last = phases[-1].every_days if phases else 1
    return min(last * 2, 182), 4


def picks_sent() -> dict[int, str]:
    """What was chosen for each date, by its number."""
    found = {}
    for name, value in request.form.items():
        number = _number(name.removeprefix("pick-"))
        if name.startswith("pick-") and number is not None:
            found[number] = value[:80]
    return found


class ItemForm(VersionedForm):
    """One visit of a plan: booked at a time, left out, or taken up again."""

    opening = RadioField(_l("Open times"), validate_choice=False)
    override_why = reason_field("item")
    over_why = over_field()
    self_pay = pay_field()


class EndForm(VersionedForm):
    why = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Say why.")),
            Length(max=ENDED_WHY_MAX, message=_l("That is too long.")),
        ],
        description=_l("Everybody at the desk reads this. No health details here."),
    )


class ExtendForm(VersionedForm):
    """One more step of a plan."""

    phases = PhasesField(_l("How often"))
