"""Adverse events: reported by anybody, reviewed by an owner, closed with an outcome.

Who reports may not read the report again, unless they treat the client or own the clinic.
"""

from dataclasses import replace
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import may_read_health
from clinic.core.announcements import announce
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.records.events import GraveEventMoved
from clinic.records.models import AdverseEvent
from clinic.records.queries.adverse import around, is_writer, must_follow_by
from clinic.records.queries.notes import note_of
from clinic.records.rules.adverse import (
    ACTUALITIES,
    CAUSALITIES,
    LINE_MAX,
    OUTCOMES,
    SEVERITIES,
    TEXT_MAX,
    Account,
    Deed,
    NotReportable,
    Review,
    after,
    checked,
    is_followed,
    is_grave,
    read_account,
    read_review,
    wanting,
    with_deed,
    write_account,
    write_review,
)
from clinic.scheduling.models import Visit
from clinic.tasks.services import finish_about, open_task

_REVIEWED = say("It was looked at.")


@verb(Permission.EVENTS_REPORT)
def keep_event(
    client: Client,
    account: Account,
    *,
    actor: Actor,
    severity: str = "",
    actuality: str = "actual",
    happened_on: date | None = None,
    visit: Visit | None = None,
    event: AdverseEvent | None = None,
) -> AdverseEvent:
    """Keep a report that is not sent yet, however much of it is missing.

    It holds only what was typed. Raises DomainError beside the field, Conflict where it was
    sent, NotAllowed for who does not write it.
    """
    if event is None:
        event = AdverseEvent(client=client, client_id=client.id, reported_by_id=actor.id)
        if visit is not None:
            _must_be_theirs(visit, client)
            event.visit_id = visit.id
        db.session.add(event)
    else:
        _must_write(event, actor)
    _check(severity, actuality, happened_on)
    event.status, event.severity, event.actuality = "draft", severity or None, actuality
    event.happened_on = happened_on
    event.details = write_account(checked(account))
    return event


@verb(Permission.EVENTS_REPORT)
def report_event(event: AdverseEvent, *, actor: Actor) -> AdverseEvent:
    """Send a report: from now on others review it. Severe or worse, every owner is told.

    Where that happened, and not only nearly, a review is due today, and whoever sent the client
    is to be told: it is announced.

    What stood around the visit (its note, the rules that were hit) is added by itself, and only
    now: who may not read it could still open the draft. Raises NotReportable with all that is
    wanting.
    """
    _must_write(event, actor)
    account = read_account(event.details)
    wants = wanting(account, event.severity, event.happened_on)
    if wants:
        raise NotReportable(wants)
    if event.visit_id is not None:
        visit = db.session.get_one(Visit, event.visit_id)
        note = note_of(visit.id)
        event.note_id = note.id if note is not None else None
        event.details = write_account(_with_visit(account, visit))
    _step(event, "report")
    event.reported_at = now()
    _ask_for_review(event)
    _tell(event, "reported")
    return event


@verb(Permission.EVENTS_REPORT)
def discard_event(event: AdverseEvent, *, actor: Actor) -> None:
    """Throw a draft away: it stays as entered in error and counts nowhere."""
    _must_write(event, actor)
    _step(event, "discard")


def _happened_gravely(event: AdverseEvent) -> bool:
    return is_grave(event.severity) and event.actuality == "actual"


def _tell(event: AdverseEvent, what: str) -> None:
    if _happened_gravely(event):
        db.session.flush()
        announce(GraveEventMoved(event.id, event.client_id, what))


def _about(event: AdverseEvent) -> str:
    return f"event:{event.public_id}"


def _ask_for_review(event: AdverseEvent) -> None:
    """The owners' task names no client: everybody at the desk sees what there is to do."""
    if _happened_gravely(event):
        open_task(
            actor=SYSTEM,
            kind="adverse_event_review",
            due_on=today(the_practice().zone),
            about=_about(event),
            dedupe=f"adverse_event_review:{event.public_id}",
        )


def _reviewed(event: AdverseEvent, actor: Actor) -> None:
    finish_about(
        _about(event), actor=actor, outcome=spoken(_REVIEWED), kinds=("adverse_event_review",)
    )


def _must_be_theirs(visit: Visit, client: Client) -> None:
    if visit.client.known_as != client.known_as:
        raise DomainError(say("This visit is another client's."))


def _must_write(event: AdverseEvent, actor: Actor) -> None:
    if not is_writer(actor, event) and not actor.is_system:
        raise NotAllowed(say("Only who began this report goes on with it."))
    if event.status != "draft":
        raise Conflict(say("This report was sent already."))


def _check(severity: str, actuality: str, on: date | None) -> None:
    if severity and severity not in SEVERITIES:
        raise DomainError(say("Choose from the list."), field="severity")
    if actuality not in ACTUALITIES:
        raise DomainError(say("Choose from the list."), field="actuality")
    if on is not None and on > today(the_practice().zone):
        raise DomainError(say("That day is still to come."), field="happened_on")


