"""What is typed about papers that arrived."""

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import FileField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length

from clinic.coordination.rules.papers import NOTE_MAX, WHY_MAX
from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.web.fields import Day, Sent
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

FILES_MAX = 10
"""Scans put in at once: each is looked over before anything is kept."""


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


class Documents(FileField):
    """Several of them: the data are a list of ``Sent``."""

    def __init__(self, *args: Any, **more: Any) -> None:
        accepted = {"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}
        super().__init__(*args, render_kw=accepted, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = [one for one in valuelist if isinstance(one, FileStorage) and one]
        self.data = [Sent(one.read(), one.filename or "") for one in sent[: FILES_MAX + 1]]


class ArriveForm(ClinicForm):
    """One or several scans that came by one way at one time."""

    file = Documents(
        _l("Scans"),
        [InputRequired(_l("Choose a file."))],
        description=_l("PDF, PNG or JPEG, up to 10 MB each, 10 at once. Each is a paper."),
    )
    arrived_via = SelectField(_l("Came by"), choices=[])
    on = Day(_l("On"), [InputRequired(_l("Enter the day it came."))])
    time = TimeField(_l("At"), [InputRequired(_l("Enter a time, such as 14:30."))])
    note = StringField(
        _l("Whom it seems to be from"),
        [_most(NOTE_MAX)],
        description=_l("Who enters papers reads this. It is kept sealed."),
    )

    looked_over: Sequence[Any] = ()
    """What each was found to be."""

    def look_over(self, check: Callable[[bytes, str], Any]) -> bool:
        """Look every file over before the transaction begins; one that is wrong is named."""
        many = len(self.file.data) > 1
        try:
            if len(self.file.data) > FILES_MAX:
                text = say("Put in at most {count} files at once.", count=FILES_MAX)
                raise DomainError(text, field="file")
            self.looked_over = [
                _checked(check, sent, is_one_of_many=many) for sent in self.file.data
            ]
        except DomainError as error:
            self.blame(error)
            return False
        return True


def _checked(check: Callable[[bytes, str], Any], sent: Sent, *, is_one_of_many: bool) -> Any:
    try:
        return check(sent.data, sent.name)
    except DomainError as error:
        if not is_one_of_many:
            raise
        words = say("{name}: {what}", name=sent.name[:80], what=error.words)
        raise DomainError(words, field="file") from None


class BelongsForm(VersionedForm):
    """Which order a paper belongs to, and as what."""

    referral = RadioField(_l("Referral"), [InputRequired(_l("Choose a referral."))], choices=[])
    kind = SelectField(_l("What it is"), choices=[], default="order")


class AsideForm(VersionedForm):
    """Why nothing is done with a paper."""

    why = StringField(
        _l("Why it is set aside"),
        [InputRequired(_l("Say why it is set aside.")), _most(WHY_MAX)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )


class StepForm(VersionedForm):
    """A step that needs nothing said."""
