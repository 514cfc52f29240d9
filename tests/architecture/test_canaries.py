"""No page, header or cookie carries a sealed word to anybody but those who may read it.

A word is planted in every sealed column; then everybody walks every route that
answers GET. Whoever receives the name of a client stands in the log of reads.
"""

import html
import json
import logging
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic.audit.models import access_entry
from clinic.clients import services as clients
from clinic.clients.models import Client, ImportedHistoryLine
from clinic.core.db import Base, db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.core.vault import Sealed
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.admin.filling import filled
from tests.architecture.planting import HEALTH, plant
from tests.engines import on_both_engines
from tests.factories import scheduling, staff
from tests.walking import NOWHERE, Step, ids_there, steps

EVERYONE = {"receptionist", "owner", "outside the care", "in the care"}
PLANTED = {
    "canary-reason": "referral.reason",
    "canary-code": "referral.diagnosis",
    "canary-care": "referral.precautions",
    "canary-history": "imported_history_line.line",
    "canary-liking": "preference.note",
    "canary-alert": "client.alert",
    "canary-stop": "client.not_to_book_reason",
    "canary-note": "visit.note",
    **HEALTH,
}


def _for_care(*endpoints: str) -> dict[str, set[str]]:
    """Pages on which only who treats the client receives it."""
    return {endpoint: {"in the care"} for endpoint in endpoints}


ENTITLED: dict[str, dict[str, set[str]]] = {
    # Health: only who treats this client (CLINICAL_READ, and in the care team).
    "canary-reason": {"desk.referral": {"in the care"}, "referrals.edit": {"in the care"}},
    "canary-code": {"desk.referral": {"in the care"}, "referrals.edit": {"in the care"}},
    "canary-care": _for_care("desk.referral", "referrals.edit", "records.card"),
    "canary-history": _for_care("desk.client"),
    "canary-asking": _for_care("coordination.outbound", "coordination.amend_outbound"),
    "canary-spotted": _for_care("coordination.outbound", "coordination.amend_outbound"),
    "canary-till-then": _for_care("coordination.outbound", "coordination.amend_outbound"),
    "canary-they-said": _for_care("coordination.outbound"),
    "canary-step-why": _for_care("coordination.outbound"),
    "canary-liking": _for_care(
        "desk.client", "clients.preferences", "health.history", "records.card"
    ),
    "canary-answer": _for_care("health.intake_review"),
    "canary-signed": _for_care("health.intake_review"),
    "canary-fact": _for_care("health.fact_edit", "health.history"),
    "canary-sheet": _for_care("desk.client", "health.history", "records.card"),
    "canary-question": _for_care("health.clearance"),
    "canary-because": _for_care("scheduling.visit"),
    "canary-early": _for_care("scheduling.visit"),
    "canary-body": _for_care("desk.client", "records.notes", "records.read_note"),
    "canary-added": _for_care("records.read_note"),
    "canary-adding": _for_care("records.read_note"),
    "canary-plan": _for_care(
        "desk.client",
        "records.card",
        "records.client_plan",
        "records.plan",
        "records.plan_edit",
        "records.plan_review",
    ),
    "canary-paused": _for_care("records.client_plan", "records.plan"),
    "canary-measure": _for_care("records.outcomes"),
    "canary-scope": _for_care("consents.consent", "consents.withdraw"),
    "canary-witness": _for_care("consents.consent"),
    "canary-withdrawn": _for_care("consents.consent"),
    "canary-letter": _for_care("letters.letter", "letters.edit", "letters.preview"),
    "canary-called": _for_care("letters.letter"),
    "canary-enclosed": _for_care("letters.letter", "letters.send", "letters.fax"),
    # To which number a letter went is no secret of the desk that sends it (LETTERS_WRITE).
    "canary-faxed": dict.fromkeys(("letters.letter", "letters.fax", "letters.cover"), EVERYONE),
    # Who enters papers (REFERRALS_WRITE) sees whom one seems to be from, until it is somebody's.
    "canary-from-whom": dict.fromkeys(
        (
            "coordination.papers",
            "coordination.paper",
            "coordination.paper_document",
            "coordination.paper_answer",
            "coordination.paper_aside",
        ),
        EVERYONE,
    ),
    # What went wrong with a treatment: an owner reviews it (EVENTS_REVIEW).
    "canary-event": {"records.event": {"in the care", "owner"}},
    "canary-found": {"records.event": {"in the care", "owner"}},
    # Who sends letters (LETTERS_WRITE) sees where one went; the list masks it.
    "canary-mailed": {"messages.message": EVERYONE},
    # For everybody who books (CLIENTS_READ): it is typed for them.
    "canary-alert": {
        "desk.client": EVERYONE,
        "clients.standing": EVERYONE,
        "consents.index": EVERYONE,
        "health.history": EVERYONE,
        "letters.of_client": EVERYONE,
        "desk.merge": {"receptionist", "owner"},
    }
    | _for_care("records.client_plan", "records.notes", "records.outcomes", "records.plan"),
    # Who decides it (CLIENTS_STANDING), and who treats the client.
    "canary-stop": {"desk.client": {"owner", "in the care"}, "clients.standing": {"owner"}},
    # Typed at the desk for the visit, and nothing about health (SCHEDULE_READ).
    "canary-note": {"office_board.panel": EVERYONE, "scheduling.visit": EVERYONE},
}
"""Which word who receives where. Nobody receives a word anywhere else."""
NEVER_SHOWN = {
    "office_changes.details_view",  # values stay sealed: there is no page of one change
    "office_changes.edit_view",
    "office_changes.create_view",
    "office_appointments.create_view",  # made on pages of the house's own
    "office_people.create_view",
    "office_orders.create_view",
    "office_settings.create_view",
    "office_qualifications.edit_view",  # named once
    "office_closures.edit_view",
    "office_lengths.edit_view",
    "office_time-off.edit_view",
    "coordination.outbound_for",  # leads on to the referral, or to whom to ask
    "desk.referrals",  # leads on to the board
    "health.intake_step",  # sent: it is read under another address
    "records.draft_event",  # the same
    "practice.setup",  # over: the clinic is set up
    "staff.front",  # leads on to one's first page
    "staff.link",  # nobody's token
}
"""Routes that answer GET and show nobody a page; lookups of screens without one besides."""
NAMES = {"Nakamura": "client", "Reyes": "other"}
QUERIES = {
    "coordination.new_outbound": ["client={client_id}"],
    "clients.index": ["q=naka", "show=all", "show=incomplete", "show=archived"],
    "clients.suggest": ["q=naka", "q=naka&pick=1", "q=Reye"],
    "desk.day": ["on={day}", "on=9999-99-99"],
    "desk.my_day": ["on={day}"],
    "desk.sheet": ["on={day}", "on={day}&by=rooms"],
    # What a session saw on the page is not written again for the feed.
    "office_board.feed": ["on={day}", "on=9999-99-99"],
    "office_board.index": ["on={day}&view=week"],
    "desk.merge": ["with={other}"],
    "office_cases.index": ["q=naka", "show=ended", "column=in-new"],
    "desk.numbers_list": ["number=open", "number=attended&part=hit"],
    "directory.suggest": ["q=ade"],
    "directory.suggest_organisations": ["q=north"],
    "scheduling.new_series": [
        "client={client_id}",
        "client={client_id}&service={service_id}&on={day}&time=10:00",
    ],
    "scheduling.series": ["find=1"],
    "scheduling.new": ["client={client_id}", "client={client_id}&service={service_id}"],
    "office_appointments.index_view": ["search=naka", "flt0_0=x"],
    "office_orders.index_view": ["search=naka"],
    "office_authorisations.index_view": ["search=naka"],
    "office_authorisations.ajax_lookup": ["name=referral&query=naka", "name=nothing"],
    "office_providers.ajax_lookup": ["name=organisation&query=north"],
}
ASTRAY = (
    "/nowhere", f"/clients/{NOWHERE}", f"/visits/{NOWHERE}", f"/referrals/{NOWHERE}",
    "/clients/1", f"/office/appointments/details/?id={NOWHERE}", "/clients?page=x",
)  # fmt: skip


