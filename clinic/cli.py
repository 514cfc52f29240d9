"""Commands for the console: parse, call a service, say what was done."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from clinic.audit import services as audit


@click.group("audit", help="The logs of changes and reads.")
def audit_group() -> None:
    pass


@audit_group.command("verify", help="Walk both logs and say whether every link holds.")
@with_appcontext
def verify() -> None:
    findings = audit.verify(current_app.extensions["access"])
    for finding in findings:
        state = "holds" if finding.broken_at is None else f"BREAKS at entry {finding.broken_at}"
        click.echo(f"{finding.log}: {finding.entries} entries, {state}")
    if any(finding.broken_at is not None for finding in findings):
        raise SystemExit(1)


def init_app(app: Flask) -> None:
    """Give the application its commands."""
    app.cli.add_command(audit_group)
