"""A referral that is called off, or was a mistake; what was asked with it is asked no longer."""

from clinic.clients.services import hold_person
from clinic.coordination.models import OutboundReferral
from clinic.coordination.rules.outbound import CANCELLED_WHY, NAMES, must_go
from clinic.coordination.services.outbound.moving import go, must_treat, worded
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.health.services.clearing import ask_no_more
from clinic.letters import services as letters
from clinic.letters.rules.moving import may_move


@verb(Permission.CLINICAL_DECIDE)
def cancel(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    code: str,
    why: str = "",
    version: int | None = None,
) -> None:
    """It is not needed: nothing leaves. ``code`` is one of CANCELLED_WHY, ``why`` the words to it.

    Raises Conflict for what was sent, DomainError, NotAllowed, StaleEdit.
    """
    must_treat(actor, outbound.client)
    hold_person(outbound.client)  # as who empties the outbox does, before anything is written
    outbound.expect(version)
    must_go(outbound.status, "cancel")
    if code not in CANCELLED_WHY:
        raise DomainError(say("Choose from the list."), field="code")
    go(outbound, "cancel", actor=actor, code=code, why=why)
    drop_letter(outbound, actor=actor)
    let_go(outbound, actor=actor, why=why)


@verb(Permission.CLINICAL_DECIDE)
def mistake(
    outbound: OutboundReferral, *, actor: Actor, why: str, version: int | None = None
) -> None:
    """It should never have been written, such as for another client. Raises Conflict,
    DomainError, NotAllowed, StaleEdit."""
    must_treat(actor, outbound.client)
    hold_person(outbound.client)
    outbound.expect(version)
    must_go(outbound.status, "mistake")
    go(outbound, "mistake", actor=actor, why=worded(why))
    drop_letter(outbound, actor=actor)
    let_go(outbound, actor=actor, why=why)


def drop_letter(outbound: OutboundReferral, *, actor: Actor) -> None:
    """The letter is not sent any more, where it has not left."""
    letter = outbound.letter
    if letter is not None and letter.status != "cancelled" and may_move(letter.status, "cancelled"):
        letters.cancel(letter, actor=actor, why=spoken(NAMES[outbound.status]))


def let_go(outbound: OutboundReferral, *, actor: Actor, why: str) -> None:
    """Nobody is asked any longer by a referral that ended without an answer.

    The rules are open again: the client's visits stay held until somebody decides.
    """
    clearance = outbound.clearance
    if clearance is not None and clearance.status == "asked":
        said = why.strip() or spoken(NAMES[outbound.status])
        ask_no_more(clearance, actor=actor, why=said)
