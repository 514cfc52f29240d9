"""Sending what waits in the outbox: safe to repeat, safe to miss, safe to be run by two."""

import click
from flask import current_app
from flask.cli import with_appcontext

from clinic.messages.services import Folder, MailServer, Transport, run
from clinic.practice.rules import OUTBOX
from clinic.practice.services import beat


@click.group("outbox", help="E-mail that waits to be sent.")
def outbox_group() -> None:
    pass


@outbox_group.command("run", help="Send what is due; from cron or a timer, every few minutes.")
@with_appcontext
def run_outbox() -> None:
    checks = current_app.extensions["message_checks"]
    along = current_app.extensions["message_along"]
    with beat(OUTBOX) as beating:
        ran = run(transport=the_transport(), checks=checks, along=along)
        did = f"{ran.sent} sent, {ran.put_off} put off, {ran.given_up} given up"
        beating.did = f"not done: {ran.stuck}; {did}" if ran.stuck else did
        click.echo(f"outbox: {beating.did}")
        if ran.sent and not current_app.config["SMTP_HOST"]:
            click.echo("No mail server is set (CLINIC_SMTP_HOST): what was sent reached nobody.")
        if ran.stuck:
            raise click.ClickException("nothing could be written down of some; the rest is done")


def the_transport() -> Transport:
    """The way out that the settings of this installation name."""
    config = current_app.config
    if not config["SMTP_HOST"]:
        return Folder(config["DATA_DIR"] / "outbox-sink")
    return MailServer(
        host=config["SMTP_HOST"],
        port=config["SMTP_PORT"],
        sender=config["SMTP_FROM"],
        tls=config["SMTP_TLS"],
        user=config["SMTP_USER"],
        password=config["SMTP_PASSWORD"],
    )
