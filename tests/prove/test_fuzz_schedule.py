"""The schedule's own doors with what is nearly right: nothing breaks, nothing is half done.

Unlike the fuzzer of every route this one knows what the doors take, and says most of it
rightly: ids that are there, the versions that stand, times of the grid.
"""

import random
from urllib.parse import quote_from_bytes

from sqlalchemy import select

from clinic.core.db import Base, db
from tests.factories import scheduling as made
from tests.prove.hostile import VALUES, Sent
from tests.prove.test_fuzz import ask, changed, faults  # noqa: F401 (a fixture among them)
from tests.prove.things import put_things

STEPS = (
    "approve", "check-in", "confirm", "decline", "finish", "no-show", "release", "reopen",
    "send-home", "start", "undo", "cancel", "fee", "length", "burn",
)  # fmt: skip
BOARD = "/office/schedule/"
DOORS = {
    BOARD + "move": ("visit", "version", "start", "staff", "place", "fold", "outside_hours",
                     "overlap_why"),
    BOARD + "length": ("visit", "version", "minutes", "outside_hours"),
    BOARD + "step": ("visit", "version", "step", "why", "by", "decision", "minutes"),
    BOARD + "undo": ("change",),
    BOARD + "hold": ("variant", "staff", "start", "place", "client", "fold"),
    BOARD + "release": ("hold",),
    "/book/keep": ("client", "service", "variant", "therapist", "on", "time", "opening", "hold",
                   "fold"),
    "/book/let-go": ("hold",),
    "/book": ("client", "service", "variant", "therapist", "on", "time", "opening", "hold", "fold",
              "source", "minutes", "days", "earliest"),
    "/book/together": ("people", "kind", "on", "opening", "book", "client-0", "client-1",
                       "variant-0", "variant-1", "therapist-0", "therapist-1"),
    "/groups/{group}/move": ("versions", "opening", "on", "time", "fold", "outside_hours"),
    "/groups/{group}/cancel": ("versions", "by", "why"),
    "/series/new": ("client", "service", "variant", "therapist", "time", "first_on", "every",
                    "unit", "visits", "use_referral", "pick-1", "pick-2", "book", "shown",
                    "preset", "begin", "remove", "add"),
    "/series/{series}/2/book": ("opening", "version"),
    "/series/{series}/3/skip": ("version",),
    "/series/{series}/99999999999999999999/take-up": ("version",),
    "/series/{series}/extend": ("every", "unit", "visits", "version"),
    "/series/{series}/end": ("why", "version"),
    "/waitlist/new": ("client", "variant", "therapists", "gender", "earliest", "latest",
                      "weekdays", "parts", "notice_hours", "priority", "use_referral"),
    "/waitlist/{entry}": ("variant", "therapists", "gender", "earliest", "latest", "weekdays",
                          "parts", "notice_hours", "priority", "version"),
    "/waitlist/{entry}/offer": ("at", "therapist"),
    "/waitlist/offers/{offer}/decline": (),
    "/waitlist/offers/{offer}/accept": (),
    "/waitlist/{entry}/withdraw": ("version",),
    "/schedule/hurt": ("to-{visit}", "version-{visit}", "do"),
    "/time-off/{time_off}/visits": ("to-{visit}", "version-{visit}", "version", "do"),
    "/visits/{visit}/move": ("opening", "on", "time", "therapist", "fold", "version"),
    "/visits/{visit}/length": ("minutes", "version"),
    "/visits/{visit}/fee": ("decision", "why", "version"),
    "/calendars": ("shows_names", "shows_services"),
}  # fmt: skip
LOOKS = (
    BOARD, BOARD + "feed", BOARD + "visit/{visit}", "/day/sheet", "/book", "/book/together",
    "/series/new", "/series/{series}", "/waitlist", "/waitlist/new", "/waitlist/free",
    "/waitlist/{entry}", "/groups/{group}", "/schedule/hurt", "/time-off/{time_off}/visits",
    "/visits/{visit}/visit.ics", "/calendars",
)  # fmt: skip
ASKED = ("on", "view", "who", "visit", "client", "service", "variant", "therapist", "part",
         "from", "after", "find", "by", "embed", "every", "all", "next", "people")  # fmt: skip


