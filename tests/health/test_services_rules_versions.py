from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinic.catalogue.services import stock_starter
from clinic.core import announcements
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, NotFound, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import LEADS, SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.health.events import RulesChanged
from clinic.health.models import RuleVersion
from clinic.health.queries.history import verdict_of
from clinic.health.queries.rules import (
    book_and_version,
    changes_of,
    line_of,
    listed,
    rule_book,
    rules_version,
    the_rule,
)
from clinic.health.services.rules import change_rule
from tests.factories import clients, staff
from tests.factories import screening as made
from tests.statements import counted

WHY = "Our lead therapist looked at it."


def lead() -> Actor:
    actor = staff.therapist("Lena Voss")
    return Actor(actor.id, actor.public_id, actor.name, actor.roles, by_name=LEADS)


def change(code: str, actor: Actor, **more: object) -> object:
    with transaction():
        facts = {"why": WHY, "effective_from": made.today()} | more
        return change_rule(code, actor=actor, **facts)


def test_every_shipped_rule_is_in_the_book_of_a_new_clinic(inside: Flask) -> None:
    book, version = book_and_version()
    assert version == 0
    assert len(book.versions) == 69
    assert sum(len(lines) for lines in listed(made.today()).values()) == 69


def test_the_book_takes_one_statement_and_is_read_again_only_when_it_changed(inside: Flask) -> None:
    owner = staff.owner()
    rule_book()
    with counted() as seen:
        first = rule_book()
    assert len(seen) == 1
    change("FEVER", owner, action="Send them home.")
    second = rule_book()
    assert second is not first
    assert second is rule_book()
    assert second.rule("FEVER", made.today()).action == "Send them home."
    assert rules_version() > 0


def test_a_change_that_is_taken_back_leaves_the_book_as_it_was(inside: Flask) -> None:
    owner = staff.owner()
    facts = {"why": WHY, "effective_from": made.today(), "action": "Send them home."}

    def change_and_fail() -> None:
        change_rule("FEVER", actor=owner, **facts)
        assert rule_book().rule("FEVER", made.today()).action == "Send them home."
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction():
        change_and_fail()
    assert rule_book().rule("FEVER", made.today()).action != "Send them home."


def test_a_change_holds_from_its_day_and_the_earlier_version_until_then(inside: Flask) -> None:
    who = clients.a_client()
    made.know(who, made.FIBROMYALGIA)
    change("FIBROMYALGIA", staff.owner(), klass="CLEARANCE", effective_from=made.tomorrow())
    assert not verdict_of(who, made.today()).is_held
    assert verdict_of(who, made.tomorrow()).is_held
    line = line_of(rule_book(), "FIBROMYALGIA", made.today())
    assert (line.is_own, line.next_on) == (False, made.tomorrow())


def test_after_the_last_day_of_a_change_the_rule_is_as_before(inside: Flask) -> None:
    who, today = clients.a_client(), made.today()
    made.know(who, made.CLOT)
    change("DVT_ACTIVE", staff.owner(), is_active=False, effective_to=made.tomorrow())
    assert not verdict_of(who, made.tomorrow()).is_stopped
    assert verdict_of(who, today + timedelta(days=2)).is_stopped


def test_the_history_of_a_rule_says_who_and_why(inside: Flask) -> None:
    owner = staff.owner()
    change("FEVER", owner, action="Send them home.")
    change("FEVER", owner, action="Send them home, kindly.", why="Kinder words.")
    assert [(one.number, one.why) for one in changes_of("FEVER")] == [
        (3, "Kinder words."), (2, WHY),
    ]  # fmt: skip
    assert changes_of("FEVER")[0].made_by.name == "Olga Reed"
    assert [one.number for one in the_rule("FEVER")] == [1, 2, 3]


def test_the_lead_may_tighten_and_only_an_owner_may_loosen(inside: Flask) -> None:
    chief, owner = lead(), staff.owner()
    change("FIBROMYALGIA", chief, klass="CLEARANCE", pressure=1)
    looser = (
        {"klass": "CAUTION"},
        {"pressure": 3},
        {"pressure": None},
        {"is_active": False},
        {"trigger": "condition(FIBROMYALGIA, status=active)"},
    )
    for changes in looser:
        with pytest.raises(NotAllowed, match="for an owner"):
            change("FIBROMYALGIA", chief, **changes)
    change("FIBROMYALGIA", chief, trigger="condition(FIBROMYALGIA) | answer(frail)")
    change("FIBROMYALGIA", owner, is_active=False)


