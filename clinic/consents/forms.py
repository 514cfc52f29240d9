from typing import Any

from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from clinic.anatomy import AREAS
from clinic.consents.rules import BODY_MAX, CHANNELS, DATA, PURPOSES, Kind, Scope
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import gettext, spoken
from clinic.web.wording import lazy_gettext as _l

REASON_MAX = 500
NAME_MAX = 120
TOO_LONG = _l("Use at most %(max)d characters.")
METHODS = {"signed": _l("Signed"), "typed": _l("Name typed"), "verbal": _l("Spoken, witnessed")}
GIVERS = {"client": _l("Client"), "guardian": _l("Guardian")}
SCOPE = {
    "areas": "areas",
    "reason": "reason",
    "whom": "whom",
    "purposes": "purposes",
    "shared": "data",
}
"""Fields, and what of a scope they say."""


def _said(words: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, spoken(text)) for code, text in words.items()]


class _PartyForm(ClinicForm):
    """With whom something is shared, and on which day it was said."""

    provider = SelectField(_l("Provider"), choices=[])
    whom = StringField(_l("With whom"), [Length(max=NAME_MAX, message=TOO_LONG)])
    given_on = Day(_l("On"), [InputRequired(_l("Enter the day."))])

    def ask_only(self, kind: Kind, *, providers: list[tuple[str, str]], is_again: bool) -> None:
        """Leave out what this kind does not ask for; with whom is settled if asked again."""
        self.provider.choices = [("", gettext("Choose a provider")), *providers]
        settled = {"provider", "whom"} if is_again else set[str]()
        for name in ("provider", *SCOPE):
            is_asked = SCOPE.get(name, name) in kind.asks
            if name in self and (not is_asked or name in settled):
                del self[name]


class TakeForm(_PartyForm):
    """What was agreed to, by whom and how; the words themselves stand above it."""

    KEPT = ClinicForm.KEPT | {"text_number"}

    text_number = HiddenField()
    areas = SelectMultipleField(_l("Areas"), choices=[])
    reason = TextAreaField(_l("Reason"), [Length(max=REASON_MAX, message=TOO_LONG)])
    purposes = SelectMultipleField(_l("What for"), choices=[])
    shared = SelectMultipleField(_l("What may be shared"), choices=[])
    given_by = RadioField(_l("Who agrees"), choices=[])
    method = RadioField(_l("How"), choices=[])
    signature = StringField(
        _l("Name"),
        [
            InputRequired(_l("Enter the name that was signed, or who witnessed it.")),
            Length(max=NAME_MAX, message=TOO_LONG),
        ],
        description=_l("As it was signed or typed. Of a spoken consent, who witnessed it."),
    )
    until = Day(_l("Ends on"), [Optional()], description=_l("Leave it empty for the usual time."))

    def ask_only(
        self,
        kind: Kind,
        *,
        providers: list[tuple[str, str]],
        is_again: bool,
        givers: tuple[str, ...] = ("client",),
    ) -> None:
        sensitive = {code: area.name for code, area in AREAS.items() if area.is_sensitive}
        self.areas.choices = _said(sensitive)
        self.purposes.choices, self.shared.choices = _said(PURPOSES), _said(DATA)
        self.given_by.choices = [(code, GIVERS[code]) for code in givers]
        methods = [code for code in METHODS if code != "verbal" or not kind.is_written]
        self.method.choices = [(code, METHODS[code]) for code in methods]
        super().ask_only(kind, providers=providers, is_again=is_again)
        if not kind.may_end_early:
            del self.until

    def scope(self, whom: str = "") -> Scope:
        """What was chosen; ``whom`` is used where that was settled before."""
        typed: dict[str, Any] = {
            part: self[name].data for name, part in SCOPE.items() if name in self
        }
        parts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value or ""
            for name, value in typed.items()
        }
        return Scope(**({"whom": whom} | parts))


class RefuseForm(_PartyForm):
    """That somebody said no."""

    why = TextAreaField(
        _l("What was said"),
        [Length(max=REASON_MAX, message=TOO_LONG)],
        description=_l("No reason is needed."),
    )


class WithdrawForm(VersionedForm):
    """How somebody took it back."""

    by = SelectField(_l("How they said so"), choices=[])
    why = TextAreaField(
        _l("What was said"),
        [Length(max=REASON_MAX, message=TOO_LONG)],
        description=_l("No reason is needed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by.choices = _said(CHANNELS)


class MistakeForm(VersionedForm):
    """What was wrong."""

    why = TextAreaField(
        _l("What was wrong"),
        [
            InputRequired(_l("Say what was wrong.")),
            Length(max=REASON_MAX, message=TOO_LONG),
        ],
    )


class TextForm(ClinicForm):
    """The clinic's own words for one kind."""

    KEPT = ClinicForm.KEPT | {"after"}

    after = HiddenField()
    body = TextAreaField(
        _l("Words"),
        [InputRequired(_l("Enter the words.")), Length(max=BODY_MAX, message=TOO_LONG)],
        description=_l("A blank line begins a paragraph. Lines that begin with - make a list."),
    )
