import re
from collections.abc import Iterator
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, ValidationError

from clinic.anatomy import AREAS, sides_of, spot
from clinic.clients.models import Client, Preference
from clinic.clients.queries import LooksLike
from clinic.clients.rules import PHONE_KINDS, GivenPhone, NotAPhone, normal_phone
from clinic.core.errors import DomainError, StaleEdit
from clinic.practice.queries import the_practice
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import gettext, spoken
from clinic.web.wording import lazy_gettext as _l

TOO_LONG = _l("That is too long.")
NOT_SAID = ("", _l("Not said"))
KINDS = dict(zip(PHONE_KINDS, (_l("Mobile"), _l("Home"), _l("Work")), strict=True))
SEXES = [
    ("undisclosed", _l("Not said")),
    ("female", _l("Female")),
    ("male", _l("Male")),
    ("other", _l("Other")),
]
NEEDS = [
    ("step_free", _l("Step-free access")),
    ("hearing", _l("Hearing")),
    ("vision", _l("Vision")),
    ("transfer", _l("Help onto the table")),
    ("interpreter", _l("Interpreter")),
]
SOURCES = [
    NOT_SAID,
    ("word_of_mouth", _l("Word of mouth")),
    ("provider", _l("A provider")),
    ("web", _l("The web")),
    ("walk_in", _l("Walked in")),
    ("gift", _l("A gift")),
    ("other", _l("Other")),
]
PAYERS = [
    NOT_SAID,
    ("cash", _l("Themselves")),
    ("insurance_superbill", _l("Insurer, by superbill")),
    ("workers_comp", _l("Workers' compensation")),
    ("auto_claim", _l("Car accident claim")),
    ("va", _l("Veterans' community care")),
    ("package", _l("Package")),
    ("membership", _l("Membership")),
    ("other", _l("Other")),
]
CARE_ROLES = [
    ("therapist", _l("Therapist")),
    ("primary", _l("Family doctor")),
    ("referring", _l("Referring provider")),
    ("specialist", _l("Specialist")),
    ("pt", _l("Physical therapist")),
    ("other", _l("Other")),
]
PHONE_ROWS = 2
MOST_PHONES = 6


