"""Who sent a client is told when something grave happened to the client: called the same day, and
written to; and the clinic's insurer hears of it.

What happened stands in the report alone: everybody at the desk reads what is to be done.
"""

from datetime import date

from sqlalchemy import select

from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about, of_client, reports_of
from clinic.coordination.queries.happened import incidents_of
from clinic.coordination.rules.workdays import after
from clinic.coordination.services.inbound.stepping import settle
from clinic.coordination.services.reporting import waive
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.records.events import GraveEventMoved
from clinic.records.models import AdverseEvent
from clinic.tasks.models import Task
from clinic.tasks.queries import this_day
from clinic.tasks.rules import LIVE, SNOOZED
from clinic.tasks.services import finish, open_task, wake

TREATED = ("in_treatment", "renewal_requested", "on_hold", "expired")
"""States in which the client has been treated, and may be again."""
INSURER = "adverse_event_insurer"
_NOTE = say(
    "Today, and by who treats the client. Ask the client first where they have not agreed to it."
)
_TOLD, _NEEDLESS = say("The provider was told."), say("It is not needed any more.")


def hear_grave(event: GraveEventMoved) -> None:
    """Something grave happened to a client, the provider was told of it, or it was an error."""
    begins = f"event:{event.event_id}:"  # not "case:": the sweep leaves it to who does it
    if event.what == "reported":
        _begin(event, begins, actor=SYSTEM)
    elif event.what == "in_error":
        _finish([*_named(begins), *_named(_insurer(event))], _NEEDLESS, actor=SYSTEM)
        _owe_no_more(event.client_id, actor=SYSTEM)
    elif len(calls := _named(begins)) == 1:
        # Of several providers nobody said which one was told: those are ticked one by one.
        _finish(calls, _TOLD, actor=SYSTEM)


@verb(None)
def _begin(event: GraveEventMoved, begins: str, *, actor: Actor) -> None:
    """Nobody asks for it: it follows from a report that somebody was allowed to send. What was
    begun after this event stands, whatever became of it."""
    begun = {task.dedupe for task in _named(begins)}
    for case in _cases(event.client_id):
        if begins + case.public_id in begun:
            continue
        open_task(
            actor=actor,
            kind="call_provider",
            due_on=this_day(),
            about=about(case),
            client=case.referral.client,
            assignee=case.owner,
            note=spoken(_NOTE),
            dedupe=begins + case.public_id,
        )
        if case.status in TREATED and case.first_visit_on is not None:
            _owe(case, this_day())
            settle(case, actor=actor)
    if not _named(_insurer(event)):
        _ask_insurer(event, actor)


def _cases(client_id: int) -> list[ReferralCase]:
    """Held, so that two events at once do not owe one report twice."""
    held = of_client(client_id).with_for_update(of=ReferralCase)
    return list(db.session.scalars(held.execution_options(populate_existing=True)).unique())


def _owe(case: ReferralCase, on: date) -> None:
    """A report the same day. One that is owed after another event and not begun tells of both."""
    own = [one for one in reports_of(case) if one.kind == "progress"]
    own = [one for one in own if one.authorisation_id is None]
    if any(one.due_why == "event" and one.status == "due" for one in own):
        return
    report = ProgressReport(
        case=case, kind="progress", nth=len(own) + 1, status="due", due_on=on, due_why="event"
    )
    db.session.add(report)
    db.session.flush()


def _insurer(event: GraveEventMoved) -> str:
    return f"{INSURER}:{event.event_id}:"


def _ask_insurer(event: GraveEventMoved, actor: Actor) -> None:
    """An owner's task, which names no client: everybody at the desk sees what there is to do."""
    row = db.session.get_one(AdverseEvent, event.event_id)
    open_task(
        actor=actor,
        kind=INSURER,
        due_on=after(this_day(), 1),
        about=f"event:{row.public_id}",
        dedupe=_insurer(event),
    )


@verb(None)
def _owe_no_more(client_id: int, *, actor: Actor) -> None:
    """The same: a report that nobody has begun, and that has nothing to tell any more."""
    for case in _cases(client_id):
        for report in reports_of(case):
            is_waiting = report.due_why == "event" and report.status == "due"
            if is_waiting and not incidents_of(report):
                waive(report, actor=actor, why=spoken(_NEEDLESS))
                settle(case, actor=actor)


@verb(None)
def _finish(found: list[Task], words: Words, *, actor: Actor) -> None:
    """The same."""
    for task in found:
        if task.status not in LIVE:
            continue
        if task.status == SNOOZED:
            wake(task, actor=actor)
        finish(task, actor=actor, outcome=spoken(words))


def _named(begins: str) -> list[Task]:
    """What was asked for after one event, that which is done among it."""
    wanted = select(Task).where(Task.dedupe.startswith(begins, autoescape=True))
    return list(db.session.scalars(wanted.order_by(Task.id)))
