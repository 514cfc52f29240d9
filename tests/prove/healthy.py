"""A clinic in which anything is done to visits, and anything is learned of clients."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from clinic.catalogue.models import ServiceTechnique, Technique
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.clients.rules import GivenPhone
from clinic.clients.services import join_care
from clinic.consents import services as consents
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.health import services as health
from clinic.health.models import Clearance, HealthFact, RuleHit
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Answer, Fact, Limits
from clinic.health.services.clearing import ask_clearance, record_answer, withdraw_clearance
from clinic.health.services.deciding import decide, withdraw_decision
from clinic.health.services.rules import change_rule
from clinic.scheduling import services
from clinic.scheduling.models import Visit, WaitlistOffer
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.queries.standing import JUDGED
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.rules.screening import reason_from_text
from clinic.scheduling.services import groups, offering, rearranging, series, waiting
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.consents import new_consent
from tests.factories.ready import about, ready

OF_VISITS = (
    "book", "book", "book", "move", "change_service", "resize", "cancel", "check_in", "start",
    "finish", "undo", "mark_no_show", "reopen", "send_home", "confirm", "take_back", "plan",
    "book_item", "offer", "accept", "together", "keep_time", "rearrange",
)  # fmt: skip
OF_HEALTH = (
    "learn", "learn", "learn", "say_no", "forget", "change_fact", "decide", "undecide", "ask",
    "answer", "withdraw", "rule", "rule", "merge", "part", "agree", "refuse", "born", "service",
)  # fmt: skip
RULES = (
    "PREG_ANY", "ANEURYSM", "HEART_STABLE", "THROMBOCYTOPENIA", "FEVER", "CANCER_ACTIVE",
    "DVT_ACTIVE",
)  # fmt: skip
CHANGES: tuple[dict[str, Any], ...] = (
    {"is_active": False}, {"is_active": True}, {"klass": "ABSOLUTE"}, {"klass": "CLEARANCE"},
    {"klass": "TECHNIQUE"}, {"pressure": 1}, {"blocks": ("DEEP",)}, {"blocks": ("ALL",)},
    {"trigger": "age >= 60"}, {"trigger": "condition(ASTHMA)"},
)  # fmt: skip
WHEN = (7, 8, 9, 21, 35)
"""Days from today on which visits are."""
WHY = "We looked at this together."


def facts(today: date) -> list[Fact]:
    """What may be learned of a client; some of it turns on a day."""
    return [
        Fact("condition", "ANEURYSM"),
        Fact("condition", "HEART_DISEASE", details=(("stable", "yes"),)),
        Fact("condition", "LOW_PLATELETS"),
        Fact("condition", "DVT", area="CALF", side="L", details=(("status", "active"),)),
        Fact("condition", "VARICOSE_VEINS", area="CALF", side="L"),
        Fact("condition", "ASTHMA"),
        Fact("allergy", "LATEX"),
        Fact("pregnancy", "PREGNANCY", on=today - timedelta(days=80)),
        Fact("pregnancy", "PREGNANCY", on=today - timedelta(days=250), until=today),
        Fact("surgery", "SURGERY", on=today - timedelta(days=34), area="KNEE", side="R"),
        Fact("injury", "FRACTURE", on=today - timedelta(days=4), area="ANKLE", side="L"),
        Fact("treatment", "VACCINE", on=today),
        Fact("medicine", "ANTICOAGULANT"),
    ]


class Story:
    """Two therapists, three clients and three services; every step is one verb by somebody."""

    def __init__(self) -> None:
        self.house = made.open_house()
        about(self.house.variant, "DEEP")
        long = catalogue.variant(90, of=self.house.variant.service)
        calm, stones = catalogue.variant(60, code="CALM"), catalogue.variant(60, code="STONES")
        about(calm, "SWEDISH")
        about(stones, "HOTSTONE")
        self.variants = (self.house.variant, calm, stones, long)
        self.therapists = (self.house.therapist, made.a_therapist("Ines Okafor"))
        self.clients = (self.house.client, a_client("Omar Haddad"), a_client("Omar Hadad"))
        for client in self.clients:
            ready(self.house, client)
        self.facts = facts(made.this_day())
        assert [one.id for one in (*self.variants, *self.therapists, *self.clients)]

    @property
    def client(self) -> Client:
        return self.clients[self.a % 3]

    @property
    def actor(self) -> Any:
        """The desk, or the first therapist."""
        return self.house.treats if self.c else self.house.desk

    def act(self, name: str, a: int, b: int, c: bool) -> Any:
        """Do one thing; ``a`` and ``b`` say to what, ``c`` by whom."""
        self.a, self.b, self.c = a, b, c
        own = getattr(self, f"_{name}", None)
        return own() if own else self._on_a_visit(name)

    # ---- visits

    def _book(self) -> Any:
        is_now = self.b % 5 == 0
        starts = made.just_now(self.a * 30 - 60) if is_now else self._time()
        return services.book(
            actor=self.actor, client=self.client, variant=self.variants[self.a % 4],
            therapist=self.therapists[0 if self.c else self.b % 2], starts_at=starts,
            source="walk_in" if is_now else "phone", override_why="I know them" if self.c else "",
        )  # fmt: skip

    def _time(self) -> Any:
        return made.at(8 + self.a, days=WHEN[self.b % 5])

    def _visit(self) -> Visit | None:
        found = db.session.scalars(select(Visit).order_by(Visit.id)).all()
        return found[self.a % len(found)] if found else None

    def _on_a_visit(self, name: str) -> Any:
        visit = self._visit()
        if visit is None:
            return None
        actor = SYSTEM if name in ("start", "finish") else self.actor
        variant = self.variants[self.b % 4]
        more: dict[str, dict[str, Any]] = {
            "move": {"starts_at": self._time(), "therapist": self.therapists[self.b % 2]},
            "change_service": {"variant": variant, "override_why": "I know them"},
            "resize": {"minutes": 60 + self.b % 2 * 30},
        }
        return getattr(services, name)(visit, actor=actor, **more.get(name, {}))

    def _take_back(self) -> Any:
        visit = self._visit()
        change = latest_change(visit.id) if visit else None
        return services.take_back(change, actor=self.house.desk) if change else None

    def _plan(self) -> Any:
        at, place = self._time(), self.house.places[self.b % 2]
        wall = at.astimezone(made.zone())
        chosen = [
            (number + 1, at + timedelta(days=7 * number), self.therapists[0], place)
            for number in range(2)
        ]
        return series.plan_series(
            actor=self.actor, client=self.client, variant=self.variants[self.a % 4],
            phases=[series.Phase(7, 3)], first_on=wall.date(), wall=wall.hour * 60, chosen=chosen,
        )  # fmt: skip

    def _book_item(self) -> Any:
        items = db.session.scalars(select(series.SeriesItem).order_by(series.SeriesItem.id)).all()
        if not items:
            return None
        return services.book_item(
            items[self.a % len(items)], actor=self.actor, starts_at=self._time(),
            therapist=self.therapists[0],
        )  # fmt: skip

    def _offer(self) -> Any:
        day = made.this_day()
        entry = waiting.wait(
            actor=self.house.desk, client=self.client, variant=self.variants[self.a % 4],
            earliest=day, latest=day + timedelta(days=40), notice_hours=0,
        )  # fmt: skip
        return offering.offer(
            entry, actor=self.house.desk, therapist=self.therapists[0], starts_at=self._time()
        )

    def _accept(self) -> Any:
        found = db.session.scalars(select(WaitlistOffer).order_by(WaitlistOffer.id)).all()
        return offering.accept(found[self.a % len(found)], actor=self.actor) if found else None

    def _together(self) -> Any:
        members = [
            groups.Member(self.clients[n], self.variants[self.a % 4], self.therapists[n])
            for n in range(2)
        ]
        return groups.book_together(
            actor=self.house.desk, members=members, starts_at=self._time(), kind=groups.GROUP
        )

    def _keep_time(self) -> Any:
        facts = {
            "actor": self.actor, "client": self.client, "variant": self.variants[self.a % 4],
            "therapist": self.therapists[0], "starts_at": self._time(),
        }  # fmt: skip
        return services.book(**facts, hold=services.hold_time(**facts))

    def _rearrange(self) -> Any:
        visit = self._visit()
        if visit is None:
            return None
        move = rearranging.Move(
            visit, None, starts_at=self._time(), therapist=visit.therapist, place=visit.place
        )
        return rearranging.rearrange([move], actor=self.house.desk)

    # ---- health

    def _learn(self) -> Any:
        by = "therapist" if self.c else "client"
        fact = self.facts[self.b % len(self.facts)]
        return health.take_facts(self.client, [fact], actor=SYSTEM, source=by)

    def _say_no(self) -> Any:
        fact = self.facts[self.b % len(self.facts)]
        said = Answer(fact.kind if self.c else fact.topic, "no", made.this_day())
        return health.record_answers(self.client, [said], actor=self.house.treats)

    def _standing_fact(self) -> HealthFact | None:
        live = select(HealthFact).where(HealthFact.ended_at.is_(None)).order_by(HealthFact.id)
        found = db.session.scalars(live).all()
        return found[self.b % len(found)] if found else None

    def _forget(self) -> Any:
        row = self._standing_fact()
        return health.end_fact(row, actor=self.house.treats) if row else None

    def _change_fact(self) -> Any:
        row = self._standing_fact()
        other = self.facts[self.a % len(self.facts)]
        return health.change_fact(row, other, actor=self.house.treats) if row else None

    def _hit(self, *classes: str) -> Any:
        hits = [
            hit
            for hit in verdict_of(self.client, self._day()).of("open", "ask")
            if hit.klass in classes
        ]
        return hits[self.b % len(hits)] if hits else None

    def _day(self) -> date:
        return made.this_day() + timedelta(days=WHEN[self.b % 5])

    def _decide(self) -> Any:
        hit = self._hit("ABSOLUTE", "CLEARANCE", "TECHNIQUE", "LOCAL")
        if hit is None:
            return None
        until = self._day() if self.c else None
        return decide(
            self.client, hit.rule, "not_applicable", actor=self.house.treats, inputs=hit.inputs,
            evidence="conversation", text=WHY, until=until, on=self._day(),
        )  # fmt: skip

    def _undecide(self) -> Any:
        rows = db.session.scalars(select(RuleHit).order_by(RuleHit.id)).all()
        if not rows:
            return None
        return withdraw_decision(rows[self.b % len(rows)], actor=self.house.treats)

    def _ask(self) -> Any:
        hit = self._hit("CLEARANCE")
        return ask_clearance(self.client, [hit.rule], actor=self.house.treats) if hit else None

    def _clearance(self) -> Clearance | None:
        rows = db.session.scalars(select(Clearance).order_by(Clearance.id)).all()
        return rows[self.b % len(rows)] if rows else None

    def _answer(self) -> Any:
        row = self._clearance()
        if row is None:
            return None
        limits = Limits(pressure=2, blocked=("DEEP",), minutes=45)
        return record_answer(
            row, actor=self.house.treats, outcome="cleared_with_limits" if self.c else "cleared",
            said_by="Dr Adeyemi", said="All right.", how="phone", on=made.this_day(),
            valid_until=self._day() if self.a % 2 else None, limits=limits,
        )  # fmt: skip

    def _withdraw(self) -> Any:
        row = self._clearance()
        return withdraw_clearance(row, actor=self.house.treats, why=WHY) if row else None

    def _rule(self) -> Any:
        begins = made.this_day() + timedelta(days=(0, 8, 20)[self.a % 3])
        ends = begins + timedelta(days=3) if self.c else None
        return change_rule(
            RULES[self.b % len(RULES)], actor=self.house.owner, why=WHY, effective_from=begins,
            effective_to=ends, **CHANGES[self.a % len(CHANGES)],
        )  # fmt: skip

    def _merge(self) -> Any:
        kept, other = (1, 2) if self.c else (2, 1)
        return clients.merge(self.clients[kept], self.clients[other], actor=self.house.owner)

    def _part(self) -> Any:
        return clients.part(self.clients[1 + self.c], actor=self.house.owner)

    def _refuse(self) -> Any:
        return consents.refuse(self.client, "SHARE_PROVIDER", actor=SYSTEM)

    def _agree(self) -> Any:
        join_care(self.client, self.house.therapist.id, actor=SYSTEM, by_visit=True)
        return new_consent(self.client, "SHARE_PROVIDER")

    def _born(self) -> Any:
        day = made.this_day().replace(year=1966, day=1) if self.c else date(1990, 5, 1)
        phones = [GivenPhone(one.number) for one in self.client.phones]
        return clients.amend(self.client, actor=SYSTEM, phones=phones, birth_date=day)

    def _service(self) -> Any:
        """Another technique leads the service from now on."""
        service = self.variants[self.a % 3].service
        codes = ("DEEP", "SWEDISH", "HOTSTONE")
        wanted = codes[self.b % 3]
        return catalogue.services.amend_service(
            service, actor=self.house.owner, techniques=[wanted], primary=[wanted]
        )

    # ---- what must hold

    def stale(self) -> list[tuple[Any, ...]]:
        """Visits to come whose verdict is not what a fresh judgement says."""
        db.session.expire_all()
        wrong = []
        for visit in db.session.scalars(select(Visit).where(Visit.status.in_(JUDGED))):
            case = screen_of(visit.client.known_as).judge(day_of(visit), *self._techniques(visit))
            verdict = visit.verdict
            why = verdict.why if verdict.why_sealed else ""
            is_held = case.is_stopped or case.is_held
            is_excused = bool(why) and is_held and reason_from_text(why)[1] == case.mark
            fresh = (case.outcome(is_excused=is_excused), case.is_misfit,
                     case.told(is_excused=is_excused))  # fmt: skip
            kept = (verdict.outcome, verdict.is_misfit, verdict.effects)
            if fresh != kept:
                wrong.append((visit.id, visit.status, visit.on_date, kept, fresh))
        return wrong

    def _techniques(self, visit: Visit) -> tuple[frozenset[str], frozenset[str]]:
        lines = select(Technique.code).join(
            ServiceTechnique, ServiceTechnique.technique_id == Technique.id
        )
        of_service = ServiceTechnique.service_id == visit.variant.service_id
        primary = db.session.scalars(lines.where(of_service, ServiceTechnique.is_primary))
        extra = [one.add_on.technique for one in visit.add_ons]
        return frozenset(primary), frozenset(one.code for one in extra if one is not None)
