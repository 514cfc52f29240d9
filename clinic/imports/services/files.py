"""Reading files that someone else wrote: their letters, their separators, their rows.

A file is read line by line, so that its size does not matter; it is read twice, and
must be the same both times.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from clinic.core.words import Words, say
from clinic.imports.rules import MOST_COLUMNS, Unreadable

LONGEST_LINE = 1 << 20
"""Letters of one line; what is longer was never a line of people."""
CHUNK = 1 << 16
DELIMITERS = ",;\t"
_FOREIGN = (
    (b"PK\x03\x04", say("This is a spreadsheet or an archive. Save it as CSV first.")),
    (b"\xff\xfe", say("This is text in UTF-16. Save it as UTF-8.")),
    (b"\xfe\xff", say("This is text in UTF-16. Save it as UTF-8.")),
)
_NO_TEXT = say("This is no text file.")
_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 0})
_FEW = 0.01
"""Up to this part of the first bytes a text may hold control characters."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it stands; or, with ``wrong``, one that cannot be taken apart."""

    line: int
    cells: Sequence[str] = ()
    wrong: Words | None = None


@dataclass(frozen=True)
class TextFile:
    """A file with its first line understood."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    notes: tuple[Words, ...] = ()
    stamp: tuple[int, int, int] = field(default=(0, 0, 0), repr=False)

    @property
    def name(self) -> str:
        return self.path.name

    def rows(self) -> Iterator[Raw]:
        """The rows behind the headers; empty ones are passed over.

        Raises Unreadable when it is no longer the file that was opened.
        """
        self._expect_unchanged()
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(_lines(file), delimiter=self.delimiter, strict=True)
            begins = 0
            while True:
                begins = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    if begins > 1:
                        yield Raw(begins, wrong=_said(error))
                    continue
                if begins > 1 and any(cells):
                    yield self._row(begins, cells)
        self._expect_unchanged()

    def _row(self, line: int, cells: list[str]) -> Raw:
        if len(cells) == len(self.headers):
            return Raw(line, cells)
        text = "The row has {found} fields, the first line {expected}."
        return Raw(line, wrong=say(text, found=len(cells), expected=len(self.headers)))

    def _expect_unchanged(self) -> None:
        if self.stamp != _stamp(self.path):
            raise Unreadable(say("The file changed while it was read."), self.name)


def _said(error: csv.Error) -> Words:
    if "field larger" in str(error):
        return say("A field is longer than {most} letters.", most=csv.field_size_limit())
    return say("The quotes of this row do not match.")


def _lines(file: TextIO) -> Iterator[str]:
    """The lines, none of them kept longer than LONGEST_LINE."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            while len(line) == LONGEST_LINE and not line.endswith("\n"):
                line = file.readline(LONGEST_LINE)
            # One field, too long for the reader, stands for the line: it is refused there.
            yield "x" * (csv.field_size_limit() + 1) + "\n"
            continue
        yield line


def open_text(path: Path) -> TextFile:
    """Find out how a file is written and what its first line says. Raises Unreadable."""
    try:
        if not path.is_file():
            raise Unreadable(say("There is no such file."), path.name)
        stamp = _stamp(path)
        encoding, notes = _encoding(path)
        header = _first_line(path, encoding)
    except OSError as error:
        reason = say("It cannot be opened: {why}.", why=error.strerror or "input/output error")
        raise Unreadable(reason, path.name) from None
    delimiter = max(DELIMITERS, key=header.count)
    headers = _headers(path, header, delimiter)
    return TextFile(path, encoding, delimiter, headers, notes, stamp)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _encoding(path: Path) -> tuple[str, tuple[Words, ...]]:
    """Which of the usual encodings the whole file is written in."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    with path.open("rb") as file:
        head = file.read(CHUNK)
        _refuse_foreign(path, head)
        chunk = head
        while chunk:
            for name, decoder in list(decoders.items()):
                if not _decodes(decoder, chunk, final=False):
                    del decoders[name]
            chunk = file.read(CHUNK)
    if "utf-8" in decoders and _decodes(decoders["utf-8"], b"", final=True):
        return "utf-8-sig", ()
    text = "It is not written in UTF-8 and was read as Latin-1: look at names with accents."
    return ("cp1252" if "cp1252" in decoders else "latin-1"), (say(text),)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_foreign(path: Path, head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Unreadable(say("The file is empty."), path.name)
    for begins, reason in _FOREIGN:
        if head.startswith(begins):
            raise Unreadable(reason, path.name)
    strange = sum(head.count(bytes([byte])) for byte in _CONTROLS)
    first = head.partition(b"\n")[0]
    if strange > len(head) * _FEW or b"\0" in first or head.startswith((b"\x89PNG", b"%PDF")):
        raise Unreadable(_NO_TEXT, path.name)


def _first_line(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.readline(LONGEST_LINE)


def _headers(path: Path, line: str, delimiter: str) -> tuple[str, ...]:
    try:
        headers = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise Unreadable(say("The quotes of its first line do not match."), path.name) from None
    if len(headers) > MOST_COLUMNS:
        reason = say("It has {found} columns; at most {most} are read.", found=len(headers),
                     most=MOST_COLUMNS)  # fmt: skip
        raise Unreadable(reason, path.name)
    if not any(header.strip() for header in headers):
        raise Unreadable(say("Its first line holds no headers."), path.name)
    return tuple(headers)