class DayField(DateField):
    """A date; said in our words when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Enter a date, such as 1985-04-08.")) from None


class Line(FormField):
    """Fields of one row; each cleans its own text."""

    keeps_blanks = True


class Rows(FieldList):
    """Several of one kind."""

    keeps_blanks = True

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """The numbers of the rows that were sent; a name with anything else in it is no row."""
        for name in formdata:
            number = name.removeprefix(f"{prefix}-").partition("-")[0]
            if name.startswith(f"{prefix}-") and re.fullmatch("[0-9]{1,4}", number):
                yield int(number)


def one_line(label: Any, most: int, **more: Any) -> StringField:
    """One line of text, optional unless ``asked`` says how to ask for it."""
    asked = more.pop("asked", None)
    checks = [DataRequired(asked)] if asked else []
    extra = more.pop("also", [])
    checks += [Length(max=most, message=TOO_LONG), *extra]
    return StringField(label, checks, filters=[lambda typed: typed or ""], **more)


def can_be_rung(form: Any, field: Any) -> None:
    """A telephone number, as it is dialled from the clinic."""
    if not field.data:
        return
    try:
        normal_phone(field.data, the_practice().region)
    except NotAPhone:
        raise ValidationError(
            gettext("This is no phone number. Enter it with its area code.")
        ) from None


class PhoneForm(ClinicForm):
    class Meta(ClinicForm.Meta):
        csrf = False

    number = one_line(_l("Phone"), 40, also=[can_be_rung])
    kind = SelectField(_l("Kind"), choices=list(KINDS.items()))
    may_text = BooleanField(_l("May be texted"))


class ClientForm(VersionedForm):
    """The record as the desk fills it in."""

    KEPT = VersionedForm.KEPT | {"phones", "needs"}

    first_name = one_line(_l("First name"), Client.NAME_MAX, asked=_l("Enter a first name."))
    last_name = one_line(_l("Last name"), Client.NAME_MAX, asked=_l("Enter a last name."))
    preferred_name = one_line(_l("Preferred first name"), Client.NAME_MAX)
    pronouns = one_line(_l("Pronouns"), 30)
    birth_date = DayField(_l("Birth date"), [InputRequired(_l("Enter the birth date."))])
    sex_at_birth = SelectField(_l("Sex at birth"), choices=SEXES)
    gender = one_line(_l("Gender"), 40)

    phones = Rows(Line(PhoneForm), _l("Phones"), min_entries=PHONE_ROWS, max_entries=MOST_PHONES)
    email = one_line(
        _l("E-mail"),
        Client.EMAIL_MAX,
        also=[Optional(), Email(_l("Enter an e-mail address, such as name@example.com."))],
        description=_l("A phone number or an e-mail address is needed."),
    )
    address = one_line(_l("Address"), 200)
    city = one_line(_l("City"), 80)
    region = one_line(_l("State or region"), 60)
    postcode = one_line(_l("Postcode"), 20)
    country = one_line(_l("Country"), 60)

    guardian_name = one_line(
        _l("Guardian's name"), Client.NAME_MAX, description=_l("Needed for clients under 18.")
    )
    guardian_relation = one_line(_l("Relation"), 40)
    guardian_phone = one_line(_l("Guardian's phone"), 40, also=[can_be_rung])
    emergency_name = one_line(_l("Name"), Client.NAME_MAX)
    emergency_relation = one_line(_l("Relation"), 40)
    emergency_phone = one_line(_l("Emergency phone"), 40, also=[can_be_rung])

    language = one_line(_l("Language"), 40)
    needs = SelectMultipleField(_l("What helps them"), choices=NEEDS)
    occupation = one_line(_l("Works as"), 80)
    source = SelectField(_l("How they found us"), choices=SOURCES)
    payer = SelectField(_l("Who pays"), choices=PAYERS)

    alike: Any = ()
    """Records that may be the same person, when the last save was held back for them."""

    @classmethod
    def of(cls, client: Client) -> "ClientForm":
        """The form as the record stands, with a blank row for one more phone."""
        phones = [
            {"number": phone.number, "kind": phone.kind, "may_text": phone.may_text}
            for phone in client.phones
        ]
        blank = [{"kind": "mobile"}] if PHONE_ROWS <= len(phones) < MOST_PHONES else []
        own = {"needs": _codes(client.needs), "phones": [*phones, *blank]}
        return cls(data=_as_it_stands(cls, client) | own)

    @classmethod
    def to_begin(cls, name: str) -> "ClientForm":
        """A blank form, with the name that was searched for and not found."""
        first, _, last = name.rpartition(" ")
        return cls(data={"first_name": first, "last_name": last} if name.strip() else None)

    def values(self) -> dict[str, Any]:
        given = [
            GivenPhone(row.number.data, row.kind.data, row.may_text.data)
            for row in self.phones
            if row.number.data
        ]
        return super().values() | {"needs": ",".join(self.needs.data or ()), "phones": given}

    def blame(self, error: DomainError) -> None:
        if isinstance(error, StaleEdit):
            error.saved["needs"] = _codes(error.saved.get("needs", ""))
        if isinstance(error, LooksLike):
            self.alike, self.status = error.candidates, error.status
            return
        super().blame(error)


def _as_it_stands(form: type[ClinicForm], row: Any) -> dict[str, Any]:
    """What a row holds, under the names of the form's fields."""
    return {name: getattr(row, name) for name in vars(row.__class__) if hasattr(form, name)} | {
        "version": row.version
    }


def _codes(joined: str) -> list[str]:
    return [code for code in joined.split(",") if code]


def _some(label: Any, *choices: tuple[str, Any]) -> SelectField:
    return SelectField(label, choices=[NOT_SAID, *choices])


def _spots() -> list[tuple[str, Any]]:
    return [
        (f"{area}:{side}", spoken(spot(area, side))) for area in AREAS for side in sides_of(area)
    ]


