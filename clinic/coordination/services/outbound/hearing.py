"""What other rooms tell: a letter moved, a consent changed, a clearance was asked or answered."""

from datetime import date

from clinic.clients.models import Client
from clinic.consents.events import ConsentChanged
from clinic.consents.models import Consent
from clinic.consents.queries import consents_on
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import (
    about_outbound,
    outbound_about,
    outbound_of,
    replies_of,
    unsent_of_person,
)
from clinic.coordination.rules.outbound import (
    ANSWERABLE,
    BEFORE_SENDING,
    CLEARANCE,
    DRAFT,
    ENDS,
    PENDING,
    READY,
    REPLIED,
    SCHEDULED,
    SENT,
    answer_by,
)
from clinic.coordination.services.answers import see_to_answer
from clinic.coordination.services.outbound.answering import done_with, take_in
from clinic.coordination.services.outbound.beginning import advance, begin
from clinic.coordination.services.outbound.ending import cancel, drop_letter
from clinic.coordination.services.outbound.going import turned_down
from clinic.coordination.services.outbound.moving import go, settle, this_day
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import current_verb, verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.files.models import StoredFile
from clinic.health.events import ClearanceMoved
from clinic.health.models import Clearance
from clinic.health.queries.clearances import asking_of
from clinic.health.queries.rules import rule_book
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.letters.services import expect_answer
from clinic.tasks.services import open_task

OWN = ("outbound", "clearance")
"""Kinds of letters by which somebody is asked."""
URGENCY = {"emergency": "emergency", "urgent": "urgent", "soon": "soon"}


def _at_work() -> Actor:
    working = current_verb()
    return working[1] if working else SYSTEM


# --- letters ---


def hear_letter(event: LetterMoved) -> None:
    """A letter of a referral is another, left, came back, was acknowledged; or one came."""
    outbound = outbound_about(event.about)
    if outbound is not None:
        follow_letter(outbound, event, actor=_at_work())


@verb(None)
def follow_letter(outbound: OutboundReferral, event: LetterMoved, *, actor: Actor) -> None:
    """Part of the letters' own verbs, which have asked for their permission."""
    letter = db.session.get_one(Letter, event.letter_id)
    if letter.direction == "in":
        _came(outbound, letter, actor)
        return
    if event.status == "draft" and event.kind in OWN and outbound.status in BEFORE_SENDING:
        outbound.letter = letter
    if outbound.letter is None or outbound.letter.id != letter.id:
        return
    if _is_over(outbound, letter):
        see_to_answer(letter, about_outbound(outbound), outbound.owner, actor=actor)
        return
    if event.status == "approved":
        advance(outbound, actor=actor)
    elif event.status == "sent" and outbound.status in (PENDING, READY):
        _left(outbound, letter, actor)
    elif event.status == "failed" and outbound.status == SENT:
        go(outbound, "came_back", actor=actor)
    else:
        _said_there(outbound, letter, actor)


def _is_over(outbound: OutboundReferral, letter: Letter) -> bool:
    """Whether nothing that is told of its letter leads on: an answer that comes late does."""
    is_late_answer = outbound.status in ANSWERABLE and letter.replied_on is not None
    return outbound.status in ENDS and not is_late_answer


def _said_there(outbound: OutboundReferral, letter: Letter, actor: Actor) -> None:
    """They say that it came, or what they think of it: then a therapist is to read it."""
    if letter.replied_on is not None:
        _went(outbound, actor)
        if outbound.status in ANSWERABLE:
            _take_in_unread(outbound, letter, letter.replied_on, actor)
            return
    if letter.acknowledged_on is not None and outbound.status == SENT:
        outbound.acknowledged_on = letter.acknowledged_on
        outbound.acknowledged_by = letter.acknowledged_by
        go(outbound, "acknowledged", actor=actor)
    else:
        settle(outbound, actor=actor)


def _left(outbound: OutboundReferral, letter: Letter, actor: Actor) -> None:
    """It is sent; where the gate saw a consent that nobody told of here, they agreed first."""
    if outbound.status == PENDING:
        go(outbound, "consent_given", actor=actor)
    if outbound.sent_at is not None:  # it came back: nobody there had anything to answer
        outbound.reminders = outbound.calls = 0
    outbound.sent_at = letter.sent_at or clock.now()
    outbound.answer_by = answer_by(outbound.urgency, this_day())
    expect_answer(letter, actor=actor, by=outbound.answer_by)
    go(outbound, "sent", actor=actor)


def _came(outbound: OutboundReferral, letter: Letter, actor: Actor) -> None:
    """An answer lies there: a therapist is to read it."""
    if letter.status != "received":
        return
    _went(outbound, actor)
    if outbound.status in ANSWERABLE:
        file = letter.versions[0].file if letter.versions else None
        _take_in_unread(outbound, letter, this_day(), actor, file)


def _take_in_unread(
    outbound: OutboundReferral,
    letter: Letter,
    on: date,
    actor: Actor,
    file: StoredFile | None = None,
) -> None:
    take_in(
        outbound, actor=actor, how="letter", said_by=letter.provider.name, said="", on=on,
        file=file, is_read=False,
    )  # fmt: skip


# --- consents ---


