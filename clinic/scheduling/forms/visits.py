"""What the page of a visit asks."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from clinic.core.errors import DomainError
from clinic.referrals.models import Authorisation
from clinic.scheduling.forms.booking import TOO_LONG, WALL, fold_field, over_field, pay_field
from clinic.scheduling.queries.visit_page import VisitPage
from clinic.scheduling.rules import OVERLAP_WHY_MAX, WHY_MAX
from clinic.scheduling.rules.screening import REASON_MAX
from clinic.web.forms import VersionedForm
from clinic.web.wording import lazy_gettext as _l


def reason_field(of: str) -> Any:
    """Why a therapist lets something stand that health stops or holds."""
    return TextAreaField(
        _l("Why it may go ahead"),
        [Length(max=REASON_MAX, message=TOO_LONG)],
        description=_l("Kept with the visit; only therapists of this client read it.")
        if of == "step"
        else _l(
            "Needed where treatment is stopped. Kept with the visit; only therapists of this "
            "client read it."
        ),
        id=f"{of}-override_why",
    )


class ChangeForm(VersionedForm):
    """Another service, length or add-ons for a visit that stands."""

    variant = SelectField(_l("Service"), [InputRequired(_l("Choose a service."))])
    add_ons = SelectMultipleField(_l("Add-ons"))
    outside_hours = BooleanField(_l("Outside working hours"), id="change-outside_hours")
    override_why = reason_field("change")

    def offer(self, page: VisitPage) -> None:
        """Put the choices in."""
        self.variant.choices = [(one.public_id, one.name) for one in page.lengths]
        self.add_ons.choices = [(one.public_id, one.name) for one in page.extras]


class MoveForm(VersionedForm):
    opening = RadioField(_l("Next free times"), validate_choice=False)
    on = DateField(_l("Day"), [Optional()])
    time = StringField(_l("Time"), [Optional(), WALL])
    therapist = SelectField(_l("Therapist"))
    fold = fold_field()
    outside_hours = BooleanField(_l("Outside working hours"))
    overlap_why = StringField(
        _l("Over another visit of the therapist, because"),
        [Length(max=OVERLAP_WHY_MAX, message=TOO_LONG)],
        description=_l("Leave this empty unless both are to be treated at one time."),
    )
    override_why = reason_field("move")
    self_pay = pay_field("move")


class SizeForm(VersionedForm):
    """Another length of the same service, add-ons included."""

    minutes = SelectField(_l("Length"), coerce=int, id="size-minutes")
    outside_hours = BooleanField(_l("Outside working hours"), id="size-outside_hours")
    override_why = reason_field("size")

    def offer(self, page: VisitPage) -> None:
        """Put the lengths in; the standing one is among them."""
        found = {minutes for minutes, _ in page.sizes} | {page.visit.minutes}
        self.minutes.choices = [
            (minutes, _l("%(minutes)s min", minutes=minutes)) for minutes in sorted(found)
        ]


class FeeForm(VersionedForm):
    """Whether the fee of a late cancel or a missed visit is charged."""

    decision = SelectField(choices=[("charge", ""), ("waive", "")])
    why = StringField(_l("Why it is waived"), [Length(max=WHY_MAX, message=TOO_LONG)], id="fee-why")


class CancelForm(VersionedForm):
    by = RadioField(
        _l("Who cancels"),
        choices=[("client", _l("The client")), ("clinic", _l("The clinic"))],
        default="client",
    )
    why = StringField(
        _l("Reason"),
        [Length(max=WHY_MAX, message=TOO_LONG)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )


class StepForm(VersionedForm):
    """One step of a visit: nothing is asked but, at times, why."""

    why = StringField(_l("Reason"), [Length(max=WHY_MAX, message=TOO_LONG)])
    override_why = reason_field("step")
    refusal: DomainError | None = None
    """The broken rule, as it was raised."""

    def blame(self, error: DomainError) -> None:
        self.refusal = error
        super().blame(error)


class CorrectForm(VersionedForm):
    to = SelectField(
        _l("It was"),
        choices=[
            ("completed", _l("Completed")),
            ("no_show", _l("A no-show")),
            ("entered_in_error", _l("Entered in error")),
        ],
    )
    why = StringField(
        _l("Reason"), [InputRequired(_l("Say why.")), Length(max=WHY_MAX, message=TOO_LONG)]
    )


class CountForm(VersionedForm):
    """What the visit counts against, and why it is not what it took by itself."""

    authorisation = SelectField(_l("It counts against"), default="", choices=[])
    why = StringField(
        _l("Reason"),
        [InputRequired(_l("Say why.")), Length(max=WHY_MAX, message=TOO_LONG)],
        description=_l("It stands in the visit's note. No health details here."),
    )
    over_why = over_field()
    self_pay = pay_field("count")

    def offer(self, page: VisitPage) -> None:
        """Offer what is open and valid on the visit's day, what it counts against, and none."""
        self.authorisation.choices = [
            ("", _l("None: the client pays")),
            *((one.public_id, _called(one)) for one in page.countable),
        ]


def _called(one: Authorisation) -> str:
    numbers = [one.referral.number, one.payer, one.reference]
    return ", ".join(part for part in numbers if part)
