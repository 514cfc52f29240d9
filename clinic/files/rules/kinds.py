"""Which kinds of files are taken, and whether one is what its name says."""

from dataclasses import dataclass

import puremagic

from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.files.rules.papers import pages_of
from clinic.files.rules.pictures import JPEG, PNG, redrawn

LARGEST = 10_000_000
"""Bytes."""
NAME_MAX = 120
PDF = "application/pdf"
BY_ENDING = {"pdf": PDF, "png": PNG, "jpg": JPEG, "jpeg": JPEG}
_WRONG_KIND = "Choose a PDF, a PNG or a JPEG: other files are not taken."


@dataclass(frozen=True, slots=True)
class Checked:
    """A document as it may be kept, with its name, what it is, and the pages of a PDF."""

    data: bytes
    name: str
    media_type: str
    pages: int | None


def check(data: bytes, name: str) -> Checked:
    """Look a file over: its size, kind and contents; pictures are drawn anew.

    This takes up to some seconds for a large picture, and touches no database: it can be done
    before a transaction begins. Raises DomainError for the field ``file``.
    """
    media_type = kind_of(data, name)
    if media_type == PDF:
        pages = pages_of(data)
    else:
        data, pages = redrawn(data, media_type), None
    return Checked(data, plain_name(name), media_type, pages)


def kind_of(data: bytes, name: str) -> str:
    """What a file is, by its name and its first bytes alike. Raises DomainError."""
    if not data:
        raise DomainError(say("This file is empty."), field="file")
    if len(data) > LARGEST:
        text = "This file is too large. Up to {most} MB are taken."
        raise DomainError(say(text, most=LARGEST // 1_000_000), field="file")
    named = BY_ENDING.get(plain_name(name).rpartition(".")[2].lower())
    if named is None:
        raise DomainError(say(_WRONG_KIND), field="file")
    if named not in _by_first_bytes(data):
        text = "This file is not what its name says. Scan or save it anew, then attach that."
        raise DomainError(say(text), field="file")
    return named


def _by_first_bytes(data: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return set()


def plain_name(name: str) -> str:
    """A file's own name: no folders, nothing that cannot be printed, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: NAME_MAX - 10]}{dot}{ending[:8]}" if len(kept) > NAME_MAX else kept
