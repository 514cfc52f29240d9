"""Adverse events: reported from anywhere, read by who may, reviewed by an owner."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import found, kept_record, may_read_health, the_client
from clinic.core.clock import today
from clinic.core.errors import DomainError, NotAllowed, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.health.queries.rules import rule_book
from clinic.health.rules.rulebook import CLASS_NAMES
from clinic.practice.queries import the_practice
from clinic.records.forms.adverse import EventForm, ReviewForm, SeenForm, WhyForm
from clinic.records.models import AdverseEvent
from clinic.records.queries.adverse import (
    counts,
    events_between,
    events_for,
    follow_up_of,
    is_writer,
    may_read_event,
    own_reports,
    the_event,
)
from clinic.records.queries.note_page import technique_names
from clinic.records.rules import adverse as rules
from clinic.records.rules.adverse import read_account, read_review
from clinic.records.rules.notes import PRODUCTS
from clinic.records.services import adverse as services
from clinic.records.views import bp
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.queries.visits import the_visit
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_date, asked_id, asked_text, show
from clinic.web.wording import gettext

FOUND = 8
"""How many clients a search offers."""


# --- reporting ---


@bp.route("/events/new", methods=["GET", "POST"])
@requires(Permission.EVENTS_REPORT)
def report_event() -> Any:
    """Report that something went wrong, or nearly; linked to a visit where one is named.

    The form is open at once: where the address names nobody, it asks whom it happened to.
    """
    visit = _asked_visit()
    client = visit.client if visit is not None else _asked_client()
    form = EventForm()
    form.offer(technique_names().items())
    if "again" in request.form:
        client = None
    form.client.data = client.public_id if client is not None else ""
    form.visit.data = visit.public_id if visit is not None else ""
    if not form.is_submitted():
        _begin(form, visit)
    elif _is_searching():
        pass  # what was typed is shown again, with the people found
    elif form.is_sent() and form.attempt(lambda: _send(form, client, visit)):
        return _after(form.result)
    return _form(form, client, visit)


def _is_searching() -> bool:
    return "find" in request.form or "again" in request.form


def _begin(form: EventForm, visit: Visit | None) -> None:
    form.happened_on.data = day_of(visit) if visit is not None else _today()


def _asked_visit() -> Visit | None:
    public_id = request.values.get("visit", "") if request.method == "POST" else asked_id("visit")
    return the_visit(public_id) if public_id else None


def _asked_client() -> Client | None:
    given = [one for one in request.values.getlist("client") if one]
    if not given:
        return None
    try:
        return kept_record(the_client(given[0]))
    except NotFound:
        return None


def _form(form: EventForm, client: Client | None, visit: Visit | None, event: Any = None) -> Any:
    who = (request.form.get("who") or asked_text("who"))[:100].strip()
    people = found(who, FOUND) if who and client is None else ()
    saw("contact", [one.public_id for one in (*people, *([client] if client else ()))])
    return show(
        "records/event_form.html",
        form=form, client=client, visit=visit, event=event, number=_emergency(),
        who=who, people=people,
    )  # fmt: skip


def _send(
    form: EventForm, client: Client | None, visit: Visit | None, event: Any = None
) -> AdverseEvent:
    if client is None:
        raise DomainError(say("Say whom it happened to."), field="client")
    kept = services.keep_event(
        client,
        form.account(),
        actor=the_actor(),
        severity=form.severity.data or "",
        actuality=form.actuality.data or "actual",
        happened_on=form.happened_on.data,
        visit=visit,
        event=event,
    )
    if "draft" not in request.form:
        services.report_event(kept, actor=the_actor())
    return kept


def _after(event: AdverseEvent) -> Any:
    if event.status == "draft":
        flash(gettext("The draft is kept. Send it when you can."), "success")
        return redirect(url_for(".draft_event", event_id=event.public_id))
    return redirect(url_for(".event_receipt", event_id=event.public_id))


@bp.route("/events/<pid:event_id>/draft", methods=["GET", "POST"])
@requires(Permission.EVENTS_REPORT)
def draft_event(event_id: str) -> Any:
    """Go on with one's own report until it is sent; it is not read back after that."""
    event = _own(event_id)
    if event.status != "draft":
        return redirect(url_for(".event_receipt", event_id=event_id))
    form = EventForm()
    form.offer(technique_names().items())
    if not form.is_submitted():
        account = read_account(event.details)
        form.fill(account, event.severity, event.actuality, event.happened_on)
    elif form.is_sent() and form.attempt(
        lambda: _send(form, event.client, event.visit, the_event(event_id))
    ):
        return _after(form.result)
    event = the_event(event_id)
    return _form(form, event.client, event.visit, event)