def test_fewer_blocks_later_days_and_less_training_are_looser_too(inside: Flask) -> None:
    chief, owner = lead(), staff.owner()
    with transaction():
        stock_starter(actor=SYSTEM)
    for code, changes in (
        ("ANTICOAGULANT", {"blocks": ("DEEP",)}),
        ("PREG_ANY", {"qualification": ""}),
        ("PREG_ANY", {"avoid": ()}),
    ):
        with pytest.raises(NotAllowed, match="for an owner"):
            change(code, chief, **changes)
    # What was to begin tomorrow begins a week later: looser on the days between.
    change("FIBROMYALGIA", chief, klass="CLEARANCE", effective_from=made.tomorrow())
    with pytest.raises(NotAllowed, match="for an owner"):
        change("FIBROMYALGIA", chief, klass="CAUTION", action="As before, for now.")
    change("FIBROMYALGIA", owner, klass="CAUTION", action="As before, for now.")


def test_reception_and_therapists_change_no_rule(inside: Flask) -> None:
    for actor in (staff.receptionist(), staff.therapist()):
        with pytest.raises(NotAllowed):
            change("FEVER", actor, klass="ABSOLUTE")


@pytest.mark.parametrize(
    ("changes", "field", "named"),
    [
        ({"trigger": "condition(DRAGON_POX)"}, "trigger", "DRAGON_POX"),
        ({"trigger": "rule(NO_SUCH)"}, "trigger", "NO_SUCH"),
        ({"trigger": "rule(HEAT_BLOCK)"}, "trigger", "HEAT_BLOCK"),
        ({"trigger": "((("}, "trigger", ""),
        ({"trigger": ""}, "trigger", ""),
        ({"klass": "MAYBE"}, "klass", ""),
        ({"pressure": 9}, "pressure", ""),
        ({"blocks": ("YODEL",)}, "blocks", "YODEL"),
        ({"avoid": ("ELSEWHERE",)}, "avoid", "ELSEWHERE"),
        ({"qualification": "WIZARD"}, "qualification", "WIZARD"),
        ({"action": " "}, "action", ""),
        ({"why": " "}, "why", ""),
    ],
)
def test_what_cannot_be_judged_or_is_unknown_is_refused_by_name(
    inside: Flask, changes: dict[str, object], field: str, named: str
) -> None:
    with pytest.raises(DomainError) as refused:
        change("DIABETES", staff.owner(), **changes)
    assert refused.value.field == field
    assert named in str(refused.value.words)
    assert rules_version() == 0


def test_a_rule_changes_today_or_later_and_ends_after_it_began(inside: Flask) -> None:
    owner, today = staff.owner(), made.today()
    with pytest.raises(DomainError, match="today or later"):
        change("FEVER", owner, action="Rest.", effective_from=today - timedelta(days=1))
    with pytest.raises(DomainError, match="before the first"):
        change("FEVER", owner, action="Rest.", effective_to=today - timedelta(days=1))


def test_a_change_that_changes_nothing_is_refused(inside: Flask) -> None:
    with pytest.raises(Conflict, match="says this already"):
        change("FEVER", staff.owner(), klass="ABSOLUTE")


def test_two_who_change_one_rule_are_told_of_each_other(inside: Flask) -> None:
    owner = staff.owner()
    change("FEVER", owner, action="Send them home.", version=1)
    with pytest.raises(StaleEdit) as stale:
        change("FEVER", owner, action="Give them tea.", version=1)
    assert stale.value.saved["action"] == "Send them home."


def test_there_is_no_rule_without_a_name(inside: Flask) -> None:
    with pytest.raises(NotFound):
        change("NOTHING", staff.owner(), action="Rest.")


def test_a_change_of_a_rule_is_announced(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    monkeypatch.setattr(announcements, "_hearers", {RulesChanged: (heard.append,)})
    change("FEVER", staff.owner(), action="Send them home.")
    assert heard == [RulesChanged("FEVER")]


def test_what_a_rule_was_cannot_be_rewritten(inside: Flask) -> None:
    change("FEVER", staff.owner(), action="Send them home.")
    for statement in ("UPDATE rule_version SET why = 'another'", "DELETE FROM rule_version"):
        with pytest.raises(DBAPIError), transaction() as session, writing("test", SYSTEM):
            session.execute(text(statement))
    assert db.session.query(RuleVersion).one().why == WHY


def test_an_owner_may_be_the_lead_as_well(inside: Flask) -> None:
    both = staff.queries.actor_of(staff.member("Ora Lind", Role.OWNER, Role.THERAPIST))
    change("FIBROMYALGIA", both, is_active=False)
    assert not line_of(rule_book(), "FIBROMYALGIA", made.today()).is_held
