"""What is to be done: opened, taken, put off, handed on, finished."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic.clients import services as clients
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.services import disable
from clinic.tasks import queries, rules, services
from clinic.tasks.models import Task
from tests.factories import staff
from tests.factories import tasks as made
from tests.factories.clients import a_client

EDGES = {
    ("open", "in_progress"): "take",
    ("open", "snoozed"): "snooze",
    ("snoozed", "open"): "wake",
    ("in_progress", "done"): "finish",
    ("open", "done"): "finish",
    ("open", "cancelled"): "cancel",
    ("in_progress", "open"): "hand_back",
}
"""The requirement's own list, copied: from, to, and the verb that goes there."""
STATES = ("open", "in_progress", "snoozed", "done", "cancelled")


def _go(verb: str, task: Task, actor: object) -> None:
    words = {
        "finish": {"outcome": "Reached by phone."},
        "cancel": {"why": "Not needed."},
        "snooze": {"until": made.day(2), "why": "Away till then."},
    }
    with transaction():
        getattr(services, verb)(task, actor=actor, **words.get(verb, {}))


def test_the_machine_has_the_edges_of_the_requirement_and_no_others():
    assert {(edge.before, edge.after): edge.by for edge in rules.EDGES} == EDGES
    assert len(rules.EDGES) == len(EDGES)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("verb", rules.VERBS)
def test_every_edge_is_walked_and_every_other_step_refused_with_a_reason(inside, before, verb):
    desk = staff.receptionist()
    task = made.in_state(before)
    leads = {edge[1] for edge, by in EDGES.items() if edge[0] == before and by == verb}
    if leads:
        _go(verb, task, desk)
        assert {task.status} == leads
        assert (task.closed_at is not None) == (task.status in {"done", "cancelled"})
        return
    with pytest.raises(Conflict, match=str(rules.NAMES[before])):
        _go(verb, task, desk)
    db.session.rollback()
    assert task.status == before


def test_a_task_without_a_person_belongs_to_the_role_of_its_kind(inside):
    task = made.task("report_due")
    assert (task.role, task.assignee, task.escalates_to) == ("therapist", None, "owner")
    person = staff.member()
    mine = made.task("report_due", assignee=person)
    assert (mine.role, mine.assignee, mine.home) == (None, person, "therapist")


def test_who_left_is_given_nothing_the_role_has_it(inside):
    person = staff.member()
    with transaction():
        disable(person, actor=SYSTEM)
    task = made.task("contact_client", assignee=person)
    assert (task.role, task.assignee_id) == ("receptionist", None)
    with pytest.raises(DomainError, match="works here no longer"), transaction():
        services.hand_to(task, actor=SYSTEM, assignee=person)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"role": None}, "nobody"),
        ({"assignee_id": 1}, "two owners"),
        ({"role": "cook"}, "a role there is not"),
        ({"due_on": None}, "no day"),
        ({"closed_at": "now"}, "closed and open"),
        ({"status": "done"}, "done without when"),
        ({"status": "snoozed"}, "put off without a day"),
    ],
)
def test_the_database_itself_refuses_a_task_without_one_owner_and_a_day(inside, columns, what):
    staff.member()
    task = made.task()
    with pytest.raises(IntegrityError):
        _write(task.id, columns)


def _write(task_id: int, columns: dict) -> None:
    with transaction(), writing("test.task", SYSTEM):
        row = db.session.get_one(Task, task_id)
        for name, value in columns.items():
            setattr(row, name, now() if name == "closed_at" else value)
        db.session.flush()


def test_what_the_sweep_says_again_stays_one_and_moves_only_forward(inside):
    first = made.task("report_due", due=5, dedupe="report:1")
    again = made.task("report_due", due=9, dedupe="report:1")
    assert (again.id, again.due_on) == (first.id, made.day(5))
    sooner = made.task("report_due", due=2, dedupe="report:1")
    assert (sooner.id, sooner.due_on) == (first.id, made.day(2))
    with transaction():
        services.finish(sooner, actor=SYSTEM, outcome="Sent.")
    assert made.task("report_due", due=9, dedupe="report:1").id != first.id


def test_what_was_put_off_stays_so_when_the_sweep_says_it_again(inside):
    task = made.task("report_due", due=-1, dedupe="report:1")
    with transaction():
        services.snooze(task, actor=SYSTEM, until=made.day(4), why="Dr Lee is away.")
    made.task("report_due", due=-1, dedupe="report:1")
    assert (task.status, task.due_on) == ("snoozed", made.day(4))
    made.task("report_due", due=-2, dedupe="report:1")
    assert (task.status, task.due_on, task.snoozed_until) == ("open", made.day(-2), None)


