"""What is measured: the pages as a receptionist asks for them, and the bare SQL beneath them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from clinic.catalogue.queries import the_variant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.vault import vault
from clinic.health.models import FactSheet
from clinic.health.rules.facts import Fact, Sheet, to_json
from clinic.health.rules.forms_1 import FORMS
from clinic.health.rules.reading import read_answers
from clinic.health.rules.telling import answers_that_count, told_from, told_to_json
from clinic.scheduling.queries import ground
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.rules.screening import Screened
from tests.bench.acts import connection_of, forget, get, sql
from tests.bench.boards import board as day_board
from tests.bench.booking import booking
from tests.bench.cases import board as cases_board
from tests.bench.measure import Operation
from tests.bench.rows import ROOMS, THERAPISTS, ZONE
from tests.bench.stock import Stocked
from tests.factories.health import all_no

KNOWN = (
    Fact("condition", "HYPERTENSION", details=(("controlled", "yes"),)),
    Fact("condition", "DIABETES_2", details=(("stable", "yes"),)),
    Fact("condition", "VARICOSE_VEINS", area="CALF", side="L"),
    Fact("medicine", "NSAID"),
    Fact("allergy", "NUT"),
    Fact("surgery", "SURGERY", on=date(2019, 5, 2), area="KNEE", side="R"),
)
"""What is known of the client who is searched for."""
KNOWN_PEOPLE = 400
"""More than are kept of those who were searched for."""
DAY_SQL = """
SELECT v.public_id, v.status, v.minutes, s.starts_s, s.ends_s, c.first_name, c.last_name,
       c.preferred_name, sv.name, st.name, r.name
