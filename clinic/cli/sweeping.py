"""What is done every night, or every few minutes: safe to repeat, safe to miss."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import NamedTuple, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext

from clinic.coordination.queries.nightly import (
    One,
    cases_ahead,
    orders_ahead,
    outbound_ahead,
    reports_ahead,
)
from clinic.coordination.services.expiring import see_to_consents
from clinic.coordination.services.inbound import Swept
from clinic.coordination.services.inbound import sweep as sweep_referrals
from clinic.coordination.services.inbound import sweep_one as sweep_one_referral
from clinic.coordination.services.outbound import OutSwept
from clinic.coordination.services.outbound import sweep as sweep_outbound
from clinic.coordination.services.outbound import sweep_one as sweep_one_outbound
from clinic.coordination.services.papers import see_to as see_to_papers
from clinic.core.errors import DATABASE_BUSY, RACE_LOST
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.files.services import tidy
from clinic.imports.services import move_history
from clinic.practice.rules import SWEEP
from clinic.practice.services import beat
from clinic.scheduling.services import waiting
from clinic.tasks.queries import this_day
from clinic.tasks.services import see_to_licences
from clinic.tasks.services import sweep as sweep_tasks
from clinic.timetable.services import remove_lapsed

_Done = TypeVar("_Done", Swept, OutSwept)

AT_ONCE = 25
"""Referrals looked at in one transaction, in less than a second; the next goes on after them, and
a desk that has something to write comes between."""
AT_MOST = 1000
"""Kept times removed in one run; the next run goes on."""


class Did(NamedTuple):
    """What a step did, in figures that name nobody; of how many it could not be done, where it is
    done one by one; -1 where none of it could be."""

    figures: str = ""
    failed: int = 0


@click.command("sweep", help="Let what is overdue lapse, and see to what a new day brings.")
@with_appcontext
def sweep() -> None:
    """One step after the other; where one fails, or one thing in it, the others are done."""
    with beat(SWEEP) as beating:
        done = {step.__name__: _done(step) for step in STEPS}
        failed = [_failed(name, did.failed) for name, did in done.items() if did.failed]
        said = [f"not done: {', '.join(failed)}"] if failed else []
        beating.did = "; ".join([*said, *(did.figures for did in done.values() if did.figures)])
        if failed:
            raise click.ClickException(f"{said[0]}; the rest is")


def _failed(name: str, count: int) -> str:
    return name if count < 0 else f"{name} ({count})"


def _done(step: Callable[[], Did]) -> Did:
    """What a step did."""
    refresh()
    try:
        did = step()
    except Exception as error:  # noqa: BLE001 - whatever it was, the other steps go on
        # Where it happened, without the message: it may quote what somebody typed.
        current_app.logger.error("sweep: %s failed, %s", step.__name__, type(error).__name__)  # noqa: TRY400
        return Did(failed=-1)
    if did.figures:
        click.echo(did.figures)
    return did


def waitlist() -> Did:
    """Offers that ran out pass on to who is next."""
    with transaction():
        done = waiting.pass_on(actor=SYSTEM)
    return Did(
        f"waitlist: {done.lapsed} offers lapsed, {done.offered} passed on, "
        f"{done.expired} entries over",
        done.failed,
    )


def kept_times() -> Did:
    """Times that were held for somebody and are free again."""
    holds = sum(1 for _ in takewhile(bool, (_remove_one() for _ in range(AT_MOST))))
    return Did(f"{holds} kept times ran out")


def _remove_one() -> bool:
    with transaction():
        return remove_lapsed(actor=SYSTEM)


def history() -> Did:
    """Health history that an older release imported comes to its place."""
    moved = move_history(actor=SYSTEM)
    return Did(f"history: {moved.lines} imported lines became facts" if moved.lines else "")


def files() -> Did:
    """Files that no document names."""
    done = tidy()
    if done.doubtful:
        click.echo(
            f"files: {done.doubtful} belong to no document, more than there are documents; none "
            "was removed. Is this the database of this folder?",
            err=True,
        )
    return Did(f"files: {done.removed} that no document names removed" if done.removed else "")


def tasks() -> Did:
    """What was put off comes back, and what is late is escalated."""
    with transaction():
        done = sweep_tasks(actor=SYSTEM, today=this_day())
    return Did(f"tasks: {done.woken} came back, {done.escalated} escalated", done.failed)


def referrals() -> Did:
    """Every referral is looked at: time that ended, reports and renewals due, loops to close."""
    done, goes_on = Swept(), True
    while goes_on:
        part = _some_referrals(done)
        done, goes_on = done + part, part.came_further(done)
    return Did(str(done) if done.did_something else "", done.failed)


def _some_referrals(after: Swept) -> Swept:
    def together() -> Swept:
        with transaction():
            return sweep_referrals(
                actor=SYSTEM, today=this_day(), after=after.last, orders_after=after.last_order,
                at_most=AT_ONCE,
            )  # fmt: skip

    def each() -> Swept:
        reports = [] if after.last or after.last_order else reports_ahead()
        orders = orders_ahead(after.last_order, AT_ONCE)
        cases = cases_ahead(after.last, AT_ONCE)
        ones = [*reports, *orders, *cases]
        done = [_alone(one, sweep_one_referral) or _undone(one) for one in ones]
        ends = (_last(cases, after.last), _last(orders, after.last_order))
        return replace(sum(done, Swept()), last=ends[0], last_order=ends[1])

    return _batch("referrals", together, each)


def _undone(one: One) -> Swept:
    """One that was looked at, and with which nothing could be done."""
    return Swept(looked=int(one.kind == "case"), failed=1)


def consents() -> Did:
    """What live referrals need of what clients agreed to, and ends soon, is to be renewed."""
    with transaction():
        done = see_to_consents(actor=SYSTEM, today=this_day())
    said = f"consents: {done.opened} to be renewed, {done.closed} no more"
    return Did(said if done.opened or done.closed else "", done.failed)


def licences() -> Did:
    """What people who work here hold, and ends soon, is to be renewed."""
    with transaction():
        done = see_to_licences(actor=SYSTEM, today=this_day())
    said = f"licences: {done.opened} to be renewed, {done.closed} no more"
    return Did(said if done.opened or done.closed else "", done.failed)


def papers() -> Did:
    """A paper that nobody enters: the desk is told, and an owner a day later."""
    with transaction():
        has_changed = see_to_papers(actor=SYSTEM)
    return Did("papers: the task about what waits is as it should be" if has_changed else "")


def outbound() -> Did:
    """Answers that providers owe: asked for again, called for, and an owner told where it is
    urgent."""
    done = OutSwept()
    while (part := _some_outbound(done.last)).looked_at:
        done = done + part
    said = f"to providers: {done.changed} of {done.looked_at} planned anew" if done.changed else ""
    return Did(said, done.failed)


def _some_outbound(after: int) -> OutSwept:
    def together() -> OutSwept:
        with transaction():
            return sweep_outbound(actor=SYSTEM, today=this_day(), after=after, at_most=AT_ONCE)

    def each() -> OutSwept:
        ones = outbound_ahead(after, AT_ONCE)
        none = OutSwept(looked_at=1, failed=1)
        done = [_alone(one, sweep_one_outbound) or none for one in ones]
        return replace(sum(done, OutSwept()), last=_last(ones, after))

    return _batch("outbound", together, each)


def _batch(name: str, together: Callable[[], _Done], each: Callable[[], _Done]) -> _Done:
    """Many in one transaction; where that fails as a whole, each in one of its own: so what one
    of them is wrong with keeps no other waiting, nor does a deadlock with a desk. Raises what
    comes of a database that is gone, at the first thing that is asked of it then."""
    try:
        return together()
    except Exception as error:  # noqa: BLE001 - whatever it was, most of them can be done
        current_app.logger.warning(
            "sweep: some of %s failed together, %s: one at a time", name, type(error).__name__
        )
    refresh()
    return each()


def _alone(one: One, sweep_one: Callable[..., _Done]) -> _Done | None:
    """One in a transaction of its own; None where it could not be done: it is logged by its id.
    Raises DATABASE_BUSY where the database is so still the second time, as it is when gone."""
    act = partial(sweep_one, one, actor=SYSTEM, today=this_day())
    try:
        return _at_last(one, act)
    except DATABASE_BUSY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the others go on
        current_app.logger.error("sweep: %s failed, %s", one.name, type(error).__name__)  # noqa: TRY400
        return None


def _at_last(one: One, act: Callable[[], _Done]) -> _Done:
    """In a transaction; in another one where a desk was faster, or held what it needs."""
    try:
        with transaction():
            return act()
    except (*RACE_LOST, DATABASE_BUSY) as error:
        current_app.logger.warning("sweep: %s is tried again, %s", one.name, type(error).__name__)
    with transaction():
        return act()


def _last(ones: Sequence[One], after: int) -> int:
    return ones[-1].number if ones else after


STEPS: tuple[Callable[[], Did], ...] = (
    waitlist, kept_times, history, files, referrals, outbound, papers, consents, licences, tasks,
)  # fmt: skip
"""Each opens its own transactions and says in figures what it did, naming nobody."""