def _own(event_id: str) -> AdverseEvent:
    event = the_event(event_id)
    if not is_writer(the_actor(), event):
        raise NotAllowed(say("Only who began this report goes on with it."))
    return event


@bp.post("/events/<pid:event_id>/discard")
@requires(Permission.EVENTS_REPORT)
def discard_event(event_id: str) -> Any:
    """Throw one's own draft away."""
    form = SeenForm()
    if form.is_sent() and form.attempt(
        lambda: services.discard_event(the_event(event_id), actor=the_actor())
    ):
        flash(gettext("The draft is thrown away."), "success")
        return redirect(url_for(".report_event"))
    return _refused(form, url_for(".report_event"))


def _refused(form: Any, then: str) -> Any:
    for words in form.form_errors:
        flash(words, "error")
    return redirect(then)


@bp.get("/events/<pid:event_id>/receipt")
@requires(Permission.EVENTS_REPORT)
def event_receipt(event_id: str) -> Any:
    """That a report arrived, and what comes next; not what it says."""
    event = _own(event_id)
    if event.reported_at is None:
        return redirect(url_for(".draft_event", event_id=event_id))
    saw("contact", [event.client.public_id])
    return show(
        "records/event_receipt.html", event=event, number=_emergency(),
        is_grave=rules.is_grave(event.severity), may_read=may_read_event(the_actor(), event),
    )  # fmt: skip


# --- reading and reviewing ---


@bp.get("/events")
@requires(Permission.EVENTS_REPORT)
def events() -> Any:
    """The reports this person may read: all for an owner, those in care for a therapist."""
    actor, status = the_actor(), asked_text("status", 10)
    client = _asked_client()
    listed = events_for(actor, status, client.id if client is not None else None)
    saw("clinical", [one.event.client.public_id for one in listed])
    mine = own_reports(actor) if client is None else []
    shown = [one.client.public_id for one in mine]
    saw("contact", [*shown, client.public_id] if client is not None else shown)
    return show(
        "records/events.html",
        client=client, listed=listed, mine=mine, status_asked=status, rules=rules,
        reads=actor.may(Permission.EVENTS_REVIEW) or actor.may(Permission.CLINICAL_READ),
    )  # fmt: skip


@bp.get("/events/counts")
@requires(Permission.EVENTS_REVIEW)
def event_counts() -> Any:
    """How many events there were of what, per 100 sessions, with the list behind each number."""
    until = asked_date("until") or _today()
    since = asked_date("since") or until - timedelta(days=365)
    by, of = asked_text("by", 12), asked_text("of", 40)
    listed = events_between(since, until, by, of) if by else []
    saw("clinical", [one.event.client.public_id for one in listed])
    return show(
        "records/event_counts.html", counts=counts(since, until), listed=listed, by=by, of=of,
        rules=rules, names=technique_names(),
    )  # fmt: skip


@bp.get("/events/<pid:event_id>")
@requires(Permission.EVENTS_REPORT)
def event(event_id: str) -> Any:
    """One report, what stood around it, and its review."""
    return _page(event_id)


