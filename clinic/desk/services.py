"""Verbs that act in several rooms at once."""

from clinic.coordination.events import GivenElsewhere
from clinic.coordination.rules import workdays
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission, Role
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.desk.queries.provider import Hanging, by_owner, hanging
from clinic.directory.models import Provider
from clinic.directory.queries import kept_provider
from clinic.directory.services import set_status
from clinic.staff.models import StaffMember
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about, this_day
from clinic.tasks.rules import SNOOZED
from clinic.tasks.services import cancel_about, finish, open_task, wake

GIVEN = say("Everything has gone to somebody else.")
DAYS = 2
"""Working days within which what hung on a provider is given to somebody else."""


@verb(Permission.DIRECTORY_WRITE)
def set_provider_status(provider: Provider, *, actor: Actor, status: str) -> list[Task]:
    """A provider works, retired, died or moved away: the only way to say so.

    Who looks after something that is open with one who is gone is given a task to find
    somebody else, one for each person; what nobody looks after is the desk's. Of one who works
    after all the tasks are called off. Raises DomainError for no such state.
    """
    provider = kept_provider(provider)
    set_status(provider, actor=actor, status=status)
    if status == "active":
        why = spoken(say("The provider practises again."))
        about = f"provider:{provider.public_id}"
        cancel_about(about, actor=actor, why=why, kinds=("reassign",))
        return []
    owned = by_owner(hanging(provider)).items()
    return [_reassign(provider, owner, found, actor) for owner, found in owned]


def _reassign(
    provider: Provider, owner: StaffMember | None, found: list[Hanging], actor: Actor
) -> Task:
    return open_task(
        actor=actor,
        kind="reassign",
        due_on=workdays.after(this_day(), DAYS),
        about=f"provider:{provider.public_id}",
        assignee=owner,
        role=Role.RECEPTIONIST.value,
        note=f"{provider.name}: {len(found)}",
        dedupe=_key(provider, owner),
    )


def _key(provider: Provider, owner: StaffMember | None) -> str:
    """Who has to find somebody else in this provider's place."""
    whose = owner.public_id if owner is not None else "desk"
    return f"reassign:{provider.public_id}:{whose}"


def hear_given(event: GivenElsewhere) -> None:
    """Something that was open with a provider went to another."""
    _close_what_is_done(db.session.get_one(Provider, event.provider_id), actor=SYSTEM)


@verb(None)
def _close_what_is_done(provider: Provider, *, actor: Actor) -> None:
    """Nobody asks for it: who has nothing left to give to somebody else has that task no more."""
    about = f"provider:{provider.public_id}"
    waiting = [one for one in live_about(about) if one.kind == "reassign"]
    if not waiting:
        return
    left = {_key(provider, owner) for owner in by_owner(hanging(provider))}
    for task in waiting:
        if task.dedupe not in left:
            if task.status == SNOOZED:
                wake(task, actor=actor)
            finish(task, actor=actor, outcome=spoken(GIVEN))
