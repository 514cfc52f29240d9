"""Any sequence of verbs leaves the schedule whole."""

from itertools import combinations

import pytest
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
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.rules import FREED
from tests.factories import scheduling as made
from tests.factories.clients import a_client

VERBS = (
    "book", "book", "move", "cancel", "check_in", "start", "finish", "undo", "mark_no_show",
    "reopen", "send_home", "correct", "confirm", "change_service",
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from(VERBS), st.integers(0, 9), st.integers(0, 7), st.booleans(), st.booleans()
)


class _Enough(Exception):
    pass


def test_after_any_sequence_nobody_is_in_two_places_and_every_count_holds(inside: Flask):
    house = made.open_house()
    others = (made.a_therapist("Ines Okafor"), a_client("Omar Haddad"))
    allowed = made.an_authorisation(house, visits=2)
    ids = [visit_facts.id for visit_facts in (house.therapist, others[0])]
    assert all(ids)

    @settings(max_examples=6, phases=[Phase.generate])
    @given(st.lists(STEP, min_size=8, max_size=20))
    def whole(steps):
        with pytest.raises(_Enough), transaction():
            for step in steps:
                db.session().info.pop("locks", None)  # each would be a transaction of its own
                try:
                    with db.session.begin_nested():
                        act(*step)
                except DomainError:
                    db.session.expire_all()
                check()
            raise _Enough

    def act(verb, which, hour, is_other_therapist, is_other_client):
        visits = db.session.scalars(select(Visit).order_by(Visit.id)).all()
        therapist = others[0] if is_other_therapist else house.therapist
        moment = made.just_now(hour * 30 - 60)
        if verb == "book":
            services.book(
                actor=house.desk, client=others[1] if is_other_client else house.client,
                variant=house.variant, therapist=therapist, starts_at=moment, source="walk_in",
                use_referral=not is_other_client,
            )  # fmt: skip
        elif visits:
            more = {
                "move": {"starts_at": moment, "therapist": therapist},
                "change_service": {"variant": house.variant},
                "correct": {"to": ("completed", "no_show", "entered_in_error")[hour % 3],
                            "why": "x"},
            }.get(verb, {})  # fmt: skip
            by = house.owner if verb == "correct" else house.desk
            if verb in ("start", "finish"):
                by = made.SYSTEM
            getattr(services, verb)(visits[which % len(visits)], actor=by, **more)

    def check():
        visits = db.session.scalars(select(Visit)).all()
        for visit in visits:
            assert (visit.held_slot_id is None) == (visit.status in FREED)
            verdict = db.session.get_one(VisitVerdict, visit.verdict_id)
            assert (
                verdict.client_id, verdict.variant_id, verdict.therapist_id, verdict.on_date,
            ) == (visit.client_id, visit.variant_id, visit.therapist_id, visit.on_date)  # fmt: skip
        standing = [visit for visit in visits if visit.held_slot_id]
        for one, two in combinations(standing, 2):
            if one.starts_at < two.ends_at and two.starts_at < one.ends_at:
                assert one.therapist_id != two.therapist_id
                assert one.client_id != two.client_id
                assert one.place_id != two.place_id
        counts = counted([allowed.id])[allowed.id]
        assert min(counts.used, counts.reserved, left(counts, allowed)) >= 0
        assert counts.taken <= allowed.visits

    whole()
