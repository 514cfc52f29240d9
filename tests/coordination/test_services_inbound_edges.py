"""Every way that a referral can go is gone by its verb; every other is refused, with the reason."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.coordination.models import CaseStep, ContactAttempt, ReferralCase
from clinic.coordination.queries import steps_of
from clinic.coordination.queries.cases import about
from clinic.coordination.rules import inbound as rules
from clinic.coordination.services import inbound
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.queries import of_about
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.scheduling import House

LIST = json.loads((Path(__file__).parent / "referral_in.json").read_text())
EDGES = [(one["from"], one["to"]) for one in LIST["transitions"]]
ADDED = [("missed_first", "cancel_requested"), ("missed_first", "expired")]
"""Ways that the requirement's list leaves out (decision 0012): walked as well, and kept apart."""
ALL = EDGES + ADDED
STATES, ENDS = LIST["states"], LIST["terminal"]
NO_LETTER = "Nobody could ask the client whether it may leave."


# --- verbs that lead to a state, wherever a referral stands ---


def incomplete(house: House, case: ReferralCase) -> None:
    cases.do("found_incomplete", case, house.desk, missing=["signature"])


def accepted(house: House, case: ReferralCase) -> None:
    cases.do("accept", case, house.owner)


def declined(house: House, case: ReferralCase) -> None:
    cases.do("decline", case, house.desk, code="no_capacity", why="Full until March.")


def mistaken(house: House, case: ReferralCase) -> None:
    cases.do("mistake", case, house.desk, why="double")


def on_hold(house: House, case: ReferralCase) -> None:
    cases.do("hold", case, house.desk, why="away", review_on=made.day(5))


def to_cancel(house: House, case: ReferralCase) -> None:
    cases.do("ask_to_cancel", case, house.desk, code="by_client")


def cancelled(house: House, case: ReferralCase) -> None:
    cases.do("confirm_cancel", case, house.desk)


def discharged(house: House, case: ReferralCase) -> None:
    cases.do("discharge", case, house.treats, outcome="not_shared")


def closed(house: House, case: ReferralCase) -> None:
    cases.do("close", case, house.desk)


def given_up(house: House, case: ReferralCase) -> None:
    cases.do("give_up", case, house.desk, why=NO_LETTER)


def told(house: House, case: ReferralCase) -> None:
    """The receipt is acknowledged: the letter that was drafted is printed."""
    letter = next(one for one in of_about(about(case)) if one.kind == "acknowledgement")
    with transaction():
        letters.approve(letter, actor=house.desk)
    with transaction():
        letters.send(letter, actor=house.desk, channel="print")


def resumed(house: House, case: ReferralCase) -> None:
    cases.do("resume", case, house.desk)


def renewed(house: House, case: ReferralCase) -> None:
    cases.allowed(case, house, visits=12, valid_from=made.this_day())


# --- what visits and time bring about ---


def booked(house: House, case: ReferralCase) -> None:
    cases.booked(case, house)


def missed(house: House, case: ReferralCase) -> None:
    unbooked(house, case)
    cases.missed(case, house)


def had(house: House, case: ReferralCase) -> None:
    unbooked(house, case)
    cases.had(case, house)


def unbooked(house: House, case: ReferralCase) -> None:
    """What is booked is cancelled on time."""
    for visit in db.session.scalars(select(Visit).where(Visit.status == "booked")).all():
        made.done(scheduling.cancel, visit, house.desk, by="clinic")


def tried(house: House, case: ReferralCase) -> None:
    cases.tried(case, house)


def tried_before(house: House, case: ReferralCase) -> None:
    """As if somebody had tried on the two days before as well."""
    with transaction() as session, writing("test.attempts", SYSTEM):
        for days in (1, 2):
            attempt = ContactAttempt(
                case=case, at=made.at(9, days=-days), on_date=made.day(-days), channel="phone",
                result="no_answer",
            )  # fmt: skip
            session.add(attempt)
        session.flush()


