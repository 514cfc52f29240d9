"""What a provider answers: kept, read, acted on, told to the client, and then closed.

Where it was asked whether the client may be treated, the answer is the clearance's own: it is
written there, and what is known here follows from it. So there is one truth and not two.
"""

from collections.abc import Sequence
from datetime import date

from clinic.coordination.models import OutboundReferral, Reply
from clinic.coordination.queries.outbound import (
    TEXT_MAX,
    about_outbound,
    replies_of,
)
from clinic.coordination.rules.outbound import HOW, REPLIED, must_go
from clinic.coordination.services.outbound.going import may_close
from clinic.coordination.services.outbound.moving import (
    go,
    must_treat,
    not_later,
    note,
    settle,
    worded,
)
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.files.models import StoredFile
from clinic.health.rules.facts import Limits
from clinic.health.services.clearing import record_answer
from clinic.letters.services import mark_replied
from clinic.tasks.queries import live_about

SAID_BY_MAX = 80


@verb(Permission.CLINICAL_DECIDE)
def answer(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    how: str,
    said_by: str,
    said: str,
    on: date,
    file: StoredFile | None = None,
    outcome: str = "",
    limits: Limits | None = None,
    valid_until: date | None = None,
    inputs: Sequence[str] | None = None,
    version: int | None = None,
) -> Reply:
    """Keep what was answered, with the scan where there is one; who writes it down has read it.

    With an ``outcome`` it answers the clearance too (as ``record_answer`` has it): the rules are
    judged anew with its limits, and that is acting on it. Raises Conflict, DomainError,
    NotAllowed, StaleEdit.
    """
    must_treat(actor, outbound.client)
    outbound.expect(version)
    if outcome and outbound.clearance is not None and outbound.clearance.status == "asked":
        if outbound.status != REPLIED:
            must_go(outbound.status, "answer")
        record_answer(
            outbound.clearance, actor=actor, outcome=outcome, said_by=said_by, said=said, how=how,
            on=on, valid_until=valid_until, limits=limits, inputs=inputs,
        )  # fmt: skip
        reply = replies_of(outbound)[0]  # that it was answered was heard of: it is kept
        reply.file = file or reply.file
        return reply
    must_go(outbound.status, "answer")
    if not said.strip():
        raise DomainError(say("Write down what was said."), field="said")
    return take_in(outbound, actor=actor, how=how, said_by=said_by, said=said, on=on, file=file)


def take_in(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    how: str,
    said_by: str,
    said: str,
    on: date,
    file: StoredFile | None = None,
    is_read: bool = True,
) -> Reply:
    """Keep an answer, and bring the referral there. Raises Conflict, DomainError."""
    if how not in Reply.HOW:
        raise DomainError(say("Choose from the list."), field="how")
    name = said_by.strip()[:SAID_BY_MAX]
    if not name:
        raise DomainError(say("Say who answered."), field="said_by")
    if len(said.strip()) > TEXT_MAX:
        raise DomainError(say("Use at most {most} characters.", most=TEXT_MAX), field="said")
    reply = Reply(
        outbound=outbound, outbound_id=outbound.id, how=how, said_by=name,
        received_on=not_later(on), file=file, taken_by_id=actor.id,
    )  # fmt: skip
    reply.summary = said.strip()
    db.session.add(reply)
    outbound.answered_at = clock.now()
    if is_read:
        outbound.read_at = outbound.answered_at
    go(outbound, "answer", actor=actor, code=how)
    _tell_letter(outbound, on, actor)
    return reply


def _tell_letter(outbound: OutboundReferral, on: date, actor: Actor) -> None:
    letter = outbound.letter
    if letter is not None and letter.replied_on is None and letter.status in ("sent", "delivered"):
        mark_replied(letter, actor=actor, on=on)


@verb(Permission.CLINICAL_DECIDE)
def read_reply(
    outbound: OutboundReferral, *, actor: Actor, said: str = "", version: int | None = None
) -> None:
    """A therapist has read what came; ``said`` is its gist. Raises Conflict, NotAllowed."""
    must_treat(actor, outbound.client)
    outbound.expect(version)
    if outbound.status != REPLIED or outbound.read_at is not None:
        raise Conflict(say("There is no answer that nobody has read."))
    reply = replies_of(outbound)[0]
    if said.strip():
        reply.summary = said.strip()[:TEXT_MAX]
    outbound.read_at = clock.now()
    note(outbound, "read", actor=actor)
    settle(outbound, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def act_on(
    outbound: OutboundReferral, *, actor: Actor, what: str, version: int | None = None
) -> None:
    """The answer changed something, or was found to change nothing: ``what`` says it.

    Raises Conflict before it was read, or while a clearance waits for its outcome.
    """
    must_treat(actor, outbound.client)
    outbound.expect(version)
    must_go(outbound.status, "act_on")
    if outbound.read_at is None:
        raise Conflict(say("Read the answer first."))
    if outbound.clearance is not None and outbound.clearance.status == "asked":
        raise Conflict(say("Write down what the answer means for treatment, and its limits."))
    done_with(outbound, actor=actor, what=worded(what, "what"))


def done_with(outbound: OutboundReferral, *, actor: Actor, what: str) -> None:
    """Acted on: the second of the three ticks."""
    outbound.acted_at = clock.now()
    go(outbound, "act_on", actor=actor, why=what)


@verb(Permission.CLINICAL_DECIDE)
def tell_client(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    how: str,
    what: str = "",
    version: int | None = None,
) -> None:
    """The client knows: told by whom, and how. Raises Conflict, DomainError, NotAllowed."""
    must_treat(actor, outbound.client)
    outbound.expect(version)
    must_go(outbound.status, "tell_client")
    if how not in HOW:
        raise DomainError(say("Choose from the list."), field="how")
    outbound.told_at = clock.now()
    go(outbound, "tell_client", actor=actor, code=how, why=what)


@verb(Permission.REFERRALS_WRITE)
def close(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """All three ticks are there and nothing is left to do. Raises Conflict with what is."""
    outbound.expect(version)
    must_go(outbound.status, "close")
    if not may_close(outbound):
        raise Conflict(say("It is closed after it was read, acted on and told to the client."))
    name = about_outbound(outbound)
    own = f"{name}:close_loop", f"handed:{name}"
    left = [one for one in live_about(name) if one.dedupe not in own]
    if left:
        raise Conflict(say("{count} tasks are open still. Finish them first.", count=len(left)))
    go(outbound, "close", actor=actor)
