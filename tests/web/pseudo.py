"""A language nobody speaks: every text in brackets, so that one that is not translated shows.

Only the words of a text are bracketed; what is put into it (a name, a date, a word from
a service) stands outside and has to be translated, or be somebody's data, by itself.
"""

import re
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "clinic" / "translations" / "messages.pot"
LOCALE = "en_ZW"
"""English dates and money, and no other test's texts."""

KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "say": None,
}
_PLACES = re.compile(r"(%\(\w+\)[sd]|\{\w*\}|%%)")
_BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
_INITIALS = re.compile(r"[^\W\d_a-z]{1,2}")
_READ_OUT = {"alt", "aria-label", "data-none", "data-some", "data-text", "label", "placeholder"}
_SAID = _READ_OUT | {"data-confirm", "data-confirm-label", "title"}
_SILENT = {"script", "style", "svg", "kbd", "textarea"}

Message = str | tuple[str, str]


def collected() -> Iterator[Message]:
    """Every text that tools/messages.sh would collect."""
    mapping = ConfigParser()
    mapping.read(ROOT / "tools" / "babel.cfg")
    methods = []
    options = {}
    for section in mapping.sections():
        method, _, pattern = section.partition(":")
        methods.append((pattern.strip(), method.strip()))
        options[pattern.strip()] = dict(mapping[section])
    for _, _, message, _, _ in extract_from_dir(ROOT, methods, options, KEYWORDS):
        yield message


def bracketed(text: str) -> str:
    """The words of a text in brackets, its places as they are."""
    parts = _PLACES.split(text)
    return "".join(
        part if index % 2 or not part.strip() else f"⟦{part}⟧" for index, part in enumerate(parts)
    )


def compile_into(folder: Path) -> None:
    """Write the catalogue of the language that nobody speaks below ``folder``."""
    catalog = Catalog(locale="en")
    for message in collected():
        if isinstance(message, tuple):
            catalog.add(message, tuple(bracketed(form) for form in message))
        else:
            catalog.add(message, bracketed(message))
    target = folder / LOCALE / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, catalog)


class _Reader(HTMLParser):
    """What a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self.said += [value for name, value in attrs if value and name in _SAID]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.said.append(data.strip())


def left_over(page: str, known: Iterable[str]) -> set[str]:
    """What a page says outside brackets, that is nobody's data (``known``) and no number."""
    reader = _Reader()
    # What is kept of a page holds references for letters outside ASCII, brackets among them.
    page = page.replace("&#10214;", "⟦").replace("&#10215;", "⟧")
    reader.feed(_BRACKETED.sub(" ", page))
    longest_first = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    data = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")
    return {
        text
        for text in reader.said
        if re.search(r"[^\W\d_]{2,}", data.sub(" ", text)) and not _INITIALS.fullmatch(text)
    }
