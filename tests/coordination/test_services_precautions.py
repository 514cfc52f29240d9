"""What an order asks to be careful with is confirmed by a therapist before the first visit: as
limits, or as none; other words are confirmed anew."""

from typing import Any

import pytest

from clinic.clients.services import join_care, merge, part
from clinic.coordination.models import CaseStep, ReferralCase
from clinic.coordination.queries.actions import is_possible, may_do
from clinic.coordination.queries.report_facts import course_facts
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Limits
from clinic.health.rules.limiting import NONE
from clinic.letters.rules.voice import Voice
from clinic.referrals import services as orders
from clinic.referrals.models import Referral
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import start_checks
from clinic.scheduling.rules.screening import codes_of
from clinic.staff.queries import actor_of
from clinic.tasks.queries import live_about
from tests.factories import clients
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.ready import about, ready

CAREFUL = "No pressure on the left calf"
CARE = Limits(pressure=2, blocked=("HEAT",), areas=(("CALF", "L"),), positions=("prone",))


def an_order(house: made.House, precautions: str = CAREFUL) -> ReferralCase:
    """An order that asks to be careful, accepted, of a client whom June treats."""
    case = cases.received(house, precautions=precautions)
    cases.allowed(case, house)
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM, by_visit=True)
    return cases.do("accept", case, house.owner)


def here(case: ReferralCase, house: made.House) -> Visit:
    """The client is here for a visit under it, and nothing else is missing."""
    ready(house, case.referral.client)
    visit = made.book_now(house, 30, use_referral=True)
    return made.done(scheduling.check_in, visit, house.desk)


def missing(visit: Visit) -> list[str]:
    return [one.code for one in start_checks(visit) if not one.is_met]


def confirm(case: ReferralCase, actor: Any, limits: Limits = NONE, **more: Any) -> None:
    said = {"is_none_needed": limits == NONE} | more
    cases.do("confirm_precautions", case, actor, limits=limits, **said)


def amend(order: Referral, actor: Any, precautions: str, **more: Any) -> None:
    names = (
        "received_on", "received_via", "urgency", "their_reference", "frequency", "minutes",
        "organisation", "ordered_on", "is_signed", "wants_report", "requested_service",
    )  # fmt: skip
    with transaction():
        orders.amend(
            order, actor=actor, precautions=precautions,
            **({name: getattr(order, name) for name in names} | more),
        )  # fmt: skip


def tasks(case: ReferralCase) -> list[str]:
    return [one.kind for one in live_about(f"referral:{case.referral.public_id}")]


def test_a_session_does_not_begin_before_they_are_confirmed(inside):
    house = made.open_house()
    case = an_order(house)
    visit = here(case, house)
    assert missing(visit) == ["precautions"]
    with pytest.raises(scheduling.NotReady, match="Nobody has confirmed the precautions"):
        made.done(scheduling.start, visit, house.treats)
    assert visit.status == "arrived"
    confirm(case, house.treats)
    made.done(scheduling.start, visit, house.treats)
    assert visit.status == "in_session"


def test_no_reason_takes_the_place_of_reading_them(inside):
    house = made.open_house()
    visit = here(an_order(house), house)
    with pytest.raises(scheduling.NotReady) as refused:
        made.done(scheduling.start, visit, house.treats, override_why="I know what they are")
    assert [one.code for one in refused.value.checks] == ["precautions"]


def test_nothing_is_asked_where_there_is_nothing_to_read(inside):
    house = made.open_house()
    visit = here(an_order(house, ""), house)
    assert "precautions" not in [one.code for one in start_checks(visit)]
    made.done(scheduling.start, visit, house.treats)


def test_a_visit_that_no_order_allows_asks_for_those_of_every_open_one(inside):
    house = made.open_house()
    case, other = an_order(house), an_order(house, "Mind the right shoulder")
    an_order(house, "")
    ready(house)
    visit = made.done(scheduling.check_in, made.book_now(house, 30), house.desk)
    assert visit.authorisation_id is None
    assert missing(visit) == ["precautions"]
    with pytest.raises(scheduling.NotReady, match=case.referral.number):
        made.done(scheduling.start, visit, house.treats)
    confirm(case, house.treats)
    assert missing(visit) == ["precautions"]
    cases.do("mistake", other, house.desk, why="wrong_client")
    assert not missing(visit)
    made.done(scheduling.start, visit, house.treats)


