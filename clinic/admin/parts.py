"""What a screen of the back office is described with: columns, filters, deeds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_admin.model.filters import BaseFilter
from sqlalchemy import ColumnElement

from clinic.audit.queries import WhileNothingChanges
from clinic.web.wording import lazy_gettext as _l

Options = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class Column:
    """One column: where its value comes from, and how a cell shows it.

    ``kind`` names a macro of ``admin/cells.html``; ``names`` gives the word (and
    tone) of each code; ``small`` is a second line; ``sort`` the indexed
    expressions to order by, none where no index helps.
    """

    name: str
    label: Any
    value: Any
    kind: str = "text"
    names: dict[Any, Any] = field(default_factory=dict)
    small: Any = None
    sort: tuple[Any, ...] = ()

    @property
    def small_name(self) -> str:
        """What its second line is called among the values of a row."""
        return self.name + "_small"


@dataclass(frozen=True)
class Deed:
    """Something to be done with one or several rows: a service, row by row."""

    name: str
    label: Any
    act: Callable[..., Any]
    confirm: Any = ""
    at: tuple[str, tuple[Any, ...]] | None = None
    """The column, and its values, at which the page of one row offers this; the service decides."""


class Filter(BaseFilter):
    """A filter that gives a criterion for a clean value; anything else is no value."""

    def __init__(self, name: Any, says: Any, *, data_type: str | None = None) -> None:
        super().__init__(name, data_type=data_type)
        self.says = says

    def operation(self) -> Any:
        return self.says

    def live_options(self) -> Options:
        """The values to choose from, as they are now; none for free text."""
        return ()

    def criterion(self, value: Any) -> ColumnElement[bool]:
        raise NotImplementedError


class Choice(Filter):
    """One of a few codes."""

    def __init__(self, name: Any, options: Options, makes: Callable[[str], Any]) -> None:
        super().__init__(name, _l("is"))
        self.choices, self.makes = tuple(options), makes

    def live_options(self) -> Options:
        return self.choices

    def clean(self, value: str) -> str:
        if value not in dict(self.choices):
            raise ValueError
        return value

    def criterion(self, value: str) -> Any:
        return self.makes(value)


class Named(Filter):
    """One of the rows of another table, by public id; ``known`` gives (public id, name)."""

    def __init__(self, name: Any, column: Any, known: Callable[[], Sequence[Any]]) -> None:
        super().__init__(name, _l("is"))
        self.column, self.known = column, WhileNothingChanges(known).get

    def live_options(self) -> Options:
        return [(pid, name) for pid, name in self.known()]

    def clean(self, value: str) -> str:
        if not (value.isascii() and value.isalnum() and len(value) <= 20):
            raise ValueError
        return value

    def criterion(self, value: str) -> Any:
        return self.column == value


class Day(Filter):
    """A date, compared with a column by ``makes``."""

    def __init__(self, name: Any, says: Any, makes: Callable[[date], Any]) -> None:
        super().__init__(name, says, data_type="datepicker")
        self.makes = makes

    def clean(self, value: str) -> date:
        day = date.fromisoformat(value)
        if not 1900 < day.year < 2200:
            raise ValueError
        return day

    def criterion(self, value: date) -> Any:
        return self.makes(value)


def since(name: Any, column: Any) -> Day:
    """On or after a day."""
    return Day(name, _l("on or after"), lambda day: column >= day)


def until(name: Any, column: Any) -> Day:
    """On or before a day."""
    return Day(name, _l("on or before"), lambda day: column <= day)


YES_NO = (("yes", _l("Yes")), ("no", _l("No")))


def whether(name: Any, criterion: Any) -> Choice:
    """Yes or no."""
    return Choice(name, YES_NO, lambda value: criterion if value == "yes" else ~criterion)


def one_of(name: Any, column: Any, names: dict[str, Any]) -> Choice:
    """One of the codes of a column, by their words."""
    return Choice(name, names.items(), lambda value: column == value)
