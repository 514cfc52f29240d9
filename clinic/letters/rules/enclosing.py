"""Documents that go with a letter: what they count as, and how they are named on paper. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from clinic.core.words import Words, say

MOST = 10
"""Documents with one letter."""
MAIL_MOST = 15_000_000
"""Bytes of a letter and its documents that one e-mail carries: coded for the way they grow by a
third, and mail servers commonly take no more than 20 to 25 MB."""
PLAIN = frozenset({"visits", "bills"})
"""Kinds of data (``consents.rules.DATA``) that tell nothing of how somebody is."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One document, as who receives it can tell it from another: never by the name of its file."""

    is_picture: bool = False
    pages: int = 1


def is_clinical_told(codes: Iterable[str]) -> bool:
    """Whether documents that tell these kinds of data are for who treats the client."""
    return not PLAIN.issuperset(codes)


def named(one: Enclosed) -> Words:
    """``Document, 3 pages``"""
    if one.is_picture:
        return say("Picture, 1 page")
    if one.pages == 1:
        return say("Document, 1 page")
    return say("Document, {pages} pages", pages=one.pages)


def counted(all_of_them: tuple[Enclosed, ...]) -> Words:
    """``Enclosed: 2 documents``"""
    if len(all_of_them) == 1:
        return say("Enclosed: 1 document")
    return say("Enclosed: {count} documents", count=len(all_of_them))


def pages_of(all_of_them: Iterable[Enclosed]) -> int:
    """How many sheets they are together."""
    return sum(one.pages for one in all_of_them)
