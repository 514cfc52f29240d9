"""What clients of the demonstration clinic tell of their health, and what comes of it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial

from clinic.cli import told
from clinic.cli.opening import Cast
from clinic.cli.readying import agree, fill_in
from clinic.clients.models import Client
from clinic.consents import services as consents
from clinic.consents.rules import Scope
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import outbound_of
from clinic.coordination.services import outbound
from clinic.core.clock import today
from clinic.health import services as health
from clinic.health.models import Clearance, IntakeResponse
from clinic.health.rules.facts import Limits
from clinic.health.services.clearing import ask_clearance
from clinic.health.services.rules import change_rule
from clinic.letters import services as letters
from clinic.practice.queries import the_practice
from clinic.records.rules.adverse import Account
from clinic.records.services.adverse import keep_event, report_event
from clinic.staff.queries import actor_of

HAD_A_CLOT = ("Henrik Ångström", "Aisha Bello", "DVT_HISTORY")
OPERATED = ("Rosalind Price", "Jun Ito", "SURGERY_RECENT")
"""Client, the therapist who reads what they tell, and the rule about which a doctor is asked."""
UNREAD = {"Emma Thistle": told.YOUNG, "Ayşe Yılmaz": told.UNSURE, "Hana Kobayashi": told.EXPECTING}
"""Whose history nobody has read yet."""
HURT = ("Chidi Eze", "A bruise on the left calf the morning after, as big as a coin.")
SENT_ON = ("Tom Becker", "Tessa Brandt")
"""Who is sent to another provider, and by whom."""
SHARED = Scope(purposes=("care", "progress"), data=("visits", "plan", "measures"))

Happening = tuple[datetime, Callable[[], object]]


def deeds(cast: Cast, present: datetime) -> list[Happening]:
    """What is told, asked and answered, and when."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    had, operated = _Asking(cast, *HAD_A_CLOT), _Asking(cast, *OPERATED)
    return [
        (present - 15 * day, partial(_sign_papers, cast)),
        (present - 5 * day, partial(had.tell, told.CLOT)),
        (present - 5 * day + hour, partial(had.ask, "May we give a gentle session?")),
        (present - 5 * day + 2 * hour, had.agree),
        (present - 5 * day + 3 * hour, had.send),
        (present - 4 * day, partial(_tighten, cast)),
        (present - 3 * day, had.answer),
        (present - 3 * day + hour, had.tell_them),
        (present - 30 * hour, partial(_tell, cast, "Emma Thistle")),
        (present - 20 * hour, partial(operated.tell, told.OPERATED)),
        (present - 19 * hour, partial(operated.ask, "Is there anything to leave out?")),
        (present - 18 * hour, operated.approve),
        (present - 6 * hour, partial(_tell, cast, "Ayşe Yılmaz")),
        (present - 3 * hour, partial(_tell, cast, "Hana Kobayashi")),
        (present - 70 * hour, partial(_refer, cast)),
        (present - hour, partial(_report, cast)),
    ]


