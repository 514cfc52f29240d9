"""What the pages of the waitlist ask."""

from datetime import date, timedelta
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from clinic.catalogue.queries import BookableVariant
from clinic.core.errors import DomainError, StaleEdit
from clinic.scheduling.forms.booking import over_field, pay_field
from clinic.scheduling.forms.visits import reason_field
from clinic.scheduling.models import WaitlistEntry
from clinic.scheduling.rules import PARTS
from clinic.scheduling.rules.waiting import PART_BITS, PARTS_ALL, WEEKDAYS_ALL
from clinic.staff.models import StaffMember
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

WEEKDAYS = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"),
    _l("Sunday"),
)  # fmt: skip
WEEKS = 4
"""How long somebody waits unless they say otherwise."""


def _a_day(message: Any) -> Any:
    return InputRequired(message)


class WishFields:
    """What somebody waits for; mixed into the form that begins to wait and the one that amends."""

    variant = SelectField(_l("Service"), [InputRequired(_l("Choose a service."))])
    therapists = SelectMultipleField(
        _l("With"), description=_l("Nobody chosen means anyone qualified.")
    )
    gender = RadioField(
        _l("Therapist's gender"),
        choices=[("", _l("Any")), ("female", _l("Female")), ("male", _l("Male"))],
        default="",
    )
    earliest = Day(_l("From"), [_a_day(_l("Enter the first day."))])
    latest = Day(_l("Until"), [_a_day(_l("Enter the last day."))])
    weekdays = SelectMultipleField(
        _l("Days of the week"), [InputRequired(_l("Choose at least one day of the week."))],
        choices=[(1 << number, name) for number, name in enumerate(WEEKDAYS)], coerce=int,
    )  # fmt: skip
    parts = SelectMultipleField(
        _l("Times of the day"), [InputRequired(_l("Choose at least one part of the day."))],
        choices=[
            (PART_BITS["morning"], _l("Mornings")),
            (PART_BITS["afternoon"], _l("Afternoons")),
            (PART_BITS["evening"], _l("Evenings")),
        ],
        coerce=int,
    )  # fmt: skip
    notice_hours = SelectField(
        _l("Notice they need"),
        choices=[
            (0, _l("None: they come at once")), (1, _l("1 hour")), (2, _l("2 hours")),
            (4, _l("4 hours")), (12, _l("12 hours")), (24, _l("1 day")), (48, _l("2 days")),
            (168, _l("1 week")),
        ],
        coerce=int, default=2,
    )  # fmt: skip
    priority = RadioField(
        _l("Priority"),
        choices=[("normal", _l("Normal")), ("high", _l("High"))],
        default="normal",
    )
    use_referral = BooleanField(_l("Use the referral"))


class _Wishing:
    """What both forms do with their fields."""

    def offer(
        self, lengths: list[BookableVariant], people: list[StaffMember], *, is_keeper: bool
    ) -> None:
        """Put the choices in; who may not keep the whole schedule can only name themselves."""
        form: Any = self
        form.variant.choices = [("", _l("Choose a service"))] + [
            (one.public_id, f"{one.name} {one.minutes}") for one in lengths
        ]
        form.therapists.choices = [(one.public_id, one.name) for one in people]
        if not is_keeper:
            form.therapists.data = [one.public_id for one in people]

    def wishes(self) -> dict[str, Any]:
        """The facts of an entry, but for the length and the therapists themselves."""
        form: Any = self
        names = ("gender", "earliest", "latest", "notice_hours", "priority", "use_referral")
        kept = {name: getattr(form, name).data for name in names}
        return kept | {"weekdays": sum(form.weekdays.data), "parts": sum(form.parts.data)}


class WaitForm(_Wishing, WishFields, ClinicForm):
    """Somebody begins to wait."""

    client = HiddenField()
    known = ""
    """The entry under which they wait already, where that is why they are refused."""

    def blame(self, error: DomainError) -> None:
        """Remember where somebody waits already."""
        self.known = getattr(error, "entry_id", "")
        super().blame(error)

    def begin(self, asked: Any, day: date) -> None:
        """Fill in what an address asks for: variant, therapist, part, from, use_referral."""
        since = _day(asked.get("from", "")) or day
        self.earliest.data = max(since, day)
        self.latest.data = self.earliest.data + timedelta(weeks=WEEKS)
        self.variant.data = asked.get("variant", "")
        self.therapists.data = [one for one in asked.getlist("therapist") if one]
        self.gender.data = asked.get("gender", "") if asked.get("gender") else ""
        self.use_referral.data = asked.get("use_referral") == "y"
        self.weekdays.data = [1 << number for number in range(7)]
        part = asked.get("part", "")
        self.parts.data = [PART_BITS[part]] if part in PARTS else list(PART_BITS.values())


class AmendForm(_Wishing, WishFields, VersionedForm):
    """What somebody waits for is changed."""

    @classmethod
    def of(cls, entry: WaitlistEntry) -> "AmendForm":
        """The form of an entry as it stands."""
        form = cls(formdata=None, obj=entry)
        form.variant.data = entry.variant.public_id
        form.therapists.data = [one.staff.public_id for one in entry.therapists]
        form.weekdays.data = bits(entry.weekdays, WEEKDAYS_ALL)
        form.parts.data = bits(entry.parts, PARTS_ALL)
        return form

    def blame(self, error: DomainError) -> None:
        """Show what stands as the fields have it: one choice for each bit."""
        if isinstance(error, StaleEdit):
            for name, among in (("weekdays", WEEKDAYS_ALL), ("parts", PARTS_ALL)):
                error.saved[name] = bits(error.saved[name], among)
        super().blame(error)


def bits(number: int, among: int) -> list[int]:
    """The single bits of a number, the smallest first."""
    return [1 << at for at in range(among.bit_length()) if number >> at & 1]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 < found.year < 2100 else None


class OfferForm(ClinicForm):
    """One click offers a time: whose, and at which second."""

    therapist = HiddenField()
    at = HiddenField()


class AnswerForm(ClinicForm):
    """One click answers an offer; where health stops it, a therapist says why all the same, and
    where no visit is left on the referral, whoever may book one more."""

    override_why = reason_field("offer")
    over_why = over_field()
    self_pay = pay_field("offer")


class WithdrawForm(VersionedForm):
    """Take an entry off the list."""
