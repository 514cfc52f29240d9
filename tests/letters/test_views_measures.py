"""A letter's measures stand on its page as they stand in the PDF."""

from flask import Flask

from clinic.letters.rules.blocks import Content, MeasureLine, Measures
from tests.factories import letters
from tests.factories import staff as people


def test_a_measure_says_its_side_and_its_unit_once(app: Flask):
    turned = MeasureLine(
        "Neck, turning, left", side="L", baseline="48°", now="63°", change="15° higher", unit="°"
    )
    with app.app_context():
        people.set_up()
        house = letters.world()
        said = Content("Progress report", "", (Measures((turned,)),))
        letter = letters.drafted(house, content=said).public_id
    browser = app.test_client()
    assert people.enter(browser, "Teo Marsh").status_code == 302
    page = browser.get(f"/letters/{letter}").text
    row = page.partition("Neck, turning")[2].partition("</tr>")[0]
    assert row.count("left") == 1
    assert row.count("°") == 3  # 48°, 63°, 15° higher
