"""Each night: what is next about every referral that is out, and who has it to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.nightly import One
from clinic.coordination.queries.outbound import about_outbound, live_outbound
from clinic.coordination.services.outbound.beginning import advance
from clinic.coordination.services.outbound.moving import Known
from clinic.coordination.services.outbound.owning import hand_on
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import apart
from clinic.tasks.queries import live_abouts


@dataclass(frozen=True, slots=True)
class OutSwept:
    """How many were looked at, of how many something was planned or handed out anew, and with how
    many nothing could be done. ``last`` is the last that was looked at."""

    looked_at: int = 0
    changed: int = 0
    failed: int = 0
    last: int = 0

    def __add__(self, more: "OutSwept") -> "OutSwept":
        """Both together, up to where the second came."""
        return OutSwept(
            self.looked_at + more.looked_at,
            self.changed + more.changed,
            self.failed + more.failed,
            more.last,
        )


@verb(Permission.TASKS_DO)
def sweep(*, actor: Actor, today: date, after: int = 0, at_most: int | None = None) -> OutSwept:
    """Plan anew what is next (beyond the id ``after``, ``at_most`` so many); a second run on the
    same day changes nothing, a missed night is made up for by the next one.

    What the client agreed to may have become theirs only when two records were joined, which
    nobody announces: what waited for it goes on by night. What somebody who left saw to is given
    to an owner. Each in a savepoint of its own: one that fails stays as it was.
    """
    return _look_at(OutSwept(last=after), live_outbound(after, at_most), actor, today)


@verb(Permission.TASKS_DO)
def sweep_one(one: One, *, actor: Actor, today: date) -> OutSwept:
    """The same done with one alone, where it cannot be done with many at once: something of one
    of them cannot be read, or written down. Raises what comes of it."""
    rows = [row for row in live_outbound(one.number - 1, 1) if row.id == one.number]
    return _look_at(OutSwept(), rows, actor, today)


def _look_at(
    done: OutSwept, rows: Sequence[OutboundReferral], actor: Actor, today: date
) -> OutSwept:
    tasks = _known([about_outbound(one) for one in rows])
    for one in rows:
        done = replace(done, looked_at=done.looked_at + 1, last=one.id)
        known = tasks[about_outbound(one)]
        looked = partial(_did, one, actor=actor, today=today, known=known)
        changed = apart(f"sweep: {about_outbound(one)}", looked)
        if changed is None:
            done = replace(done, failed=done.failed + 1)
        elif changed:
            done = replace(done, changed=done.changed + 1)
    return done


def _did(outbound: OutboundReferral, *, actor: Actor, today: date, known: Sequence[Known]) -> bool:
    """Whether it was given to somebody, or something about it planned or handed out anew."""
    is_handed = hand_on(outbound, actor=actor)
    return advance(outbound, actor=actor, today=today, known=known) or is_handed


def _known(names: Sequence[str]) -> dict[str, list[Known]]:
    """The tasks about each that are to be done. Nobody holds them: they tell of which of them
    nothing is to be done, and whoever writes reads them anew."""
    found = live_abouts(names)
    known = {
        name: [Known(task.dedupe, task.status, task.asked_for) for task in tasks]
        for name, tasks in found.items()
    }
    for task in chain.from_iterable(found.values()):
        db.session.expire(task)
    return known
