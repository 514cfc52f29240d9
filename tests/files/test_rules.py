"""What is taken as a document, and what is left out of it."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from clinic.core.errors import DomainError
from clinic.files.rules import papers, pictures
from clinic.files.rules.kinds import LARGEST, NAME_MAX, check, plain_name
from tests.factories.files import a_pdf, a_picture


def refused(data: bytes, name: str, match: str) -> None:
    with pytest.raises(DomainError, match=match) as error:
        check(data, name)
    assert error.value.field == "file"


@pytest.mark.parametrize(
    ("data", "name", "media_type", "pages"),
    [
        (a_pdf(3), "Order.PDF", "application/pdf", 3),
        (a_picture(), "scan.png", "image/png", None),
        (a_picture("JPEG"), "scan.jpeg", "image/jpeg", None),
        (a_picture("JPEG"), "C:\\scans\\scan.JPG", "image/jpeg", None),
    ],
)
def test_papers_and_pictures_are_taken(data, name, media_type, pages):
    checked = check(data, name)
    assert (checked.media_type, checked.pages) == (media_type, pages)
    assert checked.name == name.rpartition("\\")[2]


@pytest.mark.parametrize(
    ("data", "name", "match"),
    [
        (b"", "a.pdf", "empty"),
        (b"x" * (LARGEST + 1), "a.pdf", "too large"),
        (a_pdf(), "a.docx", "not taken"),
        (a_pdf(), "pdf", "not taken|not what"),
        (a_pdf(), "", "not taken"),
        (a_pdf(), "a.png", "not what its name says"),
        (a_picture(), "a.jpg", "not what its name says"),
        (a_picture("GIF"), "a.png", "not what its name says"),
        (b"<html><script>alert(1)</script>", "a.pdf", "not what its name says"),
        (b"plain words", "a.pdf", "not what its name says"),
        (b"MZ" + bytes(200), "a.pdf", "not what its name says"),
    ],
)
def test_what_is_not_a_document_of_these_kinds_is_refused(data, name, match):
    if name == "pdf":
        assert check(data, name).pages == 2  # a name that is only the ending says what it is
        return
    refused(data, name, match)


def test_a_damaged_file_is_refused_in_kind_words():
    refused(b"%PDF-1.7\nnothing more", "a.pdf", "cannot be read")
    refused(a_picture()[:60], "a.png", "cannot be read")
    refused(a_picture("JPEG", (400, 400))[:400], "a.jpg", "cannot be read")


def test_a_picture_that_would_unpack_into_too_many_points_is_refused_unpacked():
    large = a_picture(size=(9000, 5000), mode="1")
    assert len(large) < 100_000
    refused(large, "a.png", "too many points")
    refused(a_picture(size=(30_000, 30_000), mode="1"), "a.png", "too many points")


def test_metadata_of_a_picture_stays_behind_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = "canary-camera"
    data = a_picture("JPEG", (40, 20), exif=exif, comment=b"canary-comment")
    assert b"canary-camera" in data
    kept = check(data, "a.jpg").data
    assert b"canary" not in kept
    picture = Image.open(BytesIO(kept))
    assert picture.size == (20, 40)
    assert not picture.getexif()


def test_what_hangs_behind_a_picture_is_gone():
    kept = check(a_picture() + b"canary-behind", "a.png").data
    assert b"canary" not in kept


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_kind_of_colour_are_taken(mode):
    assert Image.open(BytesIO(check(a_picture(mode=mode), "a.png").data)).size == (40, 20)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_photographs_of_every_kind_of_colour_are_taken(mode):
    assert Image.open(BytesIO(check(a_picture("JPEG", mode=mode), "a.jpg").data)).size == (40, 20)


def _script(writer):
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("go()")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(script)


def _attachment(writer):
    writer.add_attachment("hidden.txt", b"hidden")


def _opens(writer):
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc")}
    )
    writer.root_object[NameObject("/OpenAction")] = action


def _of_a_page(writer):
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    told = DictionaryObject({NameObject("/O"): writer._add_object(action)})
    writer.pages[0][NameObject("/AA")] = told


def _form(writer):
    form = DictionaryObject({NameObject("/XFA"): TextStringObject("x")})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)


@pytest.mark.parametrize("change", [_script, _attachment, _opens, _of_a_page, _form])
def test_a_pdf_that_acts_or_carries_something_is_refused(change):
    refused(a_pdf(1, change), "a.pdf", "carries a script or another file")


def test_a_name_written_in_another_way_hides_nothing():
    plain = a_pdf(1, _of_a_page)
    hidden = plain.replace(b"/JavaScript", b"/J#61v#61Script")
    assert hidden != plain
    refused(hidden, "a.pdf", "carries a script")


def test_links_and_a_first_page_are_harmless():
    def change(writer):
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): writer.pages[1]}
        )
        writer.add_uri(0, "https://example.org", (0, 0, 10, 10))

    assert check(a_pdf(2, change), "a.pdf").pages == 2


def test_a_locked_pdf_is_refused():
    refused(
        a_pdf(1, lambda writer: writer.encrypt("secret", algorithm="RC4-128")), "a.pdf", "locked"
    )


def test_a_pdf_without_pages_is_refused():
    refused(a_pdf(0), "a.pdf", "cannot be read")


def test_a_pdf_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(papers, "PATIENCE", -1.0)
    refused(a_pdf(), "a.pdf", "too intricate")
    monkeypatch.setattr(papers, "MOST_OBJECTS", 1)
    refused(a_pdf(), "a.pdf", "too intricate")


def test_a_paper_is_kept_as_it_came():
    data = a_pdf()
    assert check(data, "a.pdf").data == data
    assert len(PdfReader(BytesIO(data)).pages) == 2


def test_names_keep_their_ending_and_nothing_that_leads_elsewhere():
    assert plain_name("../../etc/order.pdf") == "order.pdf"
    assert plain_name("a\x00b\n.pdf") == "ab.pdf"
    long = plain_name("x" * 400 + ".pdf")
    assert len(long) <= NAME_MAX
    assert long.endswith(".pdf")


def test_the_cap_of_points_is_the_librarys_own_too():
    assert Image.MAX_IMAGE_PIXELS == pictures.MOST_POINTS
