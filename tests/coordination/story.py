"""A clinic whose referrals are worked on in any order, and what must hold after every step."""

from collections import Counter
from contextlib import AbstractContextManager, suppress
from datetime import timedelta

from sqlalchemy import func, select

from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.consents import services as consenting
from clinic.consents.models import Consent
from clinic.coordination.models import CaseStep, ProgressReport, ReferralCase
from clinic.coordination.rules import inbound as rules
from clinic.coordination.services import inbound, reporting
from clinic.coordination.services.expiring import see_to_consents
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import BARE, Dispatch, Letter
from clinic.letters.queries import live_dispatch
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.services import authorise
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import counted
from clinic.tasks.models import Task
from tests.factories import directory
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.consents import new_consent

FAX = "+13125550143"
DECIDING = ("accept", "accept", "accept", "decline", "incomplete", "mistake")
GOING_ON = ("hold", "resume", "cancel", "confirm_cancel", "give_up", "plan", "precautions")
ENDING = ("discharge", "discharge", "close", "close")
OUTCOMES = ("goals_met", "not_met", "not_shared")

CASES = select(
    ReferralCase.id, ReferralCase.status, ReferralCase.owner_id, ReferralCase.next_action,
    ReferralCase.due_on, ReferralCase.ended_at, ReferralCase.outcome, Referral.ended_on,
).join(Referral, Referral.id == ReferralCase.referral_id)  # fmt: skip
STEPS = (
    select(CaseStep.case_id, CaseStep.from_status, CaseStep.to_status)
    .where(CaseStep.case_id.is_not(None))
    .order_by(CaseStep.id)
)
ALLOWED = select(Authorisation.id, Authorisation.visits)
VISITS = (
    select(
        Visit.id, Visit.client_id, Visit.authorisation_id, Visit.over_why,
        Referral.client_id.label("of_order"),
    )
    .join(Authorisation, Authorisation.id == Visit.authorisation_id)
    .join(Referral, Referral.id == Authorisation.referral_id)
)  # fmt: skip
LEFT = (
    select(
        Dispatch.letter_kind, Dispatch.letter_is_bare, Dispatch.client_id, Dispatch.provider_id,
        Dispatch.sent_at, Consent.kind, Consent.client_id.label("agreed"),
        Consent.provider_id.label("shared_with"), Consent.withdrawn_at,
    )
    .outerjoin(Consent, Consent.id == Dispatch.consent_id)
    .where(Dispatch.status.in_(("sent", "delivered")))
)  # fmt: skip
NOBODYS = select(func.count()).where(
    Task.closed_at.is_(None), Task.assignee_id.is_(None) == Task.role.is_(None)
)
"""What is looked at after every step, as the rows have it."""


class Enough(Exception):
    """The story is told: nothing of it is kept."""