class PreferenceForm(VersionedForm):
    """How a client likes to be treated. ``note`` is shown to those who treat them."""

    LISTS = ("positions_to_avoid", "focus_areas", "avoid_areas")
    KEPT = VersionedForm.KEPT | {*LISTS, "pressure"}

    pressure = RadioField(
        _l("Pressure"),
        choices=[
            ("", _l("Not said")),
            ("1", _l("1 Light lotioning")),
            ("2", _l("2 Heavy lotioning")),
            ("3", _l("3 Medium")),
            ("4", _l("4 Strong")),
            ("5", _l("5 Deepest")),
        ],
        default="",
    )
    lubricant = _some(
        _l("Oil or lotion"),
        ("oil", _l("Oil")),
        ("lotion", _l("Lotion")),
        ("gel", _l("Gel")),
        ("none", _l("None")),
    )
    scent = _some(_l("Scent"), ("none", _l("None")), ("light", _l("Light")))
    music = one_line(_l("Music"), 60)
    talk = _some(
        _l("Talk"), ("quiet", _l("Quiet")), ("some", _l("Some")), ("chatty", _l("Likes to talk"))
    )
    table_warmth = _some(
        _l("Table warmth"), ("off", _l("Off")), ("low", _l("Low")), ("high", _l("High"))
    )
    undress = _some(
        _l("Undress"),
        ("as_comfortable", _l("As comfortable")),
        ("underwear_on", _l("Underwear on")),
        ("clothed", _l("Clothed")),
    )
    therapist_gender = _some(
        _l("Therapist"),
        ("any", _l("Any")),
        ("female", _l("Female")),
        ("male", _l("Male")),
    )
    positions_to_avoid = SelectMultipleField(
        _l("Positions to avoid"),
        choices=[
            ("prone", _l("Face down")),
            ("supine", _l("Face up")),
            ("side", _l("On the side")),
        ],
    )
    focus_areas = SelectMultipleField(_l("Areas to focus on"), choices=_spots)
    avoid_areas = SelectMultipleField(
        _l("Areas to leave out"),
        choices=_spots,
        description=_l("As the client wishes; what health asks for stands on the health page."),
    )
    draping = _some(
        _l("Draping"),
        ("standard", _l("As usual")),
        ("more", _l("Well covered")),
        ("towel", _l("Towel instead of sheet")),
        ("warm", _l("An extra blanket")),
    )
    note = TextAreaField(
        _l("Note for who treats"), [Length(max=2000, message=TOO_LONG)], render_kw={"rows": 4}
    )

    @classmethod
    def of(cls, preference: Preference | None, *, with_note: bool) -> "PreferenceForm":
        """The form as the record stands; without the note for who may not read it."""
        data: dict[str, Any] = {"version": 0}
        if preference is not None:
            data = _as_it_stands(cls, preference) | {
                "pressure": str(preference.pressure or ""),
                **{name: _codes(getattr(preference, name)) for name in cls.LISTS},
            }
        form = cls(data=data)
        if not with_note:
            del form.note
        return form

    def values(self) -> dict[str, Any]:
        pressure = self.pressure.data
        return super().values() | {
            "pressure": int(pressure) if pressure else None,
            **{name: ",".join(self[name].data or ()) for name in self.LISTS},
        }

    def blame(self, error: DomainError) -> None:
        if isinstance(error, StaleEdit):
            error.saved["pressure"] = str(error.saved["pressure"] or "")
            for name in self.LISTS:
                error.saved[name] = _codes(error.saved[name])
        super().blame(error)


class AlertForm(VersionedForm):
    """What everybody who books this client must know."""

    alert = StringField(
        _l("Alert for the desk"),
        [Length(max=200, message=TOO_LONG)],
        description=_l("Everybody who books reads this. No health details here."),
    )
    is_prepay_only = BooleanField(_l("Prepay only"))


class DoNotBookForm(VersionedForm):
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Give a reason.")), Length(max=1000, message=TOO_LONG)],
        description=_l("Kept sealed. The owner and those who treat can read it."),
        render_kw={"rows": 3},
    )


class DeathForm(VersionedForm):
    on = DayField(_l("Day of death"), [Optional()], description=_l("Leave it empty if unknown."))


class CareForm(ClinicForm):
    """Who joins: one of our people, or somebody outside."""

    staff = SelectField(_l("Somebody here"))
    provider = SelectField(_l("Or a provider outside"))
    role = SelectField(_l("As"), choices=CARE_ROLES)
    why = one_line(_l("Why"), 80)

    def offer(self, staff: Any, providers: Any) -> None:
        """The people to choose from, as (public id, name)."""
        self.staff.choices = [("", _l("Nobody chosen")), *staff]
        self.provider.choices = [("", _l("Nobody chosen")), *providers]
