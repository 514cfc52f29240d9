"""The letters in docs/examples are opened and read: as a provider, and as somebody who hears them.

They must be what the application sets today: ``python tools/examples.py`` writes them anew.
"""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from clinic.core.typesetting import typeset
from clinic.letters.rules.blocks import Content, MeasureLine, Measures, Paragraph
from clinic.letters.rules.pages import Clinic, page_of
from clinic.letters.rules.voice import Voice
from clinic.letters.services.setting import MAIN, TEMPLATES
from tools import examples

NAMES = sorted([*examples.contents(Voice()), "progress-as-fax"])
LETTERS = [name for name in NAMES if name != "progress-as-fax"]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return examples.letters()


def kept(name: str) -> PdfReader:
    return PdfReader(examples.FOLDER / f"{name}.pdf")


def texts(read: PdfReader) -> list[str]:
    return [page.extract_text() for page in read.pages]


def tags(read: PdfReader) -> list[str]:
    """Every tag of the structure, in reading order."""
    root: Any = read.trailer["/Root"]
    found: list[str] = []
    waiting: list[Any] = [root["/StructTreeRoot"]["/K"]]
    while waiting:
        one = waiting.pop(0)
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            waiting[:0] = one
        elif isinstance(one, dict):
            if "/S" in one:
                found.append(str(one["/S"]).lstrip("/"))
            waiting[:0] = [one["/K"]] if "/K" in one else []
    return found


def alternatives(read: PdfReader) -> list[str]:
    """The words that stand for what is drawn."""
    found = []
    for number in range(1, len(read.xref[0]) + 5000):
        try:
            one = read.get_object(number)
        except Exception:  # noqa: BLE001 - numbers of no object
            break
        if isinstance(one, dict) and "/Alt" in one:
            found.append(str(one["/Alt"]))
    return found


