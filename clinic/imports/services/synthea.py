"""A folder as the Synthea generator's CSV exporter writes it.

The columns are those of its published data dictionary
(https://github.com/synthetichealth/synthea/wiki/CSV-File-Data-Dictionary).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from clinic.clients.services import newcomer
from clinic.core.words import Words, say
from clinic.imports.rules import (
    Column,
    Entry,
    Unreadable,
    day,
    identity,
    letters,
    moment,
    name_and_surname,
    needed,
    phone,
    sex,
    tidied,
)
from clinic.imports.services.files import open_text
from clinic.imports.services.sheets import Sheet, arranged, keyed

SOURCE = "synthea"
_code, _words = letters(60), letters(400, may_begin="+-")

_ID = Column("Id", identity, is_needed=True)
_PATIENT = Column("PATIENT", identity, is_needed=True)
_ADDRESS = (
    Column("ADDRESS", letters(200)),
    Column("CITY", letters(80)),
    Column("STATE", letters(60)),
    Column("ZIP", letters(20)),
)
PATIENTS = (
    _ID,
    Column("BIRTHDATE", needed(day()), is_needed=True),
    Column("DEATHDATE", day()),
    Column("FIRST", letters(80), is_needed=True),
    Column("LAST", needed(letters(80)), is_needed=True),
    Column("GENDER", sex),
    *_ADDRESS,
)
ORGANISATIONS = (_ID, Column("NAME", needed(letters(160)), is_needed=True), *_ADDRESS,
                 Column("PHONE", phone))  # fmt: skip
PROVIDERS = (
    _ID,
    Column("ORGANIZATION", identity, is_needed=True),
    Column("NAME", needed(letters(161)), is_needed=True),
    Column("SPECIALITY", letters(80)),
)
_LINE = (
    _PATIENT,
    Column("START", needed(moment), is_needed=True),
    Column("STOP", moment),
    Column("CODE", _code),
    Column("SYSTEM", _code),
    Column("DESCRIPTION", needed(_words), is_needed=True),
)
MEDICATIONS = (*_LINE, Column("REASONDESCRIPTION", _words))
ALLERGIES = (
    *_LINE,
    Column("TYPE", _code),
    Column("CATEGORY", _code),
    *(Column(f"{part}{n}", _words) for n in (1, 2) for part in ("DESCRIPTION", "SEVERITY")),
)
LINES = {
    "conditions.csv": ("condition", _LINE),
    "medications.csv": ("medication", MEDICATIONS),
    "allergies.csv": ("allergy", ALLERGIES),
    "procedures.csv": ("procedure", MEDICATIONS),
}
CALLED = {"birth_date": "BIRTHDATE", "died_on": "DEATHDATE", "last_name": "LAST"}
NOT_OURS = ("encounters.csv",)


def synthea_sheets(folder: Path, *, is_tidy: bool) -> tuple[list[Sheet], list[tuple[str, Words]]]:
    """The files of a folder in the order in which they are written, and what is to be said.

    Raises Unreadable.
    """
    if not folder.is_dir():
        raise Unreadable(say("There is no such folder."), folder.name)
    if not (folder / "patients.csv").is_file():
        raise Unreadable(say("The folder holds no patients.csv."), folder.name)
    wanted: list[tuple[str, str, str, Sequence[Column], Callable[[Mapping[str, Any]], Entry]]] = [
        ("organizations.csv", "organisation", "", ORGANISATIONS, _organisation),
        ("providers.csv", "provider", "organisation", PROVIDERS, partial(_provider, is_tidy)),
        ("patients.csv", "client", "", PATIENTS, partial(_patient, is_tidy)),
        *((name, "history", "client", columns, partial(_line, kind))
          for name, (kind, columns) in LINES.items()),
    ]  # fmt: skip
    sheets, notes = [], []
    for name, kind, home, columns, understand in wanted:
        if not (folder / name).exists():
            notes.append((name, say("The folder does not hold it.")))
            continue
        file = open_text(folder / name)
        sheets.append(Sheet(kind, file, arranged(file, columns), understand, home, SOURCE, CALLED))
    here = [name for name in NOT_OURS if (folder / name).exists()]
    notes += [(name, say("It is not read.")) for name in here]
    return sheets, notes


def _ref(identity: str) -> str:
    return f"{SOURCE}:{identity}"


def _content(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(str(values[name]) for name in sorted(values))


def _place(values: Mapping[str, Any]) -> dict[str, Any]:
    ours = {"ADDRESS": "address", "CITY": "city", "STATE": "region", "ZIP": "postcode"}
    return {name: values[theirs] for theirs, name in ours.items() if theirs in values}


def _named(name: str, is_tidy: bool) -> str:
    return " ".join(filter(None, map(tidied, name.split()))) if is_tidy else name


def _organisation(values: Mapping[str, Any]) -> Entry:
    facts = {"name": values["NAME"], "phone": values.get("PHONE", ""), **_place(values)}
    return Entry(_ref(values["Id"]), _content(values), facts)


def _provider(is_tidy: bool, values: Mapping[str, Any]) -> Entry:
    first, last = name_and_surname(_named(values["NAME"], is_tidy) or values["NAME"])
    facts = {
        "first_name": letters(80)(first),
        "last_name": letters(80)(last),
        "credentials": "other",
        "specialty": values.get("SPECIALITY", ""),
    }
    home = _ref(values["ORGANIZATION"])
    return Entry(_ref(values["Id"]), _content(values), facts, belongs_to=home)


def _patient(is_tidy: bool, values: Mapping[str, Any]) -> Entry:
    ref = _ref(values["Id"])
    person = newcomer(
        import_ref=ref,
        first_name=_named(values["FIRST"], is_tidy),
        last_name=_named(values["LAST"], is_tidy) or values["LAST"],
        birth_date=values["BIRTHDATE"],
        sex_at_birth=values.get("GENDER", "undisclosed"),
        died_on=values.get("DEATHDATE"),
        **_place(values),
    )
    return Entry(ref, _content(values), {"person": person})


def _line(kind: str, values: Mapping[str, Any]) -> Entry:
    said = {"code": "CODE", "system": "SYSTEM", "description": "DESCRIPTION", "start": "START",
            "stop": "STOP", "reason": "REASONDESCRIPTION", "type": "TYPE",
            "category": "CATEGORY"}  # fmt: skip
    line: dict[str, Any] = {ours: values[name] for ours, name in said.items() if values.get(name)}
    reactions = [
        {"description": values[f"DESCRIPTION{n}"], "severity": values.get(f"SEVERITY{n}", "")}
        for n in (1, 2)
        if values.get(f"DESCRIPTION{n}")
    ]
    if reactions:
        line["reactions"] = reactions
    whose, wording = _ref(values["PATIENT"]), json.dumps(line, ensure_ascii=False)
    ref = f"{SOURCE}:{kind}:{keyed('history', [kind, whose, wording]).hex()}"
    return Entry(ref, (), {"kind": kind, "text": wording}, belongs_to=whose)
