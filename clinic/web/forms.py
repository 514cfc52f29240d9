"""The base of every form: strips what people type, and shows a broken rule beside its field."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, HiddenField, IntegerField, StringField
from wtforms.widgets import HiddenInput

from clinic.core.errors import DATABASE_BUSY, RACE_LOST, Busy, Conflict, DomainError, StaleEdit
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

_CHOOSE = _l("Choose from the list.")
_PLAINER = {
    "This field is required.": _l("Fill this in."),
    "Invalid input.": _l("Look at this once more."),
    "Invalid email address.": _l("Enter an e-mail address, such as name@example.org."),
    "Not a valid choice.": _CHOOSE,
    "Invalid Choice: could not coerce.": _CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOOSE,
    "'%(value)s' is not a valid choice for this field.": _CHOOSE,
    "Not a valid integer value.": _l("Enter a whole number."),
    "Not a valid decimal value.": _l("Enter a number."),
    "Not a valid float value.": _l("Enter a number."),
    "Not a valid date value.": _l("Enter a date, such as 2026-11-21."),
    "Not a valid time value.": _l("Enter a time, such as 14:30."),
    "Not a valid datetime value.": _l("Enter a date and a time."),
    "Number must be at least %(min)s.": _l("Enter %(min)s or more."),
    "Number must be at most %(max)s.": _l("Enter %(max)s or less."),
    "Number must be between %(min)s and %(max)s.": _l("Enter a number from %(min)s to %(max)s."),
    "Field must be at least %(min)d character long.": _l("Use at least %(min)s characters."),
    "Field cannot be longer than %(max)d character.": _l("Use at most %(max)s characters."),
    "Field must be between %(min)d and %(max)d characters long.": _l(
        "Use %(min)s to %(max)s characters."
    ),
}


class _Plainer:
    """What the form library says by itself, in the clinic's own voice and language."""

    def gettext(self, said: str) -> str:
        return str(_PLAINER.get(said, said))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one) if one in _PLAINER else (one if number == 1 else many)


def clean(value: Any) -> Any:
    """Text without the blanks around it and without control characters that no one types."""
    if not isinstance(value, str):
        return value
    kept = "".join(letter for letter in value if letter >= " " or letter in "\n\t")
    return kept.replace("\ufffe", "").replace("\uffff", "").strip()


def _forget_blanks(fields: Iterable[Field]) -> None:
    """Let blanks typed into a field be nothing, before it is asked whether something was typed.

    A time or a number made of blanks is none; taken for something, it would be let through.
    """
    for field in fields:
        if isinstance(field, FormField):
            _forget_blanks(field.form)
        elif isinstance(field, FieldList):
            _forget_blanks(field.entries)
        elif field.raw_data and not getattr(field, "keeps_blanks", False):
            field.raw_data = ["" if clean(one) == "" else one for one in field.raw_data]


def _fill_gaps(fields: Iterable[Field]) -> None:
    """Let a text that was not sent at all be an empty one, as it would be from the page."""
    for field in fields:
        if isinstance(field, FormField):
            _fill_gaps(field.form)
        elif isinstance(field, FieldList):
            _fill_gaps(field.entries)
        elif field.data is None and _is_plain_text(field):
            field.data = ""


def _is_plain_text(field: Field) -> bool:
    """Whether what is typed is the value itself, and not read as an amount or the like."""
    reads = getattr(type(field), "process_formdata", None)
    return isinstance(field, StringField) and reads is StringField.process_formdata


class ClinicForm(FlaskForm):
    """A form of the clinic: ``values()`` for a service, ``attempt()`` to act on them."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            filters = list(unbound_field.kwargs.get("filters", ()))
            if not getattr(unbound_field.field_class, "keeps_blanks", False):
                filters.insert(0, clean)
            return unbound_field.bind(form=form, filters=filters, **options)

        def get_translations(self, form: Any) -> Any:
            return _Plainer()

    KEPT = frozenset({"csrf_token", "version"})
    """Fields that are not among the values."""

    status = 200
    result: Any = None
    stale: StaleEdit | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what was typed; of a text that cannot be read, no more is said than that."""
        _forget_blanks(self._fields.values())
        _fill_gaps(self._fields.values())
        right = bool(super().validate(extra_validators))
        for field in self._fields.values():
            unread = list(field.process_errors)
            if unread and list(field.errors)[: len(unread)] == unread:
                field.errors = unread
        return right

    def values(self) -> dict[str, Any]:
        """What was typed, by field name."""
        return {name: field.data for name, field in self._fields.items() if name not in self.KEPT}

    def is_sent(self) -> bool:
        """Whether the form was sent and its shape is right; if not right, the answer is a 422."""
        if not self.is_submitted():
            return False
        right = bool(self.validate())
        if not right:
            self.status = 422
        return right

    def attempt(self, act: Callable[[], Any]) -> bool:
        """Do it in one transaction; a broken rule is shown on the form and nothing is done."""
        try:
            with transaction():
                self.result = act()
        except DomainError as error:
            self.blame(error)
        except RACE_LOST:
            self.blame(Conflict(say("Somebody else was faster. Look at it again, then save.")))
        except DATABASE_BUSY:
            self.blame(Busy(say("The system is busy. Nothing was saved. Send it once more.")))
        else:
            return True
        return False

    def blame(self, error: DomainError) -> None:
        """Show a broken rule beside its field, or above the form."""
        self.status = error.status
        if isinstance(error, StaleEdit):
            self.stale = error
            if "version" in self._fields:
                # A second save is a knowing one: it goes against the version now shown.
                self._fields["version"].data = error.version
                self._fields["version"].raw_data = [str(error.version)]
        field = self._fields.get(error.field or "")
        message = spoken(error.words)
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]


UNKNOWN = -1
"""No row has this version: what was begun on it is stale."""


class _Version(IntegerField):
    """Which version of a row a form shows; one that does not say so is not up to date."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        is_number = typed.isascii() and typed.isdigit() and len(typed) < 10
        self.data = int(typed) if is_number else UNKNOWN


class VersionedForm(ClinicForm):
    """A form that edits a row: it remembers which version it shows."""

    version = _Version(widget=HiddenInput())


class WithFile(ClinicForm):
    """A form with one file in the field ``file``."""

    checked: Any = None
    """What ``look_over`` found it to be; None where no file was chosen."""

    def look_over(self, check: Callable[[bytes, str], Any]) -> bool:
        """Look the file over before the transaction begins: a large picture takes seconds."""
        sent = self._fields["file"].data
        try:
            self.checked = check(sent.data, sent.name) if sent else None
        except DomainError as error:
            self.blame(error)
            return False
        return True
