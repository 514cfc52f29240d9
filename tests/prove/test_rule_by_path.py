"""Rule by path: every shipped rule at every door by which a visit comes in, on both engines.

For each pair somebody of whom the rule says something, and somebody of whom it only seems
to, is tried by the desk and by a therapist. What comes out is what the rules' own judgement
demands. Nothing of one pair stays for the next, so one clinic serves a whole path.
"""

import re
from contextlib import contextmanager, suppress

import pytest
from flask import Flask
from sqlalchemy import event

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import current_verb
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.rules.screening import codes_of
from clinic.scheduling.services import gate, rearranging, undoing
from clinic.timetable import services as timetable
from tests.engines import on_both_engines
from tests.factories import catalogue, directory
from tests.factories import scheduling as made
from tests.factories.ready import about, ready
from tests.prove.rules_told import (
    BARRING,
    CANARY,
    RULES,
    Demand,
    Over,
    deny,
    forgotten,
    part,
    tell,
)
from tests.prove.writers import verbs_that_write_visits
from tests.scheduling import test_services_screening as doors

pytestmark = on_both_engines
BARRED = tuple(sorted({code for rule in BARRING for code in RULES[rule].blocks}))
STOPPING = [code for code, rule in RULES.items() if rule.klass in ("ABSOLUTE", "CLEARANCE")]
TRAINED = ("PRENATAL", "ONCOLOGY_24H")
SAID = {
    "A therapist must review this": "stop",
    "does not suit this client": "service",
    "This needs a review first": "reason",
    "is not the right therapist": "therapist",
    "Something else happened since": "meanwhile",
}


class Story(doors.Story):
    """The clinic of the table by class; its service is about all that any rule bars, or about
    nothing, with a therapist who has every training."""

    def __init__(self, is_barred):
        super().__init__()
        if is_barred:
            about(self.house.variant, *(code for code in BARRED if code != "DEEP"))
        else:
            self.house.variant = catalogue.variant(60, code="PLAIN")
            for code in TRAINED:
                made.staff.licence(self.house.therapist, code=code)
        self.primary = ("DEEP", *BARRED) if is_barred else ()
        self.held = set() if is_barred else set(TRAINED)
        self.day = made.at(10).astimezone(made.zone()).date()
        self.today = made.this_day()
        ready(self.house)
        directory.provider()
        with transaction():
            deny(self.house.client, self.day, self.today)


def by_undoing_a_move(story, actor):
    """From another day: what is known of the day itself has not changed the visit meanwhile."""
    visit = story.book()
    made.done(services.move, visit, actor, starts_at=made.at(14, days=8))
    change = latest_change(visit.id)

    def act():
        with doors.transaction():
            return services.take_back(change, actor=actor)

    return act


def by_giving_time_off(story, actor):
    """By the owner, who treats nobody: the desk may move visits, and gives no time off."""
    house = story.house
    visit = story.book()
    with doors.transaction():
        asked = timetable.ask(
            house.therapist, actor=house.treats, kind="sick",
            starts_at=made.at(9), ends_at=made.at(12),
        )  # fmt: skip

    def act():
        move = rearranging.Move(visit, None, made.at(14), house.therapist, house.places[0])
        with doors.transaction():
            rearranging.rearrange([move], actor=house.owner, approve=asked)
        return visit

    return act


def by_booking_with_a_reason(story, actor):
    return lambda: story.book(actor, override_why="We looked at it together")


def by_moving_with_a_reason(story, actor):
    visit = story.book()
    return lambda: made.done(
        services.move, visit, actor, starts_at=made.at(14), override_why="We looked at it together"
    )


PATHS = {
    doors.by_booking: "book",
    doors.by_moving: "move",
    doors.by_a_longer_length: "resize",
    doors.by_another_service: "change_service",
    doors.by_taking_a_cancel_back: "undo",
    doors.by_undoing: "take_back",
    by_undoing_a_move: "take_back",
    doors.by_approving: "approve",
    doors.by_a_kept_time: "book",
    doors.by_a_plan: "plan_series",
    doors.by_a_visit_of_a_plan: "book_item",
    doors.by_the_waitlist: "accept",
    doors.by_coming_together: "book_together",
    doors.by_moving_together: "move_together",
    doors.by_rearranging: "rearrange",
    by_giving_time_off: "rearrange",
}
"""Every row of the table, and the verb that it is about."""
NO_DOOR = {
    "hold_time": "keeps time for nobody's visit yet: book asks",
    "check_in": "refuses nobody, and writes down what the start asks",
    "start": "asks everything itself: tests/scheduling/test_services_starting.py",
    "reopen": "goes on with a session of today; the start asks again",
    "rescreen": "only judges again",
    "correct": "sets right what the past was",
    "cancel": "gives time up",
    "cancel_together": "gives time up",
    "decline": "gives time up",
    "release": "gives time up",
    "mark_no_show": "gives time up",
    "send_home": "gives time up",
}
"""Verbs that write a visit too, by which none comes to be booked."""
WITH_A_REASON = (by_booking_with_a_reason, by_moving_with_a_reason)
BY_KEEPERS = (*doors.BY_KEEPERS, by_giving_time_off)
ROWS = [pytest.param(path, id=path.__name__) for path in PATHS]


