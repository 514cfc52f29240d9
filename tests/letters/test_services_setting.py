"""A letter is set as it would leave: whose it is, who signs, in which language, on which paper."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader

from clinic.core.errors import Conflict
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.tongue import spoken
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.letters.models import Letter
from clinic.letters.services.setting import set_pdf
from clinic.practice.services import settle
from clinic.staff.models import StaffMember
from tests.factories import letters, staff
from tests.factories.letters import World


@pytest.fixture
def house(inside: object) -> Iterator[World]:
    clinic("en_US")
    return letters.world()


def clinic(locale: str, region: str = "US") -> None:
    with transaction():
        settle(
            actor=SYSTEM, name="Harbour Lane", locale=locale, region=region,
            phone="(555) 014-8800", email="desk@harbourlane.example", address="14 Harbour Lane",
        )  # fmt: skip


def opened(letter: Letter, **more: Any) -> PdfReader:
    return PdfReader(io.BytesIO(set_pdf(letter, **more)))


def text(read: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in read.pages)


def test_a_letter_names_whom_it_is_for_and_about(house: World):
    read = opened(letters.drafted(house))
    found = text(read)
    for said in (
        "Samuel Adeyemi, MD", "Northside Family Practice", "12 Mill Street", "Grace Nakamura",
        "born April 8, 1985", "Referral R-000001", "Page 1 of 1",
        "Harbour Lane · (555) 014-8800 · desk@harbourlane.example", "The neck turns further",
    ):  # fmt: skip
        assert said in found, said
    assert read.metadata is not None
    assert read.metadata.title == "Progress report"


def test_a_bare_letter_tells_no_birth_date(house: World):
    found = text(opened(letters.drafted(house, "acknowledgement")))
    assert "Grace Nakamura" in found
    assert "1985" not in found


def test_it_is_signed_by_who_approved_it_with_their_licence(house: World):
    letter = letters.drafted(house)
    assert "Teo Marsh" in text(opened(letter))
    assert "LMT" not in text(opened(letter)).partition("Teo Marsh")[2]
    with transaction() as session:
        person = session.get_one(StaffMember, house.treats.id)
    staff.licence(person)
    signed = text(opened(letters.approved(house))).partition("Teo Marsh")[2]
    assert signed.strip().splitlines()[0] != "Harbour Lane"


def test_a_fax_has_a_cover_without_the_client(house: World):
    letter = letters.drafted(house)
    cover = opened(letter, cover_to=letters.FAX).pages[0].extract_text()
    assert letters.FAX in cover
    assert "R-000001" in cover
    assert "Nakamura" not in cover


def test_language_and_paper_are_the_clinics(house: World):
    clinic("de", "DE")
    read = opened(letters.drafted(house))
    assert read.trailer["/Root"]["/Lang"] == "de-DE"
    assert round(read.pages[0].mediabox.height) == 842
    assert "8. April 1985" in text(read)


def test_what_says_nothing_cannot_be_set(house: World):
    letter = letters.drafted(house)
    with transaction() as session, writing("test.letter", SYSTEM):
        session.refresh(letter)
        letter.content = None
        session.flush()
    with pytest.raises(Conflict):
        set_pdf(letter)


def test_words_are_spoken_by_whoever_puts_the_house_together(house: World):
    assert spoken(say("Page {page} of {pages}", page=1, pages=2)) == "Page 1 of 2"
