"""Every referral to a provider that has not ended has an owner who works here."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import about_outbound, outbound_steps
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.handing import tells_of_hand_over
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.staff.models import StaffMember
from clinic.staff.services import disable
from clinic.tasks.queries import live_about
from clinic.tasks.services import hand_to
from tests.factories import outbound as made
from tests.factories import staff


@pytest.fixture
def who(inside, monkeypatch: pytest.MonkeyPatch) -> made.Cast:
    made.swift_setting(monkeypatch)
    return made.cast()


def member(actor: Actor) -> StaffMember:
    return db.session.get_one(StaffMember, actor.id)


def leaves(who: made.Cast, actor: Actor) -> None:
    with transaction():
        disable(member(actor), actor=who.olga)


def night() -> verbs.OutSwept:
    with transaction():
        return verbs.sweep(actor=SYSTEM, today=made.day())


def has_to_do(row: OutboundReferral) -> list[tuple[str, int | None]]:
    found = [one for one in live_about(about_outbound(row)) if not tells_of_hand_over(one)]
    return [(one.kind, one.assignee_id) for one in found]


def handed(row: OutboundReferral) -> list[tuple[int | None, str, str]]:
    steps = [one for one in outbound_steps(row) if one.kind == "handed"]
    return [(one.by_id, one.from_status, one.to_status) for one in steps]


def test_what_somebody_who_left_saw_to_is_given_to_an_owner_by_night_with_its_task(
    who: made.Cast,
):
    draft, sent = made.in_state(who, "draft"), made.in_state(who, "sent")
    assert night().changed == 0
    leaves(who, who.ines)
    assert night().changed == 2
    db.session.expire_all()
    assert [draft.owner_id, sent.owner_id] == [who.olga.id] * 2
    assert has_to_do(draft) == [("referral_next_action", who.olga.id)]
    assert (draft.next_action, sent.next_action) == ("approve_letter", "await_answer")
    assert handed(draft) == [(None, "draft", "draft")]
    assert handed(sent) == [(None, "sent", "sent")]


def test_a_second_night_gives_nothing_away_again(who: made.Cast):
    row = made.in_state(who, "reply_received")
    leaves(who, who.ines)
    assert [night().changed, night().changed] == [1, 0]
    assert len(handed(row)) == 1


def test_what_has_ended_stays_with_who_saw_to_it(who: made.Cast):
    row = made.in_state(who, "closed")
    leaves(who, who.ines)
    assert night().looked_at == 0
    assert (row.owner_id, handed(row)) == (who.ines.id, [])


def test_a_task_that_somebody_else_had_of_it_stays_theirs(who: made.Cast):
    row, teo = made.begin(who), staff.therapist()
    with transaction():
        hand_to(live_about(about_outbound(row))[0], actor=who.robin, assignee=member(teo))
    leaves(who, who.ines)
    assert night().changed == 1
    assert row.owner_id == who.olga.id
    assert has_to_do(row) == [("referral_next_action", teo.id)]


def test_the_desk_gives_it_to_another_therapist_who_has_what_is_to_do_from_then_on(
    who: made.Cast,
):
    row, teo = made.begin(who), staff.therapist()
    due_on = row.due_on
    with transaction():
        verbs.hand_over(row, actor=who.robin, owner=member(teo), version=row.version)
    db.session.expire_all()
    assert (row.owner_id, row.next_action, row.due_on) == (teo.id, "approve_letter", due_on)
    assert has_to_do(row) == [("referral_next_action", teo.id)]
    assert handed(row) == [(who.robin.id, "draft", "draft")]


def test_what_comes_next_is_the_new_ones_to_do(who: made.Cast):
    row, teo = made.in_state(who, "sent"), staff.therapist()
    with transaction():
        verbs.hand_over(row, actor=who.ines, owner=member(teo))
    with rehearsed(now() + timedelta(days=1)):
        made.answered(row, who)
    assert has_to_do(row) == [("referral_next_action", teo.id)]


def test_it_is_given_to_nobody_who_left_or_does_not_treat_or_has_it_already(who: made.Cast):
    row, gone = made.begin(who), staff.therapist()
    leaves(who, gone)
    for nobody in (gone, who.robin, who.ines):
        with pytest.raises(DomainError) as refused, transaction():
            verbs.hand_over(row, actor=who.robin, owner=member(nobody))
        assert refused.value.field == "owner"
    assert (row.owner_id, handed(row)) == (who.ines.id, [])


def test_it_is_given_to_nobody_by_an_older_version_or_once_it_has_ended(who: made.Cast):
    row, ended, teo = made.begin(who), made.in_state(who, "cancelled"), staff.therapist()
    with pytest.raises(StaleEdit), transaction():
        verbs.hand_over(row, actor=who.robin, owner=member(teo), version=row.version - 1)
    with pytest.raises(Conflict), transaction():
        verbs.hand_over(ended, actor=who.robin, owner=member(teo))
    with pytest.raises(NotAllowed), transaction():
        verbs.hand_over(row, actor=replace(who.robin, roles=frozenset()), owner=member(teo))
    assert [row.owner_id, ended.owner_id] == [who.ines.id] * 2
