"""Reading in what others wrote, from the console: parse, call, say what was done.

Nothing of a person is printed: lines, columns, reasons and client numbers only.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from clinic.cli.importing import tell_history
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh
from clinic.imports import queries, rules, services

_T = TypeVar("_T")

SHOWN = 50
"""Rows of one list that are printed."""
MISSING = {
    "birth_date": "no birth date",
    "first_name": "no first name",
    "guardian": "a minor without guardian",
    "postcode": "no postcode",
    "reach": "neither phone nor e-mail",
}
WHY_KEPT = {
    "amended": "amended since",
    "care_team_member": "has a care team",
    "client": "merged with another record",
    "health_fact": "history was added or looked at since",
    "preference": "has preferences",
    "provider_at": "somebody works there",
    "referral": "has a referral",
    "resource": "has been booked",
    "intake_response": "has a health form",
    "visit": "has visits",
}
KINDS = {
    "client": "clients",
    "history": "health facts",
    "organisation": "organisations",
    "provider": "providers",
}
INTERRUPTED = {"writing": "interrupted", "undoing": "undoing was interrupted"}

_report = click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what the history means for screening into this CSV file.",
)
_good_rows = click.option(
    "--good-rows", is_flag=True, help="Write the rows that are right, list the others."
)


@click.group("import", help="Read in what another system wrote, and take it back.")
def import_group() -> None:
    pass


@import_group.command("clients", help="Read clients from a CSV file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="HEADER=FIELD", help="May be repeated.")
@click.option("--source", default="csv", show_default=True, help="Whose ids the file has.")
@click.option(
    "--dates",
    default="ymd",
    show_default=True,
    type=click.Choice(rules.DATE_ORDERS),
    help="How 03/04/1985 is meant.",
)
@_good_rows
@with_appcontext
def import_clients(
    file: Path, maps: Sequence[str], source: str, dates: str, good_rows: bool
) -> None:
    bring_in(
        lambda: services.read_clients(
            file,
            actor=SYSTEM,
            maps=rules.wished(maps),
            source=source,
            dates=dates,
            good_rows=good_rows,
        )
    )


@import_group.command("synthea", help="Read a folder as Synthea's CSV exporter writes it.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--tidy-names", is_flag=True, help="Take the generator's digits off names.")
@_report
@_good_rows
@with_appcontext
def import_synthea(
    folder: Path, tidy_names: bool, good_rows: bool, report_file: Path | None
) -> None:
    bring_in_synthea(folder, tidy_names=tidy_names, good_rows=good_rows, report_file=report_file)


def bring_in_synthea(
    folder: Path,
    *,
    tidy_names: bool = False,
    good_rows: bool = False,
    report_file: Path | None = None,
) -> None:
    """Read a Synthea folder and print the report; leaves with 1 when nothing was written."""
    bring_in(
        lambda: services.read_synthea(
            folder, actor=SYSTEM, good_rows=good_rows, tidy_names=tidy_names
        ),
        report_file,
    )


@import_group.command(
    "move-history", help="Make facts of history lines that an earlier release kept."
)
@_report
@with_appcontext
def import_move_history(report_file: Path | None) -> None:
    moved = _attempt(lambda: services.move_history(actor=SYSTEM))
    if not moved.lines:
        click.echo("No lines of history are left to move.")
        return
    click.echo(f"Moved {moved.lines} history lines of {len(moved.clients)} clients.")
    tell_history(moved.heard, services.fired(moved.clients), report_file)


@import_group.command("undo", help="Take back what an import wrote and nobody used since.")
@click.argument("number", type=int)
@with_appcontext
def import_undo(number: int) -> None:
    undone = _attempt(lambda: services.undo(number, actor=SYSTEM))
    for kind, label in KINDS.items():
        if undone.removed.get(kind):
            click.echo(f"Removed {undone.removed[kind]} {label}.")
    for kept in undone.kept[:SHOWN]:
        why = ", ".join(WHY_KEPT.get(code, "other records need it") for code in kept.why)
        click.echo(f"Kept {kept.kind} {kept.name}: {why}.")
    _and_more(len(undone.kept), "kept")
    click.echo(f"Import {number} is undone; {len(undone.kept)} kept.")


@import_group.command("list", help="Every import, the newest first.")
@with_appcontext
def import_list() -> None:
    rows = queries.imports()
    for row in rows:
        state = INTERRUPTED.get(row.state, row.state)
        when = row.at.strftime("%Y-%m-%d %H:%M UTC")
        click.echo(
            f"{row.id}  {when}  {row.format} {row.source}  {state}, "
            f"{row.standing} rows here, {row.refused} refused"
        )
    if not rows:
        click.echo("Nothing has been imported yet.")


def bring_in(read: Callable[[], services.Report], report_file: Path | None = None) -> None:
    """Read something in and print the report; leaves with 1 when nothing was written."""
    report = _attempt(read)
    tell(report)
    if report.heard.client_refs:
        tell_history(report.heard, report.fired, report_file)
    if report.is_refused:
        click.echo(
            f"Nothing was written: {report.refused} rows cannot be taken. Mend them, "
            "or say --good-rows to leave them out."
        )
        raise SystemExit(1)
    if report.import_id is None:
        click.echo("Nothing was written: every row that can be taken is here already.")
    else:
        click.echo(f"Wrote {report.written} rows as import {report.import_id}.")
        click.echo(f"To take it back: flask import undo {report.import_id}")


def tell(report: services.Report) -> None:
    """Print what an import says of itself."""
    for file, note in report.notes:
        click.echo(f"{file}: {note}")
    for tally in report.tallies:
        click.echo(
            f"{tally.file}: {tally.read} rows read, {tally.written} written, "
            f"{tally.present} here already, {tally.repeated} repeated, {tally.refused} refused"
        )
    _tell_faults(report)
    _tell_marks("already here, not changed (the file says something else now)", report.changed)
    _tell_marks("incomplete", report.incomplete, MISSING)
    _tell_marks("deceased", report.deceased)
    _tell_marks("looks like somebody on the books: compare, then merge", report.look_alikes, {})


def _tell_faults(report: services.Report) -> None:
    for fault in report.faults[:SHOWN]:
        column = f", column {fault.column}" if fault.column else ""
        click.echo(f"{fault.file}, line {fault.line}{column}: {fault.reason}")
    _and_more(report.fault_count, "refused")


def _tell_marks(title: str, marks: services.Marks, words: dict[str, str] | None = None) -> None:
    if not marks.count:
        return
    click.echo(f"{marks.count} {title}:")
    if words:
        for code, count in marks.by_code.most_common():
            click.echo(f"  {count} {words.get(code, code)}")
    for mark in marks.first[:SHOWN]:
        codes = ", ".join((words or {}).get(code, code) for code in mark.codes)
        click.echo(f"  {mark.file}, line {mark.line}" + (f": {codes}" if codes else ""))
    _and_more(marks.count, "rows")


def _and_more(count: int, what: str) -> None:
    if count > SHOWN:
        click.echo(f"  … and {count - SHOWN} more {what}")


def _attempt(act: Callable[[], _T]) -> _T:
    """Do it; what goes wrong is said in a sentence, without a value of the files."""
    try:
        return act()
    except rules.Unreadable as error:
        _stop(f"{error.file}: {error.reason}" if error.file else str(error.reason))
    except DomainError as error:
        _stop(str(error.words))
    except SQLAlchemyError as error:
        refresh()
        _stop(f"The database refused ({type(error).__name__}). See: flask import list")


def _stop(sentence: str) -> NoReturn:
    raise click.ClickException(sentence) from None