def swept(house: House, case: ReferralCase) -> None:
    with transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())


def ended(house: House, case: ReferralCase) -> None:
    """The time allowed was over yesterday, and the night has come."""
    with transaction() as session, writing("test.window", SYSTEM):
        for one in case.referral.authorisations:
            one.valid_from = one.valid_until = made.this_day() - timedelta(days=1)
        session.flush()
    swept(house, case)


def few_left(house: House, case: ReferralCase) -> None:
    """Two visits are left, and the night has come."""
    with transaction() as session, writing("test.few", SYSTEM):
        case.referral.authorisations[0].visits = 3
        session.flush()
    swept(house, case)


BEGUN = (tried, had)
WALKS: dict[tuple[str, str], tuple[Any, ...]] = {
    ("received", "incomplete"): (incomplete,),
    ("received", "accepted"): (accepted,),
    ("incomplete", "accepted"): (incomplete, accepted),
    ("received", "declined"): (declined,),
    ("incomplete", "declined"): (incomplete, declined),
    ("accepted", "declined"): (accepted, declined),
    ("accepted", "contacting"): (accepted, tried),
    ("contacting", "declined"): (accepted, tried, declined),
    ("contacting", "scheduled"): (accepted, tried, booked),
    ("accepted", "scheduled"): (accepted, booked),
    ("contacting", "not_reached"): (accepted, tried, tried_before, given_up),
    ("scheduled", "missed_first"): (accepted, booked, missed),
    ("scheduled", "contacting"): (accepted, booked, unbooked),
    ("missed_first", "scheduled"): (accepted, missed, booked),
    ("missed_first", "not_reached"): (accepted, missed, missed, tried, given_up),
    ("scheduled", "in_treatment"): (accepted, had),
    ("in_treatment", "renewal_requested"): (accepted, had, few_left),
    ("renewal_requested", "in_treatment"): (accepted, had, few_left, renewed),
    ("in_treatment", "on_hold"): (accepted, had, on_hold),
    ("on_hold", "in_treatment"): (accepted, had, on_hold, resumed),
    ("accepted", "on_hold"): (accepted, on_hold),
    ("on_hold", "contacting"): (accepted, on_hold, resumed),
    ("in_treatment", "completed"): (accepted, had, discharged),
    ("renewal_requested", "completed"): (accepted, had, few_left, discharged),
    ("accepted", "expired"): (accepted, ended),
    ("contacting", "expired"): (accepted, tried, ended),
    ("scheduled", "expired"): (accepted, booked, ended),
    ("in_treatment", "expired"): (accepted, had, ended),
    ("renewal_requested", "expired"): (accepted, had, few_left, ended),
    ("on_hold", "expired"): (accepted, on_hold, ended),
    ("expired", "in_treatment"): (accepted, had, ended, renewed),
    ("expired", "contacting"): (accepted, ended, renewed),
    ("expired", "completed"): (accepted, ended, discharged),
    ("received", "cancel_requested"): (to_cancel,),
    ("incomplete", "cancel_requested"): (incomplete, to_cancel),
    ("accepted", "cancel_requested"): (accepted, to_cancel),
    ("contacting", "cancel_requested"): (accepted, tried, to_cancel),
    ("scheduled", "cancel_requested"): (accepted, booked, to_cancel),
    ("in_treatment", "cancel_requested"): (accepted, had, to_cancel),
    ("renewal_requested", "cancel_requested"): (accepted, had, few_left, to_cancel),
    ("on_hold", "cancel_requested"): (accepted, on_hold, to_cancel),
    ("missed_first", "cancel_requested"): (accepted, missed, to_cancel),
    ("missed_first", "expired"): (accepted, missed, ended),
    ("cancel_requested", "cancelled"): (to_cancel, cancelled),
    ("cancel_requested", "completed"): (accepted, had, to_cancel, cancelled),
    ("completed", "closed"): (accepted, told, had, discharged, closed),
    ("received", "entered_in_error"): (mistaken,),
    ("accepted", "entered_in_error"): (accepted, mistaken),
}
"""What is done, one after the other, so that the last of it walks the edge."""
ARRIVES: dict[str, tuple[Any, ...]] = {"received": ()} | {
    after: walk for (_, after), walk in reversed(WALKS.items())
}
"""How each state is reached."""
LEADS_TO = {
    "incomplete": incomplete,
    "accepted": accepted,
    "declined": declined,
    "entered_in_error": mistaken,
    "on_hold": on_hold,
    "cancel_requested": to_cancel,
    "cancelled": cancelled,
    "completed": discharged,
    "closed": closed,
    "not_reached": given_up,
    "in_treatment": resumed,
}
"""Verbs that somebody may try anywhere."""
FOLLOWS = ("contacting", "scheduled", "missed_first", "renewal_requested", "expired", "received")
"""States that nobody asks for: they follow from visits, attempts and time."""


