"""Referrals of made-up clients to providers outside, brought to any state by the verbs alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfWriter

from clinic.clients.models import Client
from clinic.coordination.models import OutboundReferral
from clinic.coordination.services import outbound as verbs
from clinic.core.clock import today
from clinic.core.permissions import Actor
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.letters import services as letters
from clinic.letters.rules.kinds import KINDS
from clinic.practice.queries import the_practice
from tests.factories import clients, consents, directory, screening, staff

QUESTION = "canary-asked: is the numbness of the left foot known to you?"
FINDINGS = "canary-found: straight leg raise at 40 degrees"
MEANWHILE = "canary-meanwhile: nothing below the knee"
ANSWERED = "canary-answered: seen today, no red flags, go on gently"


@dataclass
class Cast:
    """Who is sent, by whom, to whom; and who sits at the desk."""

    client: Client
    provider: Provider
    ines: Actor
    robin: Actor
    olga: Actor


def cast() -> Cast:
    """A client whom Ines treats, and a doctor who has not heard of them."""
    ines, client = staff.therapist("Ines Okafor"), clients.a_client()
    screening.treat(client, ines)
    provider = directory.provider(fax="+1 920 555 0107", phone="+1 920 555 0108")
    return Cast(client, provider, ines, staff.receptionist(), staff.owner())


def day(ahead: int = 0) -> date:
    """So many days from the clinic's own."""
    return today(the_practice().zone) + timedelta(days=ahead)


def begin(who: Cast, **more: Any) -> OutboundReferral:
    """A draft, unless it is asked for more."""
    plain: dict[str, Any] = {
        "reason": "red_flag", "urgency": "routine", "question": QUESTION,
        "findings": FINDINGS, "meanwhile": MEANWHILE,
    }  # fmt: skip
    with transaction():
        return verbs.begin(
            actor=who.ines, client=who.client, provider=who.provider, **(plain | more)
        )


def agree(who: Cast, provider: Provider | None = None, kind: str = "outbound") -> None:
    """The client agrees to what a letter of a kind shares."""
    asked = KINDS[kind]
    consents.agree(
        who.client, "SHARE_PROVIDER", provider=provider or who.provider,
        purposes=(asked.purpose,), data=tuple(sorted(asked.needs)),
    )  # fmt: skip


def do(verb: str, row: OutboundReferral, actor: Actor, **more: Any) -> Any:
    """One verb in a transaction of its own."""
    with transaction():
        return getattr(verbs, verb)(row, actor=actor, **more)


def send(row: OutboundReferral, actor: Actor) -> None:
    """Its letter is printed and handed over."""
    with transaction():
        assert row.letter is not None
        letters.send(row.letter, actor=actor, channel="print")


def fail(row: OutboundReferral, actor: Actor) -> None:
    """Its letter comes back."""
    with transaction():
        assert row.letter is not None
        letters.mark_failed(row.letter.dispatches[-1], actor=actor, why="returned")


def give_up(row: OutboundReferral, who: Cast) -> None:
    """Reminded twice, called once, and no answer."""
    for how in ("fax", "phone"):
        do("remind", row, who.robin, how=how)
    do("call", row, who.robin, result="left_message")
    do("no_answer", row, who.robin)


def answered(row: OutboundReferral, who: Cast, **more: Any) -> Any:
    """What the provider said on the telephone."""
    plain = {"how": "phone", "said_by": "Dr Adeyemi", "said": ANSWERED, "on": day()}
    return do("answer", row, who.ines, **(plain | more))


def approve(row: OutboundReferral, who: Cast) -> None:
    """A therapist approves its letter."""
    do("make_ready", row, who.ines)


def _ready(row: OutboundReferral, who: Cast) -> None:
    agree(who)
    approve(row, who)


