"""Every edge of the machine is walked by the verbs; whatever is none is refused with the reason."""

import pytest

from clinic.coordination.models import OUT_STATES
from clinic.coordination.queries.outbound import about_outbound, outbound_steps
from clinic.coordination.rules.outbound import NAMES, TASKS, may_go
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.tasks.queries import live_about
from tests.coordination.outbound_edges import EDGES, ENDS
from tests.factories import outbound as made

LEFT_TO_DO = {
    "no_response": ["reassign"],
    "declined": ["reassign"],
    "client_declined": ["referral_next_action"],
}
"""What is somebody's to do once it has ended so."""


@pytest.fixture
def who(inside, monkeypatch: pytest.MonkeyPatch) -> made.Cast:
    made.swift_setting(monkeypatch)
    return made.cast()


def test_the_steps_walked_here_are_the_edges_of_the_requirement():
    assert set(made.STEPS) == set(EDGES)
    assert len(EDGES) == 28


@pytest.mark.parametrize(("before", "after"), EDGES)
def test_every_edge_is_walked_by_a_verb(who: made.Cast, before: str, after: str):
    row = made.in_state(who, before)
    made.STEPS[(before, after)](row, who)
    db.session.expire_all()
    assert row.status == after
    walked = [(one.from_status, one.to_status) for one in outbound_steps(row)]
    assert (before, after) in walked
    live = live_about(about_outbound(row))
    if after in ENDS:
        assert row.ended_at is not None
        assert row.next_action == ""
        called = ["call_provider"] if (before, after) == ("not_attended", "client_declined") else []
        assert [one.kind for one in live] == [*LEFT_TO_DO.get(after, []), *called]
        return
    assert row.ended_at is None
    assert row.owner is not None
    assert row.due_on is not None
    wanted = TASKS.get(row.next_action)
    assert [one.kind for one in live] == ([wanted] if wanted else [])


VERBS = {
    "ask_consent": {},
    "make_ready": {},
    "consent_given": {},
    "client_refused": {},
    "acknowledged": {"by": "Mrs Lund", "on": None},
    "declined": {"why": "no places"},
    "scheduled": {"on": None},
    "attended": {},
    "not_attended": {},
    "answer": {"how": "phone", "said_by": "Dr Adeyemi", "said": "seen", "on": None},
    "act_on": {"what": "nothing"},
    "tell_client": {"how": "phone"},
    "close": {},
    "no_answer": {},
    "cancel": {"code": "not_needed"},
    "mistake": {"why": "another client was meant"},
}
"""What each verb asks for; a day where None stands."""


@pytest.mark.parametrize("status", OUT_STATES)
def test_every_other_step_is_refused_with_the_reason_and_changes_nothing(
    who: made.Cast, status: str
):
    row = made.in_state(who, status)
    steps = len(outbound_steps(row))
    for verb, asked in VERBS.items():
        leads = may_go(status) | ({"make_ready"} if status == "consent_pending" else set())
        if verb in leads:
            continue
        told = {name: made.day() if name == "on" else value for name, value in asked.items()}
        with pytest.raises(Conflict) as refused:
            made.do(verb, row, who.ines, **told)
        assert str(NAMES[status]) in str(refused.value)
        db.session.expire_all()
        assert row.status == status
    assert len(outbound_steps(row)) == steps
