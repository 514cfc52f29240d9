"""Reports are owed, drafted from the record, and go where their letters go."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.clients.services import join_care
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries import reports_of
from clinic.coordination.queries.cases import about
from clinic.coordination.services import reporting
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.letters.queries import content_of, of_about
from clinic.letters.rules.blocks import Content, Paragraph
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.reports import approved, drafted, owe, put, sent
from tests.factories.saying import said
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house(locale="en_US", phone="(555) 014-8800")


@pytest.fixture
def case(house: House) -> ReferralCase:
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    return cases.accepted(house)


# --- owing ---


def test_a_report_is_owed_once_and_by_the_earlier_day(case: ReferralCase):
    report = owe(case, days=9, why="days")
    again = owe(case, days=4, why="visits")
    later = owe(case, days=30, why="window")
    assert again.id == report.id == later.id
    assert (report.due_on, report.due_why, report.nth) == (made.day(4), "visits", 1)


def test_the_next_one_is_owed_when_the_last_has_left(house: House, case: ReferralCase):
    report = owe(case)
    put(report, "sent", house)
    second = owe(case)
    assert (second.nth, second.status) == (2, "due")
    assert [one.id for one in reports_of(case)] == sorted([report.id, second.id])


def test_each_authorisation_owes_its_own(house: House, case: ReferralCase):
    first = case.referral.authorisations[0]
    other = cases.allowed(case, house, 4)
    one, two = owe(case, authorisation_id=first.id), owe(case, authorisation_id=other.id)
    assert one.id != two.id


@pytest.mark.parametrize("kind", ["initial", "discharge"])
def test_the_first_and_the_final_report_are_owed_one_time_only(
    house: House, case: ReferralCase, kind: str
):
    report = owe(case, kind, why="asked")
    put(report, "acknowledged", house)
    assert owe(case, kind, why="asked").id == report.id


def test_only_what_there_is_can_be_owed(case: ReferralCase):
    with pytest.raises(DomainError):
        owe(case, "weekly")
    with pytest.raises(DomainError):
        owe(case, why="whim")


# --- drafting ---


def test_a_progress_report_is_drawn_up_from_the_record(house: House, case: ReferralCase):
    cases.had(case, house, 200)
    cases.missed(case, house, 100)
    letter = drafted(owe(case), house)
    assert (letter.kind, letter.status, letter.about) == ("progress", "draft", about(case))
    assert letter.reference == case.referral.number
    assert letter.provider_id == case.referral.provider_id
    text = said(letter)
    assert "Grace Nakamura" in text
    assert "Visits attended: 1 (" in text
    assert "Missed: 1" in text
    assert "Visits authorised: 8\nUsed: 1\nLeft: 7" in text


@pytest.mark.parametrize(
    ("kind", "letter_kind", "word"),
    [
        ("initial", "first_visit", "First visit"),
        ("renewal", "renewal", "Visits asked for: 8"),
        ("discharge", "discharge", "Discharge report"),
    ],
)
def test_each_report_becomes_its_own_kind_of_letter(
    house: House, case: ReferralCase, kind: str, letter_kind: str, word: str
):
    letter = drafted(owe(case, kind, why="asked"), house)
    assert letter.kind == letter_kind
    assert word in said(letter)


def test_a_report_that_lies_drafted_is_given_back(house: House, case: ReferralCase):
    report = owe(case)
    letter = drafted(report, house)
    assert drafted(report, house).id == letter.id
    assert report.status == "drafted"


def test_a_report_whose_letter_was_cancelled_is_drawn_up_anew(house: House, case: ReferralCase):
    report = owe(case)
    letter = drafted(report, house)
    with transaction():
        letters.cancel(letter, actor=house.treats)
    again = drafted(report, house)
    assert again.id != letter.id
    assert (report.status, report.letter_id) == ("drafted", again.id)


def test_reception_has_a_report_drawn_up_and_may_not_approve_it(house: House, case: ReferralCase):
    report = owe(case)
    with transaction():
        letter = reporting.draft_report(report, actor=house.desk)
    with pytest.raises(NotAllowed), transaction():
        letters.approve(letter, actor=house.desk)
    assert report.status == "drafted"


def test_a_stale_page_draws_up_nothing(house: House, case: ReferralCase):
    report = owe(case)
    with pytest.raises(StaleEdit), transaction():
        reporting.draft_report(report, actor=house.treats, version=report.version + 1)
    assert report.letter is None


# --- with its letter ---


def test_a_report_goes_with_its_letter_to_the_end(house: House, case: ReferralCase):
    report = owe(case)
    letter = drafted(report, house)
    approved(letter, house)
    _hear(letter)
    assert report.status == "approved"
    dispatch = sent(letter, house)
    _hear(letter)
    assert (report.status, report.sent_on) == ("sent", made.this_day())
    with transaction():
        letters.mark_delivered(dispatch, actor=house.desk, on=made.this_day())
    _hear(letter)
    assert report.status == "sent"
    with transaction():
        letters.acknowledge(letter, actor=house.desk, on=made.this_day(), by="The practice")
    _hear(letter)
    assert report.status == "acknowledged"


def _hear(letter: Letter) -> None:
    """The same as the announcement, which may be heard twice."""
    with transaction():
        reporting.hear_letter(LetterMoved(letter.id, letter.about, letter.kind, letter.status))


def test_a_report_follows_the_draft_that_takes_its_letters_place(house: House, case: ReferralCase):
    report = owe(case)
    letter = drafted(report, house)
    approved(letter, house)
    _hear(letter)
    with transaction():
        again = letters.reopen(letter, actor=house.treats)
        reporting.hear_letter(
            LetterMoved(again.id, again.about, again.kind, again.status, instead_of=letter.id)
        )
    db.session.refresh(report)
    assert (report.status, report.letter_id) == ("drafted", again.id)


def test_a_report_whose_approved_letter_is_cancelled_is_a_draft_again(
    house: House, case: ReferralCase
):
    report = owe(case)
    letter = drafted(report, house)
    approved(letter, house)
    _hear(letter)
    with transaction():
        letters.cancel(letter, actor=house.treats)
    _hear(letter)
    assert report.status == "drafted"


def test_a_letter_that_is_no_report_moves_none(house: House, case: ReferralCase):
    report = owe(case)
    with transaction():
        letter = reporting.draft_letter(case, "closing", actor=house.desk)
    assert letter is not None
    _hear(letter)
    assert report.status == "due"


@pytest.mark.parametrize(
    ("days", "becomes"), [(6, "sent"), (7, "acknowledged"), (30, "acknowledged")]
)
def test_seven_days_after_it_arrived_a_report_counts_as_acknowledged(
    house: House, case: ReferralCase, days: int, becomes: str
):
    report = owe(case)
    letter = drafted(report, house)
    approved(letter, house)
    dispatch = sent(letter, house)
    with transaction():
        letters.mark_delivered(dispatch, actor=house.desk, on=made.this_day())
    _hear(letter)
    on = made.this_day() + timedelta(days=days)
    with transaction():
        count = reporting.settle_reports(actor=SYSTEM, today=on).settled
    assert (report.status, count) == (becomes, int(becomes == "acknowledged"))
    with transaction():
        assert reporting.settle_reports(actor=SYSTEM, today=on).settled == 0


def test_a_report_that_has_not_arrived_waits(house: House, case: ReferralCase):
    report = owe(case)
    letter = drafted(report, house)
    approved(letter, house)
    sent(letter, house)
    _hear(letter)
    with transaction():
        reporting.settle_reports(actor=SYSTEM, today=made.day(90))
    assert report.status == "sent"


# --- waiving ---


def test_the_owner_or_who_looks_after_it_waives_with_a_reason(house: House, case: ReferralCase):
    report = owe(case)
    with pytest.raises(NotAllowed), transaction():
        reporting.waive(report, actor=house.treats, why="Not needed.")
    for why in ("", "  ", "x" * 201):
        with pytest.raises(DomainError), transaction():
            reporting.waive(report, actor=house.owner, why=why)
    with transaction():
        reporting.waive(report, actor=house.owner, why=" Told by telephone. ")
    assert (report.status, report.waived_why) == ("waived", "Told by telephone.")
    other = owe(case, "renewal")
    with transaction():
        reporting.waive(other, actor=house.desk, why="The payer asks for none.")
    assert other.status == "waived"


# --- other letters ---


def test_the_letters_of_an_order_are_drawn_up_in_plain_words(house: House, case: ReferralCase):
    expected = {
        "acknowledgement": "Robin Vale coordinates it here and can be reached at (555) 014-8800.",
        "missing_information": "Still missing",
        "decline": "We cannot take on this order.",
        "unreachable": "No visit has taken place under this order.",
        "closing": "has ended here on",
    }
    with transaction():
        made_now = {kind: reporting.draft_letter(case, kind, actor=house.desk) for kind in expected}
    for kind, letter in made_now.items():
        assert letter is not None
        assert letter.kind == kind
        assert expected[kind] in said(letter)
        assert "Grace Nakamura" in said(letter)


def test_an_untouched_acknowledgement_says_where_the_order_stands_now(house: House):
    case = cases.received(house)
    (letter,) = of_about(about(case))
    assert "We are looking at it now" in said(letter)
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    assert "A signature" in said(letter)


def test_an_acknowledgement_that_somebody_wrote_on_stays(house: House):
    case = cases.received(house)
    (letter,) = of_about(about(case))
    own = Content("Thank you", "Dear Dr Adeyemi", (Paragraph("It came."),))
    with transaction():
        letters.edit(letter, actor=house.desk, content=own)
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    assert content_of(letter) == own


def test_an_acknowledgement_of_what_was_accepted_says_so(house: House):
    case = cases.accepted(house)
    (letter,) = (one for one in of_about(about(case)) if one.kind == "acknowledgement")
    assert "It is complete, and we take it on." in said(letter)


def test_a_letter_that_waits_is_given_back(house: House, case: ReferralCase):
    with transaction():
        first = reporting.draft_letter(case, "closing", actor=house.desk)
        again = reporting.draft_letter(case, "closing", actor=house.desk)
    assert first is not None
    assert again is first


def test_a_provider_who_is_gone_is_written_nothing(house: House, case: ReferralCase):
    provider = case.referral.provider
    with transaction() as session, writing("test.provider", SYSTEM):
        session.refresh(provider)
        provider.status = "retired"
        session.flush()
    with transaction():
        assert reporting.draft_letter(case, "closing", actor=house.desk) is None
    with pytest.raises(Conflict):
        drafted(owe(case), house)


def test_there_are_no_other_kinds(house: House, case: ReferralCase):
    with pytest.raises(DomainError), transaction():
        reporting.draft_letter(case, "progress", actor=house.desk)


@pytest.mark.parametrize("is_anew", [True, False])
def test_a_report_that_came_back_is_to_be_written_until_another_letter_has_left(
    house: House, case: ReferralCase, is_anew: bool
):
    report = owe(case, "discharge", why="discharge")
    letter = drafted(report, house)
    approved(letter, house)
    dispatch = sent(letter, house)
    assert (report.status, report.sent_on) == ("sent", made.this_day())
    with transaction():
        letters.mark_failed(dispatch, actor=house.desk, why="No such number")
    assert report.status == "sent"  # it may be sent once more as it is
    with transaction():
        if is_anew:
            letters.reopen(letter, actor=house.treats)
        else:
            letters.cancel(letter, actor=house.desk)
    assert (report.status, report.sent_on) == ("drafted", None)
    again = drafted(report, house)
    assert again.id != letter.id
    approved(again, house)
    with transaction():
        letters.send(again, actor=house.desk, channel="print")
    assert (report.status, report.sent_on) == ("sent", made.this_day())
