"""Calendars for other programs: a private feed, and one visit as a file."""

from typing import Any

from flask import Response, current_app, flash, g, redirect, url_for

from clinic.audit.services import saw
from clinic.core.clock import from_epoch, now
from clinic.core.permissions import Permission, Role, can
from clinic.practice.queries import the_practice
from clinic.scheduling.forms.feeds import FeedForm
from clinic.scheduling.models import FeedToken, Visit
from clinic.scheduling.queries import feeds as queries
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.rules import FREED
from clinic.scheduling.rules.calendars import Entry, calendar_text
from clinic.scheduling.services.feeds import open_feed, revoke_feed
from clinic.scheduling.views import bp
from clinic.staff.queries import actor_of, the_member
from clinic.web.forms import ClinicForm
from clinic.web.guards import open_door, requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext

LONGEST_TOKEN = 100


@bp.route("/calendars", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def calendars() -> Any:
    """One's own secret addresses; a new one is shown once, right after it was made."""
    form, address = FeedForm(), ""
    actor = the_actor()
    if form.is_sent() and form.attempt(
        lambda: open_feed(the_member(actor.public_id), actor=actor, **form.values())
    ):
        path = url_for(".calendar", token=form.result)
        address = current_app.config["BASE_URL"] + path
    others = queries.all_feeds() if can(actor, Permission.STAFF_WRITE) else ()
    return show(
        "scheduling/calendars.html",
        form=form,
        address=address,
        own=queries.feeds_of(actor.id or 0),
        others=[one for one in others if one.staff_id != actor.id],
        is_therapist=Role.THERAPIST in actor.roles,
    )


@bp.post("/calendars/<pid:feed_id>/revoke")
@requires(Permission.SCHEDULE_OWN)
def revoke_calendar(feed_id: str) -> Any:
    form = ClinicForm()
    if form.is_sent() and form.attempt(
        lambda: revoke_feed(queries.the_feed(feed_id), actor=the_actor())
    ):
        flash(gettext("The address is taken back. Nobody can read it any more."), "success")
    else:
        flash(" ".join(form.form_errors), "error")
    return redirect(url_for(".calendars"))


@bp.get("/calendar/<token>.ics")
@open_door("whoever holds a therapist's secret address reads that calendar, and nothing else")
def calendar(token: str) -> Any:
    """A therapist's visits and absences as another program reads them."""
    feed = queries.feed_behind(token[:LONGEST_TOKEN])
    g.let_in = actor_of(feed.staff)
    visits = queries.visits_for_feed(feed.staff_id)
    if feed.shows_names:
        saw("schedule", {visit.client for visit in visits})
    entries = [_busy(visit, feed) for visit in visits]
    entries += [
        Entry(
            f"{one.public_id}@{_domain()}", one.starts_at, one.ends_at, str(gettext("Away")),
            one.version,
        )
        for one in queries.absences_for_feed(feed.staff_id)
    ]  # fmt: skip
    return _file(entries, the_practice().name, "calendar")


def _busy(visit: Any, feed: FeedToken) -> Entry:
    name = visit.preferred_name or visit.first_name if feed.shows_names else ""
    words = [word for word in (name, visit.service if feed.shows_services else "") if word]
    return Entry(
        uid=f"{visit.public_id}@{_domain()}",
        starts_at=from_epoch(visit.starts_s),
        ends_at=from_epoch(visit.ends_s),
        title=" · ".join(words) or str(gettext("Busy")),
        version=visit.version,
        changed_at=visit.updated_at,
    )


@bp.get("/visits/<pid:visit_id>/visit.ics")
@requires(Permission.SCHEDULE_READ)
def visit_file(visit_id: str) -> Any:
    """One visit as a file for the client's own calendar: when and where, and not what for."""
    visit = the_visit(visit_id)
    saw("schedule", [visit.client.public_id])
    return _file([_appointment(visit)], the_practice().name, "appointment")


def _appointment(visit: Visit) -> Entry:
    practice = the_practice()
    return Entry(
        uid=f"{visit.public_id}@{_domain()}",
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        title=str(gettext("Appointment at %(clinic)s", clinic=practice.name)),
        version=visit.version,
        changed_at=visit.updated_at,
        place=practice.address.replace("\n", ", "),
        about=str(gettext("To change it, call %(phone)s.", phone=practice.phone))
        if practice.phone
        else "",
        is_off=visit.status in FREED,
    )


def _domain() -> str:
    """What makes an id of ours nobody else's."""
    return str(current_app.config["BASE_URL"]).partition("://")[2].partition(":")[0].strip("/")


def _file(entries: list[Entry], name: str, called: str) -> Response:
    answer = Response(calendar_text(entries, name=name, at=now()), content_type="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{called}.ics"'
    return answer
