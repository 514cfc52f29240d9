from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from clinic.catalogue.models import CODE_MAX, MINUTES, AddOn, Service, Technique
from clinic.web.fields import Money
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l

FAMILY_NAMES = {
    "therapeutic": _l("Therapeutic"),
    "deep": _l("Deep tissue and sports"),
    "relaxation": _l("Relaxation"),
    "prenatal": _l("Prenatal and postnatal"),
    "lymphatic": _l("Lymphatic"),
    "assessment": _l("Assessment"),
}
TOO_LONG = _l("That is too long.")


class DayField(DateField):
    """A date; years far off are typing errors."""

    data: date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
        if valuelist and valuelist[0].strip() and not (self.data and 1900 < self.data.year < 2200):
            self.data = None
            raise ValueError(_l("Enter a date, such as 2026-03-01."))


class WholeField(IntegerField):
    """A whole number within limits."""

    def __init__(self, label: Any, low: int, high: int, **options: Any) -> None:
        self.message = _l("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)
        checks = [InputRequired(self.message), NumberRange(low, high, message=self.message)]
        super().__init__(label, checks, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None  # the limits say what is wanted


def _name(most: int) -> StringField:
    return StringField(
        _l("Name"), [DataRequired(_l("Enter a name.")), Length(max=most, message=TOO_LONG)]
    )


class _Coded:
    code = StringField(
        _l("Code"),
        [
            InputRequired(_l("Enter a code, such as DEEP_TISSUE.")),
            Length(max=CODE_MAX, message=TOO_LONG),
            Regexp(
                r"[A-Z][A-Z0-9_]+\Z",
                message=_l("Use capitals, digits and underscores, such as DEEP_TISSUE."),
            ),
        ],
        filters=[lambda text: text.upper() if isinstance(text, str) else text],
        description=_l("A short name that never changes, for files and reports."),
    )


def _day(label: Any) -> DayField:
    return DayField(label, [InputRequired(_l("Enter a date, such as 2026-03-01."))])


class PriceForm(VersionedForm):
    amount_minor = Money(
        _l("Price"), [InputRequired(_l("Enter an amount, such as 85.00. It may be 0."))]
    )
    effective_from = _day(_l("From"))


class LengthForm(ClinicForm):
    minutes = SelectField(
        _l("Length"),
        choices=[(minutes, _l("%(minutes)s minutes", minutes=minutes)) for minutes in MINUTES],
        coerce=int,
    )
    amount_minor = Money(
        _l("Price"), [InputRequired(_l("Enter an amount, such as 85.00. It may be 0."))]
    )
    effective_from = _day(_l("From"))


class ServiceForm(VersionedForm):
    name = _name(Service.NAME_MAX)
    family = SelectField(_l("Family"), choices=list(FAMILY_NAMES.items()))
    note = TextAreaField(
        _l("Note"),
        [Length(max=Service.NOTE_MAX, message=TOO_LONG)],
        description=_l("Shown below the name."),
    )
    buffer_before = WholeField(_l("Before"), 0, 60, default=0, description=_l("Minutes."))
    buffer_after = WholeField(_l("Turnover after"), 0, 60, default=15, description=_l("Minutes."))
    max_pressure = WholeField(
        _l("Most pressure"), 1, 5, default=3, description=_l("From 1, light, to 5, deep.")
    )
    hands_on_percent = WholeField(
        _l("Hands-on weight"),
        0,
        300,
        default=100,
        description=_l("Per cent of its time that counts towards the daily limit."),
    )
    position = WholeField(
        _l("Place in the list"), 0, 10_000, default=0, description=_l("Small numbers first.")
    )
    needs_referral = BooleanField(_l("Only on a referral"))
    requires = SelectMultipleField(
        _l("Therapists need"), choices=[], validate_choice=False, default=[]
    )
    techniques = SelectMultipleField(
        _l("Techniques"), choices=[], validate_choice=False, default=[]
    )
    primary = SelectMultipleField(
        _l("Leading techniques"),
        choices=[],
        validate_choice=False,
        default=[],
        description=_l("Those without which it is not this service."),
    )

    features = SelectMultipleField(
        _l("The room has"), choices=[], validate_choice=False, default=[]
    )
    equipment = SelectMultipleField(
        _l("Equipment"),
        choices=[],
        validate_choice=False,
        default=[],
        description=_l("One piece of each is taken for the visit's time."),
    )
    late_policy = SelectField(
        _l("Late cancels and missed visits"), choices=[], validate_choice=False, default=""
    )

    def offer(self, qualifications: list[Any], techniques: list[Any]) -> None:
        """Fill the lists: rows of qualifications and techniques."""
        self.requires.choices = [(row.code, row.name) for row in qualifications]
        known = [(row.code, row.name) for row in techniques]
        self.techniques.choices = self.primary.choices = known

    def offer_needs(self, features: list[Any], kinds: list[Any], policies: list[Any]) -> None:
        """Fill the lists: rows of room features, kinds of equipment, late policies."""
        self.features.choices = [(row.code, row.name) for row in features]
        self.equipment.choices = [(row.code, row.name) for row in kinds]
        self.late_policy.choices = [
            ("", _l("The default")),
            *((row.public_id, row.name) for row in policies),
        ]


class NewServiceForm(_Coded, ServiceForm):
    pass


class AddOnForm(VersionedForm):
    name = _name(AddOn.NAME_MAX)
    extra_minutes = WholeField(
        _l("Extra time"), 0, 60, default=0, description=_l("Minutes that the visit becomes longer.")
    )
    technique = SelectField(_l("Technique"), choices=[], validate_choice=False, default="")
    qualification = SelectField(
        _l("Therapists need"), choices=[], validate_choice=False, default=""
    )
    equipment = SelectField(
        _l("Equipment"),
        choices=[],
        validate_choice=False,
        default="",
        description=_l("One piece is taken for the visit's time."),
    )

    def offer(self, qualifications: list[Any], techniques: list[Any]) -> None:
        """Fill the lists: rows of qualifications and techniques."""
        none = [("", _l("None"))]
        self.qualification.choices = none + [(row.code, row.name) for row in qualifications]
        self.technique.choices = none + [(row.code, row.name) for row in techniques]

    def offer_needs(self, features: list[Any], kinds: list[Any], policies: list[Any]) -> None:
        """Fill the list: rows of kinds of equipment; an add-on asks for nothing else."""
        self.equipment.choices = [("", _l("None")), *((row.code, row.name) for row in kinds)]


class NewAddOnForm(_Coded, AddOnForm):
    amount_minor = Money(
        _l("Price"), [InputRequired(_l("Enter an amount, such as 10.00. It may be 0."))]
    )
    effective_from = _day(_l("From"))


class TechniqueForm(VersionedForm):
    name = _name(Technique.NAME_MAX)
    is_vigorous = BooleanField(_l("Vigorous"), description=_l("Deep or fast work."))


class NewTechniqueForm(_Coded, TechniqueForm):
    pass
