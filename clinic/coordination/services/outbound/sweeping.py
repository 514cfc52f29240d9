"""Each night: what is next about every referral that is out, and who has it to do."""

from dataclasses import dataclass
from datetime import date

from clinic.coordination.queries.outbound import live_outbound
from clinic.coordination.services.outbound.moving import settle
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission


@dataclass(frozen=True, slots=True)
class OutSwept:
    """How many were looked at, and of how many something was planned or handed out anew."""

    looked_at: int = 0
    changed: int = 0


@verb(Permission.TASKS_DO)
def sweep(*, actor: Actor, today: date) -> OutSwept:
    """Plan anew what is next; a second run on the same day changes nothing, a missed night is
    made up for by the next one."""
    live = live_outbound()
    changed = sum(settle(one, actor=actor, today=today) for one in live)
    return OutSwept(len(live), changed)
