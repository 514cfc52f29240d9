"""A referral to a provider is given to somebody else on the page where what happened is kept."""

import re
from typing import Any

import pytest
from flask import Flask

from clinic.coordination.models import OutboundReferral
from clinic.core.db import db
from clinic.staff.models import StaffMember
from tests.factories import outbound as made
from tests.factories import staff

GIVEN = "Given to somebody who works here"


@pytest.fixture
def own(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of one that Ines sees to; Teo treats here too."""
    made.swift_setting(monkeypatch)
    with app.app_context():
        staff.therapist()
        return f"/outbound/{made.begin(made.cast()).public_id}"


def of(name: str) -> StaffMember:
    return db.session.query(StaffMember).filter_by(name=name).one()


def public_id(app: Flask, name: str) -> str:
    with app.app_context():
        return of(name).public_id


def version(client: Any, own: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', client.get(f"{own}/happened").text)
    return found.group(1) if found else ""


def give(client: Any, own: str, **values: str) -> Any:
    told = {"version": version(client, own), "what": "handed", "how": "phone"} | values
    return staff.send(client, f"{own}/happened", told, page=own)


def sees_to_it(app: Flask) -> str:
    with app.app_context():
        owner = db.session.query(OutboundReferral).one().owner
        return owner.name if owner is not None else ""


def test_the_desk_gives_it_to_another_therapist_and_the_page_says_so(app: Flask, own: str):
    robin = staff.signed_in(app, name="Robin Vale")
    offered = re.search(r'<select[^>]*name="owner".*?</select>', robin.get(f"{own}/happened").text,
                        re.DOTALL)  # fmt: skip
    assert offered is not None
    names = re.findall(r"<option[^>]*>([^<]*)<", offered.group())
    assert names == ["Choose", "Olga Reed", "Teo Marsh"]
    assert (
        give(robin, own, owner=public_id(app, "Teo Marsh"), text="canary-said").status_code == 302
    )
    assert sees_to_it(app) == "Teo Marsh"
    shown = robin.get(own).text
    assert "Teo Marsh" in shown
    assert GIVEN in shown
    assert "canary-said" not in shown
    assert "canary-said" in staff.signed_in(app, name="Ines Okafor").get(own).text


@pytest.mark.parametrize("whom", ["", "nobodys", "Robin Vale", "Ines Okafor"])
def test_a_choice_that_is_none_is_refused_beside_its_field_and_what_was_typed_is_kept(
    app: Flask, own: str, whom: str
):
    robin = staff.signed_in(app, name="Robin Vale")
    chosen = public_id(app, whom) if " " in whom else whom
    refused = give(robin, own, owner=chosen, text="typed text")
    assert refused.status_code == 422
    assert "typed text" in refused.text
    assert 'id="owner-e"' in refused.text
    assert sees_to_it(app) == "Ines Okafor"


def test_what_somebody_changed_meanwhile_is_not_given_away_unseen(app: Flask, own: str):
    robin = staff.signed_in(app, name="Robin Vale")
    before = version(robin, own)
    assert give(robin, own, owner=public_id(app, "Teo Marsh")).status_code == 302
    late = give(robin, own, version=before, owner=public_id(app, "Olga Reed"))
    assert late.status_code == 409
    assert "selected" in late.text
    assert sees_to_it(app) == "Teo Marsh"
