"""Any sequence of verbs leaves the schedule whole."""

from contextlib import suppress
from itertools import combinations

from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from clinic.referrals.rules import left
from clinic.scheduling import services
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.rules import FREED
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready

VERBS = (
    "book", "book", "move", "cancel", "check_in", "start", "finish", "undo", "mark_no_show",
    "reopen", "send_home", "correct", "confirm", "change_service", "take_back",
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from(VERBS), st.integers(0, 9), st.integers(0, 7), st.booleans(), st.booleans()
)


SEQUENCES = 6


class _Enough(Exception):
    pass


class Story:
    """A clinic with two therapists, two clients and a referral for two visits."""

    def __init__(self):
        self.house = made.open_house()
        self.therapists = (self.house.therapist, made.a_therapist("Ines Okafor"))
        self.clients = (self.house.client, a_client("Omar Haddad"))
        for client in self.clients:
            ready(self.house, client)
        self.allowed = made.an_authorisation(self.house, visits=2)
        assert [one.id for one in (*self.therapists, *self.clients)]

    def act(self, verb, which, hour, is_other_therapist, is_other_client):
        moment = made.just_now(hour * 30 - 60)
        therapist = self.therapists[is_other_therapist]
        if verb == "book":
            return services.book(
                actor=self.house.desk, client=self.clients[is_other_client],
                variant=self.house.variant, therapist=therapist, starts_at=moment,
                source="walk_in", use_referral=not is_other_client,
            )  # fmt: skip
        visits = db.session.scalars(select(Visit).order_by(Visit.id)).all()
        if not visits:
            return None
        more = {
            "move": {"starts_at": moment, "therapist": therapist},
            "change_service": {"variant": self.house.variant},
            "correct": {"to": ("completed", "no_show", "entered_in_error")[hour % 3], "why": "x"},
        }.get(verb, {})
        if verb == "take_back":
            change = latest_change(visits[which % len(visits)].id)
            return services.take_back(change, actor=self.house.desk)
        by = {"correct": self.house.owner, "start": made.SYSTEM, "finish": made.SYSTEM}
        actor = by.get(verb, self.house.desk)
        return getattr(services, verb)(visits[which % len(visits)], actor=actor, **more)

    def check(self):
        visits = db.session.scalars(select(Visit)).all()
        for visit in visits:
            assert (visit.held_slot_id is None) == (visit.status in FREED)
            verdict = db.session.get_one(VisitVerdict, visit.verdict_id)
            assert (
                verdict.client_id, verdict.variant_id, verdict.therapist_id, verdict.on_date,
            ) == (visit.client_id, visit.variant_id, visit.therapist_id, visit.on_date)  # fmt: skip
        for one, two in combinations([visit for visit in visits if visit.held_slot_id], 2):
            nobody_is_in_two_places(one, two)
        counts = counted([self.allowed.id])[self.allowed.id]
        assert min(counts.used, counts.reserved, left(counts, self.allowed)) >= 0
        assert counts.taken <= self.allowed.visits


def nobody_is_in_two_places(one, two):
    if one.starts_at < two.ends_at and two.starts_at < one.ends_at:
        assert one.therapist_id != two.therapist_id
        assert one.client_id != two.client_id
        assert one.place_id != two.place_id


def try_all(story, steps):
    """Do them one after the other, look after each, and take all of it back."""
    with suppress(_Enough), transaction():
        for step in steps:
            db.session().info.pop("locks", None)  # each would be a transaction of its own
            try:
                with db.session.begin_nested():
                    story.act(*step)
            except DomainError:
                db.session.expire_all()
            story.check()
        raise _Enough


def test_after_any_sequence_nobody_is_in_two_places_and_every_count_holds(inside: Flask):
    story = Story()

    @settings(phases=[Phase.generate], max_examples=SEQUENCES)
    @given(st.lists(STEP, min_size=8, max_size=20))
    def whole(steps):
        try_all(story, steps)

    whole()
