"""A demonstration clinic: made, filled, and served with fresh passwords."""

import secrets
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from clinic.cli.demonstration import ACCOUNTS, NAME, fill
from clinic.cli.serving import serve
from clinic.core.clock import now
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.queries import the_setting
from clinic.staff import queries as staff_queries
from clinic.staff import services as staff


@click.group("demo", help="A demonstration clinic, in the data folder of this run.")
def demo_group() -> None:
    pass


@demo_group.command("serve", help="Make and fill it if need be, print the accounts, serve it.")
@click.pass_context
@with_appcontext
def demo_serve(context: click.Context) -> None:
    make()
    for role, email in ACCOUNTS.items():
        click.echo(f"  {role:13} {email:32} {_fresh_password(email)}")
    context.invoke(serve)


@demo_group.command("fill", help="Make and fill it, and stop.")
@with_appcontext
def demo_fill() -> None:
    make()


def make() -> None:
    """A migrated, filled clinic; one that is filled already is left as it is.

    Raises ClickException where the database holds another clinic.
    """
    upgrade(directory=str(Path(current_app.extensions["migrate"].directory)))
    setting = the_setting()
    if setting is None:
        click.echo("Making the demonstration clinic. This takes half a minute.")
        fill(now())
    elif setting.name != NAME:
        raise click.ClickException("this database holds a real clinic: nothing was changed")


def _fresh_password(email: str) -> str:
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    hashed = staff.hashed(password)
    with transaction():
        member = staff_queries.find_by_email(email)
        if member is None:
            raise click.ClickException(f"{email} is gone: remove the demonstration's data folder")
        token = staff.reset_link(member, actor=SYSTEM)
        staff.accept(actor=SYSTEM, token=token, password_hash=hashed)
    return password
