"""What keeps a referral open whose treatment is over."""

from datetime import date

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import reports_of, tasks_about
from clinic.coordination.queries.facts import delivered_on, is_settled
from clinic.coordination.rules.next_steps import closes_on
from clinic.core.words import Words, say
from clinic.tasks.models import Task


def other_tasks(case: ReferralCase) -> list[Task]:
    """Live tasks about it besides its own next step, and that it was handed to somebody: while
    there are any, it stays open."""
    own = f"case:{case.public_id}:next", "handed:"
    return [one for one in tasks_about(case) if not (one.dedupe or "").startswith(own)]


def what_keeps_open(case: ReferralCase, today: date) -> list[Words]:
    """What is missing before it closes, the first of it first; nothing closes it."""
    found = list(_of_the_report(case, today))
    if not case.outcome:
        found.append(say("Say what came of it first."))
    if tasks := len(other_tasks(case)):
        found.append(say("Tasks about it that are still to do: {count}.", count=tasks))
    return found


def _of_the_report(case: ReferralCase, today: date) -> list[Words]:
    final = next((one for one in reversed(reports_of(case)) if one.kind == "discharge"), None)
    if is_settled(case, final):
        return []
    arrived = delivered_on(final)
    if arrived is None:
        return [say("The final report has not arrived yet.")]
    if today < closes_on(arrived):
        return [
            say(
                "The final report arrived on {day}. It closes when that is acknowledged,"
                " or on {then}.",
                day=arrived,
                then=closes_on(arrived),
            )
        ]
    return []
