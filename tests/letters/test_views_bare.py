"""A letter that leaves without a consent: whoever writes it is told what must not stand in it."""

from flask import Flask

from tests.factories import letters
from tests.factories import staff as people

TOLD = "write nothing but the name and the number"


def test_who_edits_a_letter_that_needs_no_consent_is_told_what_it_must_not_say(app: Flask):
    with app.app_context():
        people.set_up()
        house = letters.world()
        bare = letters.drafted(house, "acknowledgement").public_id
        report = letters.drafted(house).public_id
    browser = app.test_client()
    assert people.enter(browser, "Teo Marsh").status_code == 302
    assert TOLD in browser.get(f"/letters/{bare}/edit").text
    assert TOLD not in browser.get(f"/letters/{report}/edit").text
