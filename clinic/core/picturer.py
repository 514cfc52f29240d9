"""The child that draws one page of a PDF: the PDF on stdin, the PNG on stdout.

It is started by ``core.picturing`` as a file of its own and imports nothing of the house.
"""

import json
import resource
import sys
from io import BytesIO

import typst
from pypdf import PdfReader, PdfWriter

MEMORY = 3 * 1024**3
"""Bytes of address space: a scan of ten megabytes needs a third of it."""
NO_PACKAGES = "/dev/null/packages"
PAGE = b"""#set page(width: 800pt, height: auto, margin: 0pt, fill: white)
#image(bytes(json(bytes(sys.inputs.data))), format: "pdf", width: 100%)
"""
DENSITY = 108
"""Dots per inch: a page of 800 points is 1200 dots wide."""


def alone(pdf: bytes, page: int) -> bytes:
    """One page of a PDF, as a PDF of its own."""
    writer, made = PdfWriter(), BytesIO()
    writer.add_page(PdfReader(BytesIO(pdf), strict=False).pages[page - 1])
    writer.write(made)
    return made.getvalue()


def drawn(pdf: bytes) -> bytes:
    """The one page of a PDF as a PNG. Raises typst.TypstError."""
    made = typst.compile(
        PAGE,
        font_paths=[],
        ignore_system_fonts=True,
        format="png",
        ppi=DENSITY,
        sys_inputs={"data": json.dumps(list(pdf), separators=(",", ":"))},
        package_path=NO_PACKAGES,
        package_cache_path=NO_PACKAGES,
    )
    return made if isinstance(made, bytes) else made[0]


def main() -> None:
    """Draw what stdin holds; whatever goes wrong, it is no picture."""
    page, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 2, seconds + 2))
    sys.stdout.buffer.write(drawn(alone(sys.stdin.buffer.read(), page)))


if __name__ == "__main__":
    main()