def test_there_is_one_of_each_kind_and_nothing_else():
    assert sorted(path.stem for path in examples.FOLDER.glob("*.pdf")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_what_is_set_today(made: dict[str, bytes], name: str):
    today = PdfReader(io.BytesIO(made[name]))
    assert texts(kept(name)) == texts(today)
    assert tags(kept(name)) == tags(today)


def test_the_same_letter_comes_out_the_same(made: dict[str, bytes]):
    page = page_of(examples.contents(Voice())["decline"], examples.envelope("decline"), Voice())
    assert typeset(TEMPLATES, MAIN, page) == made["decline"]


@pytest.mark.parametrize("name", LETTERS)
def test_every_page_names_the_client_the_number_the_clinic_and_the_page(name: str):
    read = kept(name)
    number = examples.envelope(name).reference
    pages = texts(read)
    for at, text in enumerate(pages, 1):
        assert "Grace Nakamura" in text
        assert f"Referral {number}" in text
        assert "Harbour Lane Massage · (555) 014-8800 · desk@harbourlane.example" in text
        assert f"Page {at} of {len(pages)}" in text
        assert ("born April 8, 1985" in text) == (name not in examples.BARE)


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_is_titled_tagged_and_in_its_language(name: str):
    read = kept(name)
    root: Any = read.trailer["/Root"]
    content = examples.contents(Voice())[name.removesuffix("-as-fax")]
    assert read.metadata is not None
    assert read.metadata.title == content.subject
    assert read.metadata.author == "Harbour Lane Massage"
    assert root["/Lang"] == "en-US"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert {"H1", "P", "L", "LI", "Lbl", "LBody"} <= set(tags(read))


def test_a_table_of_measures_has_headers_and_each_course_words_in_place_of_its_picture():
    read = kept("progress")
    found = tags(read)
    assert found.count("TH") == 5
    assert found.count("Figure") == 4
    assert {"Table", "THead", "TBody", "TR", "TD", "H2"} <= set(found)
    said = alternatives(read)
    assert "Pain on average: 4 readings, from 7 on Sep 3, 2026 to 4 on Oct 15, 2026." in said
    assert (
        "Neck, turning, left: 4 readings, from 48° on Sep 3, 2026 to 63° on Oct 15, 2026." in said
    )


def test_what_a_picture_shows_stands_in_the_table_too():
    text = "\n".join(texts(kept("progress")))
    for figure in ("Pain on average 7", "3 lower", "may be meaningful", "15° higher", "no change"):
        assert figure in text


def test_a_first_visit_has_no_empty_columns():
    assert tags(kept("first-visit")).count("TH") == 3
    assert "Now" not in "\n".join(texts(kept("first-visit")))


def test_a_cover_sheet_tells_nothing_of_the_client_but_the_number():
    cover, *pages = texts(kept("progress-as-fax"))
    for never in ("Grace", "Nakamura", "1985", "Progress", "Neck"):
        assert never not in cover
    for said in ("R-000412", "Samuel Adeyemi, MD", examples.FAX, "Confidential",
                 "2, and this cover sheet", "(555) 014-8800"):  # fmt: skip
        assert said in cover
    assert pages == texts(kept("progress"))


def test_a_signature_names_who_signs_and_their_licence():
    assert "Ines Okafor\nMassage therapist licence 146-12345" in texts(kept("progress"))[-1]
    assert "licence" not in texts(kept("acknowledgement"))[-1]


def test_paper_is_that_of_the_region():
    page = kept("decline").pages[0].mediabox
    assert (round(page.width), round(page.height)) == (612, 792)
    here = replace(examples.envelope("decline"), clinic=Clinic("Kornweg", region="DE", locale="de"))
    voice = Voice(locale="de")
    pdf = typeset(TEMPLATES, MAIN, page_of(examples.contents(voice)["decline"], here, voice))
    read = PdfReader(io.BytesIO(pdf))
    assert (round(read.pages[0].mediabox.width), round(read.pages[0].mediabox.height)) == (595, 842)
    assert read.trailer["/Root"]["/Lang"] == "de-DE"


LINE = MeasureLine("Pain on average", baseline="7", now="4", change="3 lower")


@pytest.mark.parametrize("count", [1, 40, 200])
def test_long_letters_go_on_for_as_many_pages_as_they_need(count: int):
    content = Content(
        "A long letter", "Dear Dr Adeyemi,",
        (*(Paragraph(f"Paragraph {number}. " + "Some words. " * 30) for number in range(count)),
         Measures((LINE,) * count)),
        "With kind regards,",
    )  # fmt: skip
    pdf = typeset(TEMPLATES, MAIN, page_of(content, examples.envelope("progress"), Voice()))
    pages = texts(PdfReader(io.BytesIO(pdf)))
    assert len(pages) >= count // 10
    for at, text in enumerate(pages, 1):
        assert f"Page {at} of {len(pages)}" in text
        assert "Grace Nakamura" in text
    whole = "\n".join(pages)
    assert all(f"Paragraph {number}." in whole for number in range(count))
    assert whole.count("3 lower") == count


HOSTILE = [
    '#panic("x") $1$ \\ @a `b` *c* _d_ [e] <f> // /* #import "/etc/passwd"',
    "x" * 10_000,
    "مرحبا שלום 漢字 👩‍👩‍👧‍👦",
    "a\x00b\x1b\u202ec\ud800",
    "",
    "{page} of {pages}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_whatever_is_written_anywhere_is_set_as_text(text: str):
    page = page_of(examples.contents(Voice())["progress"], examples.envelope("progress",
                   cover_to="1"), Voice())  # fmt: skip

    def spoilt(value: Any, key: str = "") -> Any:
        if key in {"lang", "region", "paper", "date", "is", "words"}:
            return value
        match value:
            case str():
                return text
            case list():
                return [spoilt(one) for one in value]
            case dict():
                return {name: spoilt(one, name) for name, one in value.items()}
            case _:
                return value

    read = PdfReader(io.BytesIO(typeset(TEMPLATES, MAIN, spoilt(page), timeout=60)))
    if text.isascii() and len(text) < 500:
        whole = "".join("".join(texts(read)).split())
        assert "".join(text.split()) in whole


def test_templates_are_the_only_files_beside_them():
    assert sorted(path.name for path in Path(TEMPLATES).iterdir()) == [
        "charts.typ", "cover.typ", "letter.typ",
    ]  # fmt: skip
