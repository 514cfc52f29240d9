"""A page is set by a child that knows its own folder, takes data for data, and ends in time."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from clinic.core.typesetting import CannotTypeset, typeset

PLAIN = """#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
#set text(font: "Libertinus Serif", lang: "en")
= #d.title
#d.body
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "page.typ").write_text(PLAIN)
    return tmp_path


def _read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in _read(pdf).pages)


def _set(room: Path, body: Any, title: str = "A page", **more: Any) -> bytes:
    return typeset(room, "page.typ", {"title": title, "body": body}, **more)


def test_a_page_is_tagged_titled_and_in_its_language(room: Path) -> None:
    read = _read(_set(room, "Words."))
    root: Any = read.trailer["/Root"]
    assert read.metadata is not None
    assert read.metadata.title == "A page"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_same_data_make_the_same_bytes(room: Path) -> None:
    assert _set(room, "Words.") == _set(room, "Words.")


MARKUP = (
    '#panic("no") $x^2$ \\ @ref `code` *bold* _slanted_ [box] <label> // /* = + - ~ -- ... '
    '#import "/etc/passwd" #sys.inputs {{ body }} \' " % & ^'
)


def test_what_looks_like_markup_is_text(room: Path) -> None:
    said = "".join(_text(_set(room, MARKUP, title=MARKUP)).split())
    assert said.count("".join(MARKUP.split())) == 2


@pytest.mark.parametrize(
    "body",
    [
        "x" * 10_000,
        "many words " * 900,
        "é" * 4000,
        "\n" * 200,
        "",
        "a\x00b\x01c\x1b[31md\x7fe\x85f",
        "a\u200bb\u202ec\u2066d\ufeffe\u2028f\ue000g\ufffeh",
        "\ud800 half a character \udc00",
        "שלום עולם",
        "مرحبا بك في العيادة",
        "漢字かな한국어",
        "👩‍👩‍👧‍👦 🧑🏽‍⚕️ ❤️",
        "".join(map(chr, range(0x20, 0x600))),
        "".join(map(chr, range(0x3400, 0x3500))),
    ],
    ids=lambda body: repr(body[:8]),
)
def test_whatever_is_written_can_be_set(room: Path, body: str) -> None:
    assert _read(_set(room, body, title=body[:100] or "-")).pages


def test_other_scripts_are_kept_where_a_font_shows_them(room: Path) -> None:
    said = _text(_set(room, "Θεοδώρα Ελένη, Анна Петрова, Łukasz Żak, Nguyễn Thị Hoà"))
    for name in ("Θεοδώρα", "Петрова", "Łukasz Żak", "Nguyễn"):
        assert name in said


def test_what_no_font_shows_is_marked_and_the_rest_stays(room: Path) -> None:
    said = _text(_set(room, "before \U000e0041\u3400\U0010fffd after"))
    assert "before" in said
    assert "after" in said
    assert "\ufffd" in said


def test_control_characters_are_left_out(room: Path) -> None:
    said = _text(_set(room, "one\x00two\u202ethree"))
    assert "one" in said
    assert "\x00" not in said
    assert "\u202e" not in said
    assert "twothree" in said.replace(" ", "")


def test_a_template_sees_nothing_outside_its_folder(room: Path) -> None:
    outside = room.parent / "secret.txt"
    outside.write_text("canary")
    (room / "out.typ").write_text('#set document(title: "t")\n#read("../secret.txt")')
    (room / "link.typ").write_text('#set document(title: "t")\n#read("/etc/hostname")')
    for name in ("out.typ", "link.typ"):
        with pytest.raises(CannotTypeset):
            typeset(room, name, {})


def test_no_package_is_fetched(room: Path) -> None:
    (room / "fetch.typ").write_text('#import "@preview/cetz:0.3.4"\n#set document(title: "t")\nx')
    with pytest.raises(CannotTypeset, match="could not be made"):
        typeset(room, "fetch.typ", {}, timeout=5)


def test_one_that_takes_too_long_is_ended(room: Path) -> None:
    (room / "long.typ").write_text("#let n = 0\n#for a in range(1000000000) { n += 1 }\n#n")
    with pytest.raises(CannotTypeset) as error:
        typeset(room, "long.typ", {}, timeout=0.5)
    assert "0.5 s" in error.value.detail


def test_what_went_wrong_is_said_without_the_data(room: Path) -> None:
    (room / "wrong.typ").write_text("#let d = json(bytes(sys.inputs.data))\n#panic()")
    with pytest.raises(CannotTypeset) as error:
        typeset(room, "wrong.typ", {"name": "canary-name"})
    assert "panicked" in error.value.detail
    assert "canary-name" not in json.dumps([str(error.value), error.value.detail])


def test_a_template_that_is_not_there_is_an_error_like_any_other(room: Path) -> None:
    with pytest.raises(CannotTypeset):
        typeset(room, "nothing.typ", {})