def test_planned_anew_it_has_the_other_day_whichever_it_is(inside):
    task = made.task("report_due", due=-1, dedupe="report:1")
    with transaction():
        services.set_due(task, actor=SYSTEM, due_on=made.day(6), note="After the next visit.")
    made.task("report_due", due=6, dedupe="report:1")
    assert (task.due_on, task.note) == (made.day(6), "After the next visit.")


@pytest.mark.parametrize(
    ("until", "why", "field"),
    [(0, "Away.", "until"), (91, "Away.", "until"), (3, "  ", "why"), (3, "x" * 201, "why")],
)
def test_putting_off_needs_a_day_to_come_and_a_reason(inside, until, why, field):
    task = made.task()
    with pytest.raises(DomainError) as refused, transaction():
        services.snooze(task, actor=SYSTEM, until=made.day(until), why=why)
    assert refused.value.field == field


def test_nothing_is_closed_without_saying_how(inside):
    task = made.task()
    with pytest.raises(DomainError, match="how it ended"), transaction():
        services.finish(task, actor=SYSTEM, outcome=" ")
    with pytest.raises(DomainError, match="why it need not"), transaction():
        services.cancel(task, actor=SYSTEM, why="")


def test_taking_needs_the_role_it_waits_for_or_the_one_it_was_escalated_to(inside):
    desk, therapist, owner = staff.receptionist(), staff.therapist(), staff.owner()
    task = made.task("confirm_precautions")
    with pytest.raises(NotAllowed, match="another role"), transaction():
        services.take(task, actor=desk)
    with transaction():
        services.take(task, actor=therapist)
    assert (task.status, task.assignee_id, task.role) == ("in_progress", therapist.id, None)
    with pytest.raises(Conflict, match="Teo Marsh does this already"), transaction():
        services.take(task, actor=owner)
    with transaction():
        services.hand_back(task, actor=therapist)
    assert (task.status, task.assignee_id, task.role) == ("open", None, "therapist")
    with transaction():
        services.take(task, actor=owner)
    assert task.assignee_id == owner.id


def test_handed_to_somebody_it_is_open_again_and_theirs(inside):
    desk, other = staff.receptionist(), staff.member("Kim Sato")
    task = made.task()
    with transaction():
        services.take(task, actor=desk)
    with transaction():
        services.hand_to(task, actor=desk, assignee=other)
    assert (task.status, task.assignee, task.role) == ("open", other, None)
    with transaction():
        services.hand_to(task, actor=desk, role="owner")
    assert (task.assignee, task.role, task.home) == (None, "owner", "owner")
    with pytest.raises(DomainError, match="person or a role"), transaction():
        services.hand_to(task, actor=desk)


def test_an_old_page_changes_nothing(inside):
    task, desk = made.task(), staff.receptionist()
    with transaction():
        services.take(task, actor=desk, version=1)
    with pytest.raises(StaleEdit), transaction():
        services.finish(task, actor=SYSTEM, outcome="Done.", version=1)


@pytest.mark.parametrize("state", ["open", "in_progress", "snoozed"])
@pytest.mark.parametrize("close", ["finish_about", "cancel_about"])
def test_what_is_about_one_thing_is_closed_with_it_from_any_state(inside, state, close):
    task = made.in_state(state, about="referral:abc")
    elsewhere = made.task(about="referral:xyz")
    other = made.task("report_due", about="referral:abc")
    word = "outcome" if close == "finish_about" else "why"
    with transaction():
        closed = getattr(services, close)(
            "referral:abc", actor=SYSTEM, kinds=("contact_client",), **{word: "Declined."}
        )
    assert (closed, task.outcome) == (1, "Declined.")
    assert task.status == ("done" if close == "finish_about" else "cancelled")
    assert [elsewhere.status, other.status] == ["open", "open"]
    assert queries.live_about("referral:abc") == [other]


def test_a_task_of_a_merged_record_is_the_kept_persons(inside):
    kept, twin = a_client(), a_client("Grace Nakamura-Ito")
    with transaction():
        clients.merge(kept, twin, actor=SYSTEM)
    assert made.task(client=twin).client_id == kept.id


def test_a_kind_there_is_not_is_refused(inside):
    with pytest.raises(DomainError) as refused:
        made.task("gossip")
    assert refused.value.field == "kind"
    assert db.session.scalar(select(func.count()).select_from(Task)) == 0
