from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.referrals import services
from clinic.referrals.models import Referral
from tests.factories import clients, directory
from tests.factories import referrals as orders

DESKS = 8


def test_orders_logged_at_the_same_moment_have_numbers_of_their_own(app: Flask):
    with app.app_context():
        for number in range(DESKS):
            clients.a_client(f"Person {number}")
        directory.provider()
        people = db.session.scalars(select(Client.id)).all()

    def log(client_id: int) -> str:
        with app.app_context(), transaction() as session:
            order = services.log(
                actor=SYSTEM,
                client=session.get_one(Client, client_id),
                provider=session.scalars(select(Provider)).one(),
                received_on=orders.RECEIVED,
            )
            return order.number

    with ThreadPoolExecutor(DESKS) as pool:
        given = list(pool.map(log, people))
    with app.app_context():
        kept = db.session.scalars(select(Referral.number)).all()
    assert sorted(given) == sorted(kept) == [f"R-{n:06d}" for n in range(1, DESKS + 1)]


def test_one_sheet_logged_by_two_desks_at_once_is_logged_once(app: Flask):
    with app.app_context():
        client = clients.a_client().id
        directory.provider()

    def log(_: int) -> bool:
        with app.app_context():
            try:
                with transaction() as session:
                    services.log(
                        actor=SYSTEM,
                        client=session.get_one(Client, client),
                        provider=session.scalars(select(Provider)).one(),
                        received_on=orders.RECEIVED,
                    )
            except services.LoggedAlready:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(log, range(4))) == 1
