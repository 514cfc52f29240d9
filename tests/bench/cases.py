"""Referrals that are all under way, in and out, and their board: 500 of them, and 5,000."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from types import ModuleType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, bindparam, case, func, select, update

from clinic.admin import cases_drawn
from clinic.coordination.models import OutboundReferral, ProgressReport, ReferralCase
from clinic.coordination.rules import ACTIONS, inbound, outbound
from clinic.coordination.services.inbound import plan_next
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.desk.queries.cases_known import Known
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import URGENCIES, Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.bench.measure import Operation
from tests.bench.rows import THERAPISTS, ZONE, put, row

IN, OUT = 4000, 1000
A_CASE_FOR = 25
"""So many clients of the clinic for each referral that came in: 500 in the small one."""
PROVIDERS, PLACES = 60, 20
HERE = "/office/referrals/"
OUT_LIVE = (*outbound.BEFORE_SENDING, *outbound.AWAITING, "reply_received", "acted_on")
CASES_SQL = """
SELECT c.status, c.due_on, c.next_action, r.public_id, r.number, r.urgency, p.first_name,
       p.last_name, cl.first_name, cl.last_name, s.name
FROM referral_case c JOIN referral r ON r.id = c.referral_id
JOIN provider p ON p.id = r.provider_id JOIN client cl ON cl.id = r.client_id
JOIN staff_member s ON s.id = c.owner_id
WHERE c.status = ? ORDER BY c.due_on LIMIT 13"""


def referrals(connection: Connection, clients: int, rng: random.Random) -> None:
    """Referrals in every live state, a third of them overdue, with visits that were stocked."""
    today = datetime.now(ZONE).date()
    _directory(connection)
    some = min(IN, clients // A_CASE_FOR)
    numbers = range(1, some + 1)
    orders = [_order(n, rng, today) for n in numbers]
    put(connection, Referral, orders)
    put(
        connection,
        ReferralCase,
        (_case(n, order, rng, today) for n, order in zip(numbers, orders, strict=True)),
    )
    put(connection, Authorisation, (_allowed(n, today) for n in numbers if n % 4))
    put(connection, ProgressReport, (_report(n, rng, today) for n in numbers if n % 5 == 0))
    put(
        connection, OutboundReferral, (_sent(n, rng, today) for n in range(1, some * OUT // IN + 1))
    )
    taken = connection.execute(
        select(Visit.id, Visit.client_id).where(Visit.client_id <= some, Visit.client_id % 4 != 0)
    ).all()
    connection.execute(
        update(Visit.__table__)  # type: ignore[arg-type]
        .where(Visit.__table__.c.id == bindparam("visit"))
        .values(authorisation_id=bindparam("allowed")),
        [{"visit": visit, "allowed": client} for visit, client in taken],
    )


def _directory(connection: Connection) -> None:
    put(connection, Organisation, (
        row(n, name=f"Practice {n}", search_name=f"practice {n}") for n in range(1, PLACES + 1)
    ))  # fmt: skip
    put(connection, Provider, (
        row(n, first_name="Lena", last_name=f"Provider{n}", search_name=f"lena provider{n}")
        for n in range(1, PROVIDERS + 1)
    ))  # fmt: skip


def _order(n: int, rng: random.Random, today: date) -> dict[str, Any]:
    return row(
        n, number=f"R-{n:06d}", client_id=n, provider_id=n % PROVIDERS + 1,
        organisation_id=n % PLACES + 1, received_on=today - timedelta(days=rng.randrange(90)),
        urgency=URGENCIES[0] if n % 9 else rng.choice(URGENCIES[1:]),
    )  # fmt: skip


def _looked_after(n: int, rng: random.Random, today: date, actions: list[str]) -> dict[str, Any]:
    return {
        "owner_id": n % (THERAPISTS + 1) + 1,
        "next_action": rng.choice(actions),
        "due_on": today + timedelta(days=rng.randrange(-20, 40)),
    }


def _case(n: int, order: dict[str, Any], rng: random.Random, today: date) -> dict[str, Any]:
    status = inbound.LIVE[n % len(inbound.LIVE)]
    return row(
        n, referral_id=n, urgency=order["urgency"], status=status, received_at=now(),
        review_on=today, **_looked_after(n, rng, today, list(ACTIONS)),
    )  # fmt: skip


def _allowed(n: int, today: date) -> dict[str, Any]:
    return row(
        n, referral_id=n, visits=8, valid_from=today - timedelta(days=60),
        valid_until=today + timedelta(days=n % 90), payer=f"Payer {n % 12}",
    )  # fmt: skip


def _report(n: int, rng: random.Random, today: date) -> dict[str, Any]:
    due = today + timedelta(days=rng.randrange(-10, 30))
    return row(n, case_id=n, kind="progress", due_on=due, due_why="visits")


def _sent(n: int, rng: random.Random, today: date) -> dict[str, Any]:
    return row(
        n, number=f"O-{n:06d}", client_id=n, provider_id=n % PROVIDERS + 1, reason="other",
        status=OUT_LIVE[n % len(OUT_LIVE)], **_looked_after(n, rng, today, list(outbound.ACTIONS)),
    )  # fmt: skip


def board(
    app: Flask, get: Callable[[FlaskClient, str], Callable[[], object]], client: FlaskClient,
    sql: Callable[..., Callable[[], object]], engine: Engine,
) -> Iterator[Operation]:  # fmt: skip
    """The board as it was drawn, read anew, drawn as never before, and narrowed.

    ``anew`` forgets every board and every row of it that was read; where each referral stands is
    known from the log of changes. ``first`` forgets that too. What was drawn of the
    very same values is found again, as on the board of the day; ``never drawn`` forgets that.
    """
    bare = "bare SQL: referrals, one state"
    page, turn = get(client, HERE), count()
    yield Operation(
        "board of 5,000 referrals, kept", page, goal=8, sql_goal=6, bare=bare, prepare=page
    )
    yield Operation(
        "board of 5,000 referrals, anew", page, goal=8, sql_goal=6, bare=bare,
        prepare=_forget(app),
    )  # fmt: skip
    yield Operation(
        "board of 5,000 referrals, first", page, sql_goal=6, bare=bare,
        prepare=_forget(app, known=True),
    )  # fmt: skip
    yield Operation(
        "board of 5,000 referrals, never drawn", page, sql_goal=6, bare=bare,
        prepare=_forget(app, cases_drawn),
    )  # fmt: skip
    yield Operation(
        "board of 5,000 referrals, one replanned", page, goal=8, sql_goal=6, bare=bare,
        prepare=_replan(app),
    )  # fmt: skip
    yield Operation(
        "board of 5,000 referrals, a shown one", page, sql_goal=6, bare=bare,
        prepare=_replan(app, is_shown=True),
    )  # fmt: skip
    mine, forget = get(client, f"{HERE}?mine=1"), _forget(app)
    yield Operation(
        "board of 5,000 referrals, mine", mine, sql_goal=6, bare=bare,
        prepare=lambda: (mine(), forget()),
    )  # fmt: skip
    yield Operation(
        "board of 5,000 referrals, searched",
        lambda: get(client, f"{HERE}?q=provider{next(turn) % PROVIDERS + 1}")(),
        sql_goal=7,  # with what is written into the log of reads
        bare=bare,
        prepare=_forget(app),
    )
    yield Operation(bare, sql(engine, CASES_SQL, "in_treatment"))


def _forget(
    app: Flask, drawn: ModuleType | None = None, *, known: bool = False
) -> Callable[[], object]:
    """Drop the boards that were read, so that the next one is read anew; and what was drawn, or
    where each referral stands."""
    begun = app.extensions["case_boards"]
    named = vars(drawn).values() if drawn else ()
    kept = [one for one in named if hasattr(type(one), "cache_clear")]

    def forget() -> None:
        app.extensions.update(case_boards=type(begun)(64))
        if known:
            app.extensions.update(cases_known=Known())
        for one in kept:
            one.cache_clear()

    return forget


def _replan(app: Flask, *, is_shown: bool = False) -> Callable[[], object]:
    """Plan another day for one referral after the other, as somebody at the desk does: whichever
    it is, or the one that comes first of those in treatment, which another then takes the place of.
    """
    turn = count(1)
    gravity = case((ReferralCase.due_on < func.current_date(), ReferralCase.grade), else_=9)
    gravest = (
        select(ReferralCase.id)
        .where(ReferralCase.status == "in_treatment")
        .order_by(gravity, ReferralCase.due_on, ReferralCase.id)
        .limit(1)
    )

    def replan() -> None:
        with app.app_context(), transaction():
            number = db.session.scalar(gravest) if is_shown else next(turn) % 400 + 1
            found = db.session.get_one(ReferralCase, number)
            actor = actor_of(db.session.get_one(StaffMember, THERAPISTS + 1))
            day = datetime.now(ZONE).date() + timedelta(days=found.id % 30 + 1)
            plan_next(found, actor=actor, next_action="contact", due_on=day)

    return replan
