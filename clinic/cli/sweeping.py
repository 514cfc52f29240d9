"""What is done every few minutes: safe to repeat, safe to miss."""

from itertools import takewhile

import click
from flask.cli import with_appcontext

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.imports.services import move_history
from clinic.scheduling.services import waiting
from clinic.timetable.services import remove_lapsed

AT_MOST = 1000
"""Kept times removed in one run; the next run goes on."""


@click.command("sweep", help="Let what is overdue lapse: offers of the waitlist, kept times.")
@with_appcontext
def sweep() -> None:
    with transaction():
        done = waiting.pass_on(actor=SYSTEM)
    holds = sum(1 for _ in takewhile(bool, (_remove_one() for _ in range(AT_MOST))))
    moved = move_history(actor=SYSTEM)
    if moved.lines:
        click.echo(f"history: {moved.lines} imported lines became facts")
    click.echo(
        f"waitlist: {done.lapsed} offers lapsed, {done.offered} passed on, "
        f"{done.expired} entries over; {holds} kept times ran out"
    )


def _remove_one() -> bool:
    with transaction():
        return remove_lapsed(actor=SYSTEM)