@dataclass
class House:
    """The clinic, and a browser for everybody."""

    ids: dict[str, str]
    people: dict[str, tuple[FlaskClient, int | None]] = field(default_factory=dict)


@pytest.fixture
def house(app: Flask) -> House:
    with app.app_context():
        office = filled()
        client = db.session.query(Client).filter_by(last_name="Nakamura").one()
        other = db.session.query(Client).filter_by(last_name="Reyes").one()
        staff.member("Ora Side", Role.THERAPIST)
        visit = db.session.query(Visit).filter_by(client_id=client.id).first()
        planted = plant(client, visit, actor_of(visit.therapist), _owner())
        _plant(client)
        mine = {"client_id": client.public_id, "client": client.public_id}
        more = {"other": other.public_id, "day": str(scheduling.day())}
    house = House(ids_there(app) | office.ids | mine | more | planted)
    names = {
        "receptionist": "Robin Vale", "owner": "Olga Reed", "outside the care": "Ora Side",
        "in the care": "June Park",
    }  # fmt: skip
    house.people["anonymous"] = (app.test_client(), None)
    for who, name in names.items():
        house.people[who] = (_signed_in(app, name), _id_of(app, name))
    return house


def _owner() -> Actor:
    return actor_of(db.session.query(StaffMember).filter_by(name="Olga Reed").one())


def _plant(client: Client) -> None:
    with transaction():
        clients.prefer(client, actor=SYSTEM, note="canary-liking")
        clients.caution(client, actor=SYSTEM, alert="canary-alert", is_prepay_only=False)
        clients.stop_booking(client, actor=SYSTEM, reason="canary-stop")
    with transaction() as session, writing("test.history", SYSTEM):
        line = ImportedHistoryLine(client_id=client.id, import_ref="x", kind="allergy")
        line.client, line.line = client, "canary-history"
        session.add(line)
        session.flush()


