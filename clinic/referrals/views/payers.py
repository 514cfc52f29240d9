"""What payers ask for, on the owner's own page."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.referrals import queries, services
from clinic.referrals.forms import RuleForm
from clinic.referrals.models import ReportRule
from clinic.referrals.rules import PRESETS
from clinic.referrals.rules.payers import SOURCES
from clinic.referrals.services.payers import FACTS
from clinic.referrals.views import bp
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext


def _list() -> Any:
    return redirect(url_for(".payers"))


@bp.get("/payers")
@requires(Permission.REFERRALS_READ)
def payers() -> Any:
    """Every rule, those of payers first, with where what ships comes from."""
    rules = queries.payers_rules()
    has_all = {one.code for one in PRESETS} <= {one.code for one in rules}
    return show("referrals/payers.html", rules=rules, sources=SOURCES, has_all=has_all)


@bp.post("/payers/stock")
@requires(Permission.PRACTICE_WRITE)
def stock() -> Any:
    """Put in what ships and is not there."""
    with transaction():
        services.stock_rules(actor=the_actor())
    flash(gettext("The rules that ship are on the list."), "success")
    return _list()


@bp.route("/payers/new", methods=["GET", "POST"])
@requires(Permission.PRACTICE_WRITE)
def new_payer() -> Any:
    """A rule of the clinic's own."""
    form = RuleForm(renew_days=14, renew_visits=2)
    if form.is_sent() and form.attempt(
        lambda: services.add_rule(actor=the_actor(), **form.values())
    ):
        flash(gettext("Saved."), "success")
        return _list()
    return show("referrals/payer.html", form=form, rule=None, source="")


@bp.route("/payers/<pid:rule_id>", methods=["GET", "POST"])
@requires(Permission.PRACTICE_WRITE)
def payer(rule_id: str) -> Any:
    """Change what a payer asks for, or take it out of use."""
    rule = queries.the_rule(rule_id)
    form = RuleForm(version=rule.version, **{name: getattr(rule, name) for name in FACTS})
    if form.is_sent() and form.attempt(lambda: _amend(rule_id, form)):
        flash(gettext("Saved."), "success")
        return _list()
    return show(
        "referrals/payer.html", form=form, rule=rule, source=SOURCES.get(rule.code or "", "")
    )


def _amend(rule_id: str, form: RuleForm) -> ReportRule:
    rule = queries.the_rule(rule_id)
    services.amend_rule(rule, actor=the_actor(), version=form.version.data, **form.values())
    return rule
