"""The logs of changes and reads, walked from the console."""

import click
from flask import current_app
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
        click.echo(f"{finding.log}: {finding.entries} entries, {state}, head {finding.head}")
    if any(finding.broken_at is not None for finding in findings):
        raise SystemExit(1)
