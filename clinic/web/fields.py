"""Fields that more than one room asks with, and WTForms has not."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import DateField, FileField, IntegerField, StringField
from wtforms.validators import ValidationError

from clinic.core.errors import DomainError
from clinic.core.money import minor_from_text, text_from_minor
from clinic.web.wording import clinic_settings, spoken
from clinic.web.wording import lazy_gettext as _l


class Day(DateField):
    """A date; years far off are slips of the finger."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Enter a date, such as 2026-11-19.")) from None

    def pre_validate(self, form: Any) -> None:
        day: date | None = self.data
        if day is not None and not 1990 <= day.year <= 2100:
            raise ValidationError(_l("Look at the year again."))


class Whole(IntegerField):
    """A whole number of a size that a database can hold."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        is_number = typed.isascii() and typed.isdigit() and len(typed) < 7
        self.data = int(typed) if is_number else None
        if typed and not is_number:
            raise ValueError(_l("Enter a whole number."))


class Money(StringField):
    """An amount as people type it; its data are minor units of the clinic's currency."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = minor_from_text(valuelist[0], clinic_settings().currency)
            except DomainError as error:
                raise ValueError(spoken(error.words)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else text_from_minor(self.data, clinic_settings().currency)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent: nobody has looked at it yet."""

    data: bytes
    name: str


class Document(FileField):
    """A PDF or a picture to attach; its data are a ``Sent``, or None where none was chosen.

    The view that takes it is marked ``takes_files``, and its form opened with
    ``multipart=True``. A browser never sends a file twice: after a refusal it is chosen anew.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("description", _l("PDF, PNG or JPEG, up to 10 MB."))
        more["render_kw"] = {"accept": ".pdf,.png,.jpg,.jpeg"} | (more.get("render_kw") or {})
        super().__init__(*args, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = next((one for one in valuelist if isinstance(one, FileStorage) and one), None)
        self.data = Sent(sent.read(), sent.filename or "") if sent else None
