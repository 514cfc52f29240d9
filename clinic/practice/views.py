from typing import Any

from flask import Blueprint, current_app, flash, redirect, url_for

from clinic.core.permissions import Permission
from clinic.practice.forms import MASSAGE, SettingsForm, SetupForm
from clinic.practice.queries import the_practice, the_setting
from clinic.practice.services import settle
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext

bp = Blueprint("practice", __name__)

STARTER = "starter_catalogue"
"""Under this name the catalogue leaves ``stock_starter(*, actor)`` in ``app.extensions``."""


@bp.route("/setup", methods=["GET", "POST"])
@requires(Permission.PRACTICE_WRITE)
def setup() -> Any:
    """The first page of a new clinic; once it is set up, the settings take its place."""
    if the_practice().version:
        return redirect(url_for(".settings"))
    form = SetupForm(data={"currency": "USD", "locale": "en_US", "region": "US"})
    starter = current_app.extensions.get(STARTER)
    if starter is None:
        del form.catalogue
    if form.is_sent() and form.attempt(lambda: _set_up(form.values(), starter)):
        flash(gettext("The clinic is set up."), "success")
        return redirect(url_for("staff.front"))
    return show("practice/setup.html", form=form)


def _set_up(typed: dict[str, Any], starter: Any) -> None:
    wanted = typed.pop("catalogue", None)
    settle(actor=the_actor(), version=0, **typed)
    if wanted == MASSAGE:
        starter(actor=the_actor())


@bp.route("/settings", methods=["GET", "POST"])
@requires(Permission.PRACTICE_WRITE)
def settings() -> Any:
    """Name, clock, money and figures, for the owner."""
    setting = the_setting()
    if setting is None:
        return redirect(url_for(".setup"))
    form = SettingsForm(obj=setting)
    version = form.version.data
    if form.is_sent() and form.attempt(
        lambda: settle(actor=the_actor(), version=version, **form.values())
    ):
        flash(gettext("The settings are saved."), "success")
        return redirect(url_for(".settings"))
    return show("practice/settings.html", form=form)
