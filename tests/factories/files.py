"""Documents of a made-up clinic."""

from io import BytesIO
from typing import Any

from PIL import Image
from pypdf import PdfWriter

from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.vault import house_key
from clinic.files.models import StoredFile
from clinic.files.rules.kinds import Checked
from clinic.files.services import keep


def a_pdf(pages: int = 2, change: Any = None) -> bytes:
    """A plain PDF; ``change`` is given its writer before it is written."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    if change:
        change(writer)
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def a_picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    """A picture, dark at its left end."""
    picture = Image.new(more.pop("mode", "RGB"), size)
    picture.paste(picture.getpixel((0, 0)), (0, 0, *size))
    kept = BytesIO()
    picture.save(kept, kind, **more)
    return kept.getvalue()


def a_file(data: bytes | Checked | None = None, name: str = "order.pdf") -> StoredFile:
    """A document of the house's own."""
    with transaction():
        return new_file(data, name)


def new_file(data: bytes | Checked | None = None, name: str = "order.pdf") -> StoredFile:
    """The same, inside a transaction that is open already."""
    with writing("test.file", SYSTEM):
        return keep(data or a_pdf(), name, actor=SYSTEM, key=house_key())
