"""What is done every night, or every few minutes: safe to repeat, safe to miss."""

from collections.abc import Callable
from itertools import takewhile

import click
from flask import current_app
from flask.cli import with_appcontext

from clinic.coordination.services.inbound import Swept
from clinic.coordination.services.inbound import sweep as sweep_referrals
from clinic.coordination.services.outbound import sweep as sweep_outbound
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.files.services import tidy
from clinic.imports.services import move_history
from clinic.practice.rules import SWEEP
from clinic.practice.services import beat
from clinic.scheduling.services import waiting
from clinic.tasks.queries import this_day
from clinic.tasks.services import sweep as sweep_tasks
from clinic.timetable.services import remove_lapsed

AT_ONCE = 100
"""Referrals looked at in one transaction; the next goes on after them."""
AT_MOST = 1000
"""Kept times removed in one run; the next run goes on."""


@click.command("sweep", help="Let what is overdue lapse, and see to what a new day brings.")
@with_appcontext
def sweep() -> None:
    """One step after the other; where one fails, the others are done all the same."""
    with beat(SWEEP) as beating:
        said = [_done(step) for step in STEPS]
        beating.did = "; ".join(figures for figures in said if figures)
        if None in said:
            raise click.ClickException("not all of it could be done; the rest is")


def _done(step: Callable[[], str]) -> str | None:
    """What a step did, in figures; None where it failed."""
    refresh()
    try:
        figures = step()
    except Exception as error:  # noqa: BLE001 - whatever it was, the other steps go on
        # Where it happened, without the message: it may quote what somebody typed.
        current_app.logger.error("sweep: %s failed, %s", step.__name__, type(error).__name__)  # noqa: TRY400
        return None
    if figures:
        click.echo(figures)
    return figures


def waitlist() -> str:
    """Offers that ran out pass on to who is next."""
    with transaction():
        done = waiting.pass_on(actor=SYSTEM)
    return (
        f"waitlist: {done.lapsed} offers lapsed, {done.offered} passed on, "
        f"{done.expired} entries over"
    )


def kept_times() -> str:
    """Times that were held for somebody and are free again."""
    holds = sum(1 for _ in takewhile(bool, (_remove_one() for _ in range(AT_MOST))))
    return f"{holds} kept times ran out"


def _remove_one() -> bool:
    with transaction():
        return remove_lapsed(actor=SYSTEM)


def history() -> str:
    """Health history that an older release imported comes to its place."""
    moved = move_history(actor=SYSTEM)
    return f"history: {moved.lines} imported lines became facts" if moved.lines else ""


def files() -> str:
    """Files that no document names."""
    done = tidy()
    if done.doubtful:
        click.echo(
            f"files: {done.doubtful} belong to no document, more than there are documents; none "
            "was removed. Is this the database of this folder?",
            err=True,
        )
    return f"files: {done.removed} that no document names removed" if done.removed else ""


def tasks() -> str:
    """What was put off comes back, and what is late is escalated."""
    with transaction():
        done = sweep_tasks(actor=SYSTEM, today=this_day())
    return f"tasks: {done.woken} came back, {done.escalated} escalated"


def referrals() -> str:
    """Every referral is looked at: time that ended, reports and renewals due, loops to close."""
    done = Swept()
    while (part := _some_referrals(done.last)).looked or part.adopted:
        done = done + part
    return str(done) if done != Swept(last=done.last, looked=done.looked) else ""


def _some_referrals(after: int) -> Swept:
    with transaction():
        return sweep_referrals(actor=SYSTEM, today=this_day(), after=after, at_most=AT_ONCE)


def outbound() -> str:
    """Answers that providers owe: asked for again, called for, and an owner told where it is
    urgent."""
    with transaction():
        done = sweep_outbound(actor=SYSTEM, today=this_day())
    return f"to providers: {done.changed} of {done.looked_at} planned anew" if done.changed else ""


STEPS: tuple[Callable[[], str], ...] = (
    waitlist, kept_times, history, files, referrals, outbound, tasks,
)  # fmt: skip
"""Each opens its own transactions and says in figures what it did, naming nobody."""