def hear_consent(event: ConsentChanged) -> None:
    """What waited for the client's consent is ready, or the client does not want it."""
    client = db.session.get_one(Client, event.client_id)
    actor = _at_work()
    for outbound in unsent_of_person(client.known_as):
        follow_consent(outbound, actor=actor)


@verb(None)
def follow_consent(outbound: OutboundReferral, *, actor: Actor) -> None:
    """Part of the consents' own verbs, which have asked for their permission."""
    if outbound.status == DRAFT:
        settle(outbound, actor=actor)
        return
    if outbound.status == PENDING and _said_no(outbound):
        turned_down(outbound, actor=actor)
        return
    advance(outbound, actor=actor)


def _said_no(outbound: OutboundReferral) -> bool:
    """Whether the client said no since this was begun; an earlier no is asked about anew."""
    on, whom = this_day(), outbound.provider.known_as
    consents = consents_on(outbound.client.known_as, on)
    if not consents.is_refused("SHARE_PROVIDER", provider_id=whom):
        return False
    said = [
        db.session.get_one(Consent, line.id)
        for line in consents.deciding()
        if line.kind == "SHARE_PROVIDER" and line.provider_id == whom
    ]
    return any(row.updated_at >= outbound.created_at for row in said)


# --- clearances ---


def hear_clearance(event: ClearanceMoved) -> None:
    """A provider is asked by a referral; what they answer there is answered here."""
    clearance = db.session.get_one(Clearance, event.clearance_id)
    follow_clearance(clearance, actor=_at_work())


@verb(None)
def follow_clearance(clearance: Clearance, *, actor: Actor) -> None:
    """Part of health's own verbs, which have asked for their permission."""
    outbound = outbound_of(clearance.id)
    if clearance.status == "asked":
        _asked(clearance, outbound, actor)
    elif clearance.status == "withdrawn":
        if outbound is not None and outbound.status in BEFORE_SENDING:
            cancel(outbound, actor=actor, code="not_needed")
    elif clearance.answered_at is not None:
        _answered(clearance, outbound, actor)


def _asked(clearance: Clearance, before: OutboundReferral | None, actor: Actor) -> None:
    provider = clearance.provider
    if provider is None:
        return
    if before is not None and not _makes_way(before, provider.id, actor):
        return
    asking = asking_of(clearance)
    begin(
        actor=actor,
        client=clearance.client,
        provider=provider,
        reason=CLEARANCE,
        urgency=_urgency(asking.rules),
        question=asking.question or spoken(_QUESTION),
        findings=before.findings or "" if before else "",
        meanwhile=before.meanwhile or "" if before else "",
        clearance=clearance,
    )


_QUESTION = say("May massage be given, and with which limits?")


def _makes_way(before: OutboundReferral, provider_id: int, actor: Actor) -> bool:
    """Whether another provider takes the place of the one asked before."""
    if before.provider_id == provider_id and before.status not in ENDS:
        return False
    if before.status in BEFORE_SENDING:
        go(before, "cancel", actor=actor, code="another")
        drop_letter(before, actor=actor)
    elif before.status not in ENDS:
        text = "{name} was written to. Say first what became of that: declined, or no answer."
        raise Conflict(say(text, name=before.provider.name))
    before.clearance = None
    db.session.flush()
    return True


def _urgency(rules: tuple[str, ...]) -> str:
    """The most pressing of what the rules ask for."""
    book, on = rule_book(), this_day()
    asked = {book.rule(code, on).urgency for code in rules if code in book.versions}
    return next((URGENCY[one] for one in URGENCY if one in asked), "routine")


def _answered(clearance: Clearance, outbound: OutboundReferral | None, actor: Actor) -> None:
    asking = asking_of(clearance)
    if outbound is not None and outbound.status in BEFORE_SENDING:
        # It was answered before anything left: nothing leaves any more.
        go(outbound, "cancel", actor=actor, code="unsent")
        drop_letter(outbound, actor=actor)
    if outbound is None or (outbound.status in ENDS and outbound.status not in ANSWERABLE):
        _to_tell(clearance, outbound, actor)
        return
    _went(outbound, actor)
    if outbound.status == REPLIED:
        reply = replies_of(outbound)[0]
        reply.summary = asking.said
        outbound.read_at = outbound.read_at or clock.now()
    else:
        take_in(
            outbound, actor=actor, how=asking.answered_how, said_by=asking.said_by,
            said=asking.said, on=asking.since or this_day(),
        )  # fmt: skip
    done_with(outbound, actor=actor, what="")


def _went(outbound: OutboundReferral, actor: Actor) -> None:
    """What is answered after the day of the appointment says that the client was there."""
    if outbound.status == SCHEDULED and (outbound.appointment_on or this_day()) <= this_day():
        go(outbound, "attended", actor=actor)


def _to_tell(clearance: Clearance, outbound: OutboundReferral | None, actor: Actor) -> None:
    """No referral leads to it any more: somebody tells the client all the same."""
    provider = clearance.provider
    open_task(
        actor=actor,
        kind="tell_client",
        due_on=this_day(),
        client=clearance.client,
        note=outbound.number if outbound is not None else provider.name if provider else "",
        dedupe=f"clearance:{clearance.public_id}:tell",
    )
