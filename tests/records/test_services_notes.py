"""Notes are drafted by one hand, signed by who treated, and after that only added to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.anatomy import Finding
from clinic.clients.models import CareTeamMember
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.health.queries import known_of
from clinic.records.models import Addendum, Note
from clinic.records.queries.next_visit import next_visit
from clinic.records.queries.notes import addenda_of, note_of, notes_of, to_sign, unsigned_by
from clinic.records.rules.notes import NotSignable, read_body
from clinic.records.services import notes as services
from clinic.records.services.notes import PenElsewhere
from clinic.scheduling.models import Visit, VisitSeal
from clinic.scheduling.services import cancel
from clinic.staff.models import StaffQualification
from clinic.staff.queries import actor_of
from tests.factories import consents, records, staff
from tests.factories import scheduling as made
from tests.factories.records import FULL
from tests.factories.scheduling import House

EDGES = {
    ("draft", "sign"): "signed",
    ("draft", "error"): "entered_in_error",
    ("signed", "add"): "amended",
    ("signed", "error"): "entered_in_error",
    ("amended", "add"): "amended",
    ("amended", "error"): "entered_in_error",
}
"""The life of a note: from a state, by a deed, to a state. Nothing else leads anywhere."""


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


@pytest.fixture
def visit(house: House) -> Visit:
    return records.begun(house)


def wants(error: pytest.ExceptionInfo[NotSignable]) -> list[str]:
    return [name for name, _ in error.value.wants]


def in_state(house: House, visit: Visit, state: str) -> Note:
    note = records.drafted(house, visit)
    deeds = {"draft": "", "signed": "sign", "amended": "sign add", "entered_in_error": "error"}
    for deed in deeds[state].split():
        do(house, note, deed)
    return note


def do(house: House, note: Note, deed: str) -> None:
    with transaction():
        match deed:
            case "sign":
                services.sign(note.visit, actor=house.treats)
            case "add":
                services.add_addendum(note, actor=house.treats, text="More", why="Forgot")
            case "error":
                services.mark_in_error(note, actor=house.owner, why="Another client")


@pytest.mark.parametrize("state", ["draft", "signed", "amended", "entered_in_error"])
@pytest.mark.parametrize("deed", ["sign", "add", "error"])
def test_a_note_goes_the_ways_of_its_life_and_no_others(
    house: House, visit: Visit, state: str, deed: str
):
    note = in_state(house, visit, state)
    after = EDGES.get((state, deed))
    if after is None:
        with pytest.raises(Conflict):
            do(house, note, deed)
        after = state
    else:
        do(house, note, deed)
    assert records.again(note).status == after


def test_a_draft_is_kept_and_read_back(house: House, visit: Visit):
    note = records.drafted(house, visit, told="Stiff")
    assert read_body(note.body) == replace(FULL, told="Stiff", seq=1)
    assert (note.status, note.kind, note.minutes) == ("draft", "initial", 50)
    assert b"Stiff" not in note.body_sealed
    assert note.client_id == visit.client_id


def test_a_second_note_of_a_person_is_a_return_visits(house: House):
    records.signed(house, records.finished(house, now() - timedelta(days=9)))
    visit = records.begun(house)
    assert records.drafted(house, visit).kind == "return"


def test_only_who_treats_writes(house: House, visit: Visit):
    other = actor_of(made.a_therapist("Teo Marsh"))
    for actor in (other, house.desk, house.owner, SYSTEM):
        with pytest.raises(NotAllowed), transaction():
            services.save_draft(visit, actor=actor, body=FULL)
    assert note_of(visit.id) is None


def test_a_therapist_who_no_longer_treats_the_client_does_not_write(house: House, visit: Visit):
    with transaction() as session, writing("test.care", SYSTEM):
        for one in session.scalars(select(CareTeamMember)):
            one.until = now()
        session.flush()
    with pytest.raises(NotAllowed), transaction():
        services.save_draft(visit, actor=house.treats, body=FULL)


def test_a_visit_that_was_not_had_has_no_note(house: House):
    visit = made.done(cancel, made.book(house), house.desk)
    with pytest.raises(Conflict), transaction():
        services.save_draft(visit, actor=house.treats, body=FULL)


def save(house: House, visit: Visit, pen: str, seq: int | None, told: str) -> Note:
    with transaction():
        return services.save_draft(
            visit, actor=house.treats, body=replace(FULL, told=told), pen=pen, seq=seq
        )


def test_one_tab_writes_and_the_other_is_told(house: House, visit: Visit):
    note = save(house, visit, "one", 0, "First")
    with pytest.raises(PenElsewhere):
        save(house, visit, "two", 1, "Second")
    with pytest.raises(PenElsewhere), transaction():
        services.take_pen(visit, actor=house.treats, pen="two")
    with transaction():
        assert services.take_pen(visit, actor=house.treats, pen="two", is_forced=True) == 1
    save(house, visit, "two", 1, "Second")
    with pytest.raises(PenElsewhere):
        save(house, visit, "one", 1, "First again")
    assert read_body(records.again(note).body).told == "Second"


def test_who_holds_the_pen_saves_again_after_an_answer_was_lost(house: House, visit: Visit):
    save(house, visit, "one", 0, "First")
    note = save(house, visit, "one", 0, "First and more")
    assert read_body(note.body).told == "First and more"


def test_a_pen_that_was_handed_back_lets_the_next_tab_write(house: House, visit: Visit):
    save(house, visit, "one", 0, "First")
    with transaction():
        services.give_pen(visit, actor=house.treats, pen="one")
        assert services.take_pen(visit, actor=house.treats, pen="two") == 1
    save(house, visit, "two", 1, "Second")


def test_without_a_pen_a_page_older_than_the_draft_is_refused(house: House, visit: Visit):
    save(house, visit, "", 0, "First")
    with pytest.raises(PenElsewhere):
        save(house, visit, "", 0, "Older")


def test_signing_locks_completes_and_seals(house: House, visit: Visit):
    note = records.signed(house, visit)
    note = records.again(note)
    assert note.status == "signed"
    assert note.signed_at is not None
    assert note.signed_as.startswith("June Park, LMT_LICENSE")
    assert not note.is_late
    assert (visit.status, note.pen) == ("completed", "")
    seals = db.session.scalars(select(VisitSeal).where(VisitSeal.visit_id == visit.id)).all()
    assert [one.kind for one in seals] == ["note"]
    with pytest.raises(Conflict), transaction():
        services.save_draft(visit, actor=house.treats, body=FULL)


def told_readings(house: House) -> set[tuple[str, float | None]]:
    facts = known_of(house.client.known_as).sheet.facts
    return {(one.code, one.value) for one in facts if one.kind == "reading"}


def test_vitals_reach_the_health_history_once_when_they_are_saved_on_purpose(
    house: House, visit: Visit
):
    def saved(tells: bool, **more: object) -> Note:
        with transaction():
            note = note_of(visit.id)
            body = replace(read_body(note.body) if note else FULL, **more)  # type: ignore[arg-type]
            return services.save_draft(visit, actor=house.treats, body=body, tells_history=tells)

    saved(False, systolic=150, diastolic=90)
    assert told_readings(house) == set()
    saved(True)
    assert told_readings(house) == {("bp_sys", 150), ("bp_dia", 90)}
    saved(True, systolic=130, pulse=70)
    assert told_readings(house) == {("bp_sys", 130), ("bp_dia", 90), ("pulse", 70)}
    saved(True, pulse=None)
    assert told_readings(house) == {("bp_sys", 130), ("bp_dia", 90)}
    known = known_of(house.client.known_as).version
    with transaction():
        services.sign(visit, actor=house.treats)
    assert known_of(house.client.known_as).version == known
    assert read_body(records.again(note_of(visit.id)).body).systolic == 130  # type: ignore[arg-type]


def test_the_next_visit_is_the_first_one_still_to_come(house: House, visit: Visit):
    assert next_visit(visit) is None
    later = made.book(house, made.at(10, days=14))
    sooner = made.book(house, made.at(10, days=7))
    found = next_visit(visit)
    assert found is not None
    assert (found.public_id, found.number) == (sooner.public_id, 0)
    made.done(cancel, sooner, house.desk, by="client", why="")
    found = next_visit(visit)
    assert found is not None
    assert found.starts_at == later.starts_at


def test_what_was_measured_is_told_to_the_health_history(house: House, visit: Visit):
    records.signed(house, visit, systolic=132, diastolic=84)
    facts = known_of(house.client.known_as).sheet.facts
    told = {(one.code, one.value, one.on) for one in facts if one.kind == "reading"}
    assert told == {("bp_sys", 132, visit.on_date), ("bp_dia", 84, visit.on_date)}


def test_a_refused_signature_leaves_nothing_behind(house: House, visit: Visit):
    records.drafted(house, visit, plan="", minutes=None)
    with pytest.raises(NotSignable) as refused, transaction():
        services.sign(visit, actor=house.treats)
    assert wants(refused) == ["minutes", "plan"]
    db.session.rollback()
    assert visit.status == "in_session"
    assert note_of(visit.id).status == "draft"


def test_a_note_is_of_who_signed_it_though_somebody_else_began_it(house: House, visit: Visit):
    note, other = records.drafted(house, visit), staff.therapist("Ana Reyes")
    with transaction() as session, writing("test.author", SYSTEM):
        note.author_id = other.id
        session.flush()
    with transaction():
        services.sign(visit, actor=house.treats)
    assert records.again(note).author_id == house.therapist.id


def test_a_visit_that_was_not_begun_is_not_signed_for(house: House):
    visit = made.book(house)
    records.drafted(house, visit)
    with pytest.raises(Conflict), transaction():
        services.sign(visit, actor=house.treats)


def test_without_a_licence_on_the_visits_day_nothing_is_signed(house: House, visit: Visit):
    records.drafted(house, visit)
    with transaction() as session, writing("test.licence", SYSTEM):
        for one in session.scalars(select(StaffQualification)):
            one.valid_until = visit.on_date - timedelta(days=1)
        session.flush()
    with pytest.raises(NotAllowed, match="no valid licence"), transaction():
        services.sign(visit, actor=house.treats)


def test_a_sensitive_area_is_not_signed_for_without_its_consent(house: House, visit: Visit):
    records.drafted(house, visit, findings=(Finding("GLUTEAL", "L", "treated"),))
    with pytest.raises(NotSignable) as refused, transaction():
        services.sign(visit, actor=house.treats)
    assert wants(refused) == ["findings"]
    consents.agree(house.client, "SENSITIVE_AREA", given_on=visit.on_date)
    with transaction():
        services.sign(visit, actor=house.treats)


def test_a_note_signed_more_than_a_day_later_says_so(house: House):
    visit = records.finished(house, now() - timedelta(days=2))
    assert [one.is_overdue for one in to_sign(house.treats)] == [True]
    assert records.signed(house, visit).is_late


def test_what_is_copied_is_confirmed_or_rewritten_before_it_is_signed(house: House):
    records.signed(house, records.finished(house, now() - timedelta(days=9)))
    visit = records.begun(house)
    records.drafted(house, visit, findings=(), assessment="", plan="")
    with transaction():
        for part in ("o", "a", "p"):
            services.copy_part(visit, actor=house.treats, part=part)
    with pytest.raises(NotSignable) as refused, transaction():
        services.sign(visit, actor=house.treats, is_confirmed=True)
    assert wants(refused) == ["assessment"]
    body = read_body(note_of(visit.id).body)
    with transaction():
        services.save_draft(visit, actor=house.treats, body=replace(body, assessment="Now better"))
    with pytest.raises(NotSignable) as refused, transaction():
        services.sign(visit, actor=house.treats)
    assert set(wants(refused)) == {"is_confirmed"}
    with transaction():
        services.sign(visit, actor=house.treats, is_confirmed=True)


def test_nothing_is_copied_where_there_is_no_earlier_note_or_it_is_anothers(house: House):
    earlier = records.finished(house, now() - timedelta(days=9))
    records.drafted(house, earlier)
    with pytest.raises(Conflict), transaction():
        services.copy_part(earlier, actor=house.treats, part="p")
    with transaction():
        services.sign(earlier, actor=house.treats)
    visit = records.begun(house)
    records.drafted(house, visit)
    with pytest.raises(Conflict), transaction():
        services.copy_part(visit, actor=house.treats, part="p", earlier_id="a" * 20)


def test_an_addendum_stands_beside_what_was_signed(house: House, visit: Visit):
    note = records.signed(house, visit)
    before = note.body_sealed
    second = made.a_therapist("Teo Marsh")
    with pytest.raises(NotAllowed), transaction():
        services.add_addendum(note, actor=actor_of(second), text="More", why="Forgot")
    with transaction():
        services.add_addendum(note, actor=house.treats, text="More", why="Forgot")
    for text, why in (("", "Forgot"), ("More", " "), ("x" * 5000, "Forgot")):
        with pytest.raises(DomainError), transaction():
            services.add_addendum(note, actor=house.treats, text=text, why=why)
    added = addenda_of(note)
    assert [(one.text, one.why) for one in added] == [("More", "Forgot")]
    assert added[0].signed_as.startswith("June Park")
    assert records.again(note).body_sealed == before


def test_an_owner_says_that_a_note_is_in_error_and_it_stays_readable(house: House, visit: Visit):
    note = records.signed(house, visit)
    with pytest.raises(NotAllowed), transaction():
        services.mark_in_error(note, actor=house.treats, why="Another client")
    with transaction():
        services.mark_in_error(note, actor=house.owner, why="Another client")
    note = records.again(note)
    assert read_body(note.body).told == FULL.told
    assert (note.status, note.why) == ("entered_in_error", "Another client")
    assert note_of(visit.id) is None
    assert db.session.scalar(select(VisitSeal)) is None
    second = records.drafted(house, visit)
    assert second.id != note.id


def test_notes_to_sign_are_ones_own_the_oldest_first(house: House):
    records.signed(house, records.finished(house, now() - timedelta(days=5)))
    older = records.finished(house, now() - timedelta(days=3))
    visit = records.begun(house)
    records.drafted(house, visit)
    assert [one.visit_id for one in to_sign(house.treats)] == [older.public_id, visit.public_id]
    assert unsigned_by(house.treats) == 2
    other = actor_of(staff.member("Teo Marsh", Role.THERAPIST))
    assert to_sign(other) == []


def test_a_search_finds_within_one_client_and_in_addenda(house: House):
    earlier = records.finished(house, now() - timedelta(days=9))
    first = records.signed(house, earlier, told="Left knee")
    visit = records.begun(house)
    records.signed(house, visit)
    with transaction():
        services.add_addendum(first, actor=house.treats, text="Rang about her shoe", why="Call")
    person = house.client.known_as

    def found(text: str) -> list[int]:
        return [one.note.visit_id for one in notes_of(person, text)]

    assert found("") == [visit.id, earlier.id]
    assert found("KNEE") == found("shoe") == [earlier.id]
    assert found("elbow") == []


def test_a_draft_is_nobody_elses_to_read(house: House, visit: Visit):
    records.drafted(house, visit)
    assert notes_of(house.client.known_as) == []


def test_the_clock_of_a_late_signature_is_the_signatures_own(house: House, visit: Visit):
    records.drafted(house, visit)
    with rehearsed(visit.ends_at + timedelta(hours=2)), transaction():
        note = services.sign(visit, actor=house.treats)
    assert not note.is_late
    assert db.session.scalar(select(Addendum)) is None
