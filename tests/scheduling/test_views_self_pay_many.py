"""Several visits at once: every client who has to pay is named before a tick counts for anybody."""

import html
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.scheduling.models import Visit
from tests.factories import scheduling as made
from tests.scheduling.test_views_groups import Two
from tests.scheduling.test_views_self_pay import another, at_hand, booked_out, ticked

ASKED = "0 of 1 used, 1 reserved"


@pytest.fixture
def two(app: Flask) -> Two:
    return Two(app)


def spent(two: Two, client_id: str, hour: int) -> None:
    with two.app.app_context():
        booked_out(two, the_client(client_id), hour)


def agreed(two: Two) -> dict[str, bool]:
    """Who agreed to pay, of the visits that count against nothing."""
    with two.app.app_context():
        rows = db.session.query(Visit).filter(Visit.authorisation_id.is_(None))
        return {one.client.name: one.self_pay_agreed_at is not None for one in rows}


def names_them(answer: Any, *names: str) -> str:
    text = html.unescape(answer.text)
    assert answer.status_code == 422, text
    for name in names:
        assert f"{name}: No authorised visit is left" in text
    assert text.count(ASKED) >= len(names)
    return text


def test_the_desk_is_told_of_everybody_in_a_couple_before_one_tick_counts(two: Two) -> None:
    spent(two, two.client_id, 8)
    spent(two, two.second, 12)
    form = two.typed(opening=two.offered(), book="1")
    page = names_them(two.send("/book/together", **form), "Grace Nakamura", "Omar Haddad")
    names_them(two.send("/book/together", **form, self_pay="y"), "Grace Nakamura", "Omar Haddad")
    assert agreed(two) == {}
    assert two.send("/book/together", **form, **ticked(page)).status_code == 302
    assert agreed(two) == {"Grace Nakamura": True, "Omar Haddad": True}


def test_a_tick_for_one_is_none_for_who_comes_instead_of_the_other(two: Two) -> None:
    spent(two, two.client_id, 8)
    form = two.typed(opening=two.offered(), book="1")
    tick = ticked(names_them(two.send("/book/together", **form), "Grace Nakamura"))
    with two.app.app_context():
        third = another(two, "Lena Voss").public_id
    form["client-1"] = third
    page = names_them(two.send("/book/together", **form, **tick), "Lena Voss")
    assert agreed(two) == {}
    assert two.send("/book/together", **form, **ticked(page)).status_code == 302
    assert agreed(two) == {"Grace Nakamura": True, "Lena Voss": True}


def test_a_couple_that_moves_is_asked_one_by_one(two: Two) -> None:
    group = two.booked()
    spent(two, two.client_id, 8)
    spent(two, two.second, 12)
    with two.app.app_context():
        on = (made.day() + timedelta(days=2)).isoformat()
    move = {"on": on, "time": "15:00"}
    page = names_them(two.send(f"{group}/move", **move), "Grace Nakamura", "Omar Haddad")
    names_them(two.send(f"{group}/move", **move, self_pay="y"), "Grace Nakamura", "Omar Haddad")
    assert agreed(two) == {"Grace Nakamura": False, "Omar Haddad": False}
    assert two.send(f"{group}/move", **move, **ticked(page)).status_code == 302
    assert agreed(two) == {"Grace Nakamura": True, "Omar Haddad": True}


def test_visits_that_find_another_time_together_ask_for_each_client(two: Two) -> None:
    with two.app.app_context():
        clients = [the_client(two.client_id), the_client(two.second)]
        picks: dict[str, str] = {}
        for number, client in enumerate(clients):
            visit = made.book(two.house, made.at(9 + 2 * number), client=client, **at_hand(two))
            to = visit.starts_at + timedelta(days=7)
            picks[f"version-{visit.public_id}"] = str(visit.version)
            picks[f"to-{visit.public_id}"] = (
                f"{int(to.timestamp())}.{visit.therapist.public_id}.{visit.place.public_id}"
            )
    spent(two, two.client_id, 8)
    spent(two, two.second, 12)
    page = names_them(two.send("/schedule/hurt", **picks, do="1"), "Grace Nakamura", "Omar Haddad")
    names_them(
        two.send("/schedule/hurt", **picks, do="1", self_pay="y"), "Grace Nakamura", "Omar Haddad"
    )
    assert agreed(two) == {"Grace Nakamura": False, "Omar Haddad": False}
    assert two.send("/schedule/hurt", **picks, do="1", **ticked(page)).status_code == 302
    assert agreed(two) == {"Grace Nakamura": True, "Omar Haddad": True}