def _signed_in(app: Flask, name: str) -> FlaskClient:
    browser = app.test_client()
    assert staff.enter(browser, name).status_code == 302
    return browser


def _id_of(app: Flask, name: str) -> int | None:
    with app.app_context():
        return db.session.scalar(select(StaffMember.id).where(StaffMember.name == name))


def reads_since(app: Flask, seq: int) -> list[Any]:
    with app.extensions["access"].connect() as connection:
        return list(connection.execute(select(access_entry).where(access_entry.c.seq > seq)))


def last_read(app: Flask) -> int:
    with app.extensions["access"].connect() as connection:
        return connection.scalar(select(func.max(access_entry.c.seq))) or 0


def test_every_sealed_column_holds_a_planted_word():
    sealed = {
        f"{mapper.class_.__tablename__}.{name}"
        for mapper in Base.registry.mappers
        for name, value in vars(mapper.class_).items()
        if isinstance(value, Sealed)
    }
    assert sealed == set(PLANTED.values())


@dataclass
class Walk:
    """What came of it: what was wrong, which routes answered, who received which word where."""

    wrong: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    received: set[tuple[str, str, str]] = field(default_factory=set)

    def take(self, app: Flask, house: House, who: str, step: Step) -> None:
        """Ask for one page as one person, and judge the whole answer."""
        browser, person = house.people[who]
        seq = last_read(app)
        answer = browser.get(step.path, headers={"Accept": "text/html"})
        said = _said(answer) + str(answer.headers)
        answer.close()
        at = f"{who} at {step.path} ({answer.status_code})"
        self.wrong += [f"failed: {at}"] if answer.status_code >= 500 else []
        self.shown |= {step.endpoint} if answer.status_code == 200 else set()
        for word in PLANTED:
            if word in said:
                self.received.add((word, step.endpoint, who))
                if who not in ENTITLED.get(word, {}).get(step.endpoint, ()):
                    self.wrong.append(f"{word}: {at}")
        self.wrong += _unlogged(said, reads_since(app, seq), house, person, at)


def _said(answer: Any) -> str:
    """All that can be read in an answer, papers included."""
    if answer.mimetype == "application/pdf":
        pages = PdfReader(BytesIO(answer.get_data())).pages
        return "\n".join(page.extract_text() for page in pages)
    return html.unescape(answer.get_data().decode("utf-8", "replace"))


@on_both_engines
def test_nobody_receives_what_is_not_theirs_and_every_name_is_logged(app, house, caplog):
    caplog.set_level(logging.INFO)
    walk = Walk()
    for who in house.people:
        copied = Step(
            "coordination.copy_letter", f"/letters/{house.ids['approved_letter_id']}/copy"
        )
        astray = (Step("", path) for path in ASTRAY)
        for step in (*steps(app, house.ids, QUERIES), copied, *astray):
            walk.take(app, house, who, step)
    assert walk.wrong == []
    _all_reached(app, walk.shown)
    _all_entitled(walk.received)
    for word in (*PLANTED, *NAMES):
        assert word not in caplog.text


def test_sabotage_a_page_that_shows_too_much_or_logs_too_little_is_seen(app, house, monkeypatch):
    monkeypatch.setattr("clinic.desk.views.referral.may_read_health", lambda *_: True)
    monkeypatch.setattr("clinic.desk.views.referral.saw", lambda *_: None)
    walk, path = Walk(), f"/referrals/{house.ids['referral_id']}"
    walk.take(app, house, "receptionist", Step("desk.referral", path))
    assert [line.split(":")[0] for line in walk.wrong] == [
        "canary-reason", "canary-code", "canary-care", "client not in the log",
    ]  # fmt: skip


def _unlogged(said: str, reads: list[Any], house: House, person: int | None, at: str) -> list[str]:
    """Names in an answer for which no entry of the log of reads stands."""
    named = [client for name, client in NAMES.items() if name in said]
    kept = {one for row in reads if row.actor_id == person for one in json.loads(row.subjects)}
    wrong = [f"{who} shown to nobody: {at}" for who in named if person is None]
    return wrong + [f"{who} not in the log: {at}" for who in named if house.ids[who] not in kept]


def _all_reached(app: Flask, shown: set[str]) -> None:
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    closed = {name for name in asked if name.endswith(".ajax_lookup")} - set(QUERIES)
    assert asked - shown == NEVER_SHOWN | closed


def _all_entitled(received: set[tuple[str, str, str]]) -> None:
    """Whoever may read a word does receive it: the walk would have seen it elsewhere as well."""
    promised = {
        (word, endpoint, who)
        for word, places in ENTITLED.items()
        for endpoint, people in places.items()
        for who in people
    }
    assert promised - received == set()
