"""Setting a page as PDF, with Typst, in a child process that is ended when it takes too long.

Data reach a template as one JSON text under ``sys.inputs.data`` and never as markup: nothing that
somebody wrote can become an instruction. The template sees its own folder and nothing outside.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clinic.core.errors import DomainError
from clinic.core.words import say

CHILD = Path(__file__).with_name("typesetter.py")
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    # Nothing listens there: a package that is not in the template's folder is not fetched.
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
}


class CannotTypeset(DomainError):
    """It could not be set, or not in time. ``detail`` is for who looks after the system."""

    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(say("The PDF could not be made just now. Nothing was sent."))
        self.detail = detail


def typeset(root: Path, main: str, data: Mapping[str, Any], *, timeout: float = 10.0) -> bytes:
    """The PDF (PDF/UA-1, tagged) that ``main`` in ``root`` makes of data; the same data make the
    same bytes. ``timeout`` is in seconds.

    Control characters are left out; what no font can show becomes U+FFFD. Raises CannotTypeset.
    """
    work = {"root": str(root), "main": main, "data": data, "seconds": timeout}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(work).encode(),
            capture_output=True,
            timeout=timeout,
            env=_ENVIRONMENT,
            cwd=root,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotTypeset(f"{main}: not done after {timeout:g} s") from None
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode(errors="replace").strip()
        raise CannotTypeset(f"{main}: {said or f'ended with {done.returncode}'}")
    return done.stdout
