"""People on the waitlist to test with."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import func, select

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.models import Visit
from clinic.scheduling.services import waiting
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def an_entry(house, name="", **more):
    client = a_client(name) if name else house.client
    day = made.this_day()
    facts = {"earliest": day, "latest": day + timedelta(days=30), "notice_hours": 0}
    with transaction():
        return waiting.wait(
            **({"actor": house.desk, "client": client, "variant": house.variant} | facts | more)
        )


def offered(house, entry, starts_at=None, **more):
    facts = {"actor": house.desk, "therapist": house.therapist, "starts_at": starts_at}
    facts["starts_at"] = starts_at or made.at(10)
    with transaction():
        return waiting.offer(entry, **(facts | more))


def answer(verb, offer, actor, **more):
    with transaction():
        return verb(offer, actor=actor, **more)


def passed_on():
    with transaction():
        return waiting.pass_on(actor=SYSTEM)


@contextmanager
def later(**duration):
    with rehearsed(now() + timedelta(**duration)):
        yield


def visits():
    return db.session.scalar(select(func.count(Visit.id)))
