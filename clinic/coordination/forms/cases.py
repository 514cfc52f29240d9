"""What is typed about a referral that came in: one short form for each thing that can be done."""

from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from clinic.coordination.rules import actions as words
from clinic.referrals.rules import LACKING
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

WHY_MAX, NOTE_MAX = 500, 200
INSTEAD_MAX = 200
CHANNELS = (
    ("phone", _l("By phone")),
    ("email", _l("By e-mail")),
    ("text", _l("By text message")),
    ("letter", _l("By letter")),
    ("in_person", _l("In person")),
)
RESULTS = (
    ("no_answer", _l("No answer")),
    ("left_message", _l("Left a message")),
    ("reached", _l("Reached")),
    ("booked", _l("Reached, and booked")),
    ("wrong_number", _l("Wrong number")),
    ("refused", _l("Does not want it")),
)


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


class _Coded(SelectField):
    """A choice of codes, each with its words; the first is none, unless there is a default."""

    def __init__(self, label: Any, names: dict[str, Any], **more: Any) -> None:
        super().__init__(
            label,
            choices=lambda: [
                ("", _l("Choose")),
                *((code, spoken(said)) for code, said in names.items()),
            ],
            **more,
        )


def _needed() -> list[Any]:
    return [InputRequired(_l("Choose one."))]


def _why(label: Any) -> TextAreaField:
    return TextAreaField(
        label, [Optional(), _most(WHY_MAX)], description=_l("Read by who treats the client.")
    )


class StepForm(VersionedForm):
    """Nothing is asked: the button says it."""


class AcceptForm(VersionedForm):
    """The clinic will treat."""

    is_in_scope = BooleanField(
        _l("What is asked is within what we may treat"), [InputRequired(_l("Look at this first."))]
    )
    owner = SelectField(_l("Who looks after it"), validate_choice=False, choices=[])


class IncompleteForm(VersionedForm):
    """What an order lacks."""

    missing = SelectMultipleField(
        _l("What is missing"),
        choices=lambda: [(code, spoken(said)) for code, said in LACKING.items()],
    )


class DeclineForm(VersionedForm):
    """Why the clinic will not treat."""

    code = _Coded(_l("Reason"), words.DECLINES, validators=_needed())
    alternative = StringField(
        _l("What may help instead"),
        [Optional(), _most(INSTEAD_MAX)],
        description=_l(
            "Another place, or another treatment: it stands in the letter, and everybody at the"
            " desk reads it, so nothing about health. With it the letter needs the client’s"
            " consent before it leaves."
        ),
    )
    why = _why(_l("What else is to be known"))


class MistakeForm(VersionedForm):
    """Why it should not be here."""

    why = _Coded(_l("What happened"), words.MISTAKES, validators=_needed())


class AttemptForm(VersionedForm):
    """An attempt to reach the client."""

    channel = SelectField(_l("How"), choices=CHANNELS)
    result = SelectField(_l("What came of it"), choices=RESULTS)
    note = StringField(
        _l("Note"),
        [Optional(), _most(NOTE_MAX)],
        description=_l("Read by everybody at the desk: nothing about health."),
    )


class GiveUpForm(VersionedForm):
    """The client was not reached."""

    why = TextAreaField(
        _l("Why the letter cannot leave"),
        [Optional(), _most(WHY_MAX)],
        description=_l("Only where the sender has not been told by letter."),
    )


class HoldForm(VersionedForm):
    """A pause."""

    why = _Coded(_l("Reason"), words.HOLDS, validators=_needed())
    review_on = Day(_l("Look at it again on"), [InputRequired(_l("Enter the day."))])
    note = _why(_l("Note"))


class CancelForm(VersionedForm):
    """Somebody wants it stopped."""

    code = _Coded(_l("Who asked"), words.CANCELS, validators=_needed())
    why = _why(_l("What was said"))


class OutcomeForm(VersionedForm):
    """What came of the treatment, where nobody has said."""

    outcome = _Coded(_l("What came of it"), words.OUTCOMES, validators=[Optional()])


class DischargeForm(VersionedForm):
    """The treatment is over."""

    outcome = _Coded(_l("What came of it"), words.OUTCOMES, validators=_needed())
    why = _why(_l("Note"))


class PlanForm(VersionedForm):
    """What is next, by when, and who sees to it."""

    next_action = _Coded(_l("Next step"), words.ACTIONS, validators=[Optional()])
    due_on = Day(_l("By"), [InputRequired(_l("Enter the day."))])
    owner = SelectField(_l("Who looks after it"), validate_choice=False, choices=[])


FORMS: dict[str, type[ClinicForm]] = {
    "accept": AcceptForm,
    "incomplete": IncompleteForm,
    "decline": DeclineForm,
    "mistake": MistakeForm,
    "attempt": AttemptForm,
    "give_up": GiveUpForm,
    "hold": HoldForm,
    "resume": StepForm,
    "cancel": CancelForm,
    "confirm_cancel": OutcomeForm,
    "discharge": DischargeForm,
    "close": OutcomeForm,
    "plan": PlanForm,
}
"""The form of each deed."""