class _Asking:
    """A client tells something that only their doctor can judge."""

    def __init__(self, cast: Cast, who: str, therapist: str, rule: str) -> None:
        self.client, self.rule, self.doctor = cast.client(who), rule, cast.providers[0]
        self.actor = actor_of(cast.therapists[therapist])
        self.made: list[Clearance] = []

    def tell(self, said: Mapping[str, str]) -> None:
        """They fill in their history, and their therapist reads it."""
        health.review(_filled(self.client, said), actor=self.actor)

    def ask(self, question: str) -> None:
        """Their therapist rings the doctor's practice."""
        asked = ask_clearance(
            self.client, [self.rule], actor=self.actor, provider=self.doctor, question=question,
            how="phone",
        )  # fmt: skip
        self.made.append(asked)

    def approve(self) -> None:
        """They read and approve the letter by which it is asked."""
        outbound.make_ready(self._referral(), actor=self.actor)

    def agree(self) -> None:
        """The client agrees that it is sent."""
        consents.take_consent(
            self.client, "SHARE_PROVIDER", actor=self.actor, method="signed",
            signature=self.client.name, provider=self.doctor,
            scope=Scope(purposes=("safety",), data=("visits", "history")),
        )  # fmt: skip
        self.approve()

    def send(self) -> None:
        """The letter is printed, and handed to the client."""
        letter = self._referral().letter
        if letter is not None:
            letters.send(letter, actor=self.actor, channel="print")

    def answer(self) -> None:
        """The doctor says yes, and what to leave out."""
        outbound.answer(
            self._referral(), actor=self.actor, outcome="cleared_with_limits",
            said_by="Samuel Adeyemi, MD", how="phone", on=_today(),
            said="Half a year without symptoms. Light work is fine; leave the left calf alone.",
            valid_until=_today() + timedelta(days=180),
            limits=Limits(pressure=2, blocked=("DEEP", "CUPPING"), areas=(("CALF", "L"),)),
        )  # fmt: skip

    def tell_them(self) -> None:
        """The client hears of it, and nothing is left to do."""
        outbound.tell_client(self._referral(), actor=self.actor, how="phone")
        outbound.close(self._referral(), actor=self.actor)

    def _referral(self) -> OutboundReferral:
        found = outbound_of(self.made[0].id)
        assert found is not None  # noqa: S101 - whom is asked was named
        return found


def _refer(cast: Cast) -> None:
    """A therapist sends a client to a doctor, whose answer is awaited."""
    who, therapist = SENT_ON
    client, actor, doctor = (
        cast.client(who),
        actor_of(cast.therapists[therapist]),
        cast.providers[1],
    )
    consents.take_consent(
        client, "SHARE_PROVIDER", actor=cast.desk, method="signed", signature=client.name,
        provider=doctor, scope=Scope(purposes=("referral",), data=("visits", "notes", "history")),
    )  # fmt: skip
    row = outbound.begin(
        actor=actor, client=client, provider=doctor, reason="no_progress", urgency="soon",
        question="Would a look at the left shoulder help? It has stayed as it was for six weeks.",
        findings="Turning outward 40 degrees, at the first visit 42. Pain at night 5 of 10.",
        meanwhile="Neck and upper back alone, with light pressure.",
    )  # fmt: skip
    outbound.make_ready(row, actor=actor)
    if row.letter is not None:
        letters.send(row.letter, actor=actor, channel="print")


def _today() -> date:
    return today(the_practice().zone)


def _filled(client: Client, said: Mapping[str, str]) -> IntakeResponse:
    on = _today()
    days = {"year_ago": 365, "months_ago": 210, "weeks_ago": 45}
    known = {name: str(on - timedelta(days=ago)) for name, ago in days.items()}
    return fill_in(client, "full", on, {key: text.format(**known) for key, text in said.items()})


def _tell(cast: Cast, who: str) -> None:
    """A history comes in that a therapist still has to read."""
    client = cast.client(who)
    _filled(client, UNREAD[who])
    agree(client, _today())


def _sign_papers(cast: Cast) -> None:
    """What is signed at the desk, and what is refused."""
    for number, client in enumerate(cast.clients[:-2]):
        if number % 2 == 0:
            consents.take_consent(
                client, "PRIVACY_NOTICE", actor=cast.desk, method="signed", signature=client.name
            )
        if number % 5 == 0:
            consents.refuse(client, "MARKETING", actor=cast.desk)
    for client in cast.referred[:2]:
        consents.take_consent(
            client, "SHARE_PROVIDER", actor=cast.desk, method="signed", signature=client.name,
            provider=cast.providers[0], scope=SHARED,
        )  # fmt: skip


def _tighten(cast: Cast) -> None:
    """The owner has a rule ask for less pressure than it did."""
    change_rule(
        "ANTICOAGULANT", actor=cast.owner, effective_from=_today(), pressure=2,
        why="Two bruises in the spring after medium pressure",
    )  # fmt: skip


def _report(cast: Cast) -> None:
    """Somebody rings about their last visit: the desk writes it down, an owner is to look."""
    who, text = HURT
    account = Account(kind="bruise", text=text, action="none", done="Asked to ring if it grows")
    event = keep_event(
        cast.client(who), account, actor=cast.desk, severity="mild", happened_on=_today()
    )
    report_event(event, actor=cast.desk)
