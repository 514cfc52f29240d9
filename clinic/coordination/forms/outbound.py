"""What is typed about a referral to a provider."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from clinic.coordination.queries.outbound import TEXT_MAX
from clinic.coordination.rules.outbound import (
    CANCELLED_WHY,
    DECLINED_WHY,
    HOW,
    REASONS,
    URGENCIES,
)
from clinic.core.words import say
from clinic.web.fields import Day, Document
from clinic.web.forms import ClinicForm, VersionedForm, WithFile
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

WHY_MAX = 1000


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


class _Choice(SelectField):
    """A choice of codes, each with its words, as the reader's language has them."""

    def __init__(self, label: Any, names: dict[str, Any], **more: Any) -> None:
        super().__init__(
            label,
            choices=lambda: [(code, spoken(words)) for code, words in names.items()],
            **more,
        )


class _QuestionFields:
    """What a therapist writes; read by who treats the client, and in the letter."""

    urgency = _Choice(_l("Urgency"), URGENCIES)
    question = TextAreaField(
        _l("Question"),
        [InputRequired(_l("Say what is asked.")), _most(TEXT_MAX)],
    )
    findings = TextAreaField(
        _l("Findings"),
        [Optional(), _most(TEXT_MAX)],
        description=_l("What you saw, measured and felt, and since when. No diagnosis."),
    )
    meanwhile = TextAreaField(
        _l("Meanwhile"),
        [Optional(), _most(TEXT_MAX)],
        description=_l("What we do, and leave out, until the answer comes."),
    )


class OutboundForm(_QuestionFields, ClinicForm):
    """A new referral to a provider."""

    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
    organisation = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    reason = _Choice(_l("Reason"), REASONS)
    called = TextAreaField(
        _l("What was said by telephone"),
        [Optional(), _most(WHY_MAX)],
        description=_l(
            "In an emergency call first. Write whom you spoke to, and why it could not wait."
        ),
    )


class QuestionForm(_QuestionFields, VersionedForm):
    """The same written anew, while it is a draft."""


class HappenedForm(VersionedForm):
    """What was heard or done at the desk."""

    what = SelectField(_l("What happened"), choices=[])
    on = Day(_l("On"), [Optional()])
    by = StringField(_l("Who said it"), [Optional(), _most(80)])
    how = SelectField(
        _l("How"),
        choices=[
            ("phone", _l("By phone")),
            ("fax", _l("By fax")),
            ("post", _l("By post")),
            ("email", _l("By e-mail")),
            ("message", _l("By secure message")),
        ],
    )
    code = _Choice(
        _l("If they do not take it on: why"),
        {"": say("Choose")} | DECLINED_WHY,
        validate_choice=False,
        description=_l("Everybody at the desk reads this."),
    )
    owner = SelectField(
        _l("If it is given to somebody: who looks after it"),
        validate_choice=False,
        choices=[],
    )
    text = TextAreaField(
        _l("What was said"),
        [Optional(), _most(WHY_MAX)],
        description=_l("Read by who treats the client. After it is kept, others open it no more."),
    )


class AnswerForm(WithFile, VersionedForm):
    """What a provider answered."""

    how = _Choice(_l("How"), HOW)
    said_by = StringField(_l("Who answered"), [InputRequired(_l("Say who answered.")), _most(80)])
    on = Day(_l("On"), [InputRequired(_l("Enter the day of the answer."))])
    said = TextAreaField(
        _l("What was said"),
        [InputRequired(_l("Write down what was said.")), _most(TEXT_MAX)],
    )
    file = Document(_l("Scan"), [Optional()])


class ReadForm(VersionedForm):
    """That a therapist has read what came."""

    said = TextAreaField(_l("What it says, in short"), [Optional(), _most(TEXT_MAX)])


class ActedForm(VersionedForm):
    """What followed from the answer."""

    what = TextAreaField(
        _l("What was done about it"),
        [InputRequired(_l("Say it in a few words.")), _most(WHY_MAX)],
        description=_l("Limits, the plan, or that nothing has to change."),
    )


class ToldForm(VersionedForm):
    """How the client was told."""

    how = _Choice(_l("How"), HOW)
    what = TextAreaField(_l("What was said"), [Optional(), _most(WHY_MAX)])


class CancelForm(VersionedForm):
    """Why it is called off."""

    MISTAKE = "mistake"
    code = SelectField(_l("Why"), choices=[])
    why = TextAreaField(
        _l("In words"),
        [Optional(), _most(WHY_MAX)],
        description=_l("Read by who treats the client."),
    )

    def offer(self, *, may_be_mistake: bool) -> None:
        """Name the reasons; only a draft can be a mistake."""
        self.code.choices = [(code, spoken(words)) for code, words in CANCELLED_WHY.items()]
        if may_be_mistake:
            self.code.choices.append((self.MISTAKE, str(_l("Entered in error"))))


class DeedForm(VersionedForm):
    """A step that asks for nothing but to be done."""
