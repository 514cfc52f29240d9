"""A provider is asked from the booking page with one click, and chosen from those who know them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.clients import services as clients
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.models import Clearance
from tests.factories import directory, referrals, screening, staff
from tests.factories import scheduling as made


@pytest.fixture
def held(app: Flask) -> dict[str, str]:
    """A client whose visits wait for a provider; two know them, and one does not."""
    with app.app_context():
        house = made.open_house()
        screening.treat(house.client, house.treats)
        screening.know(house.client, screening.LOW_PLATELETS)
        doctor = directory.provider(last_name="Mehta")
        sender = directory.provider(last_name="Osgood")
        stranger = directory.provider(last_name="Yarrow")
        referrals.order(house.client, sender)
        with transaction():
            clients.join_care(house.client, actor=SYSTEM, provider_id=doctor.id, role="primary")
        return {
            "client": house.client.public_id,
            "service": house.variant.service.public_id,
            "variant": house.variant.public_id,
            "doctor": doctor.public_id,
            "sender": sender.public_id,
            "stranger": stranger.public_id,
            "day": (made.this_day() + timedelta(days=7)).isoformat(),
        }


def june(app: Flask) -> Any:
    return staff.signed_in(app, name="June Park")


def booking(held: dict[str, str]) -> str:
    return f"/book?client={held['client']}&service={held['service']}&variant={held['variant']}"


def asked(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.query(Clearance).all()
        return [(one.status, one.provider.last_name if one.provider else "") for one in rows]


def ask(app: Flask, held: dict[str, str], **more: str) -> Any:
    path = f"/clients/{held['client']}/health/ask"
    return staff.send(june(app), path, {"for_day": held["day"]} | more, page=booking(held))


def test_the_gate_of_a_booking_asks_with_one_click_whoever_may(app: Flask, held):
    address = f'formaction="/clients/{held["client"]}/health/ask"'
    assert address in june(app).get(booking(held)).text
    desk = staff.signed_in(app, name="Robin Vale").get(booking(held)).text
    assert "Needs review" in desk or "needs review" in desk
    assert address not in desk
    answer = ask(app, held)
    assert answer.status_code == 302
    assert asked(app) == [("asked", "Mehta")]
    assert re.fullmatch(r"/screening/clearances/\w+", answer.location)
    again = ask(app, held)
    assert again.location == answer.location
    assert len(asked(app)) == 1
    refused = staff.send(
        staff.signed_in(app, name="Robin Vale"),
        f"/clients/{held['client']}/health/ask", {"for_day": held["day"]}, page="/account",
    )  # fmt: skip
    assert refused.status_code == 403


def test_who_knows_the_client_is_offered_first_and_anybody_is_found_by_name(app: Flask, held):
    page = ask(app, held).location + "/provider"
    shown = june(app).get(page).text
    assert shown.index("Mehta") < shown.index("Osgood")
    assert "Referring provider" in shown
    assert "Yarrow" not in shown
    found = staff.send(june(app), page, {"who": "Yarrow", "provider": "", "version": "1"}).text
    assert held["stranger"] in found
    with app.app_context():
        version = db.session.query(Clearance).one().version
    chosen = staff.send(june(app), page, {"provider": held["stranger"], "version": str(version)})
    assert chosen.status_code == 302
    assert asked(app) == [("asked", "Yarrow")]
    stale = staff.send(june(app), page, {"provider": held["sender"], "version": str(version)})
    assert stale.status_code == 409
    nobody = staff.send(june(app), page, {"provider": "", "version": str(version)})
    assert nobody.status_code == 422
    for name in ("Robin Vale", "Olga Reed"):
        assert staff.signed_in(app, name=name).get(page).status_code == 403