def test_an_order_of_a_merged_record_and_one_beside_the_visit_s_own_are_asked_for_too(inside):
    house = made.open_house()
    case = an_order(house)
    visit = here(case, house)
    confirm(case, house.treats)
    assert not missing(visit)
    twin = clients.a_client()
    beside = cases.received(house, twin, precautions=CAREFUL)
    assert not missing(visit)
    with transaction():
        merge(house.client, twin, actor=SYSTEM)
    db.session.expire_all()
    asked = next(one for one in start_checks(visit) if one.code == "precautions")
    assert (asked.is_met, asked.about) == (False, beside.referral.public_id)
    assert is_possible("precautions", beside, house.treats)
    confirm(beside, house.treats)
    assert not missing(visit)


def test_no_session_begins_under_no_order_to_count_against_it_afterwards(inside):
    house = made.open_house()
    case = an_order(house)
    visit = here(case, house)
    allowed = visit.authorisation
    made.done(scheduling.count_against, visit, house.desk, authorisation=None, why="Privately")
    assert missing(visit) == ["precautions"]
    confirm(case, house.treats)
    made.done(scheduling.start, visit, house.treats)
    amend(case.referral, house.treats, "No pressure on either calf")
    with pytest.raises(DomainError, match="Have them confirmed") as refused:
        made.done(
            scheduling.count_against, visit, house.desk, authorisation=allowed, why="As meant"
        )
    assert refused.value.field == "authorisation"
    assert visit.authorisation is None
    confirm(case, house.treats)
    made.done(scheduling.count_against, visit, house.desk, authorisation=allowed, why="As meant")
    assert visit.authorisation is allowed


def test_what_was_set_binds_the_session_and_whoever_books(inside):
    house = made.open_house()
    case = an_order(house)
    ahead = made.book(house, made.at(10, days=3), use_referral=True)
    confirm(case, house.treats, CARE)
    verdict = verdict_of(house.client, made.this_day())
    assert verdict.ordered == CARE
    assert (verdict.pressure, verdict.positions) == (2, ("prone",))
    db.session.refresh(ahead)
    told = codes_of(ahead.verdict.effects)
    assert {"no:HEAT", "avoid:CALF:L", "pressure:2"} <= set(told)


def test_a_service_whose_technique_is_ruled_out_is_booked_no_more(inside):
    house = made.open_house()
    case = an_order(house)
    about(house.variant, "DEEP")
    confirm(case, house.treats, Limits(blocked=("DEEP",)))
    with pytest.raises(DomainError, match="does not suit this client"):
        made.book(house, made.at(10, days=3), use_referral=True)


@pytest.mark.parametrize(
    ("limits", "is_none_needed", "words"),
    [(NONE, False, "at least one limit"), (CARE, True, "Choose one of the two")],
)
def test_who_confirms_says_which_limits_or_that_none_are_needed(
    inside, limits, is_none_needed, words
):
    house = made.open_house()
    case = an_order(house)
    with pytest.raises(DomainError, match=words) as refused:
        confirm(case, house.treats, limits, is_none_needed=is_none_needed)
    assert refused.value.field == "is_none_needed"
    assert case.referral.precautions_read_at is None
    assert "confirm_precautions" in tasks(case)


def test_who_does_not_treat_the_client_confirms_nothing(inside):
    house = made.open_house()
    case = an_order(house)
    other = actor_of(made.a_therapist("Not In Care"))
    with pytest.raises(NotAllowed):
        confirm(case, other, CARE)
    assert verdict_of(house.client, made.this_day()).ordered == NONE


