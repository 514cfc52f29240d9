"""The board of referrals: what stands where, what comes first, and what narrows it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic.audit.queries import Followed
from clinic.clients import services as clients_services
from clinic.coordination.models import (
    IN_ENDS,
    IN_STATES,
    OUT_ENDS,
    OUT_STATES,
    OutboundReferral,
    ReferralCase,
)
from clinic.coordination.rules import ACTIONS, gravity, outbound
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.desk.queries.cases import FIRST, WHOLE, Pieces, the_cases
from clinic.desk.queries.cases_choices import the_choices
from clinic.desk.queries.cases_ended import ended
from clinic.desk.queries.cases_known import Known
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.rules import cases as rules
from clinic.directory import services as outside
from clinic.referrals.models import URGENCIES, Referral
from clinic.web.keeping import Kept
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.factories.consents import new_consent
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def provider(inside):
    people.set_up()
    people.member("Robin Vale", Role.RECEPTIONIST)
    orders.ready()
    return directory.provider(at=directory.organisation())


def a_case(name, status="received", provider=None, order=None, **facts):
    return cases.case_of(
        orders.order(clients.a_client(name), provider, **(order or {})), status, **facts
    )


def board(**asked):
    return the_cases(Wish(**asked), cases.this_day())


def shown(found, key):
    group = next(one for one in found.groups if one.column.key == key)
    return [card.client for card in group.cards]


def test_every_live_state_stands_in_one_column_and_no_ended_one_does():
    for way, states, ends in (("in", IN_STATES, IN_ENDS), ("out", OUT_STATES, OUT_ENDS)):
        live = [state for state in states if state not in ends]
        assert sorted(rules.states(way)) == sorted(live)
        assert all(rules.column_of(way, state) is None for state in ends)
        assert all(rules.state_words(way, state) for state in states)


def test_figures_reach_every_column():
    assert len(rules.COLUMNS) <= 9


def test_every_next_action_has_words_and_a_grade():
    graded = {action for some in gravity.GRADES.values() for action in some}
    assert graded <= {*ACTIONS, *outbound.ACTIONS}
    for action in (*ACTIONS, *outbound.ACTIONS):
        assert rules.next_words(action) in (ACTIONS.get(action), outbound.ACTIONS.get(action))
        assert 1 <= gravity.grade_of(action, "routine") <= 4
        assert gravity.grade_of(action, "emergency") == 1


def test_a_referral_stands_in_the_column_of_its_state(provider):
    a_case("New One", provider=provider)
    a_case("Held One", "on_hold", provider)
    a_case("Over One", "closed", provider)
    cases.outbound(clients.a_client("Sent One"), provider)
    found = board()
    assert shown(found, "in-new") == ["New One"]
    assert shown(found, "in-treatment") == ["Held One"]
    assert shown(found, "out-waiting") == ["Sent One"]
    assert [found.numbers.count(way) for way in ("", "in", "out")] == [3, 2, 1]


def test_the_overdue_come_first_by_consequence_then_by_age(provider):
    a_case("Later Q", "in_treatment", provider, late=-3, action="report")
    a_case("Today Q", "in_treatment", provider, late=0, action="report")
    a_case("Tidy Q", "in_treatment", provider, late=30, action="own")
    a_case("Report new", "in_treatment", provider, late=1, action="report")
    a_case("Report old", "in_treatment", provider, late=5, action="report")
    a_case("Urgent Q", "in_treatment", provider, {"urgency": "emergency"}, late=1, action="own")
    names = ["Urgent Q", "Report old", "Report new", "Tidy Q", "Today Q", "Later Q"]
    assert shown(board(), "in-treatment") == names[:FIRST]
    assert shown(board(column="in-treatment"), "in-treatment") == names
    group = next(one for one in board().groups if one.column.key == "in-treatment")
    assert (group.count, group.late) == (6, 4)


STATES = [*((("in"), state) for state in rules.states("in")),
          *((("out"), state) for state in rules.states("out"))]  # fmt: skip
ROWS = st.tuples(
    st.sampled_from(STATES),
    st.sampled_from([*ACTIONS, *outbound.ACTIONS]),
    st.sampled_from(URGENCIES),
    st.integers(-3, 3),
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(ROWS, min_size=8, max_size=14))
def test_the_order_is_that_of_the_rule_for_any_rows(provider, rows):
    client = clients.a_client()
    for (way, status), action, urgency, late in rows:
        if way == "in":
            order = orders.order(client, provider, urgency=urgency, is_another=True)
            cases.case_of(order, status, action=action, late=late)
        else:
            cases.outbound(client, provider, status, action=action, late=late, urgency=urgency)
    db.session.rollback()
    for wish in (Wish(), Wish(way="in"), Wish(urgency="urgent"), Wish(is_overdue=True)):
        for group in the_cases(wish, cases.this_day()).groups:
            expected = by_the_rule(group.column, wish)
            is_shown = wish.way in ("", group.column.way)
            assert [card.row.id for card in group.cards] == expected[: FIRST * is_shown]
            assert group.count == len(expected)
            alone = the_cases(replace(wish, column=group.column.key), cases.this_day())
            found = next(one for one in alone.groups if one.column == group.column)
            assert [card.row.id for card in found.cards] == expected[:WHOLE]


def by_the_rule(column, wish):
    """The ids of a column in the order of the rule, worked out row by row."""
    today = cases.this_day()
    model = ReferralCase if column.way == "in" else OutboundReferral
    found = []
    for row in db.session.query(model).filter(model.status.in_(column.states)):
        urgency = row.referral.urgency if column.way == "in" else row.urgency
        is_late, grade = row.due_on < today, gravity.grade_of(row.next_action, urgency)
        assert row.grade == grade
        if wish.urgency in ("", urgency) and (is_late or not wish.is_overdue):
            found.append((grade if is_late else 9, row.due_on, row.id))
    return [number for *_, number in sorted(found)]


@pytest.mark.parametrize("wish", [Wish(), Wish(urgency="routine")])
def test_one_way_alone_still_says_how_many_there_are_of_each(provider, wish):
    a_case("New One", provider=provider)
    cases.outbound(clients.a_client("Sent One"), provider)
    for way in ("in", "out"):
        found = the_cases(replace(wish, way=way), cases.this_day())
        assert [found.numbers.count(one) for one in ("", "in", "out")] == [2, 1, 1]
        assert [bool(found.shown(one, replace(wish, way=way))) for one in ("in", "out")] == [
            way == "in", way == "out",
        ]  # fmt: skip


def test_a_correction_of_the_orders_urgency_moves_its_referral(provider):
    slow = a_case("Slow One", "in_treatment", provider, late=5, action="own")
    a_case("Other One", "in_treatment", provider, late=9, action="own")
    assert shown(board(), "in-treatment") == ["Other One", "Slow One"]
    with transaction():
        order = db.session.get(Referral, slow.referral_id)
        with writing("test.urgency", SYSTEM):
            order.urgency = "urgent"
            db.session.flush()
    assert shown(board(), "in-treatment") == ["Slow One", "Other One"]


def test_what_was_read_is_read_again_only_when_something_of_it_changed(provider):
    a_case("New One", provider=provider)
    followed, store, known = Followed(), Kept(64), Known()

    def asked():
        followed.look()
        with counted(db.engine) as seen:
            found = the_cases(Wish(), cases.this_day(), Pieces(store, followed, known))
        return len(seen), shown(found, "in-new")

    assert asked() == (4, ["New One"])
    assert asked() == (0, ["New One"])
    a_case("Next One", provider=provider, late=2)
    assert asked()[1] == ["Next One", "New One"]
    assert asked() == (0, ["Next One", "New One"])
    people.member("Ana Reis", Role.THERAPIST)
    assert asked() == (1, ["Next One", "New One"])


def test_of_what_is_shown_the_rows_that_changed_are_read_again(provider):
    cases_there = [a_case(name, provider=provider) for name in ("New One", "Next One")]
    sent = cases.outbound(clients.a_client("Sent One"), provider)
    followed, store, known = Followed(), Kept(64), Known()

    def steps():
        db.session.rollback()
        followed.look()
        found = the_cases(Wish(), cases.this_day(), Pieces(store, followed, known))
        return {card.client: card.row.next_action for group in found.groups for card in group.cards}

    def change(row, **values):
        with transaction() as session, writing("test.plan", SYSTEM):
            held = session.get(type(row), row.id)
            for name, value in values.items():
                setattr(held, name, value)
            session.flush()

    before = {"New One": "decide", "Next One": "decide", "Sent One": "await_answer"}
    assert steps() == before
    change(cases_there[1], next_action="contact")
    assert steps() == before | {"Next One": "contact"}
    change(sent, next_action="remind")
    assert steps() == before | {"Next One": "contact", "Sent One": "remind"}
    change(sent.client, last_name="Other")
    assert "Sent Other" in steps()


def test_what_changed_while_it_was_read_is_not_kept_as_what_it_is_now(provider):
    followed, store = Followed(), Kept(64)
    followed.look()
    slow = Pieces(store, followed)
    assert slow.get(("client",), "names") is None
    clients.a_client("Next One")
    db.session.rollback()
    followed.look()
    slow.keep(("client",), "names", value="of before")
    assert Pieces(store, followed).get(("client",), "names") is None


def test_what_is_read_in_a_transaction_is_kept_for_nobody(provider):
    a_case("New One", provider=provider)
    followed, store, known = Followed(), Kept(64), Known()

    def asked():
        followed.look()
        with counted(db.engine) as seen:
            the_cases(Wish(), cases.this_day(), Pieces(store, followed, known))
        return len(seen)

    db.session.rollback()
    db.session.execute(select(1))
    assert asked() == asked() == 4
    db.session.rollback()
    assert (asked(), asked()) == (4, 0)


def test_visits_are_counted_by_what_still_counts(provider):
    case = a_case("Grace One", "in_treatment", provider)
    assert board().groups[3].cards[0].visits is None
    used_up = cases.allowed(case, 2)
    orders.visits(used_up, "completed", "completed")
    more = cases.allowed(case, 6, valid_from=orders.FIRST + timedelta(days=30))
    orders.visits(more, "completed", "booked", "no_show", "cancelled")
    card = board().groups[3].cards[0]
    assert (card.visits, card.used, card.booked) == (6, 1, 1)


def test_flags_say_what_is_to_be_minded(provider):
    case = a_case("Report One", "in_treatment", provider)
    a_case("New One", "incomplete", provider, missing="signature")
    cases.owed(case, late=2)
    found = board()
    assert found.numbers.reports_late == 1
    assert found.groups[3].cards[0].flags == ("report", "consent")
    assert found.groups[0].cards[0].flags == ("precautions", "missing")


def test_a_consent_to_either_record_of_one_provider_is_not_asked_for_again(provider):
    twin = directory.provider()
    case = a_case("Grace One", "in_treatment", twin)
    assert board().groups[3].cards[0].flags == ("consent",)
    with transaction():
        new_consent(case.referral.client, "SHARE_PROVIDER", provider=provider,
                    data=("visits",), purposes=("progress",))  # fmt: skip
    assert board().groups[3].cards[0].flags == ("consent",)
    with transaction():
        outside.merge(provider, twin, actor=SYSTEM)
    assert board().groups[3].cards[0].flags == ()


def test_what_was_agreed_on_a_joined_record_is_agreed_by_that_person_alone(provider):
    def agreed_by(client):
        with transaction():
            new_consent(client, "SHARE_PROVIDER", provider=provider,
                        data=("visits",), purposes=("progress",))  # fmt: skip

    grace = a_case("Grace One", "in_treatment", provider).referral.client
    other, others_twin = clients.a_client("Omar Two"), clients.a_client("Omar Twin")
    twin = clients.a_client("Grace Twin")
    agreed_by(others_twin)
    with transaction():
        clients_services.merge(other, others_twin, actor=SYSTEM)
    assert board().groups[3].cards[0].flags == ("consent",)
    agreed_by(twin)
    with transaction():
        clients_services.merge(grace, twin, actor=SYSTEM)
    assert board().groups[3].cards[0].flags == ()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"text": "omar"}, ["Omar Farouk"]),
        ({"text": "adeyemi"}, ["Omar Farouk", "Ada Sol"]),
        ({"text": "nobody"}, []),
        ({"text": "r-00000"}, ["Omar Farouk", "Ada Sol"]),
        ({"text": "adeyemi sol"}, ["Ada Sol"]),
        ({"urgency": "urgent"}, ["Ada Sol"]),
        ({"is_overdue": True}, ["Omar Farouk"]),
        ({"payer": "Meridian"}, ["Ada Sol"]),
        ({"owes_report": True}, ["Omar Farouk"]),
        ({"way": "out"}, ["Sent One"]),
    ],
)
def test_what_is_asked_for_narrows_the_board(provider, asked, names):
    omar = a_case("Omar Farouk", "in_treatment", provider, late=4)
    ada = a_case("Ada Sol", "in_treatment", provider, {"urgency": "urgent"}, late=-1)
    cases.allowed(ada, payer="Meridian")
    cases.owed(omar, late=0)
    other = directory.provider("Lena", "Fischer")
    cases.outbound(clients.a_client("Sent One"), other, late=-2)
    found = board(**asked)
    assert [card.client for group in found.groups for card in group.cards] == names
    assert found.numbers.count(asked.get("way", "")) == len(names)


def test_mine_are_those_that_i_own(provider):
    mine, other = people.member("Ana Reis", Role.THERAPIST), people.member("Bo", Role.THERAPIST)
    a_case("My One", provider=provider, owner=mine)
    a_case("Your One", provider=provider, owner=other)
    assert shown(board(owner_id=mine.id), "in-new") == ["My One"]


def test_one_provider_alone(provider):
    other = directory.provider("Lena", "Fischer")
    a_case("One Q", provider=provider)
    a_case("Two Q", provider=other)
    found = board(provider=other.public_id)
    assert shown(found, "in-new") == ["Two Q"]
    assert [label for _, label in the_choices().providers] == ["Adeyemi, Samuel", "Fischer, Lena"]


def test_a_column_shows_its_first_and_a_page_of_its_own_the_rest(provider):
    for number in range(FIRST + 3):
        a_case(f"Person {number:02d}", provider=provider, late=50 - number)
    whole = board().groups[0]
    assert (len(whole.cards), whole.count, whole.more) == (FIRST, FIRST + 3, 3)
    alone = board(column="in-new").groups[0]
    assert (len(alone.cards), alone.beyond(Wish(column="in-new"))) == (FIRST + 3, 0)
    assert board(column="in-new", page=2).groups[0].cards == []


def test_a_merged_record_is_shown_as_the_kept_one(provider):
    case = a_case("Old Name", provider=provider)
    kept = clients.a_client("New Name")
    with transaction():
        clients_services.merge(kept, case.referral.client, actor=SYSTEM)
    assert shown(board(), "in-new") == ["New Name"]
    assert shown(board(text="new name"), "in-new") == ["New Name"]


def test_the_board_takes_four_queries_however_long_it_is(provider):
    for number in range(15):
        case = a_case(f"Person {number:02d}", "in_treatment", provider)
        orders.visits(cases.allowed(case), "booked")
    cases.outbound(clients.a_client("Sent One"), provider)
    with counted(db.engine) as seen:
        board()
    assert len(seen) == 4, seen


def test_what_has_ended_is_listed_latest_first(provider):
    a_case("Gone One", "declined", provider)
    a_case("Live One", provider=provider)
    cases.outbound(clients.a_client("Told One"), provider, "closed")
    rows = db.session.execute(ended(Wish())).all()
    assert [row.first_name for row in rows] == ["Told", "Gone"]
    assert [row.first_name for row in db.session.execute(ended(Wish(text="gone")))] == ["Gone"]
