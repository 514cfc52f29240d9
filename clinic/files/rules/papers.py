"""A PDF is looked over before it is kept: it opens, and nothing in it acts by itself."""

import logging
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from clinic.core.errors import DomainError
from clinic.core.words import say

PATIENCE = 10.0
"""Seconds for one document."""
MOST_OBJECTS = 50_000
ACTING = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie",
          "/RichMediaExecute"}  # fmt: skip
"""What an action must not do; going to a page or an address is harmless."""
CARRYING = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"}
"""Keys under which scripts, other files and programs lie."""
KINDS = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Screen"}

# What it remarks may quote the document: that stays out of the log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def pages_of(data: bytes) -> int:
    """How many pages it has. Raises DomainError for one that is locked, damaged or not plain."""
    begun = time.monotonic()
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            text = "This PDF is locked. Save it without a password, then attach that."
            raise DomainError(say(text), field="file")
        pages = len(reader.pages)
        acts = any(_acts(one) for one in _everything(reader, begun + PATIENCE))
    except DomainError:
        raise
    except Exception:  # noqa: BLE001 - RecursionError and all else: it cannot be read
        raise _unread() from None
    if acts:
        text = "This PDF carries a script or another file. Print it to a new PDF or scan it."
        raise DomainError(say(text), field="file")
    if pages < 1:
        raise _unread()
    return pages


def _everything(reader: PdfReader, until: float) -> Iterator[DictionaryObject]:
    """Every dictionary of a document, wherever it lies. Raises DomainError for too many."""
    known = {(number, place) for place, kept in reader.xref.items() for number in kept}
    known |= {(number, 0) for number in reader.xref_objStm}
    if len(known) > MOST_OBJECTS:
        raise _too_much()
    yield from _within(reader.trailer)
    for number, generation in sorted(known):
        if time.monotonic() > until:
            raise _too_much()
        if number:
            yield from _within(_opened(reader, number, generation))


def _opened(reader: PdfReader, number: int, generation: int) -> Any:
    """One object; none where the list names a place with nothing readable in it."""
    try:
        return reader.get_object(IndirectObject(number, generation, reader))
    except Exception:  # noqa: BLE001 - what this reader cannot open is not followed
        return None


def _within(thing: Any) -> Iterator[DictionaryObject]:
    """The dictionaries in one object, not following its references."""
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, DictionaryObject):
            yield one
            waiting += [one.raw_get(key) for key in one]
        elif isinstance(one, ArrayObject):
            waiting += list.__iter__(one)


def _acts(one: DictionaryObject) -> bool:
    if CARRYING & set(one):
        return True
    said = {str(one[key]) for key in ("/S", "/Type", "/Subtype") if key in one}
    return bool(said & (ACTING | KINDS))


def _too_much() -> DomainError:
    return DomainError(
        say("This PDF is too intricate to be looked over. Print it to a new PDF or scan it."),
        field="file",
    )


def _unread() -> DomainError:
    return DomainError(
        say("This PDF cannot be read. Scan or save it anew, then attach that."), field="file"
    )
