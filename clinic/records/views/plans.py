"""A client's plan of treatment: written, agreed to, looked at again, paused, ended."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import the_client
from clinic.core.errors import NotFound
from clinic.core.permissions import Permission
from clinic.records.forms.plans import DeedForm, PlanForm, ReviewForm, WhyForm
from clinic.records.models import TreatmentPlan
from clinic.records.queries.plans import (
    free_series,
    open_plan,
    plan_page,
    plans_of,
    plans_under,
    the_plan,
)
from clinic.records.rules.plans import PHASES, STATUSES, interval, read_details
from clinic.records.services import plans as services
from clinic.records.views import bp
from clinic.records.views.measures import treated
from clinic.scheduling.models import Series
from clinic.scheduling.queries.series_page import series_of, the_series
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, spoken

ENDINGS = {
    "pause": services.pause_plan,
    "complete": services.complete_plan,
    "stop": services.stop_plan,
}
"""Deeds that need a reason."""
DEEDS = {"agree": services.agree_to_plan, "resume": services.resume_plan}


def _back(plan: TreatmentPlan) -> Any:
    return redirect(url_for(".plan", plan_id=plan.public_id))


@bp.get("/plans")
@requires(Permission.NOTES_WRITE)
def plans_due() -> Any:
    """This therapist's running plans, those to be looked at again first."""
    found = plans_under(the_actor())
    saw("schedule", [one.plan.client.public_id for one in found])
    return show("records/plans_due.html", found=found)


@bp.get("/clients/<pid:client_id>/plan")
@requires(Permission.NOTES_WRITE)
def client_plan(client_id: str) -> Any:
    """The plan that a client has now, and those before it."""
    client = treated(the_client(client_id))
    plan = open_plan(client.id)
    return _page(client, plan)


@bp.get("/plans/<pid:plan_id>")
@requires(Permission.NOTES_WRITE)
def plan(plan_id: str) -> Any:
    """One plan, running or over."""
    found = the_plan(plan_id)
    return _page(treated(found.client), found)


def _page(client: Client, found: TreatmentPlan | None) -> Any:
    return show(
        "records/plan.html",
        client=client,
        page=plan_page(found) if found is not None else None,
        others=[one for one in plans_of(client.id) if found is None or one.id != found.id],
        is_open=open_plan(client.id) is not None,
        statuses=STATUSES,
        names=PHASES,
        interval=interval,
        series=_series_name(client, found),
    )


def _series_name(client: Client, found: TreatmentPlan | None) -> Any:
    if found is None or found.series is None:
        return None
    lines = [one for one in series_of(client.id) if one.public_id == found.series.public_id]
    return lines[0] if lines else None


def _offer(form: PlanForm, client: Client, plan: TreatmentPlan | None = None) -> None:
    free = {one.public_id for one in free_series(client.id, plan)}
    form.series.choices = [
        ("", gettext("None")),
        *(
            (one.public_id, f"{spoken(one.name)}, {one.service}")
            for one in series_of(client.id)
            if one.public_id in free
        ),
    ]


def _chosen(form: PlanForm) -> Series | None:
    return the_series(form.series.data) if form.series.data else None


@bp.route("/clients/<pid:client_id>/plan/new", methods=["GET", "POST"])
@requires(Permission.NOTES_WRITE)
def plan_new(client_id: str) -> Any:
    """Write a plan; it runs once the client has agreed."""
    client = treated(the_client(client_id))
    form = PlanForm(every_visits=6, every_days=30)
    _offer(form, client)
    if form.is_sent() and form.attempt(
        lambda: services.write_plan(
            the_client(client_id),
            actor=the_actor(),
            details=form.details(),
            series=_chosen(form),
            every_visits=form.every_visits.data or 0,
            every_days=form.every_days.data or 0,
        )
    ):
        flash(gettext("The draft of the plan is kept. It runs once the client has agreed."))
        return _back(form.result)
    return show("records/plan_form.html", form=form, client=client, plan=None)


@bp.route("/plans/<pid:plan_id>/edit", methods=["GET", "POST"])
@requires(Permission.NOTES_WRITE)
def plan_edit(plan_id: str) -> Any:
    """Write a plan anew."""
    found = the_plan(plan_id)
    client = treated(found.client)
    form = PlanForm(
        version=found.version,
        series=found.series.public_id if found.series else "",
        every_visits=found.review_every_visits,
        every_days=found.review_every_days,
    )
    _offer(form, client, found)
    if form.is_sent():
        if form.attempt(lambda: _change(plan_id, form)):
            flash(gettext("Saved."), "success")
            return _back(the_plan(plan_id))
    elif not form.is_submitted():
        form.fill(read_details(found.details))
    return show("records/plan_form.html", form=form, client=client, plan=found)


def _change(plan_id: str, form: PlanForm) -> None:
    services.change_plan(
        the_plan(plan_id),
        actor=the_actor(),
        details=form.details(),
        series=_chosen(form),
        every_visits=form.every_visits.data or 0,
        every_days=form.every_days.data or 0,
        version=form.version.data,
    )


@bp.post("/plans/<pid:plan_id>/<any(agree, resume):deed>")
@requires(Permission.NOTES_WRITE)
def plan_deed(plan_id: str, deed: str) -> Any:
    """The client agreed to a plan, or goes on with it."""
    treated(the_plan(plan_id).client)
    form = DeedForm()
    if form.attempt(lambda: DEEDS[deed](the_plan(plan_id), actor=the_actor())):
        flash(gettext("The plan runs."), "success")
    else:
        flash(str(form.form_errors[0]), "error")
    return _back(the_plan(plan_id))


@bp.route("/plans/<pid:plan_id>/<any(pause, complete, stop):deed>", methods=["GET", "POST"])
@requires(Permission.NOTES_WRITE)
def plan_end(plan_id: str, deed: str) -> Any:
    """Pause a plan, complete it, or stop it, with the reason."""
    found = the_plan(plan_id)
    client, page = treated(found.client), plan_page(found)
    if deed not in page.deeds:
        raise NotFound
    form = WhyForm()
    if form.is_sent() and form.attempt(
        lambda: ENDINGS[deed](the_plan(plan_id), actor=the_actor(), why=form.why.data)
    ):
        flash(gettext("Saved."), "success")
        return _back(found)
    return show("records/plan_end.html", form=form, client=client, page=page, deed=deed)


@bp.route("/plans/<pid:plan_id>/review", methods=["GET", "POST"])
@requires(Permission.NOTES_WRITE)
def plan_review(plan_id: str) -> Any:
    """Look at a running plan again."""
    found = the_plan(plan_id)
    client, page = treated(found.client), plan_page(found)
    if found.status != "active":
        raise NotFound
    form = ReviewForm(next_step=page.details.next_step)
    if form.is_sent() and form.attempt(
        lambda: services.review_plan(
            the_plan(plan_id),
            actor=the_actor(),
            found=form.found.data,
            next_step=form.next_step.data,
        )
    ):
        flash(gettext("The review is kept."), "success")
        return _back(found)
    return show("records/plan_review.html", form=form, client=client, page=page)
