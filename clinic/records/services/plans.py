"""Plans of treatment: written, agreed to, looked at again, and ended with what was reached."""

from dataclasses import replace
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.records.models import TreatmentPlan
from clinic.records.queries.plans import free_series, open_plan
from clinic.records.rules.plans import (
    LINE_MAX,
    TEXT_MAX,
    WHY_MAX,
    Details,
    checked,
    led_to,
    read_details,
    review_on,
    write_details,
)
from clinic.scheduling.models import Series

REVIEW_VISITS, REVIEW_DAYS = (1, 60), (1, 366)


def _must_treat(client: Client, actor: Actor) -> None:
    if actor.id is None or not may_read_health(actor, client.id):
        raise NotAllowed(say("Only therapists in this client’s care write the plan."))


def _today() -> date:
    return today(the_practice().zone)


@verb(Permission.NOTES_WRITE)
def write_plan(
    client: Client,
    *,
    actor: Actor,
    details: Details,
    series: Series | None = None,
    every_visits: int = 6,
    every_days: int = 30,
) -> TreatmentPlan:
    """Draft a plan for a client in one's care; it runs once the client has agreed.

    Raises Conflict while another plan of theirs is not over, DomainError beside the field.
    """
    _must_treat(client, actor)
    if open_plan(client.known_as) is not None:
        raise Conflict(say("There is a plan already. End it before you write another."))
    kept = kept_record(client)
    plan = TreatmentPlan(
        client=kept,
        client_id=kept.id,
        therapist_id=actor.id,
        status="draft",
        opened_on=_today(),
    )
    _put(plan, replace(details, agreed_on=None), series, every_visits, every_days)
    db.session.add(plan)
    return plan


@verb(Permission.NOTES_WRITE)
def change_plan(
    plan: TreatmentPlan,
    *,
    actor: Actor,
    details: Details,
    series: Series | None = None,
    every_visits: int = 6,
    every_days: int = 30,
    version: int | None = None,
) -> None:
    """Write a plan anew; what was agreed and found stays.

    Raises StaleEdit, and Conflict for a plan that is over.
    """
    _must_treat(plan.client, actor)
    plan.expect(version, "status", "review_every_visits", "review_every_days")
    if plan.status in ("completed", "stopped"):
        raise Conflict(say("This plan is over. Write a new one."))
    stood = read_details(plan.details)
    kept = replace(
        details,
        agreed_on=stood.agreed_on,
        reviewed_on=stood.reviewed_on,
        found=stood.found,
        reviews=stood.reviews,
    )
    _put(plan, kept, series, every_visits, every_days)
    if plan.status == "active":
        plan.review_on = review_on(_last_look(plan, kept), every_days)


def _last_look(plan: TreatmentPlan, details: Details) -> date:
    return details.reviewed_on or details.agreed_on or plan.opened_on


def _put(
    plan: TreatmentPlan,
    details: Details,
    series: Series | None,
    every_visits: int,
    every_days: int,
) -> None:
    for text, most, field in (
        (details.complaint, LINE_MAX, "complaint"),
        (details.exit, TEXT_MAX, "exit"),
        (details.next_step, TEXT_MAX, "next_step"),
    ):
        _must_fit(text, most, field)
    _between(every_visits, REVIEW_VISITS, "every_visits")
    _between(every_days, REVIEW_DAYS, "every_days")
    if series is not None and series not in free_series(plan.client.known_as, plan):
        raise DomainError(say("Another plan is joined to this series."), field="series")
    plan.series_id = series.id if series is not None else None
    plan.review_every_visits, plan.review_every_days = every_visits, every_days
    plan.details = write_details(checked(details))


def _between(value: int, least_most: tuple[int, int], field: str) -> None:
    low, high = least_most
    if not low <= value <= high:
        raise DomainError(
            say("Enter a number from {low} to {high}.", low=low, high=high), field=field
        )


def _must_fit(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise DomainError(say("Use at most {count} characters.", count=most), field=field)


@verb(Permission.NOTES_WRITE)
def agree_to_plan(plan: TreatmentPlan, *, actor: Actor) -> None:
    """The client agreed to the plan: it runs from today. Raises Conflict unless it is a draft."""
    _must_treat(plan.client, actor)
    _go(plan, "agree")
    on = _today()
    plan.details = write_details(replace(read_details(plan.details), agreed_on=on))
    plan.opened_on = on
    plan.review_on = review_on(on, plan.review_every_days)


@verb(Permission.NOTES_WRITE)
def pause_plan(plan: TreatmentPlan, *, actor: Actor, why: str) -> None:
    """Somebody is ill or away. Raises Conflict unless the plan runs."""
    _end(plan, "pause", why, actor)


@verb(Permission.NOTES_WRITE)
def resume_plan(plan: TreatmentPlan, *, actor: Actor) -> None:
    """Go on with a paused plan, which is looked at again before long."""
    _must_treat(plan.client, actor)
    _go(plan, "resume")
    plan.why = ""
    plan.review_on = review_on(_today(), plan.review_every_days)


@verb(Permission.NOTES_WRITE)
def complete_plan(plan: TreatmentPlan, *, actor: Actor, why: str) -> None:
    """What the plan was for is reached; ``why`` says what. Raises Conflict unless it runs."""
    _end(plan, "complete", why, actor)


@verb(Permission.NOTES_WRITE)
def stop_plan(plan: TreatmentPlan, *, actor: Actor, why: str) -> None:
    """Client or therapist ends a plan that runs or is paused, with the reason."""
    _end(plan, "stop", why, actor)


def _end(plan: TreatmentPlan, deed: str, why: str, actor: Actor) -> None:
    _must_treat(plan.client, actor)
    _go(plan, deed)
    plan.why = _said(why, "why", say("Say why."))
    plan.review_on = None
    if plan.status in ("completed", "stopped"):
        plan.ended_on = _today()


def _said(text: str, field: str, otherwise: Words) -> str:
    said = text.strip()
    if not said:
        raise DomainError(otherwise, field=field)
    _must_fit(said, WHY_MAX, field)
    return said


def _go(plan: TreatmentPlan, deed: str) -> None:
    try:
        plan.status = led_to(plan.status, deed)
    except KeyError:
        raise Conflict(say("This plan has changed meanwhile. Look at it again.")) from None


@verb(Permission.NOTES_WRITE)
def review_plan(plan: TreatmentPlan, *, actor: Actor, found: str, next_step: str) -> None:
    """Look at a running plan again: what was found, what comes next, and the next day for it."""
    _must_treat(plan.client, actor)
    if plan.status != "active":
        raise Conflict(say("This plan does not run."))
    on, stood = _today(), read_details(plan.details)
    said = _said(found, "found", say("Say what was found."))
    _must_fit(next_step, TEXT_MAX, "next_step")
    plan.details = write_details(
        replace(
            stood,
            found=said,
            next_step=next_step.strip() or stood.next_step,
            reviewed_on=on,
            reviews=(*stood.reviews, (on, said)),
        )
    )
    plan.review_on = review_on(on, plan.review_every_days)
