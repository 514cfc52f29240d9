"""What waits for a therapist, and what providers are asked and answer."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.anatomy import POSITIONS, spot
from clinic.audit.services import saw
from clinic.catalogue.queries import techniques
from clinic.clients.queries import may_read_health
from clinic.core.clock import today
from clinic.core.permissions import Permission
from clinic.health.forms.clearing import HOW_NAMES, ClearanceForm, begun
from clinic.health.forms.deciding import WhyForm
from clinic.health.models import Clearance
from clinic.health.queries import history as waiting
from clinic.health.queries.clearances import asking_of, open_clearances, the_clearance
from clinic.health.queries.rules import rule_book
from clinic.health.rules.rulebook import ALL
from clinic.health.services import clearing, deciding
from clinic.health.views import bp
from clinic.practice.queries import the_practice
from clinic.web.guards import requires, the_actor
from clinic.web.pages import rows, show
from clinic.web.wording import gettext, spoken


@bp.get("/screening")
@requires(Permission.CLINICAL_READ)
def worklist() -> Any:
    """Forms that nobody has looked at, open clearances, histories due: of one's own clients."""
    me, on = the_actor().id, _today()
    forms = waiting.unreviewed(me)
    asked = [one for one in open_clearances() if may_read_health(the_actor(), one.client_id)]
    due = waiting.due(me, on)
    people = [one.client for one in forms] + [one.client for one in asked]
    saw("clinical", [one.public_id for one in (*people, *(one.client for one in due))])
    return show("health/worklist.html", forms=forms, asked=asked, due=due, today=on)


@bp.get("/screening/clearances")
@requires(Permission.CLIENTS_READ)
def clearances() -> Any:
    """What waits for an answer. Who does not treat a client reads that it does, and no more."""
    found = [(one, may_read_health(the_actor(), one.client_id)) for one in open_clearances()]
    for one, is_read in found:
        saw("clinical" if is_read else "contact", [one.client.public_id])
    book = rule_book()
    labels = {code: versions[-1].label for code, versions in book.versions.items()}
    lines = [(one, asking_of(one) if is_read else None) for one, is_read in found]
    return show("health/clearances.html", lines=lines, labels=labels)


@bp.route("/screening/clearances/<pid:clearance_id>", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def clearance(clearance_id: str) -> Any:
    """One conversation: what is asked, and what was answered."""
    row = _treated(clearance_id)
    asking, on = asking_of(row), _today()
    form = _form(row, on)
    if form.is_sent() and form.attempt(lambda: _record(clearance_id, form)):
        flash(gettext("The answer is kept."), "success")
        return redirect(url_for(".history", client_id=row.client.public_id))
    book = rule_book()
    return show(
        "health/clearance.html",
        form=form,
        clearance=row,
        asking=asking,
        rules=[book.rule(code, on) for code in asking.rules if code in book.versions],
        is_over=row.valid_until is not None and row.valid_until < on,
        how_names=HOW_NAMES,
        technique_names={one.code: one.name for one in rows(techniques())},
        said_spots=", ".join(spoken(spot(*one)) for one in asking.limits.areas),
        said_positions=", ".join(spoken(POSITIONS[one]) for one in asking.limits.positions),
    )


def _form(row: Clearance, on: Any) -> ClearanceForm:
    asking, provider = asking_of(row), row.provider
    names = {one.code: one.name for one in rows(techniques())}
    return begun(
        ClearanceForm,
        row.version,
        said_by=provider.name if provider is not None else "",
        inputs=clearing.present_inputs(row.client, asking),
        limits=clearing.limits_of(clearing.present_hits(row.client, asking)),
        technique_names=names | {ALL: gettext("every technique")},
        on=on,
    )


def _record(clearance_id: str, form: ClearanceForm) -> None:
    clearing.record_answer(
        the_clearance(clearance_id),
        actor=the_actor(),
        version=form.version.data,
        **form.answer(),
    )


@bp.route("/screening/clearances/<pid:clearance_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def withdraw_clearance(clearance_id: str) -> Any:
    """It is asked no more, or what was answered counts no more."""
    row = _treated(clearance_id)
    form = WhyForm()
    if form.is_sent() and form.attempt(
        lambda: clearing.withdraw_clearance(
            the_clearance(clearance_id), actor=the_actor(), **form.values()
        )
    ):
        flash(gettext("Taken back."), "success")
        return redirect(url_for(".history", client_id=row.client.public_id))
    order = asking_of(row).order
    return show("health/clearance_withdraw.html", form=form, clearance=row, order=order)


def _treated(clearance_id: str) -> Clearance:
    row = the_clearance(clearance_id)
    deciding.must_treat(the_actor(), row.client)
    saw("clinical", [row.client.public_id])
    return row


def _today() -> Any:
    return today(the_practice().zone)
