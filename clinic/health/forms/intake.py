from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from clinic.core.errors import DomainError
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

WHY_MAX = 300
_AT_MOST = _l("Use at most %(max)d characters.")


class StartForm(ClinicForm):
    """Which form is filled in, for which day, by whom."""

    form = RadioField(
        _l("Which form"),
        choices=[
            ("full", _l("Full health history, 6 to 10 minutes")),
            ("update", _l("Update, 2 minutes")),
        ],
        default="full",
    )
    given_by = RadioField(
        _l("Who answers"),
        choices=[("client", _l("The client")), ("guardian", _l("A parent or guardian"))],
        default="client",
    )
    is_on_paper = BooleanField(_l("It was filled in on paper"))
    on = Day(
        _l("Date on the form"),
        [Optional()],
        description=_l("Today, if left empty."),
    )


class AnswersForm(ClinicForm):
    """A sheet of questions: what is asked says the form's own data, ``wrong`` what is amiss."""

    back = HiddenField()
    wrong: tuple[Any, ...] = ()

    def blame(self, error: DomainError) -> None:
        """Keep what is missing or wrong, so that it is shown beside its question."""
        self.wrong = tuple(getattr(error, "wrong", ()))
        super().blame(error)


class ReviewForm(VersionedForm):
    """A therapist has read it."""


class WhyForm(ClinicForm):
    """Why a form counts no more."""

    why = TextAreaField(
        _l("What happened?"),
        [InputRequired(_l("Say what happened.")), Length(max=WHY_MAX, message=_AT_MOST)],
    )


class FactForm(VersionedForm):
    """One fact; what else is asked of its kind says the vocabulary."""

    code = StringField(_l("What is it?"))
    text = StringField(_l("In words"), [Length(max=500, message=_AT_MOST)])
    value = StringField(_l("Figure"))
    on = StringField(_l("Since when, or when"))
    until = StringField(_l("Until when"))
    area = StringField(_l("Where"))
    side = StringField(_l("Side"))
    source = RadioField(
        _l("From whom"),
        choices=[
            ("therapist", _l("I found or heard it")),
            ("provider", _l("A provider said or wrote it")),
        ],
        default="therapist",
    )
