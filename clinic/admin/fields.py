"""Fields that a clinic's forms need and WTForms has not."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, SelectField, StringField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import Input, TextInput

from clinic.core.errors import NotFound
from clinic.core.ids import is_public_id
from clinic.web.wording import lazy_gettext as _l

TOO_LONG = _l("That is too long.")
FEWEST_LETTERS = 2
MOST_FOUND = 20


def short(most: int) -> Length:
    """At most so many characters."""
    return Length(max=most, message=TOO_LONG)


class Wall(Field):
    """A time on the clinic's wall, to the minute; its data are minutes after midnight.

    ``24:00`` is the end of the day.
    """

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        hours, colon, minutes = typed.partition(":")
        self.data = None
        if not typed:
            return
        is_time = colon and all(
            part.isascii() and part.isdigit() and len(part) <= 2 for part in (hours, minutes)
        )
        total = int(hours) * 60 + int(minutes) if is_time else -1
        if not is_time or int(minutes) > 59 or total > 1440:
            raise ValueError(_l("Enter a time, such as 09:30."))
        self.data = total

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data // 60:02d}:{self.data % 60:02d}"


class Pick(SelectField):
    """One of a list that is filled when the form is shown; the empty first line says to choose."""

    def __init__(
        self, label: Any, validators: Any = (), *, nothing: Any = None, **kwargs: Any
    ) -> None:
        self.nothing = nothing or _l("Choose")
        super().__init__(label, list(validators), choices=[("", self.nothing)], **kwargs)

    def offer(self, options: Sequence[tuple[str, Any]]) -> None:
        """Let one of these be chosen."""
        self.choices = [("", self.nothing), *options]


@dataclass(frozen=True)
class Lookup:
    """How related rows are found as one types: ``find(text, limit)`` gives (public id, name)."""

    find: Callable[[str, int], Sequence[tuple[str, str]]]
    name_of: Callable[[str], str]

    def options(self, text: str, limit: int) -> list[tuple[str, str]]:
        """What a few letters find; fewer than two find nothing."""
        if len(text) < FEWEST_LETTERS:
            return []
        return [tuple(one) for one in self.find(text, min(max(limit, 1), MOST_FOUND))]  # type: ignore[misc]


class LookupWidget(Input):
    """The hidden value over which the page's script lays a box to type in."""

    validation_attrs = ()
    input_type = "text"  # drawn as a field with its label

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        kwargs |= {"type": "hidden", "data-role": "lookup", "data-url": field.address}
        if field.data:
            kwargs["data-json"] = json.dumps([field.data, field.called()])
        return super().__call__(field, **kwargs)


class LookupField(StringField):
    """A related row by its public id, found by typing; its screen says how."""

    widget = LookupWidget()
    address = ""
    lookup: Lookup | None = None

    def called(self) -> str:
        """What the chosen row is called; nothing for one that is not there."""
        try:
            return self.lookup.name_of(self.data) if self.lookup else ""
        except NotFound:
            return ""

    def pre_validate(self, form: Any) -> None:
        if self.data and not (is_public_id(self.data) and self.called()):
            raise ValidationError(_l("Choose one from the list."))
