"""The words that are agreed to: those that ship, and how a text is laid out.

What a client agreed to is looked up by its number. So the wording that ships, number 0, is
never changed once it was released; a better one would be published by the clinic.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BODY_MAX = 8000
"""Letters of one text."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list where ``items`` has any."""

    text: str = ""
    items: tuple[str, ...] = ()


@cache
def shipped() -> dict[str, str]:
    """The wording of every kind that comes with the application, by the kind's code."""
    path = files("clinic.consents").joinpath("wording.json")
    texts: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
    return {kind: "\n".join(lines) for kind, lines in texts.items()}


def blocks(body: str) -> tuple[Block, ...]:
    """A text as paragraphs (blank lines between them) and lists (lines that begin with ``-``)."""
    found: list[Block] = []
    for part in body.replace("\r", "").split("\n\n"):
        text: list[str] = []
        items: list[str] = []
        for line in (line.strip() for line in part.splitlines()):
            if line.startswith("- "):
                items.append(line[2:].strip())
            elif line and items:
                items[-1] += f" {line}"
            elif line:
                text.append(line)
        if text:
            found.append(Block(" ".join(text)))
        if items:
            found.append(Block(items=tuple(items)))
    return tuple(found)
