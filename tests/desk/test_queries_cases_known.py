"""Where each open referral stands is known without counting, and never otherwise than it is."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic.audit.queries import Followed
from clinic.coordination.models import IN_ENDS, OUT_ENDS, OutboundReferral, ReferralCase
from clinic.coordination.rules import gravity
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.desk.queries import cases_known
from clinic.desk.queries.cases_known import Known, Standing
from clinic.desk.rules import cases as rules
from clinic.referrals.models import URGENCIES
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")
MOST = 4
SHOWN = {column.key: slice(0, MOST) for column in rules.COLUMNS}


class Desk:
    """One process that shows the board, and the referrals behind it."""

    def __init__(self) -> None:
        self.followed, self.known = Followed(), Known()
        self.provider = directory.provider(at=directory.organisation())
        self.client = clients.a_client()
        self.rows: list[ReferralCase | OutboundReferral] = []

    def seen(self, today=None):
        db.session.rollback()
        self.followed.look()
        found = self.known.standings(today or cases.this_day(), self.followed, SHOWN)
        return {column.key: one for column, one in zip(rules.COLUMNS, found, strict=True)}

    def came(self, status="received", late=0, urgency="routine", action="decide"):
        order = orders.order(self.client, self.provider, urgency=urgency, is_another=True)
        self.rows.append(cases.case_of(order, status, late=late, action=action))
        return self.rows[-1]

    def went(self, status="sent", late=0, urgency="routine"):
        made = cases.outbound(self.client, self.provider, status, late=late, urgency=urgency)
        self.rows.append(made)
        return made

    def change(self, row, **values):
        with transaction() as session, writing("test.change", SYSTEM):
            held = session.get(type(row), row.id)
            for name, value in values.items():
                setattr(held, name, value)
            session.flush()


@pytest.fixture
def desk(inside):
    people.set_up()
    people.member("Robin Vale", Role.RECEPTIONIST)
    orders.ready()
    return Desk()


def truth(today):
    """The same, counted and put in order row by row."""
    found = {}
    for column in rules.COLUMNS:
        model = ReferralCase if column.way == "in" else OutboundReferral
        rows = []
        for row in db.session.query(model).filter(model.status.in_(column.states)):
            urgency = row.referral.urgency if column.way == "in" else row.urgency
            is_late = row.due_on < today
            grade = gravity.grade_of(row.next_action, urgency) if is_late else 9
            rows.append((grade, row.due_on, row.id))
        late = sum(one[0] != 9 for one in rows)
        first = tuple(number for *_, number in sorted(rows)[:MOST])
        found[column.key] = Standing(len(rows), late, first)
    db.session.rollback()
    return found


LIVE = st.sampled_from([("in", one) for one in rules.states("in") if one != "on_hold"]
                       + [("out", one) for one in rules.states("out")])  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("add", "move", "plan", "urgency", "end", "many")),
        LIVE, st.integers(-4, 4), st.sampled_from(URGENCIES), st.integers(0, 99),
    ),
    min_size=4, max_size=12,
)  # fmt: skip


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_what_is_known_is_what_is_whatever_happens(desk, steps):
    for what, (way, status), late, urgency, which in steps:
        row = desk.rows[which % len(desk.rows)] if desk.rows else None
        if what == "add" or row is None:
            desk.came(status, late, urgency) if way == "in" else desk.went(status, late, urgency)
        elif what == "many":
            for one in range(which % 30):
                desk.came("received", one % 7 - 3)
        else:
            _change(desk, what, row, late, urgency, status if _way(row) == way else "")
        assert desk.seen() == truth(cases.this_day())


def _way(row):
    return "in" if isinstance(row, ReferralCase) else "out"


def _change(desk, what, row, late, urgency, status):
    ends = IN_ENDS if _way(row) == "in" else OUT_ENDS
    if db.session.get(type(row), row.id).status in ends:
        return
    if what == "move" and status:
        desk.change(row, status=status)
    elif what == "plan":
        day = cases.this_day() - timedelta(days=late)
        desk.change(row, due_on=day, next_action="report" if late % 2 else "own")
    elif what == "urgency":
        desk.change(row.referral if _way(row) == "in" else row, urgency=urgency)
    elif what == "end":
        ended = {"status": "cancelled" if "cancelled" in ends else ends[0], "ended_at": now()}
        desk.change(row, **ended, next_action="", due_on=None, owner_id=None)


def test_nothing_is_asked_while_nothing_changes_and_one_query_after_a_change(desk):
    row = desk.came()
    desk.went()
    desk.seen()

    def asked():
        db.session.rollback()
        desk.followed.look()
        with counted(db.engine) as statements:
            desk.known.standings(cases.this_day(), desk.followed, SHOWN)
        return len(statements)

    assert asked() == 0
    desk.change(row, next_action="contact")
    assert asked() == 1
    assert asked() == 0
    clients.a_client("Somebody Else")
    assert asked() == 0


def test_at_first_one_query_reads_both_ways(desk):
    desk.came()
    desk.went()
    db.session.rollback()
    desk.followed.look()
    with counted(db.engine) as statements:
        desk.known.standings(cases.this_day(), desk.followed, SHOWN)
    assert len(statements) == 1


def test_what_is_not_late_today_is_tomorrow(desk):
    desk.came(late=0)
    assert desk.seen()["in-new"].late == 0
    assert desk.seen(cases.this_day() + timedelta(days=1))["in-new"].late == 1
    assert desk.seen()["in-new"].late == 0


def test_an_orders_urgency_goes_to_what_came_in_by_it(desk):
    old, young = desk.came(late=9, action="own"), desk.came(late=5, action="own")
    assert desk.seen()["in-new"].ids == (old.id, young.id)
    desk.change(young.referral, urgency="emergency")
    assert desk.seen()["in-new"].ids == (young.id, old.id)


def test_a_change_that_could_not_be_read_is_read_the_next_time(desk, monkeypatch):
    row = desk.came(late=-2)
    assert desk.seen()["in-new"].late == 0
    desk.change(row, due_on=cases.this_day() - timedelta(days=2))
    with monkeypatch.context() as patch:
        patch.setattr(cases_known._ONE["in"], "raw", _gone)
        with pytest.raises(ConnectionError):
            desk.seen()
    assert desk.seen()["in-new"].late == 1


def _gone(*_, **__):
    raise ConnectionError


def test_what_is_seen_inside_a_transaction_is_nothing_that_others_may_know(desk):
    number = desk.came().id
    desk.seen()
    db.session.execute(select(1))
    with counted(db.engine) as statements:
        asked = cases.this_day(), desk.followed, SHOWN
        assert desk.known.standings(*asked)[0].ids == (number,)
    assert len(statements) == 1
    db.session.rollback()
    with counted(db.engine) as statements:
        desk.known.standings(*asked)
    assert not statements


def test_late_reports_are_counted_again_only_after_a_change_of_one(desk):
    row = desk.came("in_treatment")

    def late():
        db.session.rollback()
        desk.followed.look()
        with counted(db.engine) as statements:
            found = desk.known.late_reports(cases.this_day(), desk.followed)
        return found, len(statements)

    assert late() == (0, 1)
    assert late() == (0, 0)
    cases.owed(row, late=2)
    assert late() == (1, 1)
