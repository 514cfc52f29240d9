"""A case of a rule, told of a client of a made-up clinic: into the tables, not past them."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from hypothesis import Phase, given, settings
from sqlalchemy import select

from clinic.consents import services as consents
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.directory.models import Provider
from clinic.health.events import FactsChanged
from clinic.health.models import FactSheet, HealthFact
from clinic.health.queries import known_of
from clinic.health.rules.effects import effects
from clinic.health.rules.facts import fact_to_json
from clinic.health.rules.screening import fit, judge
from clinic.health.rules.telling import answer_to_json
from clinic.health.services import refresh
from tests.health.cases import CASES
from tests.health.sheets import BOOK, CLEAN, DAY, state

CANARY = "canary-told"
RULES = {rule.code: rule for rule in BOOK.rules if not rule.is_always}
BARRING = tuple(
    rule.code for rule in RULES.values()
    if rule.klass in ("TECHNIQUE", "CLEARANCE") and rule.scope == "session"
)  # fmt: skip
"""The rules that may make one service a wrong one, and not another."""
_FEW = settings(max_examples=12, phases=[Phase.generate], derandomize=True)


@lru_cache(maxsize=1000)
def the_case(rule, fires, day):
    """The first generated sheet that fires a rule on a day, or only looks as if it did."""
    shift = day - DAY

    def as_of(sheet):
        facts = (
            replace(one, text=CANARY, on=one.on and one.on + shift,
                    until=one.until and one.until + shift)
            for one in sheet.facts
        )  # fmt: skip
        answers = (one._replace(on=one.on + shift) for one in sheet.answers)
        asked = sheet.history_on + shift
        return replace(sheet, facts=tuple(facts), answers=tuple(answers), history_on=asked)

    found = []

    @_FEW
    @given(CASES[rule][0 if fires else 1])
    def look(sheet):
        if not found:
            moved = as_of(sheet)
            if state(moved, rule, day) == ("open" if fires else ""):
                found.append(moved)

    look()
    return found[0]


_SHEETS = {}
"""What became of a case on an engine's tables, by rule, whether it fires, and the day."""


def tell(client, rule, fires, day, today):
    """Write down what a case says beyond a history of nothing but "no".

    The first time as rows, of which the house makes the client's sheet; from then on that
    very sheet is laid down again, and everybody who hears of changes is told.
    """
    key = db.engine.dialect.name, rule, fires, day, today
    own = select(FactSheet).where(FactSheet.client_id == client.id)
    if key in _SHEETS:
        with writing("test.tell", SYSTEM):
            row = db.session.scalars(own).one()
            row.version, row.contents = row.version + 1, _SHEETS[key]
            db.session.flush()
            announce(FactsChanged(client.id))
        return
    sheet = the_case(rule, fires, day)
    said = [one for one in sheet.answers if one.said != "no"]
    texts = [json.dumps(fact_to_json(one)) for one in sheet.facts]
    texts += [answer_to_json(one._replace(on=day if one.of == "day" else today)) for one in said]
    _write(client, texts, sheet.refused)
    _SHEETS[key] = db.session.scalars(own).one().contents


def deny(client, day, today):
    """Answer with no whatever no form asked ahead: the questions of a day to come, and what a
    therapist asks."""
    asked = {one.topic for one in known_of(client.known_as).sheet.answers if one.of != "day"}
    missing = [one for one in CLEAN.answers if one.of == "day" or one.topic not in asked]
    said = (one._replace(on=day if one.of == "day" else today) for one in missing)
    _write(client, [answer_to_json(one) for one in said])


def _write(client, texts, refused=()):
    with writing("test.tell", SYSTEM):
        for text in texts:
            row = HealthFact(client=client, source="client", is_reviewed=True)
            row.details = text
            db.session.add(row)
        db.session.flush()
        for kind in refused:
            whom = db.session.query(Provider).first() if kind == "SHARE_PROVIDER" else None
            consents.refuse(client, kind, actor=SYSTEM, provider=whom)
        refresh(client, actor=SYSTEM)


@dataclass(frozen=True)
class Demand:
    """What a sheet asks of a visit on a day, by the issue's table."""

    verdict: object

    @classmethod
    def of(cls, client, day):
        sheet = known_of(client.known_as).sheet
        return cls(judge(sheet, BOOK, day, born=client.birth_date))

    def comes_out(self, primary, held, *, treats, reason=False):
        """Refused, and for which reason; or booked, and how it stands."""
        found = {hit.klass for hit in self.verdict.hits if hit.state == "open"}
        if "ABSOLUTE" in found and not treats:
            return "refused: stop"
        if fit(self.verdict, primary).primary:
            return "refused: service"
        if "ABSOLUTE" in found and not reason:
            return "refused: reason"
        if set(self.verdict.qualifications) - held:
            return "refused: therapist"
        waits = "ABSOLUTE" in found or ("CLEARANCE" in found and not (treats and reason))
        told = ("waits",) if waits else ()
        return ("needs_review" if waits else "admitted", *told, *effects(self.verdict))


@contextmanager
def part():
    """A piece of work inside a transaction, as the house's own is one; kept if it succeeds."""
    session = db.session()
    session.info["locks"] = {}
    piece = session.begin_nested()
    try:
        yield session
        session.flush()
    except BaseException:
        piece.rollback()
        session.expire_all()
        raise
    piece.commit()


class Over(Exception):
    """Enough was seen: nothing of it stays."""


@contextmanager
def forgotten():
    """The same, and nothing of it stays."""
    try:
        with part():
            yield
            raise Over
    except Over:
        pass
