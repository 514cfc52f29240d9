"""Every way of a report is gone by what leads there; every other is refused, with the reason."""

from collections.abc import Iterator

import pytest

from clinic.clients.services import join_care
from clinic.coordination.models import REPORT_STATES, ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.rules import reports as rules
from clinic.coordination.services import reporting
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.events import LetterMoved
from clinic.letters.queries import of_about
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.reports import drafted, owe, put, stand
from tests.factories.scheduling import House

EDGES = {
    ("due", "drafted"),
    ("drafted", "approved"),
    ("approved", "sent"),
    ("sent", "acknowledged"),
    ("due", "waived"),
    ("approved", "drafted"),
}
"""The requirement's own list of the ways of a report: opened, approved by a therapist, sent with
consent, acknowledged by whom it is for or seven days after it arrived; waived; edited again."""


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house(locale="en_US", phone="(555) 014-8800")


@pytest.fixture
def case(house: House) -> ReferralCase:
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    return cases.accepted(house)


def test_the_ways_of_a_report_are_those_of_the_requirement():
    assert set(rules.EDGES) == EDGES
    assert set(rules.STATES) == set(REPORT_STATES)


def walk(report: ProgressReport, to: str, house: House) -> None:
    """Try to bring a report to a state by whatever leads there."""
    if to == "drafted" and report.status == "approved":
        assert report.letter is not None
        with transaction():
            letters.reopen(report.letter, actor=house.treats)
    elif to == "drafted":
        drafted(report, house)
    elif to == "waived":
        with transaction():
            reporting.waive(report, actor=house.owner, why="Told by telephone.")
    else:
        _by_letter(report, to)


def _by_letter(report: ProgressReport, to: str) -> None:
    """Its letter says that it is there: the report goes along as far as its own edges lead."""
    letter = report.letter
    if letter is None:
        raise Conflict(rules.STATES["due"])
    with transaction() as session, writing("test.letter", SYSTEM):
        session.refresh(letter)
        letter.approved_at = now()
        letter.status = {"due": "draft"}.get(to, "approved" if to == "approved" else "sent")
        letter.sent_at = now() if letter.status == "sent" else None
        letter.acknowledged_on = made.this_day() if to == "acknowledged" else None
        session.flush()
        reporting.hear_letter(LetterMoved(letter.id, letter.about, letter.kind, letter.status))
    if report.status != to:
        raise Conflict(rules.STATES[report.status])


@pytest.mark.parametrize(("before", "after"), sorted(EDGES))
def test_every_way_is_gone(house: House, case: ReferralCase, before: str, after: str):
    report = owe(case)
    if before != "due":
        put(report, before, house)
    if before == "approved" and after == "drafted":
        assert report.letter is not None
        stand(report.letter, "approved")
    walk(report, after, house)
    assert report.status == after


NON_EDGES = sorted(
    (one, other)
    for one in REPORT_STATES
    for other in ("drafted", "waived")
    if (one, other) not in EDGES and one != other
)


@pytest.mark.parametrize(("before", "after"), NON_EDGES)
def test_no_verb_goes_another_way(house: House, case: ReferralCase, before: str, after: str):
    report = owe(case)
    put(report, before, house)
    verb = reporting.draft_report if after == "drafted" else reporting.waive
    facts = {"why": "No."} if after == "waived" else {}
    with pytest.raises(Conflict, match="report"), transaction():
        verb(report, actor=house.owner, **facts)
    db.session.refresh(report)
    assert report.status == before


@pytest.mark.parametrize("before", REPORT_STATES)
@pytest.mark.parametrize("after", REPORT_STATES)
def test_a_way_that_is_none_is_refused_with_the_reason(before: str, after: str):
    assert rules.may_go(before, after) == ((before, after) in EDGES)
    if (before, after) not in EDGES:
        with pytest.raises(Conflict, match="report"):
            rules.must_go(before, after)


@pytest.mark.parametrize("status", ["due", "waived", "acknowledged"])
def test_what_has_no_business_with_a_letter_stays(house: House, case: ReferralCase, status: str):
    report = owe(case)
    put(report, status, house)
    for letter in of_about(about(case)):
        stand(letter, "sent")
        with transaction():
            reporting.hear_letter(LetterMoved(letter.id, letter.about, letter.kind, "sent"))
    db.session.refresh(report)
    assert report.status == status
