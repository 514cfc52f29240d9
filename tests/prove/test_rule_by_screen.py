"""Rule by screen: what the board, the office and the pages send meets the same gate.

The services are proven path by path next door; here each rule is tried through the very
requests that a drag, a dragged edge, a form of the office and the booking page send.
"""

import re
from html import unescape

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.rules.screening import codes_of
from tests.engines import on_both_engines
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.staff import signed_in, token_of
from tests.prove.rules_told import CANARY, RULES, Demand, forgotten, tell
from tests.prove.test_rule_by_path import SAID as ON_A_PATH
from tests.prove.test_rule_by_path import Story, all_forgotten
from tests.scheduling import test_services_screening as doors

pytestmark = on_both_engines
OPENING = re.compile(r'name="opening" value="([^"]+)"')
SAID = ON_A_PATH | {"Nobody can give this then.": "therapist"}
JSON = {"Accept": "application/json"}


class Desk:
    """Somebody of the reception at a screen, and a visit of a client of whom all is said no."""

    def __init__(self, app):
        self.app = app
        with app.app_context():
            self.story = story = Story(is_barred=True)
            house = story.house
            catalogue.variant(90, of=house.variant.service)
            visit = story.book()
            self.visit, self.number = visit.public_id, visit.id
            self.variant, self.other = house.variant.public_id, story.other.public_id
            self.service = house.variant.service.public_id
            self.client, self.therapist = house.client.public_id, house.therapist.public_id
            self.on = str(story.day)
        self.browser = signed_in(app, name=house.desk.name)
        self.token = token_of(self.browser, "/account")
        page = self.browser.get("/book", query_string=self.chosen)
        self.opening = OPENING.search(page.text)[1]

    @property
    def chosen(self):
        return {
            "client": self.client, "service": self.service, "variant": self.variant,
            "on": self.on, "therapist": self.therapist, "part": "", "source": "phone",
        }  # fmt: skip

    def now(self):
        """The visit as it stands: version, whether it is at ten, whether it takes an hour."""
        with self.app.app_context():
            visit = db.session.get_one(Visit, self.number)
            return visit.version, visit.starts_at == made.at(10), visit.minutes == 60

    def send(self, path, **data):
        headers = {"X-CSRFToken": self.token} | (JSON if "/schedule/" in path else {})
        return self.browser.post(path, data={"csrf_token": self.token} | data, headers=headers)

    # ---- the screens

    def drag(self):
        version, is_at_ten, _ = self.now()
        start = f"{self.on}T{'14' if is_at_ten else '10'}:00"
        return self.send("/office/schedule/move", visit=self.visit, version=version, start=start,
                         staff=self.therapist, place="")  # fmt: skip

    def drag_an_edge(self):
        version, _, is_an_hour = self.now()
        return self.send("/office/schedule/length", visit=self.visit, version=version,
                         minutes=90 if is_an_hour else 60)  # fmt: skip

    def edit_in_the_office(self):
        version, is_at_ten, _ = self.now()
        return self.send(f"/office/appointments/edit/?id={self.visit}", version=version,
                         day=self.on, time="14:00" if is_at_ten else "10:00",
                         therapist=self.therapist, place="")  # fmt: skip

    def move_on_its_page(self):
        version, is_at_ten, _ = self.now()
        return self.send(f"/visits/{self.visit}/move", version=version, on=self.on,
                         time="14:00" if is_at_ten else "10:00",
                         therapist=self.therapist)  # fmt: skip

    def change_on_its_page(self):
        return self.send(f"/visits/{self.visit}/service", version=self.now()[0],
                         variant=self.variant)  # fmt: skip

    def book(self):
        answer = self.send("/book", **self.chosen, opening=self.opening)
        if answer.status_code < 400:
            with self.app.app_context():
                made.done(services.cancel, self.newest(), self.story.house.desk)
        return answer

    def newest(self):
        return db.session.query(Visit).order_by(Visit.id.desc()).first()

    # ---- what is demanded, and what came out

    def learn(self, rule):
        with self.app.app_context():
            story = self.story
            client = db.session.merge(story.house.client)
            with transaction():
                tell(client, rule, True, story.day, story.today)
            demand = Demand.of(client, story.day)
            assert demand.verdict.hit(rule).state == "open"
            return demand.comes_out(story.primary, story.held, treats=False)

    def outcome(self, answer, wanted):
        text = unescape(answer.text)
        assert CANARY not in text
        if answer.status_code >= 400:
            said = [f"refused: {name}" for words, name in SAID.items() if words in text]
            return wanted if wanted in said else (answer.status_code, *said)
        with self.app.app_context():
            # Whatever was booked last is what it was about: none is booked but by booking.
            verdict = doors.verdict_of(self.newest())
            return (verdict.outcome, *codes_of(verdict.effects))


SCREENS = (
    Desk.drag, Desk.drag_an_edge, Desk.edit_in_the_office, Desk.move_on_its_page,
    Desk.change_on_its_page, Desk.book,
)  # fmt: skip


@pytest.fixture
def desk(app: Flask, monkeypatch) -> Desk:
    """The desk; every case was told once, so that its sheet can be laid down again."""
    desk = Desk(app)
    story = desk.story
    with app.app_context(), monkeypatch.context() as patched, all_forgotten(patched):
        client = db.session.merge(story.house.client)
        for rule in RULES:
            with forgotten():
                tell(client, rule, True, story.day, story.today)
    return desk


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_no_rule_is_escaped_by_any_screen(desk: Desk, screen):
    wrong = {}
    for rule in RULES:
        wanted = desk.learn(rule)
        found = desk.outcome(screen(desk), wanted)
        if found != wanted:
            wrong[rule] = (found, wanted)
    assert wrong == {}
