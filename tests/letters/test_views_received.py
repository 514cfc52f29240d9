"""What came from outside is kept with whom it is about."""

from flask import Flask

from clinic.core.db import db
from clinic.letters.models import Letter
from tests.factories import clients, letters
from tests.factories import outbound as made
from tests.factories import staff as people


def test_an_answer_is_never_kept_with_a_letter_about_somebody_else(app: Flask):
    with app.app_context():
        people.set_up()
        house = letters.world()
        ours = letters.approved(house, "acknowledgement").public_id
        named, day = house.provider.public_id, letters.this_day().isoformat()
        other = clients.a_client("Una Field").public_id
    browser = app.test_client()
    assert people.enter(browser, "Robin Vale").status_code == 302
    path = f"/clients/{other}/letters/received"
    facts = {"provider": named, "received_on": day, "subject": "Answer", "answers": ours}
    scan = {"file": letters.upload(made.a_page(), "answer.pdf")}
    answer = people.send(browser, path, facts | scan)
    assert answer.status_code == 422
    assert "Choose from the list." in answer.text
    with app.app_context():
        assert db.session.query(Letter).count() == 1
