"""What is done every few minutes: safe to repeat, safe to miss."""

import click
from flask.cli import with_appcontext

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.services import waiting


@click.command("sweep", help="Let overdue offers of the waitlist lapse, and pass them on.")
@with_appcontext
def sweep() -> None:
    with transaction():
        done = waiting.pass_on(actor=SYSTEM)
    click.echo(
        f"waitlist: {done.lapsed} offers lapsed, {done.offered} passed on, "
        f"{done.expired} entries over"
    )
