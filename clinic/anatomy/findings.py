"""What a therapist found, treated or left alone on one spot of the body."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from clinic.anatomy.areas import AREAS, is_spot
from clinic.core.errors import DomainError
from clinic.core.words import Words, say

MODES = {
    "pain": say("Pain"),
    "tension": say("Tension"),
    "treated": say("Treated"),
    "avoid": say("Avoid"),
}
"""What a mark on the body chart means."""

KINDS = {
    "hypertonicity": say("tight muscle"),
    "trigger_point": say("trigger point"),
    "restriction": say("restriction"),
    "spasm": say("spasm"),
    "tenderness": say("tenderness"),
    "swelling": say("swelling"),
    "temperature": say("warmer or cooler"),
    "limited_movement": say("limited movement"),
    "scar": say("scar"),
    "lump": say("lump"),
    "bruise": say("bruise"),
    "numbness": say("numbness"),
    "skin": say("skin"),
    "crepitus": say("grating or clicking"),
    "other": say("other"),
}
"""What was found, besides the mark's own meaning; it may be left open."""

MOST_FINDINGS = 60
LONGEST_TEXT = 300  # characters
SEVERITY = (0, 10)
MINUTES = (0, 240)
PRESSURE = (1, 5)
BLANK_ROWS = 3
"""Empty rows for a page without script."""

_WORDED = ("area", "side", "face", "mode", "kind", "text")
_COUNTED = ("severity", "minutes", "pressure")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mark of the body chart.

    ``severity`` is 0 to 10, ``minutes`` the time spent there, ``pressure`` 1 (light) to 5
    (deepest); None where nothing was said. ``face`` is the figure it was marked on, "" when it
    was named in the list. ``is_copied`` says that it came from an earlier note unedited.
    """

    area: str
    side: str
    mode: str
    face: str = ""
    kind: str = ""
    severity: int | None = None
    minutes: int | None = None
    pressure: int | None = None
    text: str = ""
    is_copied: bool = False


def _refuse(words: Words | None = None) -> NoReturn:
    raise DomainError(
        words or say("The body chart could not be read. Load the page again."), field="findings"
    )


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse()
    return value.strip()


def _one_of(entry: dict[str, Any], name: str, allowed: Iterable[str]) -> str:
    value = _text(entry, name)
    if value not in allowed:
        _refuse()
    return value


def _figure(
    entry: dict[str, Any], name: str, least_most: tuple[int, int], words: Words
) -> int | None:
    value = entry.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(words)
    least, most = least_most
    if not least <= value <= most:
        _refuse(words)
    return value


def _flag(entry: dict[str, Any], name: str) -> bool:
    value = entry.get(name, False)
    if not isinstance(value, bool):
        _refuse()
    return value


def _finding(entry: object) -> Finding:
    if not isinstance(entry, dict):
        _refuse()
    area, side = _text(entry, "area"), _text(entry, "side") or "N"
    if not is_spot(area, side):
        _refuse(say("Choose an area of the body and one of its sides."))
    text = _text(entry, "text")
    if len(text) > LONGEST_TEXT:
        _refuse(say("Keep a finding's text to {most} characters.", most=LONGEST_TEXT))
    return Finding(
        area=area,
        side=side,
        mode=_one_of(entry, "mode", MODES),
        face=_one_of(entry, "face", ("", *AREAS[area].faces)),
        kind=_one_of(entry, "kind", ("", *KINDS)),
        severity=_figure(entry, "severity", SEVERITY, say("Severity is a number from 0 to 10.")),
        minutes=_figure(entry, "minutes", MINUTES, say("Minutes are a number from 0 to 240.")),
        pressure=_figure(entry, "pressure", PRESSURE, say("Pressure is a number from 1 to 5.")),
        text=text,
        is_copied=_flag(entry, "is_copied"),
    )


def read_findings(json_text: str) -> tuple[Finding, ...]:
    """The findings in a body chart's field; an empty text holds none.

    Raises DomainError (field ``findings``) for what is no list of findings: an unknown area,
    side, mode or kind, a figure out of its range, a text over 300 characters, more than 60.
    """
    if not json_text.strip():
        return ()
    try:
        entries = json.loads(json_text)
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(entries, list):
        _refuse()
    if len(entries) > MOST_FINDINGS:
        _refuse(say("A body chart holds at most {most} findings.", most=MOST_FINDINGS))
    return tuple(_finding(entry) for entry in entries)


def _sent_number(text: str) -> int | str | None:
    return int(text) if text.isdecimal() and len(text) < 9 else text or None


def rows_sent(sent: Mapping[str, str], name: str = "findings") -> list[dict[str, Any]]:
    """The findings of a page whose script did not run: one field for each thing and row.

    Fields are ``<name>-<row>-<thing>``. A row marked ``remove``, or left empty, is no finding.
    """
    rows = []
    for index in range(MOST_FINDINGS + BLANK_ROWS):
        field = f"{name}-{index}-"
        if sent.get(field + "mode") is None:
            break
        row: dict[str, Any] = {key: sent.get(field + key, "").strip() for key in _WORDED}
        row |= {key: _sent_number(sent.get(field + key, "").strip()) for key in _COUNTED}
        row["is_copied"] = sent.get(field + "is_copied") == "1"
        is_empty = not any(row[key] for key in ("area", "text", "kind", *_COUNTED))
        if not is_empty and not sent.get(field + "remove"):
            rows.append(row)
    return rows


def sent_findings(sent: Mapping[str, str], name: str = "findings") -> tuple[Finding, ...]:
    """The findings of a posted form: its JSON field where script ran, its rows where not.

    Raises DomainError as `read_findings` does.
    """
    written = sent.get(name, "").strip()
    return read_findings(written or json.dumps(rows_sent(sent, name)))


def write_findings(findings: Iterable[Finding]) -> str:
    """The findings as the body chart's field holds them: a JSON list that reads back the same."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False)
