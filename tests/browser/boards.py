"""A clinic with a board worth looking at, and a hand to drag on it."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from playwright.sync_api import Locator, Page

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client

PEOPLE = ("Ines Okafor", "June Park", "Priya Raman")
ZONE = "Europe/Berlin"
_WHERE = """([column, minute]) => {
  const feed = JSON.parse(document.getElementById("board").dataset.feed);
  const heads = [...document.querySelectorAll("#board .ec-col-head")];
  const days = [...document.querySelectorAll("#board .ec-body .ec-day")];
  const at = heads.findIndex((head) => head.textContent.includes(column));
  const box = days[at].getBoundingClientRect();
  const [first, last] = [feed.min, feed.max].map((text) => Number(text.slice(0, 2)) * 60);
  return [box.left + box.width / 2, box.top + (box.height * (minute - first)) / (last - first)];
}"""


@dataclass
class Day:
    """A week from today: who works, and what is booked with them."""

    on: date
    visits: dict[str, str]
    """The public id of each client's visit."""

    @property
    def path(self) -> str:
        return f"/office/schedule/?on={self.on}"


def a_day(app: Flask) -> Day:
    """Three therapists from eight to six, far from the browser's zone, and four visits."""
    with app.app_context():
        with transaction():
            plain = {"min_lead": 0, "horizon": 730, "hands_on_limit": 720}
            settle(actor=SYSTEM, name="Harbour Lane", timezone=ZONE, **plain)
        variant = catalogue.variant(code="THERAPEUTIC")
        catalogue.variant(90, 12000, of=variant.service)
        house = made.House(
            desk=staff.receptionist(),
            owner=staff.owner(),
            therapist=made.a_therapist(PEOPLE[0], hours=(480, 1080)),
            client=a_client(),
            variant=variant,
            places=[made.a_place(f"R{number}", number) for number in (1, 2, 3)],
        )
        others = [made.a_therapist(name, hours=(480, 1080)) for name in PEOPLE[1:]]
        booked = (
            ("Leila Haddad", house.therapist, 9),
            ("Noah Petrov", house.therapist, 11),
            ("Chidi Eze", others[0], 10),
            ("Sofia Marchetti", others[1], 14),
        )
        visits = {
            name: made.book(house, made.at(hour), therapist=person, client=a_client(name)).public_id
            for name, person, hour in booked
        }
        return Day(made.this_day() + timedelta(days=7), visits)


def sign_in(page: Page, name: str = "Robin Vale") -> None:
    page.goto("/sign-in")
    page.fill("#email", staff.address_of(name))
    page.fill("#password", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def opened_board(page: Page, path: str, name: str = "Robin Vale") -> None:
    """The board, drawn."""
    sign_in(page, name)
    page.goto(path)
    page.locator("#board.is-ready .ec-body").wait_for()


def card(page: Page, name: str) -> Locator:
    """A visit's button on the board."""
    return page.locator("#board .ec-event:not(.ec-preview) [data-visit]", has_text=name)


def point(page: Page, column: str, clock: str) -> tuple[float, float]:
    """Where a wall time is in a column, in pixels."""
    minute = int(clock[:2]) * 60 + int(clock[3:])
    x, y = page.evaluate(_WHERE, [column, minute])
    return x, y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move as a hand does, let go."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 3, start[1] + 7, steps=3)
    page.mouse.move(*end, steps=10)
    page.mouse.up()


def carry(page: Page, column: str, since: str, to: str, until: str) -> None:
    """Take the card that stands at a time by its upper part, and drop it elsewhere."""
    (x, y), (to_x, to_y) = point(page, column, since), point(page, to, until)
    drag(page, (x, y + 6), (to_x, to_y + 6))