def test_other_words_are_confirmed_anew_and_the_limits_stay_until_they_are(inside):
    house = made.open_house()
    case = an_order(house)
    visit = here(case, house)
    confirm(case, house.treats, CARE)
    assert not missing(visit)
    amend(case.referral, house.treats, "No pressure on either calf")
    assert (case.precautions_at, case.precautions_by_id) == (None, None)
    assert "confirm_precautions" in tasks(case)
    assert is_possible("precautions", case, house.treats)
    assert missing(visit) == ["precautions"]
    assert verdict_of(house.client, made.this_day()).ordered == CARE
    confirm(case, house.treats, Limits(areas=(("CALF", "L"), ("CALF", "R"))))
    assert not missing(visit)
    assert verdict_of(house.client, made.this_day()).ordered.blocked == ()
    kinds = [one.kind for one in db.session.query(CaseStep).filter_by(case_id=case.id)]
    assert kinds.count("precautions") == 2
    assert kinds.count("precautions_anew") == 1


@pytest.mark.parametrize("typed", [CAREFUL, f"  {CAREFUL}\n"])
def test_the_same_words_leave_it_as_it_is(inside, typed):
    house = made.open_house()
    case = an_order(house)
    confirm(case, house.treats)
    at = case.precautions_at
    amend(case.referral, house.treats, typed, frequency="twice a week")
    assert case.precautions_at == at
    assert case.referral.precautions_read_at is not None


def test_who_cannot_read_them_and_types_nothing_changes_nothing(inside):
    house = made.open_house()
    case = an_order(house)
    confirm(case, house.treats)
    amend(case.referral, house.desk, "")
    assert case.referral.precautions == CAREFUL
    assert case.referral.precautions_read_at is not None
    amend(case.referral, house.desk, "Not on the stomach")
    assert case.referral.precautions_read_at is None


def test_where_the_referral_has_ended_a_visit_that_stands_leads_nowhere_in_vain(inside):
    house = made.open_house()
    case = cases.received(house, precautions=CAREFUL)
    cases.allowed(case, house)
    visit = here(case, house)
    cases.do("decline", case, house.desk, code="no_capacity")
    assert (case.status, missing(visit)) == ("declined", ["precautions"])
    assert not is_possible("precautions", case, house.treats)
    assert may_do("precautions", case, house.treats)
    assert not may_do("precautions", case, house.desk)
    confirm(case, house.treats, CARE)
    assert not missing(visit)
    assert not may_do("precautions", case, house.treats)


def test_they_stay_with_the_order_s_own_client_where_two_records_are_parted_again(inside):
    house = made.open_house()
    case = an_order(house)
    own, other = case.referral.client, clients.a_client("Omar Haddad")
    with transaction():
        merge(other, own, actor=SYSTEM)
    db.session.expire_all()
    confirm(case, house.treats, CARE)
    assert verdict_of(other, made.this_day()).ordered == CARE
    with transaction():
        part(own, actor=SYSTEM)
    db.session.expire_all()
    assert verdict_of(own, made.this_day()).ordered == CARE
    assert verdict_of(other, made.this_day()).ordered == NONE


@pytest.mark.parametrize("why", ["wrong_client", "double"])
def test_an_order_logged_by_mistake_takes_its_limits_with_it_and_no_others(inside, why):
    house = made.open_house()
    case, other = an_order(house), an_order(house)
    confirm(case, house.treats, CARE)
    confirm(other, house.treats, Limits(pressure=4))
    cases.do("mistake", case, house.desk, why=why)
    assert case.status == "entered_in_error"
    assert verdict_of(house.client, made.this_day()).ordered == Limits(pressure=4)


def test_a_letter_follows_them_once_they_are_confirmed_and_says_nothing_of_them(inside):
    house = made.open_house()
    case = an_order(house)
    assert not course_facts(case, Voice()).is_careful
    confirm(case, house.treats, CARE)
    course = course_facts(case, Voice())
    assert course.is_careful
    assert CAREFUL not in repr(course)
    bare = an_order(house, "")
    confirm(bare, house.treats)
    assert not course_facts(bare, Voice()).is_careful


def test_one_order_confirmed_says_nothing_of_another(inside):
    house = made.open_house()
    first = an_order(house)
    confirm(first, house.treats)
    visit = here(first, house)
    second = cases.received(house, clients.a_client("Omar Haddad"), precautions=CAREFUL)
    assert not missing(visit)
    assert second.referral.precautions_read_at is None