@contextmanager
def all_forgotten(monkeypatch):
    """Transactions are parts of one that is given up at the end; a moment lasts all day."""
    for module in (doors, made, catalogue):
        monkeypatch.setattr(module, "transaction", part)
    monkeypatch.setattr(undoing, "UNDO_WITHIN", 86_400)
    with suppress(Over), transaction():
        yield
        raise Over


class Seen:
    """The verbs that wrote a visit while somebody tried something."""

    def __init__(self):
        self.verbs = set()
        event.listen(db.engine, "before_cursor_execute", self)

    def __call__(self, conn, cursor, statement, *_):
        if re.match(r"(INSERT INTO|UPDATE) visit\b", statement) and current_verb():
            self.verbs.add(current_verb()[0].removeprefix("scheduling."))

    def stop(self):
        event.remove(db.engine, "before_cursor_execute", self)


def tried(act):
    """How it came out, in the words of what is demanded."""
    try:
        with part():
            visit = act()
    except DomainError as error:
        words = str(error.words)
        assert CANARY not in words
        return "refused: " + next((name for said, name in SAID.items() if said in words), words)
    verdict = doors.verdict_of(visit)
    return (verdict.outcome, *codes_of(verdict.effects))


def version_of(story, path):
    """What only a change may be taken back from that nothing has followed."""
    return doors._of(story.house.client).version if path is by_undoing_a_move else None


def table(path, story, actor, rules, *, fires):
    """One row: for each rule what came out otherwise than is demanded."""
    wrong, treats = {}, actor is not story.house.desk
    with forgotten():
        act = path(story, actor)
        for rule in rules:
            with forgotten():
                before = version_of(story, path)
                tell(story.house.client, rule, fires, story.day, story.today)
                demand = Demand.of(story.house.client, story.day)
                hit = demand.verdict.hit(rule)
                if (hit.state if hit else "") != ("open" if fires else ""):
                    wrong[rule] = hit
                    continue
                wanted = demand.comes_out(
                    story.primary, story.held, treats=treats, reason=path in WITH_A_REASON
                )
                if version_of(story, path) != before:
                    wanted = "refused: meanwhile"
                found = tried(act)
                if found != wanted:
                    wrong[rule] = (found, wanted)
    return wrong


def test_every_verb_that_writes_a_visit_has_its_row():
    assert verbs_that_write_visits() == {f"scheduling.{one}" for one in {*PATHS.values(), *NO_DOOR}}


@pytest.mark.parametrize("path", ROWS)
def test_no_rule_is_escaped_by_any_path(inside: Flask, monkeypatch, path):
    story = Story(is_barred=True)
    seen = Seen()
    with all_forgotten(monkeypatch):
        desk, treats = story.house.desk, story.house.treats
        assert table(path, story, desk, RULES, fires=True) == {}
        assert table(path, story, desk, RULES, fires=False) == {}
        if path not in BY_KEEPERS:
            assert table(path, story, treats, RULES, fires=True) == {}
    seen.stop()
    assert PATHS[path] in seen.verbs


@pytest.mark.parametrize("path", ROWS)
def test_with_a_service_that_nothing_bars_the_class_alone_decides(inside: Flask, monkeypatch, path):
    story = Story(is_barred=False)
    with all_forgotten(monkeypatch):
        assert table(path, story, story.house.desk, BARRING, fires=True) == {}
        if path not in BY_KEEPERS:
            assert table(path, story, story.house.treats, BARRING, fires=True) == {}


@pytest.mark.parametrize("path", WITH_A_REASON)
def test_a_reason_is_a_therapists_and_lets_what_is_stopped_wait(inside: Flask, monkeypatch, path):
    story = Story(is_barred=False)
    with all_forgotten(monkeypatch):
        assert table(path, story, story.house.desk, STOPPING, fires=True) == {}
        assert table(path, story, story.house.treats, STOPPING, fires=True) == {}


@pytest.mark.parametrize("path", ROWS)
def test_sabotage_without_the_gates_question_the_table_fails(inside: Flask, monkeypatch, path):
    story = Story(is_barred=True)
    monkeypatch.setattr(gate, "_must_pass", lambda *_, **__: None)
    with all_forgotten(monkeypatch):
        assert "FEVER" in table(path, story, story.house.desk, ["FEVER"], fires=True)
