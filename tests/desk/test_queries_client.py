"""What the pages of a client and one's own day are made of, on both engines."""

from datetime import timedelta

import pytest

from clinic.clients.models import CareTeamMember
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk.queries.ahead import ahead, forms_to_review
from clinic.desk.queries.client import sheet
from clinic.desk.queries.head import head_of
from clinic.health.services import review
from clinic.staff.queries import actor_of
from tests.factories import clients, desk, health, screening
from tests.factories import scheduling as made
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def known(inside) -> desk.Known:
    return desk.everything_known(made.open_house())


def flags(head) -> list[str]:
    return [str(one.words) for one in head.flags]


def test_who_treats_a_client_sees_plan_courses_history_and_notes(known: desk.Known) -> None:
    found = sheet(known.client.public_id, reader=known.house.treats)
    told = found.clinical
    assert told is not None
    assert told.plan is not None
    assert [goal.text for goal in told.plan.details.goals] == [desk.GOAL]
    assert [(trend.baseline, trend.now, trend.target) for trend in told.trends] == [(6, 3, 2)]
    boxes = {box.kind: box for box in told.boxes}
    assert [(str(one.label), one.mark) for one in boxes["allergy"].facts] == [
        ("Latex: canary-allergy", "stop")
    ]
    marks = {str(one.label).split(": ")[1]: one.mark for one in boxes["condition"].facts}
    assert marks == {"canary-clot": "stop", "canary-aches": "care"}
    assert boxes["medicine"].said == "none"
    assert [line.body.assessment for line in told.notes] == ["Looser."]
    assert found.head.notes == 1


def test_everybody_else_is_given_nothing_clinical(known: desk.Known) -> None:
    other = actor_of(made.a_therapist("Teo Marsh"))
    for reader in (known.house.desk, known.house.owner, other):
        found = sheet(known.client.public_id, reader=reader)
        assert found.clinical is None
        assert found.history == ()
        assert found.head.notes == 0
        assert "note" not in {event.kind for event in found.events}
        assert "form" in {event.kind for event in found.events}
        assert not any(word in said for word in desk.WORDS for said in flags(found.head))


def test_the_flags_of_who_treats_name_what_those_of_the_desk_only_ask_for(
    known: desk.Known,
) -> None:
    treating = flags(head_of(known.client, known.house.treats))
    assert treating[0] == "Allergy: Latex: canary-allergy"
    assert len(treating) > len(flags(head_of(known.client, known.house.desk)))
    assert "No treatment until a therapist has looked" in flags(
        head_of(known.client, known.house.desk)
    )


def test_the_head_names_the_visit_of_today(known: desk.Known) -> None:
    head = head_of(known.client, known.house.treats)
    assert head.here is not None
    assert (head.here.public_id, head.here.is_own) == (known.visit.public_id, True)
    assert head_of(clients.a_client("Walter Brandt"), known.house.treats).here is None


def test_a_merged_record_counts_with_its_person(known: desk.Known) -> None:
    other = clients.a_client("Gracie Nakamura")
    screening.know(other, screening.CANCER)
    with transaction():
        clients.services.merge(known.client, other, actor=SYSTEM)
    head = head_of(db.session.merge(known.client), known.house.treats)
    assert {fact.code for fact in head.known.sheet.facts} >= {"CANCER", "DVT"}


def test_the_page_takes_few_statements(known: desk.Known) -> None:
    for reader, most in ((known.house.treats, 12), (known.house.desk, 9), (known.house.owner, 9)):
        db.session.expire_all()
        sheet(known.client.public_id, reader=reader)
        db.session.expunge_all()
        with counted() as sent:
            sheet(known.client.public_id, reader=reader)
        assert len(sent) <= most, sent


def test_of_what_a_client_does_not_have_nothing_is_asked(known: desk.Known) -> None:
    new = clients.a_client("Newly Come").public_id
    sheet(new, reader=known.house.desk)
    db.session.expunge_all()
    with counted() as sent:
        page = sheet(new, reader=known.house.desk)
    assert len(sent) == 4, sent
    assert (page.orders, page.care, page.consent.missing) == ([], [], ("TREATMENT",))


def test_the_head_takes_one_statement(known: desk.Known) -> None:
    client = known.client
    head_of(client, known.house.treats)
    with counted() as sent:
        head_of(client, known.house.treats)
    assert len(sent) == 1, sent


def test_ones_own_day_says_what_to_prepare(known: desk.Known) -> None:
    first = clients.a_client("Newly Come")
    begun = made.book(known.house, made.at(20, days=0), client=first)
    day = ahead(made.this_day(), known.house.treats)
    told, new = day[known.visit.public_id], day[begun.public_id]
    assert (told.is_first, told.in_care, told.lacks_consent) == (False, True, False)
    assert told.stops >= 1
    assert told.cares >= 1
    assert told.plan is not None
    assert told.plan[1] == 6
    assert (new.is_first, new.lacks_consent) == (True, True)
    assert (new.stops, new.cares, new.plan, new.is_unreviewed) == (0, 0, None, False)


def test_of_a_client_not_in_ones_care_the_day_tells_nothing_clinical(known: desk.Known) -> None:
    with transaction() as session, writing("test.care", SYSTEM):
        for member in session.query(CareTeamMember):
            member.until = now()
        session.flush()
    told = ahead(made.this_day(), known.house.treats)[known.visit.public_id]
    assert (told.in_care, told.stops, told.cares, told.plan) == (False, 0, 0, None)


def test_a_form_that_waits_is_one_step_away(known: desk.Known) -> None:
    form = health.filled(known.client, "update", on=made.this_day())
    told = ahead(made.this_day(), known.house.treats)[known.visit.public_id]
    assert (told.is_unreviewed, told.review) == (True, form.public_id)
    assert forms_to_review(known.house.treats) == 1
    assert forms_to_review(known.house.desk) == 0
    with transaction():
        review(form, actor=known.house.treats)
    told = ahead(made.this_day(), known.house.treats)[known.visit.public_id]
    assert (told.is_unreviewed, told.review) == (False, "")


def test_a_day_without_visits_is_empty(known: desk.Known) -> None:
    assert ahead(made.day(), known.house.treats) == {}
    with counted() as sent:
        ahead(made.this_day(), known.house.treats)
    assert len(sent) <= 4, sent


def test_how_long_an_order_lasts_is_not_computable_before_its_first_visit() -> None:
    house = made.open_house()
    allowed = made.an_authorisation(house, 8, basis="first_visit", days=90)
    (line,) = sheet(house.client.public_id, reader=house.desk).orders
    assert (line.valid_until, line.days) == (None, 90)
    made.book(house, authorisation=allowed)
    (line,) = sheet(house.client.public_id, reader=house.desk).orders
    assert (line.valid_until, line.days) == (made.day() + timedelta(days=89), None)
