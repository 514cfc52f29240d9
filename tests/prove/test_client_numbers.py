"""Clients registered and merged by many at once: real processes, both engines."""

from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.db import db
from tests.engines import on_both_engines
from tests.factories.clients import a_client
from tests.prove.racers import race


@on_both_engines
def test_eight_who_register_at_once_never_give_a_number_twice(app: Flask, rounds: int) -> None:
    times = max(10, rounds // 8)
    numbers = [number for one in race(app, "register", 8, times=times) for number in one]
    assert len(numbers) == len(set(numbers)) == 8 * times
    with app.app_context():
        assert sorted(db.session.scalars(select(Client.number))) == sorted(numbers)


@on_both_engines
def test_merges_that_cross_never_close_a_circle(ground, rounds: int) -> None:
    for _ in range(max(2, rounds // 50)):
        app = ground.renew()
        with app.app_context():
            people = [a_client(f"Person {number}").public_id for number in range(8)]
        race(app, "merge", 8, people=people)
        with app.app_context():
            clients = {one.id: one for one in db.session.scalars(select(Client))}
            standing = [one for one in clients.values() if one.person_id is None]
            assert standing
            assert all(
                clients[one.person_id].person_id is None
                for one in clients.values()
                if one.person_id is not None
            )
