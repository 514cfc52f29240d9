"""An answer to a letter of a referral that has ended: somebody reads it all the same."""

from sqlalchemy import exists, select

from clinic.coordination.queries.facts import this_day
from clinic.coordination.rules.workdays import after
from clinic.core.db import db
from clinic.core.permissions import Actor
from clinic.letters.models import Letter
from clinic.staff.models import StaffMember
from clinic.tasks.models import Task
from clinic.tasks.services import open_task


def see_to_answer(letter: Letter, about: str, owner: StaffMember | None, *, actor: Actor) -> None:
    """Where they answered a letter, who looked after the referral is to read it: once for each
    letter, by the next working day."""
    if letter.replied_on is None:
        return
    dedupe = f"answered:{letter.public_id}"
    if db.session.scalar(select(exists().where(Task.dedupe == dedupe))):
        return
    open_task(
        actor=actor,
        kind="read_reply",
        due_on=after(this_day(), 1),
        about=about,
        client=letter.client,
        assignee=owner,
        note=letter.provider.name,
        dedupe=dedupe,
    )
