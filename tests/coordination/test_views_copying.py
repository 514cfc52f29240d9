"""The pages on which a report is copied to somebody else, and the visits used are told."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.coordination.queries import the_case
from clinic.coordination.queries.cases import letters_about, reports_of
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import reports as made_reports
from tests.factories import scheduling as made
from tests.factories import staff as people


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """An approved report, and somebody at an insurer with two places."""
    with app.app_context():
        house = made.open_house()
        case = cases.received(house, used_elsewhere=True)
        cases.allowed(case, house)
        cases.do("accept", case, house.owner)
        cases.had(case, house)
        letter = made_reports.drafted(reports_of(case)[0], house)
        made_reports.approved(letter, house)
        place = directory.organisation("Prairie Mutual", kind="insurer", fax="+13125550177")
        manager = directory.provider("Joy", "Abara", at=place, credentials="other")
        return SimpleNamespace(
            id=case.referral.public_id, path=f"/referrals/{case.referral.public_id}",
            letter=f"/letters/{letter.public_id}", manager=manager.public_id,
            sender=case.referral.provider.public_id,
        )  # fmt: skip


@pytest.fixture
def desk(app, there):
    return people.signed_in(app, name="Robin Vale")


def send(desk: Any, there: SimpleNamespace, **typed: str) -> Any:
    page = f"{there.letter}/copy"
    return people.send(desk, page, {"provider": there.manager} | typed, page=page)


def letters(app: Flask, there: SimpleNamespace) -> list[tuple[str, str]]:
    with app.app_context():
        found = letters_about(the_case(there.id))
        return [(one.provider.last_name, one.kind) for one in found]


def test_the_way_to_a_copy_stands_beside_the_report_and_on_its_letter(there, desk):
    for page in (there.path, there.letter):
        assert f"{there.letter}/copy" in desk.get(page).text
    page = desk.get(f"{there.letter}/copy").text
    assert "Who gets the copy" in page
    assert "Draft the copy" not in page


def test_a_copy_is_drafted_after_the_numbers_were_shown(app, there, desk):
    shown = desk.get(f"{there.letter}/copy?provider={there.manager}").text
    assert "(312) 555-0177" in shown
    answer = send(desk, there)
    assert answer.status_code == 302
    assert ("Abara", "first_visit") in letters(app, there)
    assert "Joy Abara" in desk.get(answer.location).text


@pytest.mark.parametrize(
    "typed",
    [{"provider": ""}, {"provider": "a" * 20}, {"organisation": "a" * 20}, {"provider": "sender"}],
)
def test_what_does_not_fit_is_refused(app, there, desk, typed):
    typed = {name: there.sender if value == "sender" else value for name, value in typed.items()}
    answer = send(desk, there, **typed)
    assert 400 <= answer.status_code < 500
    assert [name for name, _ in letters(app, there) if name == "Abara"] == []


def test_a_second_copy_is_a_conflict_in_plain_words(there, desk):
    send(desk, there)
    answer = send(desk, there)
    assert answer.status_code == 409
    assert "There is a copy for them already" in answer.text


def test_a_letter_that_is_no_report_is_not_copied(app, there, desk):
    with app.app_context():
        found = letters_about(the_case(there.id))
        other = next(one.public_id for one in found if one.kind == "acknowledgement")
    assert f"/letters/{other}/copy" not in desk.get(f"/letters/{other}").text
    assert desk.get(f"/letters/{other}/copy").status_code == 409
    assert desk.get(f"/letters/{'a' * 20}/copy").status_code == 404


def test_the_visits_used_are_told_from_the_referral(app, there, desk):
    assert f'action="{there.path}/used"' in desk.get(there.path).text
    answer = people.send(desk, f"{there.path}/used", {}, page=there.path)
    assert "/letters/" in answer.location
    assert [kind for _, kind in letters(app, there)].count("other") == 1
    assert people.send(desk, f"/referrals/{'a' * 20}/used", {}, page=there.path).status_code == 404