def _with_visit(account: Account, visit: Visit) -> Account:
    """The account with what the visit and its note say, where the report does not."""
    found, said = around(visit)
    return replace(
        account,
        techniques=account.techniques or said.techniques,
        areas=account.areas or said.areas,
        pressure=account.pressure if account.pressure is not None else said.pressure,
        product=account.product or said.product,
        around=found,
    )


# --- the review ---


@verb(Permission.EVENTS_REVIEW)
def open_event(event: AdverseEvent, *, actor: Actor) -> None:
    """An owner has seen it, and begins to review. Opening it again changes nothing."""
    if event.status == "under_review":
        return
    _step(event, "open")
    event.owner_seen_at = now()
    _remember(event, "open", actor)


@verb(Permission.EVENTS_REVIEW)
def review_event(
    event: AdverseEvent, *, actor: Actor, found: Review, version: int | None = None
) -> None:
    """Keep what was found and arranged so far; the steps already taken stay.

    Raises Conflict unless it is under review, StaleEdit, DomainError.
    """
    if event.status not in ("under_review", "action_plan"):
        raise Conflict(say("Open this report first."))
    if version is not None:
        event.expect(version, "status")
    _check_review(event, found)
    before = read_review(event.review)
    event.review = write_review(replace(found, deeds=before.deeds))
    if found.provider_on is not None and before.provider_on is None:
        _tell(event, "provider_told")


@verb(Permission.EVENTS_REVIEW)
def plan_actions(event: AdverseEvent, *, actor: Actor) -> None:
    """What is to be done is agreed. Raises DomainError where it is not written down."""
    if not read_review(event.review).actions.strip():
        raise DomainError(say("Write down what is to be done."), field="actions")
    _step(event, "plan")
    _remember(event, "plan", actor)


@verb(Permission.EVENTS_REVIEW)
def close_event(event: AdverseEvent, *, actor: Actor) -> None:
    """Close it: only with an outcome, a cause and a note of the review.

    Where the client was to be asked afterwards how they are, only once that is written down.
    """
    review = read_review(event.review)
    if not review.outcome:
        raise DomainError(say("Say how it ended."), field="outcome")
    if not review.causality:
        raise DomainError(say("Say whether the treatment caused it."), field="causality")
    if len(review.text.split()) < 2:
        raise DomainError(say("Write down what the review found."), field="text")
    if must_follow_by(event) is not None and not is_followed(review):
        field = "client_on" if review.client_on is None else "followed"
        raise DomainError(
            say("Write down when the client was asked how they are, and what they said."),
            field=field,
        )
    _step(event, "close")
    event.closed_at, event.closed_by_id = now(), actor.id
    _remember(event, "close", actor)
    _reviewed(event, actor)


@verb(Permission.EVENTS_REPORT)
def reopen_event(event: AdverseEvent, *, actor: Actor, why: str) -> None:
    """There is something new: an owner, or a therapist of the client, opens it again."""
    if not actor.may(Permission.EVENTS_REVIEW) and not may_read_health(actor, event.client_id):
        raise NotAllowed
    why = _said(why)
    _step(event, "reopen")
    event.closed_at = event.closed_by_id = None
    _remember(event, "reopen", actor, why)
    _ask_for_review(event)


@verb(Permission.EVENTS_REVIEW)
def mark_event_in_error(event: AdverseEvent, *, actor: Actor, why: str) -> None:
    """The report is the wrong client's, or was never so. It counts no more."""
    why = _said(why)
    _step(event, "mark_in_error")
    event.owner_seen_at = event.owner_seen_at or now()
    _remember(event, "mark_in_error", actor, why)
    _reviewed(event, actor)
    _tell(event, "in_error")


def _said(why: str) -> str:
    why = why.strip()
    if not why:
        raise DomainError(say("Say why."), field="why")
    if len(why) > LINE_MAX:
        raise DomainError(say("Use at most {count} characters.", count=LINE_MAX), field="why")
    return why


def _check_review(event: AdverseEvent, found: Review) -> None:
    for name in ("client_on", "provider_on", "insurer_on"):
        day = getattr(found, name)
        if day is not None and day > today(the_practice().zone):
            raise DomainError(say("That day is still to come."), field=name)
        if day is not None and event.happened_on is not None and day < event.happened_on:
            raise DomainError(say("That was before the event."), field=name)
    lists = {"causality": CAUSALITIES, "outcome": OUTCOMES}
    for name, known in lists.items():
        if getattr(found, name) and getattr(found, name) not in known:
            raise DomainError(say("Choose from the list."), field=name)
    for name in ("text", "actions", "board", "followed"):
        if len(getattr(found, name)) > TEXT_MAX:
            said = say("Use at most {count} characters.", count=TEXT_MAX)
            raise DomainError(said, field=name)


def _step(event: AdverseEvent, deed: str) -> None:
    then = after(event.status, deed)
    if then is None:
        raise Conflict(say("This changed meanwhile. Look at it again."))
    event.status = then


def _remember(event: AdverseEvent, what: str, actor: Actor, why: str = "") -> None:
    deed = Deed(what, actor.name, now().isoformat(timespec="seconds"), why)
    event.review = write_review(with_deed(read_review(event.review), deed))
