"""What an import says of health history: in lines on the console, and as a table in a file.

Texts of the files and counts, and nobody's name.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from clinic.imports.services import Fired, Heard

SHOWN = 50
"""Texts of one list that are printed; the file has them all."""
_FORMULA = "=+-@\t\r"
Cells = tuple[str, str, str, int, int, int]


def tell_history(heard: Heard, fired: Sequence[Fired], path: Path | None = None) -> None:
    """Print how lines of history were understood and what they mean; write it if asked."""
    for kind, count in heard.facts.most_common():
        click.echo(f"health facts written, {kind}: {count}")
    for one in fired:
        click.echo(
            f"rule {one.rule}: holds by {one.facts} imported facts for {one.clients} clients; "
            f"to be asked for {one.asked}"
        )
    _tell("not understood, kept for a therapist to sort", heard.unknown)
    _tell("understood, no matter of screening, kept", heard.no_matter)
    if path is not None:
        _write(path, heard, fired)


def _tell(title: str, texts: Counter[tuple[str, str]]) -> None:
    if not texts:
        return
    click.echo(f"{len(texts)} texts {title} ({sum(texts.values())} lines):")
    for (kind, text), count in texts.most_common(SHOWN):
        click.echo(f"  {count} × {kind}: {text}")
    if len(texts) > SHOWN:
        click.echo(f"  … and {len(texts) - SHOWN} more texts")


def _write(path: Path, heard: Heard, fired: Sequence[Fired]) -> None:
    rows: list[Cells] = [("fact", kind, "", n, 0, 0) for kind, n in heard.facts.most_common()]
    rows += [("rule", one.rule, one.label, one.facts, one.clients, one.asked) for one in fired]
    for name, texts in (("not understood", heard.unknown), ("no matter", heard.no_matter)):
        rows += [(name, kind, text, n, 0, 0) for (kind, text), n in texts.most_common()]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("about", "code", "text", "count", "clients", "clients to be asked"))
            table.writerows([_plain(cell) for cell in row] for row in rows)
    except OSError as error:
        why = error.strerror or "input/output error"
        raise click.ClickException(f"{path.name} cannot be written: {why}.") from None
    click.echo(f"Written: {path.name}")


def _plain(cell: str | int) -> str | int:
    """What no spreadsheet would take for a formula."""
    if isinstance(cell, str) and cell.startswith(tuple(_FORMULA)):
        return f"'{cell}"
    return cell