class Told(AbstractContextManager["Told"]):
    """One story, in one transaction that is taken back; every step is as one of its own."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.moment = now()
        self.steps = 0
        self.done = 0

    def __enter__(self) -> "Told":
        self.transaction = transaction()
        self.transaction.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(Enough):
            self.transaction.__exit__(Enough, Enough(), None)

    def step(self, deed: str, which: int, number: int) -> None:
        """Do something, with something; what the clinic's rules refuse did not happen."""
        db.session().info.pop("locks", None)
        self.steps += 1
        with rehearsed(self.moment):
            try:
                with db.session.begin_nested():
                    getattr(self, deed)(which, number)
                self.done += 1
            except DomainError:
                db.session.expire_all()
        self.look()

    # --- what happens ---

    def receive(self, which: int, number: int) -> None:
        inbound.receive(
            actor=self.world.house.desk, client=self.world.clients[which % 2],
            provider=self.world.providers[number % 2], received_on=made.this_day(),
            is_another=True,
        )  # fmt: skip

    def allow(self, which: int, number: int) -> None:
        since = made.this_day()
        authorise(
            self._case(which).referral, actor=self.world.house.desk, visits=1 + number % 4,
            valid_from=since, valid_until=since + timedelta(days=(5, 15, 40)[number % 3]),
            counts_missed=bool(number % 2),
        )  # fmt: skip

    def decide(self, which: int, number: int) -> None:
        self._do(DECIDING[number % len(DECIDING)], which, number)

    def go_on(self, which: int, number: int) -> None:
        self._do(GOING_ON[number % len(GOING_ON)], which, number)

    def end(self, which: int, number: int) -> None:
        self._do(ENDING[number % len(ENDING)], which, number)

    def attempt(self, which: int, number: int) -> None:
        result = ("no_answer", "left_message", "no_answer", "reached")[number % 4]
        inbound.log_attempt(
            self._case(which), actor=self.world.house.desk, channel="phone", result=result
        )

    def _do(self, deed: str, which: int, number: int) -> None:
        house, case = self.world.house, self._case(which)
        later = made.this_day() + timedelta(days=1 + number)
        actor, facts = {
            "accept": (house.owner, {}),
            "decline": (house.desk, {"code": "no_capacity"}),
            "incomplete": (house.desk, {"missing": ["signature"]}),
            "mistake": (house.desk, {"why": "double"}),
            "hold": (house.desk, {"why": "away", "review_on": later}),
            "resume": (house.desk, {}),
            "cancel": (house.desk, {"code": "by_client"}),
            "confirm_cancel": (house.desk, {}),
            "give_up": (house.desk, {"why": "No consent."}),
            "plan": (house.desk, {"next_action": "own", "due_on": later}),
            "precautions": (house.treats, {"is_none_needed": True}),
            "discharge": (house.treats, {"outcome": OUTCOMES[number % 3]}),
            "close": (house.desk, {"outcome": ("", "not_shared")[number % 2]}),
        }[deed]
        verb = {
            "incomplete": "found_incomplete", "cancel": "ask_to_cancel", "plan": "plan_next",
            "precautions": "confirm_precautions",
        }.get(deed, deed)  # fmt: skip
        getattr(inbound, verb)(case, actor=actor, **facts)

    def book(self, which: int, number: int) -> None:
        house = self.world.house
        scheduling.book(
            actor=house.desk, client=self.world.clients[which % 2], variant=house.variant,
            therapist=house.therapist, starts_at=made.at(8 + number, days=1 + which % 5),
            use_referral=True, over_why="The payer said so." if number == 3 else "",
        )  # fmt: skip

    def visit(self, which: int, number: int) -> None:
        """Something becomes of a visit: missed, had after all, taken back, cancelled, moved."""
        visits = db.session.scalars(
            select(Visit).where(Visit.authorisation_id.is_not(None)).order_by(Visit.id.desc())
        ).all()
        if not visits:
            return
        one, house = visits[which % len(visits)], self.world.house
        deed = ("mark_no_show", "complete", "complete", "cancel", "uncount", "undo", "off")[
            number % 7
        ]
        if deed in {"mark_no_show", "complete"} and one.status == "booked":
            scheduling.mark_no_show(one, actor=house.desk)
        if deed == "complete":
            scheduling.correct(one, actor=house.owner, to="completed", why="They came.")
        elif deed == "uncount":
            scheduling.correct(one, actor=house.owner, to="no_show", why="They did not come.")
        elif deed == "off":
            scheduling.cancel(one, actor=house.desk, by="clinic")
        elif deed in {"cancel", "undo"}:
            getattr(scheduling, deed)(one, actor=house.desk)

    def days(self, which: int, number: int) -> None:
        """Days pass: one, or a good many."""
        self.moment += timedelta(days=(1, 1, 2, 3, 8, 20)[number % 6])

    def night(self, which: int, number: int) -> None:
        inbound.sweep(actor=SYSTEM, today=made.this_day())
        see_to_consents(actor=SYSTEM, today=made.this_day())

    def agree(self, which: int, number: int) -> None:
        new_consent(
            self.world.clients[which % 2], "SHARE_PROVIDER",
            provider=self.world.providers[number % 2], data=("visits", "plan", "measures"),
            purposes=("progress", "care") if number % 3 else ("referral",),
            given_on=made.this_day(),
        )  # fmt: skip

    def take_back(self, which: int, number: int) -> None:
        standing = db.session.scalars(select(Consent).where(Consent.status == "active")).all()
        if standing:
            consenting.withdraw(standing[which % len(standing)], actor=SYSTEM)

    def report(self, which: int, number: int) -> None:
        owed = db.session.scalars(
            select(ProgressReport).where(ProgressReport.status == "due").order_by("id")
        ).unique().all()  # fmt: skip
        if owed and number % 4:
            reporting.draft_report(owed[which % len(owed)], actor=self.world.house.treats)
        elif owed:
            reporting.waive(owed[which % len(owed)], actor=self.world.house.owner, why="Not asked.")

    def letter(self, which: int, number: int) -> None:
        """A letter goes one step further; which one depends on where it is."""
        under_way = Letter.status.in_(("draft", "approved", "sent"))
        found = db.session.scalars(select(Letter).where(under_way).order_by(Letter.id))
        found = found.unique().all()
        if not found:
            return
        one, desk = found[which % len(found)], self.world.house.desk
        if one.status == "draft":
            letters.approve(one, actor=self.world.house.treats)
        elif one.status in {"approved", "failed"}:
            self._send(one, number)
        elif one.status == "sent" and number % 2:
            letters.mark_delivered(one.dispatches[-1], actor=desk, on=made.this_day())
        elif one.status in {"sent", "delivered"}:
            letters.acknowledge(one, actor=desk, on=made.this_day())

    def _send(self, one: Letter, number: int) -> None:
        desk, waits = self.world.house.desk, live_dispatch(one)
        if waits is not None:
            letters.mark_sent(waits, actor=desk, number=FAX)
        else:
            letters.send(one, actor=desk, channel="fax" if number % 2 else "print")

    def _case(self, which: int) -> ReferralCase:
        """One of the latest, live ones first: that is where something happens."""
        order = ReferralCase.ended_at.is_not(None), ReferralCase.id.desc()
        found = db.session.scalars(select(ReferralCase).order_by(*order).limit(4)).unique().all()
        if not found:
            self.receive(which, which)
            return self._case(which)
        return found[which % len(found)]

    # --- what must hold ---

    def look(self) -> None:
        """Everything that must hold, looked at from the rows alone."""
        db.session.flush()
        self.every_live_referral_is_looked_after()
        self.every_referral_went_by_the_edges()
        self.no_more_visits_than_allowed()
        self.no_visit_is_in_two_authorisations()
        self.no_letter_left_without_a_consent()
        self.no_task_is_nobodys()

    def every_live_referral_is_looked_after(self) -> None:
        for one in db.session.execute(CASES):
            is_over = one.status in rules.ENDS
            assert is_over or (one.owner_id and one.next_action and one.due_on), one.status
            assert (one.ended_at is None) == (not is_over)
            assert one.status != "closed" or one.outcome
            stops = is_over or one.status in ("completed", "cancel_requested")
            assert (one.ended_on is not None) == stops, one.status

    def every_referral_went_by_the_edges(self) -> None:
        at: dict[int | None, str] = {}
        for case_id, before, after in db.session.execute(STEPS):
            was = at.get(case_id, "new")
            assert before == was, (was, before, after)
            assert before == after or was == "new" or (before, after) in rules.ALL_EDGES
            at[case_id] = after
        assert at == {one.id: one.status for one in db.session.execute(CASES)}

    def no_more_visits_than_allowed(self) -> None:
        allowed = {row.id: row.visits for row in db.session.execute(ALLOWED)}
        reasons = Counter(
            row.authorisation_id for row in db.session.execute(VISITS) if row.over_why
        )
        for number, counts in counted(allowed).items():
            over = counts.taken - allowed[number]
            assert over <= 0 or reasons[number] >= over, over

    def no_visit_is_in_two_authorisations(self) -> None:
        rows = db.session.execute(VISITS).all()
        assert len(rows) == len({row.id for row in rows})
        assert all(row.client_id == row.of_order for row in rows)

    def no_letter_left_without_a_consent(self) -> None:
        for one in db.session.execute(LEFT):
            if one.letter_is_bare:
                assert one.letter_kind in BARE
                continue
            assert one.kind == "SHARE_PROVIDER", one.letter_kind
            assert (one.agreed, one.shared_with) == (one.client_id, one.provider_id)
            assert one.withdrawn_at is None or one.sent_at <= one.withdrawn_at

    def no_task_is_nobodys(self) -> None:
        assert not db.session.scalar(NOBODYS)


class World:
    """The clinic as it stands before each story: two clients, two providers, a therapist."""

    def __init__(self) -> None:
        self.house = made.open_house(over_authorisation="warn")
        self.clients: tuple[Client, Client] = (self.house.client, a_client("Omar Haddad"))
        self.providers = (
            directory.provider(fax=FAX),
            directory.provider(first_name="Lena", last_name="Fischer", fax=FAX),
        )
        with transaction():
            for client in self.clients:
                join_care(client, self.house.therapist.id, actor=SYSTEM, by_visit=True)
        assert [one.id for one in (*self.clients, *self.providers)]


DEEDS = (
    "receive", "allow", "allow", "decide", "decide", "go_on", "end", "attempt", "book", "book",
    "visit", "visit", "visit", "days", "days", "night", "agree", "take_back", "report", "letter",
    "letter", "letter",
)  # fmt: skip
"""What can happen next, as often as it is named."""
BEGINNING = (
    ("receive", 0, 0), ("allow", 0, 2), ("decide", 0, 0), ("attempt", 0, 0), ("agree", 0, 2),
    ("book", 0, 1), ("book", 0, 4),
)  # fmt: skip
"""How some stories begin, so that not all end before they have begun."""