FROM visit v JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
JOIN service_variant w ON w.id = v.variant_id JOIN service sv ON sv.id = w.service_id
JOIN staff_member st ON st.id = v.therapist_id JOIN place p ON p.id = v.place_id
JOIN room r ON r.id = p.room_id WHERE v.on_date = ? ORDER BY s.starts_s"""
LIST_SQL = """
SELECT public_id, number, first_name, last_name, birth_date, status FROM client
WHERE person_id IS NULL AND archived_at IS NULL ORDER BY search_name, id LIMIT 51"""
SEARCH_SQL = """
SELECT DISTINCT c.public_id, c.number, c.first_name, c.last_name, c.birth_date
FROM search_term t JOIN client c ON c.id = t.client_id WHERE t.term >= ? AND t.term < ? LIMIT 8"""
CLIENT_SQL = "SELECT * FROM client WHERE public_id = ?"
OFFICE_SQL = """
SELECT v.public_id, v.status, v.on_date, s.starts_s, c.first_name, c.last_name FROM visit v
JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
ORDER BY v.on_date DESC, v.id DESC LIMIT 51"""
TAKEN_SQL = """
SELECT resource_id, starts_s, ends_s FROM occupancy WHERE resource_id IN ({})
AND starts_s >= ? AND starts_s < ?"""
TREATED_SQL = """
SELECT o.resource_id, o.starts_s, o.ends_s, o.slot_id, v.minutes * sv.hands_on_percent
FROM occupancy o LEFT JOIN visit v ON v.slot_id = o.slot_id
LEFT JOIN service_variant w ON w.id = v.variant_id LEFT JOIN service sv ON sv.id = w.service_id
WHERE o.resource_id IN ({}) AND o.starts_s >= ? AND o.starts_s < ?"""
STILL_SQL = (
    """SELECT m.id, m.public_id, m.name, m.gender, m.hands_on_limit, q.code, h.valid_from,
    h.valid_until, h.revoked_on FROM staff_member m JOIN role_grant g ON g.staff_id = m.id
    JOIN staff_qualification h ON h.staff_id = m.id
    JOIN qualification q ON q.id = h.qualification_id WHERE g.role = 'therapist'""",
    """SELECT staff_id, weekday, starts, ends, from_on, until_on FROM working_hours""",
    """SELECT p.id, p.public_id, r.name, r.position FROM place p JOIN room r ON r.id = p.room_id
    WHERE p.is_active AND r.is_active""",
    "SELECT * FROM setting",
)


def operations(
    app: Flask, client: FlaskClient, stocked: Stocked, engine: Engine
) -> Iterator[Operation]:
    """Every operation, each page followed by the bare SQL that reads the same rows."""
    day = stocked.day
    names = ["nakamura", "haddad", "garcia", "angstrom", "mul", "ada", "312000", "c50"]
    pages: list[tuple[str, Callable[[], object], Callable[[], object], float, int]] = [
        ("client list", get(client, "/clients"), sql(engine, LIST_SQL), 6, 3),
        (
            "client search",
            _each(client, "/clients/suggest?q={}", names),
            _search(engine, names),
            6,
            3,
        ),
        (
            "client search, two words",
            _each(client, "/clients/suggest?q={}", ["jose garcia", "mei brown", "ch mul"]),
            _search(engine, names),
            6,
            3,
        ),
        (
            "client page",
            get(client, f"/clients/{stocked.client_public_id}"),
            sql(engine, CLIENT_SQL, stocked.client_public_id),
            8,
            6,
        ),
        (
            "admin list, appointments",
            get(client, "/office/appointments/"),
            sql(engine, OFFICE_SQL),
            30,
            3,
        ),
        ("day page, kept", get(client, f"/day?on={day}"), sql(engine, DAY_SQL, str(day)), 3, 2),
    ]
    yield Operation(
        "day page, drawn anew",
        get(client, f"/day?on={day}"),
        goal=6,
        sql_goal=5,
        bare="bare SQL: day page, drawn anew",
        prepare=forget(app, "desk_days"),
    )
    yield Operation("bare SQL: day page, drawn anew", sql(engine, DAY_SQL, str(day)))
    for name, act, bare, goal, most in pages:
        yield Operation(
            name, act, goal=goal, sql_goal=most, bare=f"bare SQL: {name}",
            prepare=act if name.endswith("kept") else None,
        )  # fmt: skip
        yield Operation(f"bare SQL: {name}", bare)
    yield from day_board(app, client, engine, stocked)
    yield from cases_board(app, get, client, sql, engine)
    yield from _openings(app, engine, stocked)
    yield from booking(app, engine, stocked)


def _each(client: FlaskClient, path: str, words: list[str]) -> Callable[[], object]:
    """Ask for one word after the other, so that no answer is the last one again."""
    turn = count()
    return lambda: get(client, path.format(words[next(turn) % len(words)]))()


def _search(engine: Engine, words: list[str]) -> Callable[[], object]:
    connection, turn = connection_of(engine), count()

    def act() -> object:
        word = words[next(turn) % len(words)]
        beyond = word[:-1] + chr(ord(word[-1]) + 1)
        return connection.cursor().execute(SEARCH_SQL, (word, beyond)).fetchall()

    return act


def _openings(app: Flask, engine: Engine, stocked: Stocked) -> Iterator[Operation]:
    """From the first weekday to come, against the bare SQL that reads the same rows."""
    first = datetime.now(ZONE).date() + timedelta(days=1)
    while first.weekday() > 4:
        first += timedelta(days=1)
    people, rooms = (
        ",".join(map(str, numbers))
        for numbers in (range(1, THERAPISTS + 1), range(101, 101 + ROOMS))
    )
    for days in (1, 30):
        begins, _ = day_bounds(first, ZONE)
        _, ends = day_bounds(first + timedelta(days=days - 1), ZONE)
        span = (epoch(begins), epoch(ends))
        name = "openings, one day" if days == 1 else f"openings, {days} days"
        narrow = sql(engine, TAKEN_SQL.format(f"{people},{rooms}"), *span)
        parts = [
            *(sql(engine, statement) for statement in STILL_SQL),
            sql(engine, TREATED_SQL.format(people), *span),
            sql(engine, TAKEN_SQL.format(rooms), *span),
        ]
        yield Operation(
            name,
            _search_openings(app, stocked, first, days),
            against=f"bare SQL: {name}",
            goal=3 if days == 1 else 10,
            sql_goal=3,
            bare=f"taken times alone: {name}",
        )
        if days > 1:
            # At most a fifth more than the same search without a look at what is known of them:
            # of all times in 30 days, and of the best few, for somebody searched for just now
            # and for somebody of whom nothing is kept from before.
            known = _known_people(app, stocked, first)
            for what, most in (("all", None), ("the best", 20)):
                for whom in ("again", "the first time"):
                    case = f"{days} days, {what}, one client, {whom}"
                    search = _search_for_one(app, stocked, first, days, known, most, whom)
                    yield Operation(case, search, against=f"{case}, unscreened", goal=1.2)
                    yield Operation(f"{case}, unscreened", partial(_unscreened, search))
        yield Operation(f"bare SQL: {name}", partial(_all, parts))
        yield Operation(f"taken times alone: {name}", narrow)


def _all(parts: list[Callable[[], object]]) -> list[object]:
    return [part() for part in parts]


def _known_people(app: Flask, stocked: Stocked, on: date) -> list[int]:
    """Clients who filled in the whole form, and of whom a lot is known."""
    given = all_no("full")
    said = told_to_json(given, read_answers(FORMS["full"], given, on).answers)
    told = told_from(said, form="full", on=on, is_reviewed=True, ref="b" * 20)
    known = Sheet(
        facts=KNOWN, answers=answers_that_count([told]), history_on=on, is_reviewed=True
    )  # fmt: skip
    with app.app_context(), transaction() as session, writing("bench.know", SYSTEM):
        people = session.scalars(select(Client).order_by(Client.id).limit(KNOWN_PEOPLE)).all()
        for client in people:
            # The stock is made of rows alone: these get keys with which a sheet is sealed.
            client.key = vault().new_key()
            session.add(client.key)
            sheet = FactSheet(client=client, contents_sealed=b"", history_on=on)
            sheet.contents = to_json(known)
            session.add(sheet)
        session.flush()
        return [client.known_as for client in people]


def _search_for_one(
    app: Flask,
    stocked: Stocked,
    first: date,
    days: int,
    people: Sequence[int],
    most: int | None,
    whom: str,
) -> Callable[[], object]:
    """The search for somebody of whom a lot is known, all of it judged on every day.

    For the first time: another client each time, so many that what was kept of one is
    forgotten when their turn comes again.
    """
    with app.app_context():
        variant = the_variant(stocked.variant_public_id)
        assert variant.service.is_active, "read at once: no session is left later"
    turn = count(0 if most is None else len(people) // 2)

    def act() -> object:
        number = people[next(turn) % len(people)] if whom == "the first time" else people[0]
        with app.app_context():
            wish = Wish(variant, (), first, days=days, client_id=number)
            return openings(wish, count=most).openings

    return act


def _unscreened(search: Callable[[], object]) -> object:
    kept, ground._screened = ground._screened, _nothing_known  # type: ignore[assignment]
    try:
        return search()
    finally:
        ground._screened = kept


def _nothing_known(*_: object) -> Mapping[date, Screened]:
    return {}


def _search_openings(app: Flask, stocked: Stocked, first: date, days: int) -> Callable[[], object]:
    """The search itself; the length that is wished is at hand, as it is on a page."""
    with app.app_context():
        variant = the_variant(stocked.variant_public_id)

    def act() -> object:
        with app.app_context():
            found = openings(Wish(variant, (), first, days=days), count=20).openings
            if len(found) != 20:
                raise RuntimeError("no openings")
            return found

    return act
