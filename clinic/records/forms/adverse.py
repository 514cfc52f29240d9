"""What an adverse event is reported and reviewed with."""

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
from wtforms.validators import Length, NumberRange, Optional

from clinic.anatomy import AREAS, sides_of, spot
from clinic.core.errors import DomainError
from clinic.records.rules.adverse import (
    ACTIONS,
    ACTUALITIES,
    CAUSALITIES,
    HOURS,
    LINE_MAX,
    OUTCOMES,
    SEVERITIES,
    TEXT_MAX,
    TYPES,
    Account,
    NotReportable,
    Review,
)
from clinic.records.rules.notes import PRODUCTS
from clinic.web.fields import Day, Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

_TOO_LONG = _l("Use at most %(max)d characters.")


class _Spoken:
    """Choices whose words are translated when they are drawn."""

    def __init__(self, words: Any) -> None:
        self._words = words

    def __str__(self) -> str:
        return spoken(self._words)


def _offer(words: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(code, _Spoken(said)) for code, said in words.items()]


def _spots() -> list[tuple[str, Any]]:
    return [
        (f"{area}:{side}", _Spoken(spot(area, side))) for area in AREAS for side in sides_of(area)
    ]


def _text(label: Any, rows: int = 3) -> TextAreaField:
    return TextAreaField(label, [Length(max=TEXT_MAX, message=_TOO_LONG)], render_kw={"rows": rows})


def _choose(label: Any, words: dict[str, Any]) -> SelectField:
    return SelectField(label, choices=[("", _l("Choose")), *_offer(words)], default="")


def _hours(label: Any) -> Whole:
    said = _l("Enter a number from %(min)s to %(max)s.")
    return Whole(label, [Optional(), NumberRange(*HOURS, said)])


class EventForm(ClinicForm):
    """What happened, when, how severe, what was done. Unfinished, it can be kept as a draft."""

    client = StringField(_l("Whom it happened to"), [Length(max=20, message=_TOO_LONG)])
    visit = HiddenField(validators=[Length(max=20)])
    severity = RadioField(_l("How severe"), choices=_offer(SEVERITIES), validators=[Optional()])
    actuality = RadioField(
        _l("Did it happen"), choices=_offer(ACTUALITIES), default="actual", validators=[Optional()]
    )
    kind = _choose(_l("What happened"), TYPES)
    happened_on = Day(_l("On which day"), [Optional()])
    at = StringField(
        _l("About what time"),
        [Length(max=40, message=_TOO_LONG)],
        description=_l("As you know it."),
    )
    text = _text(_l("What happened, in your words"), 4)
    action = _choose(_l("What was done"), ACTIONS)
    done = _text(_l("What was done, in your words"), 2)
    is_provider_told = BooleanField(_l("A doctor or another provider was told"))
    is_expected = BooleanField(_l("It was an expected effect of the treatment"))
    techniques = SelectMultipleField(_l("Techniques used"), validate_choice=False, choices=[])
    areas = SelectMultipleField(_l("Areas treated"), choices=_spots)
    pressure = RadioField(
        _l("Pressure"), choices=[("", _l("Not known")), *((one, one) for one in "12345")],
        default="", validators=[Optional()],
    )  # fmt: skip
    product = _choose(_l("Product"), PRODUCTS)
    after_hours = _hours(_l("Hours after the session"))
    lasted_hours = _hours(_l("Hours it lasted"))

    def offer(self, techniques: Any) -> None:
        """The techniques to choose from: pairs of code and name."""
        self.techniques.choices = list(techniques)

    def fill(self, account: Account, severity: str | None, actuality: str, on: Any) -> None:
        """Show a draft as it stands."""
        for name in ("kind", "at", "text", "action", "done", "product"):
            self[name].data = getattr(account, name)
        for name in ("is_provider_told", "is_expected", "after_hours", "lasted_hours"):
            self[name].data = getattr(account, name)
        self.techniques.data = list(account.techniques)
        self.areas.data = [f"{area}:{side}" for area, side in account.areas]
        self.pressure.data = str(account.pressure or "")
        self.severity.data, self.actuality.data, self.happened_on.data = severity, actuality, on

    def account(self) -> Account:
        """What was typed."""
        known = {code for code, _ in self.techniques.choices or ()}
        spots = [one.partition(":") for one in self.areas.data or ()]
        return Account(
            kind=self.kind.data or "",
            at=self.at.data or "",
            text=self.text.data or "",
            action=self.action.data or "",
            done=self.done.data or "",
            is_provider_told=self.is_provider_told.data,
            is_expected=self.is_expected.data,
            techniques=tuple(one for one in self.techniques.data or () if one in known),
            areas=tuple((area, side) for area, _, side in spots),
            pressure=int(self.pressure.data) if self.pressure.data else None,
            product=self.product.data or "",
            after_hours=self.after_hours.data,
            lasted_hours=self.lasted_hours.data,
        )

    def blame(self, error: DomainError) -> None:
        """Everything that is wanting stands beside its field."""
        if not isinstance(error, NotReportable):
            return super().blame(error)
        self.status = error.status
        for name, words in error.wants:
            self[name].errors = [*self[name].errors, spoken(words)]
        return None


class ReviewForm(VersionedForm):
    """What an owner found and arranged."""

    causality = RadioField(
        _l("Did the treatment cause it"), choices=_offer(CAUSALITIES), validators=[Optional()]
    )
    outcome = _choose(_l("How it ended"), OUTCOMES)
    text = _text(_l("What the review found"))
    actions = _text(_l("What is to be done"))
    client_on = Day(_l("Client contacted on"), [Optional()])
    followed = _text(_l("How the client is now, in their words"), 2)
    provider_on = Day(_l("Provider told on"), [Optional()])
    insurer_on = Day(_l("Insurer told on"), [Optional()])
    board = StringField(
        _l("Report to the licensing board"),
        [Length(max=LINE_MAX, message=_TOO_LONG)],
        description=_l("Whether one is due, and when it was made. Leave the client’s name out."),
    )

    def fill(self, review: Review) -> None:
        """Show the review as it stands."""
        for name in _REVIEWED:
            self[name].data = getattr(review, name)

    def review(self) -> Review:
        """What was typed."""
        words: dict[str, Any] = {name: self[name].data or "" for name in _SAID}
        return Review(
            client_on=self.client_on.data,
            provider_on=self.provider_on.data,
            insurer_on=self.insurer_on.data,
            **words,
        )


_SAID = ("causality", "outcome", "text", "actions", "board", "followed")
_REVIEWED = (*_SAID, "client_on", "provider_on", "insurer_on")


class WhyForm(ClinicForm):
    """Why a report is opened again, or counts no more."""

    why = StringField(_l("Reason"), [Length(max=LINE_MAX, message=_TOO_LONG)])


class SeenForm(ClinicForm):
    """One button."""
