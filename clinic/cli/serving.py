"""Serving the clinic, where that is safe, and the link by which its first owner comes in."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import waitress
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from clinic.core import fitness
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff import queries as staff_queries
from clinic.staff import services as staff
from clinic.staff.rules import normal_email

THREADS = 8
LARGEST_BODY = 30_000_000
"""Bytes of a request that the server takes in at all; most pages take far less."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@click.group("owner", help="The first owner of a new clinic, and forgotten passwords.")
def owner_group() -> None:
    pass


@owner_group.command("link", help="Print a new link by which the first owner is made.")
@with_appcontext
def owner_link() -> None:
    try:
        click.echo(_first_owner_address())
    except DomainError as error:
        raise click.ClickException(str(error.words)) from None


@owner_group.command("password", help="Print a link by which a person chooses a new password.")
@click.argument("email")
@with_appcontext
def new_password(email: str) -> None:
    """For who forgot theirs when no owner can make them a link: whoever is at the console may."""
    try:
        with transaction():
            member = staff_queries.find_by_email(normal_email(email))
            if member is None:
                raise click.ClickException("nobody signs in with this address")
            token = staff.reset_link(member, actor=SYSTEM)
    except DomainError as error:
        raise click.ClickException(str(error.words)) from None
    click.echo(f"{current_app.config['BASE_URL']}/link/{token}")


def _first_owner_address() -> str:
    with transaction():
        token = staff.first_owner_link(actor=SYSTEM)
    return f"{current_app.config['BASE_URL']}/link/{token}"


@click.command("serve", help="Serve the clinic; refuses to start where that would be unsafe.")
@with_appcontext
def serve() -> None:
    config, engine = current_app.config, db.engine
    migrations = Path(current_app.extensions["migrate"].directory)
    if engine.dialect.name == "sqlite" and fitness.is_empty(engine):
        click.echo("First start: making the clinic's database.")
        upgrade(directory=str(migrations))
    faults = _faults_of_settings(config) or [
        *fitness.shape_faults(engine, migrations),
        *fitness.rights_faults(engine),
    ]
    faults = faults or fitness.key_faults(engine)
    if faults:
        raise click.ClickException("\n       ".join(faults))
    _announce(config)
    _run(current_app._get_current_object(), config)  # type: ignore[attr-defined]


def _faults_of_settings(config: Any) -> list[str]:
    faults = []
    if current_app.debug or config["DEBUG"]:
        faults.append("debug mode shows data to strangers: unset FLASK_DEBUG")
    host = config["LISTEN"].rpartition(":")[0]
    is_plain = config["BASE_URL"].startswith("http:")
    if is_plain and host not in LOOPBACK:
        faults.append("plain http is for this machine alone: set CLINIC_URL to an https address")
    if not is_plain and host not in LOOPBACK and not config["PROXIES"]:
        faults.append("https needs a proxy in front that speaks it: set CLINIC_PROXIES")
    return faults


def _announce(config: Any) -> None:
    note = fitness.journal_note(db.engine)
    if note:
        click.echo(note)
    click.echo(f"The clinic is at {config['BASE_URL']} (listening on {config['LISTEN']}).")
    if staff_queries.is_without_owner():
        click.echo(f"Nobody owns it yet. Within a day, open:\n  {_first_owner_address()}")
    click.echo("Stop it with Ctrl-C.")
    db.session.remove()


def _run(app: Flask, config: Any) -> None:
    server = waitress.create_server(
        app,
        listen=config["LISTEN"],
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        # Without a proxy its headers are dropped; with one, ProxyFix reads so many as are ours.
        clear_untrusted_proxy_headers=not config["PROXIES"],
    )
    signal.signal(signal.SIGTERM, _stop)
    server.run()  # ends on SIGINT and SIGTERM, when the requests at work are answered
    server.close()
    click.echo("Stopped.")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
