"""Commands for the console: parse, call a service, say what was done."""

from flask import Flask

from clinic.cli.audits import audit_group
from clinic.cli.demo import demo_group
from clinic.cli.imports import import_group
from clinic.cli.outbox import outbox_group
from clinic.cli.serving import owner_group, serve
from clinic.cli.sweeping import sweep


def init_app(app: Flask) -> None:
    """Give the application its commands."""
    groups = (audit_group, demo_group, import_group, outbox_group, owner_group)
    for command in (*groups, serve, sweep):
        app.cli.add_command(command)