STEPS: dict[tuple[str, str], Callable[[OutboundReferral, Cast], Any]] = {
    ("draft", "consent_pending"): approve,
    ("draft", "ready"): _ready,
    ("consent_pending", "ready"): lambda _row, who: agree(who),
    ("consent_pending", "client_declined"): lambda row, who: do("client_refused", row, who.robin),
    ("ready", "sent"): lambda row, who: send(row, who.robin),
    ("sent", "ready"): lambda row, who: fail(row, who.robin),
    ("sent", "acknowledged"): lambda row, who: do(
        "acknowledged", row, who.robin, on=day(), by="Mrs Lund"
    ),
    ("sent", "declined"): lambda row, who: do("declined", row, who.robin, why="no places"),
    ("acknowledged", "declined"): lambda row, who: do("declined", row, who.robin, why="no places"),
    ("sent", "scheduled"): lambda row, who: do("scheduled", row, who.robin, on=day()),
    ("acknowledged", "scheduled"): lambda row, who: do("scheduled", row, who.robin, on=day()),
    ("scheduled", "attended"): lambda row, who: do("attended", row, who.robin),
    ("scheduled", "not_attended"): lambda row, who: do("not_attended", row, who.robin),
    ("not_attended", "scheduled"): lambda row, who: do("scheduled", row, who.robin, on=day(3)),
    ("not_attended", "client_declined"): lambda row, who: do("client_refused", row, who.robin),
    ("sent", "reply_received"): answered,
    ("acknowledged", "reply_received"): answered,
    ("attended", "reply_received"): answered,
    ("reply_received", "acted_on"): lambda row, who: do(
        "act_on", row, who.ines, what="nothing is to be changed"
    ),
    ("acted_on", "told_client"): lambda row, who: do("tell_client", row, who.ines, how="phone"),
    ("told_client", "closed"): lambda row, who: do("close", row, who.robin),
    ("sent", "no_response"): give_up,
    ("attended", "no_response"): give_up,
    ("no_response", "reply_received"): answered,
    ("draft", "cancelled"): lambda row, who: do("cancel", row, who.ines, code="not_needed"),
    ("ready", "cancelled"): lambda row, who: do("cancel", row, who.ines, code="not_needed"),
    ("consent_pending", "cancelled"): lambda row, who: do(
        "cancel", row, who.ines, code="not_needed"
    ),
    ("draft", "entered_in_error"): lambda row, who: do(
        "mistake", row, who.ines, why="another client was meant"
    ),
}
"""Every edge, and what brings a referral along it."""

_WAYS = {
    "draft": (),
    "consent_pending": ("consent_pending",),
    "ready": ("ready",),
    "sent": ("ready", "sent"),
    "acknowledged": ("ready", "sent", "acknowledged"),
    "scheduled": ("ready", "sent", "scheduled"),
    "attended": ("ready", "sent", "scheduled", "attended"),
    "not_attended": ("ready", "sent", "scheduled", "not_attended"),
    "reply_received": ("ready", "sent", "reply_received"),
    "acted_on": ("ready", "sent", "reply_received", "acted_on"),
    "told_client": ("ready", "sent", "reply_received", "acted_on", "told_client"),
    "closed": ("ready", "sent", "reply_received", "acted_on", "told_client", "closed"),
    "declined": ("ready", "sent", "declined"),
    "client_declined": ("consent_pending", "client_declined"),
    "cancelled": ("cancelled",),
    "no_response": ("ready", "sent", "no_response"),
    "entered_in_error": ("entered_in_error",),
}


def in_state(who: Cast, status: str, **more: Any) -> OutboundReferral:
    """One that has come to a state by the shortest way."""
    row = begin(who, **more)
    at = "draft"
    for after in _WAYS[status]:
        STEPS[(at, after)](row, who)
        at = after
    assert row.status == status, (row.status, status)
    return row


def a_page() -> bytes:
    """A document of one empty page."""
    written, out = PdfWriter(), BytesIO()
    written.add_blank_page(200, 200)
    written.write(out)
    return out.getvalue()


def swift_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are not set in type, where a test is about something else."""
    page = a_page()

    def set_pdf(_letter: object, cover_to: str | None = None) -> bytes:
        assert cover_to is None
        return page

    monkeypatch.setattr("clinic.letters.services.sending.set_pdf", set_pdf)