def _case(house: House) -> ReferralCase:
    case = cases.received(house)
    cases.allowed(case, house)
    return case


def _is_whole(case: ReferralCase) -> None:
    """Ended, or with somebody, a next action and a day."""
    looked_after = case.owner_id and case.next_action and case.due_on
    assert case.status in ENDS or looked_after
    assert (case.ended_at is not None) == (case.status in ENDS)


def test_the_application_has_the_states_and_edges_of_the_requirement_and_two_more_that_it_names():
    assert set(rules.EDGES) == set(EDGES)
    assert len(rules.EDGES) == len(EDGES) == 46
    assert set(rules.ADDED) == set(ADDED)
    assert not set(ADDED) & set(EDGES)
    assert set(rules.STATES) == set(STATES)
    assert set(rules.ENDS) == set(ENDS)


def test_every_edge_has_its_walk_and_every_state_is_reached():
    assert set(WALKS) == set(ALL)
    assert set(ARRIVES) == set(STATES) == set(LEADS_TO) | set(FOLLOWS)


@pytest.mark.parametrize(("before", "after"), ALL, ids=[" to ".join(edge) for edge in ALL])
def test_this_edge_is_walked(inside: Flask, before: str, after: str):
    house = made.open_house()
    case = _case(house)
    *way, last = WALKS[before, after]
    for step in way:
        step(house, case)
        _is_whole(case)
    last(house, case)
    db.session.refresh(case)
    walked = [(step.from_status, step.to_status) for step in steps_of(case)]
    assert (before, after) in walked
    assert set(walked) <= {*ALL, ("new", "received")} | {(s, s) for s in STATES}
    _is_whole(case)


@pytest.mark.parametrize("before", STATES)
def test_no_other_way_leads_out_of_this_state(inside: Flask, before: str):
    house = made.open_house()
    case = _case(house)
    for step in ARRIVES[before]:
        step(house, case)
    db.session.refresh(case)
    assert case.status == before
    count = db.session.scalar(select(func.count()).select_from(CaseStep))
    for after in set(STATES) - {after for start, after in ALL if start == before}:
        with pytest.raises(Conflict) as refused:
            rules.must_go(before, after)
        _names_both(refused.value, before, after)
        if after in LEADS_TO:
            with pytest.raises(Conflict) as refused:
                LEADS_TO[after](house, case)
            _names_both(refused.value, before, after)
    db.session.refresh(case)
    assert case.status == before
    assert db.session.scalar(select(func.count()).select_from(CaseStep)) == count


def _names_both(error: Conflict, before: str, after: str) -> None:
    named = dict(error.words.values)
    told = {rules.STATES[after]}
    assert named["status"] == rules.STATES[before]
    assert named["to"] in told | {rules.STATES[s] for s in ("completed", "cancelled", "contacting")}
