"""The child that sets one PDF: JSON on stdin, the PDF on stdout, what went wrong on stderr.

It is started by ``core.typesetting`` as a file of its own and imports nothing of the house.
"""

import json
import re
import resource
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import typst

MEMORY = 2 * 1024**3
"""Bytes of address space: far more than a letter needs."""
NO_PACKAGES = "/dev/null/packages"
UNSHOWN = "\ufffd"
TRIES = 6
_MISSING = re.compile(r'error: [^\n]*?the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_BREAKS = {ord("\r"): "\n", 0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF))
"""Marks that turn the direction of what follows, and the mark of a file's beginning."""
_CONTROLS = dict.fromkeys(
    (one for one in (*range(0x20), *range(0x7F, 0xA0)) if one not in (0x09, 0x0A, 0x85)), " "
)
_HALVES = dict.fromkeys(range(0xD800, 0xE000), UNSHOWN)
_TABLE = {**_CONTROLS, **_BREAKS, **_TURNS, **_HALVES}


def plain(text: str) -> str:
    """Text without what steers a device instead of being read."""
    return text.replace("\r\n", "\n").translate(_TABLE)


def each(data: Any, act: Callable[[str], str]) -> Any:
    """The same data, every text in it changed."""
    match data:
        case str():
            return act(data)
        case list():
            return [each(one, act) for one in data]
        case dict():
            return {name: each(one, act) for name, one in data.items()}
        case _:
            return data


def missing(diagnostic: str) -> set[str]:
    """The texts of a complaint that no font shows them."""
    return {_ESCAPED.sub(_char, said) for said in _MISSING.findall(diagnostic)}


def _char(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(found[2], found[2])


def without(texts: set[str]) -> Callable[[str], str]:
    """What puts a mark in the place of each; what is never seen by itself goes."""
    marks = {
        one: ""
        if all(unicodedata.category(char) in ("Cf", "Mn", "Me") for char in one)
        else UNSHOWN
        for one in texts
    }
    wanted = re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))))
    return lambda text: wanted.sub(lambda found: marks[found[0]], text)


def compiled(work: dict[str, Any], data: Any, *, with_system_fonts: bool) -> bytes:
    """The PDF. Raises typst.TypstError."""
    return typst.compile(
        f"{work['root']}/{work['main']}",
        root=work["root"],
        font_paths=[],
        ignore_system_fonts=not with_system_fonts,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        package_path=NO_PACKAGES,
        package_cache_path=NO_PACKAGES,
        timestamp=0,
    )


def run(work: dict[str, Any]) -> bytes:
    """The PDF of the data. Fonts of the machine are asked only for what ours cannot show, and
    what nobody can show is marked. Raises typst.TypstError."""
    data = each(work["data"], plain)
    with_system_fonts = False
    for _ in range(TRIES):
        try:
            return compiled(work, data, with_system_fonts=with_system_fonts)
        except typst.TypstError as error:
            texts = missing(error.diagnostic)
            if not texts:
                raise
            if with_system_fonts:
                data = each(data, without(texts))
            with_system_fonts = True
    return compiled(work, each(data, _narrow), with_system_fonts=False)


def _narrow(text: str) -> str:
    return "".join(char if char < "\u0180" else UNSHOWN for char in text)


def main() -> None:
    """Set what stdin asks for; 1 if it cannot be."""
    work = json.load(sys.stdin.buffer)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seconds = int(work["seconds"]) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        pdf = run(work)
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        sys.exit(1)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