class World:
    """What is there, and what is nearly right to say of it."""

    def __init__(self, app, seed):
        self.random, self.app = random.Random(seed), app
        with app.app_context():
            house = made.open_house()
            self.people = [house.desk.id, house.owner.id, house.therapist.id]
            things = put_things(house)
            made.a_policy()
            self.names = {name: one.public_id for name, one in things.items()}
            self.standing = [made.book(house, made.at(8 + n, days=2)).public_id for n in (0, 3)]
            self.house = {
                "variant": house.variant.public_id, "service": house.variant.service.public_id,
                "client": house.client.public_id, "place": house.places[0].public_id,
                "staff": house.therapist.public_id, "therapist": house.therapist.public_id,
                "therapists": house.therapist.public_id,
            }  # fmt: skip
            self.zone, self.day = made.zone(), made.this_day()
            self.moments = [
                int(made.at(h, days=d).timestamp()) for d in (1, 2, 6) for h in (10, 13)
            ]
            db.session.remove()

    def version(self, public_id):
        """The version that stands of whatever has this id."""
        with self.app.app_context():
            for mapper in Base.registry.mappers:
                table = mapper.local_table
                if "public_id" in table.c and "version" in table.c:
                    row = db.session.scalar(
                        select(table.c.version).where(table.c.public_id == public_id)
                    )
                    if row is not None:
                        return str(row)
        return "1"

    def right(self, name, about):
        """Something that could be meant by a field."""
        one = self.random.choice
        plain = name.partition("-")[0]
        opening = f"{one(self.moments)}.{self.house['staff']}.{self.house['place']}"
        values = {
            "visit": about, "version": self.version(about), "change": self.names["change"],
            "hold": self.names["hold"], "fold": one("01"), "minutes": one(("60", "30", "90")),
            "start": f"{one((self.day.isoformat(), '2027-03-14', '2027-11-07'))}T"
                     f"{one(('10:00', '02:30', '01:30', '23:45'))}",
            "step": one(STEPS), "by": one(("client", "clinic")),
            "decision": one(("charge", "waive")),
            "on": self.day.isoformat(), "first_on": self.day.isoformat(), "opening": opening,
            "time": one(("10:00", "14:15")), "at": str(one(self.moments)), "every": one("127"),
            "earliest": self.day.isoformat(), "latest": self.day.isoformat(), "to": one(
                ("leave", "cancel", opening)),
            "kind": one(("couple", "group")), "unit": one(("weeks", "days")), "visits": one("23"),
            "weekdays": "127", "parts": "1", "notice_hours": "0", "priority": "high",
            "versions": f"{about}:1", "pick": one((opening, "later", "skip")), "people": "2",
        }  # fmt: skip
        return values.get(plain) or self.house.get(plain, "1")

    def sent(self, path, fields):
        about = self.random.choice([*self.standing, self.names["visit"]])
        names = self.names | {"visit": about}
        pairs = []
        for name in fields:
            odd = self.random.random()
            key = name.format(**names)
            if odd < 0.12:
                pairs.append((key, self.random.choice(VALUES)))
            elif odd < 0.92:
                whose = next((names[n] for n in names if f"{{{n}}}" in path), about)
                value = self.right(name, about if "visit" in fields else whose)
                pairs.append((key, value.encode()))
        body = "&".join(f"{key}={quote_from_bytes(value, safe='')}" for key, value in pairs)
        return Sent(
            "POST", path.format(**names).encode(), "", body.encode("ascii"),
            "application/x-www-form-urlencoded",
        )  # fmt: skip

    def looked(self, path):
        names = [self.random.choice(ASKED) for _ in range(3)]
        pairs = [
            (name, self.random.choice(VALUES) if self.random.random() < 0.6
             else self.right(name, self.names["visit"]).encode())
            for name in names
        ]  # fmt: skip
        query = "&".join(f"{key}={quote_from_bytes(value, safe='')}" for key, value in pairs)
        return Sent("GET", path.format(**self.names).encode(), query, None, "")


def test_what_is_nearly_right_breaks_nothing(app, changed, rounds):  # noqa: F811
    world = World(app, rounds)
    found, done = [], set()
    for _ in range(max(2, rounds // 100)):
        for path, fields in DOORS.items():
            for person in world.people:
                sent = world.sent(path, fields)
                changed.clear()
                answer, took = ask(app, person, sent)
                found += faults(sent, answer, took, changed)
                if answer.status_code < 400:
                    done.add(path)
        for path in LOOKS:
            sent = world.looked(path)
            changed.clear()
            found += faults(sent, *ask(app, world.random.choice(world.people), sent), changed)
    assert len(done) > len(DOORS) / 3, "nothing that is sent gets far"
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:20])
