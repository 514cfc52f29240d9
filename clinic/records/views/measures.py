"""How a client is doing: the courses of their measures, and new figures."""

from datetime import date
from typing import Any

from flask import flash, redirect, url_for

from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health, the_client
from clinic.core import clock
from clinic.core.errors import NotAllowed, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.records.forms.measures import MeasureForm
from clinic.records.forms.plans import DeedForm
from clinic.records.queries.measures import latest_of, readings_of, the_reading, trends
from clinic.records.queries.plans import goals_of, open_plan, plan_page
from clinic.records.rules import roland
from clinic.records.rules.measures import CHANGES, GROUPS, MEASURES, MOMENTS, Subject
from clinic.records.services import measures as services
from clinic.records.views import bp
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.queries.visits import the_visit
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext, zone

MONTHS_3 = 92
"""Days of the shortest range."""


def treated(client: Client) -> Client:
    """The kept record of a client whom this person treats. Raises NotAllowed."""
    if not may_read_health(the_actor(), client.id):
        raise NotAllowed(say("Only therapists in this client’s care see this."))
    saw("clinical", [client.public_id])
    return kept_record(client)


@bp.get("/clients/<pid:client_id>/outcomes")
@requires(Permission.NOTES_WRITE)
def outcomes(client_id: str) -> Any:
    """The courses of a client's measures: of three months, of the plan, or all."""
    client = treated(the_client(client_id))
    plan, known = open_plan(client.id), readings_of(client.id)
    page = plan_page(plan, known) if plan is not None else None
    span = asked_text("range", 8)
    if span not in ("3m", "plan", "all") or (span == "plan" and page is None):
        span = "plan" if page is not None else "all"
    since = _since(span, page.plan.opened_on if page is not None else None)
    shown = [one for one in known if since is None or one.on >= since]
    return show(
        "records/outcomes.html",
        client=client,
        page=page,
        range=span,
        trends=trends(shown, goals_of(page)),
        is_any=bool(known),
        measures=MEASURES,
        moments=MOMENTS,
        roland=roland,
        changes=CHANGES,
    )


def _since(span: str, opened_on: date | None) -> date | None:
    if span == "3m":
        return date.fromordinal(clock.today(zone()).toordinal() - MONTHS_3)
    return opened_on if span == "plan" else None


@bp.route("/clients/<pid:client_id>/outcomes/new", methods=["GET", "POST"])
@requires(Permission.NOTES_WRITE)
def measure_new(client_id: str) -> Any:
    """Write down what was measured; ``group`` in the address says which measures."""
    client = treated(the_client(client_id))
    group = asked_text("group", 20)
    if group not in GROUPS:
        group = "pain"
    visit = _visit_of(client)
    form = MeasureForm(on=day_of(visit) if visit is not None else clock.today(zone()))
    if not form.is_submitted() and group == "activities":
        latest = latest_of(readings_of(client.id)).get(Subject("PSFS"))
        form.recall(latest.taken if latest is not None else None)
    if form.is_sent() and form.attempt(lambda: _take(client_id, form, group, visit)):
        flash(gettext("Written down."), "success")
        return redirect(url_for(".outcomes", client_id=client.public_id))
    return show(
        "records/measure_form.html", form=form, client=client, group=group, groups=GROUPS,
        measures=MEASURES, roland=roland, visit=visit,
    )  # fmt: skip


def _visit_of(client: Client) -> Visit | None:
    """The visit that the address names, as a note's page does. Raises NotFound."""
    visit_id = asked_id("visit")
    visit = the_visit(visit_id) if visit_id else None
    if visit is not None and visit.client.known_as != client.known_as:
        raise NotFound
    return visit


def _take(client_id: str, form: MeasureForm, group: str, visit: Visit | None) -> Any:
    return services.take_readings(
        kept_record(the_client(client_id)),
        form.taken(group),
        actor=the_actor(),
        on=form.on.data,
        phase=form.phase.data,
        visit=visit,
        is_sure=form.is_sure.data,
    )


@bp.post("/measures/<pid:reading_id>/void")
@requires(Permission.NOTES_WRITE)
def void_measure(reading_id: str) -> Any:
    """A figure was a mistake: it counts no more."""
    client = treated(the_reading(reading_id).client)
    form = DeedForm()
    if form.attempt(lambda: services.void_reading(the_reading(reading_id), actor=the_actor())):
        flash(gettext("It counts no more."), "success")
    else:
        flash(str(form.form_errors[0]), "error")
    return redirect(url_for(".outcomes", client_id=client.public_id, range="all"))
