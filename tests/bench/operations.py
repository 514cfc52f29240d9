"""What is measured: the pages as a receptionist asks for them, and the bare SQL beneath them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from clinic.admin.board_feed import card_of
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
BOARD_SQL = """
SELECT v.public_id, v.version, v.status, v.minutes, s.starts_s, s.ends_s, c.first_name,
       c.last_name, sv.name, v.therapist_id, r.name
FROM visit v JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
JOIN service_variant w ON w.id = v.variant_id JOIN service sv ON sv.id = w.service_id
JOIN place p ON p.id = v.place_id JOIN room r ON r.id = p.room_id
WHERE v.on_date BETWEEN ? AND ? ORDER BY s.starts_s"""


def operations(
    app: Flask, client: FlaskClient, stocked: Stocked, engine: Engine
) -> Iterator[Operation]:
    """Every operation, each page followed by the bare SQL that reads the same rows."""
    day = stocked.day
    names = ["nakamura", "haddad", "garcia", "angstrom", "mul", "ada", "312000", "c50"]
    pages: list[tuple[str, Callable[[], object], Callable[[], object], float, int]] = [
        ("client list", _get(client, "/clients"), _sql(engine, LIST_SQL), 6, 3),
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
            _get(client, f"/clients/{stocked.client_public_id}"),
            _sql(engine, CLIENT_SQL, stocked.client_public_id),
            8,
            6,
        ),
        (
            "admin list, appointments",
            _get(client, "/office/appointments/"),
            _sql(engine, OFFICE_SQL),
            30,
            3,
        ),
        ("day page, kept", _get(client, f"/day?on={day}"), _sql(engine, DAY_SQL, str(day)), 3, 2),
    ]
    yield Operation(
        "day page, drawn anew",
        _get(client, f"/day?on={day}"),
        goal=6,
        sql_goal=5,
        bare="bare SQL: day page, drawn anew",
        prepare=_forget(app, "desk_days"),
    )
    yield Operation("bare SQL: day page, drawn anew", _sql(engine, DAY_SQL, str(day)))
    for name, act, bare, goal, most in pages:
        yield Operation(
            name, act, goal=goal, sql_goal=most, bare=f"bare SQL: {name}",
            prepare=act if name.endswith("kept") else None,
        )  # fmt: skip
        yield Operation(f"bare SQL: {name}", bare)
    yield from _board(app, client, engine, stocked)
    yield from cases_board(app, _get, client, _sql, engine)
    yield from _openings(app, engine, stocked)
    yield from booking(app, engine, stocked)


def _forget(app: Flask, kept: str) -> Callable[[], object]:
    """Drop what was drawn, so that the next one is drawn anew."""
    begun = app.extensions[kept]
    return lambda: app.extensions.update({kept: type(begun)(64)})


def _get(client: FlaskClient, path: str) -> Callable[[], object]:
    def act() -> object:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    return act


def _each(client: FlaskClient, path: str, words: list[str]) -> Callable[[], object]:
    """Ask for one word after the other, so that no answer is the last one again."""
    turn = count()
    return lambda: _get(client, path.format(words[next(turn) % len(words)]))()


@cache
def _connection(engine: Engine) -> Any:
    """One for all bare SQL of a database."""
    return engine.raw_connection()


def _sql(engine: Engine, statement: str, *values: Any) -> Callable[[], object]:
    """The driver's own cursor on one open connection: nothing is cheaper."""
    connection = _connection(engine)
    return lambda: connection.cursor().execute(statement, values).fetchall()


def _search(engine: Engine, words: list[str]) -> Callable[[], object]:
    connection, turn = _connection(engine), count()

    def act() -> object:
        word = words[next(turn) % len(words)]
        beyond = word[:-1] + chr(ord(word[-1]) + 1)
        return connection.cursor().execute(SEARCH_SQL, (word, beyond)).fetchall()

    return act


def _board(
    app: Flask, client: FlaskClient, engine: Engine, stocked: Stocked
) -> Iterator[Operation]:
    """The feed of the board, a day and a week: as it was drawn, drawn anew after a change
    elsewhere, by a process that never drew it, and unchanged; and the panel of one visit."""
    day = stocked.day
    monday = day - timedelta(days=day.weekday())
    spans = {"day": (day, day), "week": (monday, monday + timedelta(days=6))}
    for view, (first, last) in spans.items():
        path = f"/office/schedule/feed?on={day}&view={view}"
        bare = f"bare SQL: board's feed, a {view}"
        goals = {"day": (3, 6), "week": (8, 8)}[view]
        yield Operation(
            f"board's feed, a {view}, kept",
            _get(client, path),
            goal=goals[0],
            sql_goal=2,
            bare=bare,
            prepare=_get(client, path),
        )
        yield Operation(
            f"board's feed, a {view}, anew", _get(client, path), goal=goals[1], sql_goal=5,
            bare=bare, prepare=_forget(app, "boards"),
        )  # fmt: skip
        yield Operation(
            f"board's feed, a {view}, never drawn", _get(client, path), sql_goal=5, bare=bare,
            prepare=_forget_all(app),
        )  # fmt: skip
        yield Operation(bare, _sql(engine, BOARD_SQL, str(first), str(last)))
    path = f"/office/schedule/feed?on={day}&view=day"
    yield Operation(
        "board, nothing new",
        _unchanged(client, path),
        goal=3,
        sql_goal=2,
        prepare=_get(client, path),
    )
    yield Operation(
        "panel of a visit to come",
        _get(client, f"/office/schedule/visit/{_a_visit_to_come(engine, day)}"),
        sql_goal=10,
    )


def _a_visit_to_come(engine: Engine, day: date) -> str:
    """The public id of a booked visit after the busiest day."""
    booked = "SELECT public_id FROM visit WHERE on_date > ? AND status = 'booked' ORDER BY on_date"
    found: list[tuple[str]] = _connection(engine).cursor().execute(booked, (str(day),)).fetchall()
    return found[0][0]


def _forget_all(app: Flask) -> Callable[[], object]:
    """Drop the boards, and the cards that they were made of."""
    boards = _forget(app, "boards")

    def forget() -> None:
        boards()
        card_of.cache_clear()

    return forget


def _unchanged(client: FlaskClient, path: str) -> Callable[[], object]:
    """What an open board asks every two seconds."""

    def act() -> object:
        tag = client.get(path).headers["ETag"] if not known else known[0]
        known[:] = [tag]
        answer = client.get(path, headers={"If-None-Match": tag})
        if answer.status_code != 304:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    known: list[str] = []
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
        narrow = _sql(engine, TAKEN_SQL.format(f"{people},{rooms}"), *span)
        parts = [
            *(_sql(engine, statement) for statement in STILL_SQL),
            _sql(engine, TREATED_SQL.format(people), *span),
            _sql(engine, TAKEN_SQL.format(rooms), *span),
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
