"""However many runners empty the outbox at one moment, each message leaves once."""

from sqlalchemy import select

from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.messages.models import DeliveryAttempt, OutboxMessage
from tests.engines import on_both_engines
from tests.factories.messages import new_message
from tests.prove.racers import race


def written(app, count: int) -> list[str]:
    with app.app_context(), transaction():
        return [new_message().public_id for _ in range(count)]


def statuses(app) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(OutboxMessage.status)))


@on_both_engines
def test_two_runners_never_send_a_message_twice(app, rounds):
    waiting = written(app, max(60, rounds // 2))
    sent = race(app, "send", 2)
    assert sorted(sent[0] + sent[1]) == sorted(waiting)
    assert all(sent), "one runner sent all of them: they did not meet"
    assert statuses(app) == {"sent"}
    with app.app_context():
        attempts = db.session.scalars(select(DeliveryAttempt.message_id)).all()
        assert len(attempts) == len(set(attempts)) == len(waiting)


@on_both_engines
def test_eight_runners_over_one_message_send_it_once(ground, rounds):
    for _ in range(max(2, rounds // 100)):
        app = ground.renew()
        waiting = written(app, 1)
        assert [name for one in race(app, "send", 8) for name in one] == waiting


@on_both_engines
def test_sabotage_runners_that_take_nothing_up_send_twice(app):
    waiting = written(app, 10)
    sent = [name for one in race(app, "send", 2, without_claims=True) for name in one]
    assert len(sent) > len(waiting), "nobody collided: the proof above proves nothing"
