"""How a figure that was taken is kept as text, and read again."""

import json
from typing import Any

from clinic.records.rules.measures import Taken, parsed

FORM = 1
"""Which shape of a text this is."""


def write_taken(taken: Taken) -> str:
    """A figure as JSON that reads back the same."""
    entry: dict[str, Any] = {"form": FORM, "subject": taken.subject.code, "value": taken.value}
    said = {
        "moment": taken.moment,
        "method": taken.method,
        "is_painful": taken.is_painful,
        "items": [list(one) for one in taken.items],
        "comment": taken.comment,
        "ticked": list(taken.ticked),
        "wording": taken.wording,
        "by": taken.by,
    }
    return json.dumps(entry | {name: one for name, one in said.items() if one}, ensure_ascii=False)


def read_taken(text: str) -> Taken:
    """The figure in a JSON text."""
    entry = json.loads(text)
    return Taken(
        subject=parsed(entry["subject"]),
        value=entry["value"],
        moment=entry.get("moment", ""),
        method=entry.get("method", ""),
        is_painful=entry.get("is_painful", False),
        items=tuple((str(name), int(score)) for name, score in entry.get("items", ())),
        comment=entry.get("comment", ""),
        ticked=tuple(int(one) for one in entry.get("ticked", ())),
        wording=entry.get("wording", ""),
        by=entry.get("by", ""),
    )