def _page(event_id: str, **forms: Any) -> Any:
    event, actor = the_event(event_id), the_actor()
    if not may_read_event(actor, event):
        raise NotAllowed(say("Owners and the therapists of this client read this report."))
    if event.status == "draft":
        return redirect(url_for(".draft_event", event_id=event_id))
    saw("clinical", [event.client.public_id])
    review = read_review(event.review)
    fresh: dict[str, Any] = {
        "form": ReviewForm(formdata=None, version=event.version),
        "reopening": WhyForm(formdata=None, prefix="again-"),
        "error": WhyForm(formdata=None, prefix="error-"),
    }
    fresh["form"].fill(review)
    fresh |= forms
    account = read_account(event.details)
    return show(
        "records/event.html",
        event=event, account=account, review=review, rules=rules, products=PRODUCTS,
        names=technique_names(), classes=CLASS_NAMES, grave=rules.is_grave(event.severity),
        hits=_hits(account) if may_read_health(actor, event.client_id) else None,
        follow_up=follow_up_of(event), status=max(one.status for one in fresh.values()), **fresh,
    )  # fmt: skip


def _hits(account: Any) -> list[tuple[Any, str]]:
    """The rules that were hit, by their names of today."""
    versions = rule_book().versions
    return [
        (hit, versions[hit.rule][-1].label if hit.rule in versions else hit.rule)
        for hit in account.around.hits
    ]


@bp.post("/events/<pid:event_id>/open")
@requires(Permission.EVENTS_REVIEW)
def open_event(event_id: str) -> Any:
    """An owner opens a report: the review begins."""
    form = SeenForm()
    if form.is_sent() and form.attempt(
        lambda: services.open_event(the_event(event_id), actor=the_actor())
    ):
        return redirect(url_for(".event", event_id=event_id))
    return _refused(form, url_for(".event", event_id=event_id))


@bp.post("/events/<pid:event_id>/review")
@requires(Permission.EVENTS_REVIEW)
def review_event(event_id: str) -> Any:
    """Keep the review; then agree on the actions, or close it, as the button says."""
    form = ReviewForm()
    if form.is_sent() and form.attempt(lambda: _review(event_id, form)):
        flash(gettext("Kept."), "success")
        return redirect(url_for(".event", event_id=event_id))
    return _page(event_id, form=form)


def _review(event_id: str, form: ReviewForm) -> None:
    event, actor = the_event(event_id), the_actor()
    services.review_event(event, actor=actor, found=form.review(), version=form.version.data)
    if "plan" in request.form:
        services.plan_actions(event, actor=actor)
    elif "close" in request.form:
        services.close_event(event, actor=actor)


@bp.post("/events/<pid:event_id>/reopen")
@requires(Permission.EVENTS_REPORT)
def reopen_event(event_id: str) -> Any:
    """There is something new."""
    form = WhyForm(prefix="again-")
    if form.is_sent() and form.attempt(
        lambda: services.reopen_event(
            the_event(event_id), actor=the_actor(), why=form.why.data or ""
        )
    ):
        flash(gettext("The report is open again."), "success")
        return redirect(url_for(".event", event_id=event_id))
    return _page(event_id, reopening=form)


@bp.post("/events/<pid:event_id>/error")
@requires(Permission.EVENTS_REVIEW)
def mark_event_in_error(event_id: str) -> Any:
    """The report counts no more."""
    form = WhyForm(prefix="error-")
    if form.is_sent() and form.attempt(
        lambda: services.mark_event_in_error(
            the_event(event_id), actor=the_actor(), why=form.why.data or ""
        )
    ):
        flash(gettext("The report is marked as entered in error."), "success")
        return redirect(url_for(".event", event_id=event_id))
    return _page(event_id, error=form)


def _emergency() -> str:
    return rules.emergency_number(the_practice().region)


def _today() -> Any:
    return today(the_practice().zone)
