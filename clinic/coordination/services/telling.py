"""Who sent a client is called the same day when something grave happened to the client.

What happened stands in the report alone: everybody at the desk reads what is to be done.
"""

from sqlalchemy import select

from clinic.coordination.queries.cases import about, of_client
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.records.events import GraveEventMoved
from clinic.tasks.models import Task
from clinic.tasks.queries import this_day
from clinic.tasks.rules import LIVE, SNOOZED
from clinic.tasks.services import finish, open_task, wake

_NOTE = say(
    "Today, and by who treats the client. Ask the client first where they have not agreed to it."
)
_TOLD, _NEEDLESS = say("The provider was told."), say("It is not needed any more.")


def hear_grave(event: GraveEventMoved) -> None:
    """Something grave happened to a client, the provider was told of it, or it was an error."""
    begins = f"event:{event.event_id}:"  # not "case:": the sweep leaves it to who does it
    if event.what == "reported":
        _ask_to_call(event.client_id, begins, actor=SYSTEM)
    elif event.what == "in_error":
        _finish(_calls(begins), _NEEDLESS, actor=SYSTEM)
    elif len(calls := _calls(begins)) == 1:
        # Of several providers nobody said which one was told: those are ticked one by one.
        _finish(calls, _TOLD, actor=SYSTEM)


@verb(None)
def _ask_to_call(client_id: int, begins: str, *, actor: Actor) -> None:
    """Nobody asks for it: it follows from a report that somebody was allowed to send."""
    for case in db.session.scalars(of_client(client_id)).unique().all():
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


@verb(None)
def _finish(calls: list[Task], words: Words, *, actor: Actor) -> None:
    """The same."""
    for task in calls:
        if task.status not in LIVE:
            continue
        if task.status == SNOOZED:
            wake(task, actor=actor)
        finish(task, actor=actor, outcome=spoken(words))


def _calls(begins: str) -> list[Task]:
    """The calls that were asked for after one event, those done among them."""
    wanted = select(Task).where(Task.dedupe.startswith(begins, autoescape=True))
    return list(db.session.scalars(wanted.order_by(Task.id)))
