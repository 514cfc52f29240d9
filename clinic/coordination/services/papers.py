"""Papers that arrived: put in, made an order, a document or an answer, or set aside.

While one waits nobody knows yet whose it is: it is sealed under a key of its own. What it becomes
is kept anew under the key of the client it is about, and the first copy goes with its key.
"""

from datetime import datetime

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.coordination.models import ArrivedPaper, OutboundReferral
from clinic.coordination.queries.facts import day_of, this_day
from clinic.coordination.queries.outbound import about_outbound
from clinic.coordination.queries.papers import oldest_late
from clinic.coordination.rules.papers import NOTE_MAX, WHY_MAX
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.vault import vault
from clinic.core.words import say
from clinic.files.models import StoredFile
from clinic.files.queries import read
from clinic.files.rules.kinds import Checked
from clinic.files.services import keep
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.referrals import services as referrals
from clinic.referrals.models import CHANNELS, Referral, ReferralDocument
from clinic.tasks.queries import live_dedupe
from clinic.tasks.services import finish_about, open_task

TASK = "document_to_scan"
ONE_TASK = "papers:late"
"""However many papers wait, there is one task: the list says which."""


@verb(Permission.REFERRALS_WRITE)
def arrive(
    file: Checked, *, actor: Actor, arrived_at: datetime, arrived_via: str, note: str = ""
) -> ArrivedPaper:
    """Put a paper in as it came. ``note`` says whom it seems to be from; it is sealed.

    Raises DomainError for a moment that has not come, or a way that there is not.
    """
    if arrived_at > clock.now():
        raise DomainError(say("This moment has not come yet."), field="time")
    if arrived_via not in CHANNELS:
        raise DomainError(say("Choose from the list."), field="arrived_via")
    said = " ".join(note.split())
    if len(said) > NOTE_MAX:
        raise DomainError(say("Use at most {count} characters.", count=NOTE_MAX), field="note")
    key = vault().new_key()
    db.session.add(key)
    db.session.flush()
    kept = keep(file, actor=actor, key=key)
    paper = ArrivedPaper(
        file=kept, arrived_at=arrived_at, arrived_via=arrived_via, status="waiting"
    )
    paper.note = said
    db.session.add(paper)
    db.session.flush()
    see_to(actor=actor)
    return paper


@verb(Permission.REFERRALS_WRITE)
def make_document(
    paper: ArrivedPaper,
    *,
    actor: Actor,
    referral: Referral,
    kind: str = "order",
    is_new: bool = False,
    version: int | None = None,
) -> ReferralDocument:
    """It belongs to an order; ``is_new`` where the order was logged from it.

    Raises Conflict where somebody else has seen to it, StaleEdit, DomainError.
    """
    must_wait(paper, version)
    if referral.ended_on is not None:
        raise DomainError(say("This referral has ended. Choose another."), field="referral")
    file = _take_over(paper, referral.client, "order" if is_new else "document", actor=actor)
    paper.referral = referral
    return referrals.attach(
        referral, actor=actor, file=file, kind=kind, received_on=day_of(paper.arrived_at)
    )


@verb(Permission.REFERRALS_WRITE)
def as_answer(
    paper: ArrivedPaper, *, actor: Actor, outbound: OutboundReferral, version: int | None = None
) -> StoredFile:
    """It is what a provider answered: the file, for the verb that writes the answer down.

    Raises Conflict where somebody else has seen to it, StaleEdit.
    """
    must_wait(paper, version)
    return _take_over(paper, outbound.client, "answer", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def keep_answer(
    paper: ArrivedPaper, *, actor: Actor, outbound: OutboundReferral, version: int | None = None
) -> Letter:
    """The desk keeps it as an answer that a therapist is to read, with the client's letters.

    Raises Conflict where somebody else has seen to it, StaleEdit.
    """
    must_wait(paper, version)
    client, ours = kept_record(outbound.client), outbound.letter
    file = _take_over(paper, client, "answer", actor=actor)
    answered = ours if ours is not None and _awaits(ours) else None
    return letters.receive(
        actor=actor, client=client, provider=outbound.provider, about=about_outbound(outbound),
        reference=outbound.number, file=file, received_on=day_of(paper.arrived_at),
        subject=spoken(say("Answer to {number}", number=outbound.number)), answers=answered,
    )  # fmt: skip


def _awaits(letter: Letter) -> bool:
    return letter.status in ("sent", "delivered") and letter.replied_on is None


@verb(Permission.REFERRALS_WRITE)
def set_aside(paper: ArrivedPaper, *, actor: Actor, why: str, version: int | None = None) -> None:
    """It is not for us, or nothing is to be done with it; it stays where it is.

    Raises Conflict where somebody else has seen to it, StaleEdit, DomainError without a reason.
    """
    must_wait(paper, version)
    said = " ".join(why.split())
    if not said:
        raise DomainError(say("Say why it is set aside."), field="why")
    if len(said) > WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=WHY_MAX), field="why")
    paper.settled_why = said
    _settle(paper, "set_aside", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def take_up(paper: ArrivedPaper, *, actor: Actor, version: int | None = None) -> None:
    """What was set aside waits again, since the moment it arrived.

    Raises Conflict where it was not, StaleEdit.
    """
    if paper.status != "set_aside":
        raise Conflict(say("This paper is not set aside."))
    paper.expect(version)
    paper.status, paper.settled_why = "waiting", ""
    paper.settled_at = paper.settled_by_id = None
    db.session.flush()
    see_to(actor=actor)


def must_wait(paper: ArrivedPaper, version: int | None) -> None:
    """Raises Conflict where somebody has seen to it already, StaleEdit."""
    if paper.status != "waiting":
        raise Conflict(say("Somebody else has seen to this paper already. Look at the list."))
    paper.expect(version)


def _take_over(paper: ArrivedPaper, client: Client, became: str, *, actor: Actor) -> StoredFile:
    """Kept anew under the client's key; the first copy goes, and with its key whoever holds a
    backup of the bytes can open them no more."""
    before, note = paper.file, paper.note
    checked = Checked(read(before), before.name, before.media_type, before.pages)
    kept = keep(checked, actor=actor, key=client.key)
    db.session.flush()
    paper.note_sealed = None
    paper.file, paper.client, paper.became = kept, client, became
    _settle(paper, "filed", actor=actor)
    paper.note = note
    key = before.key
    db.session.delete(before)
    db.session.flush()
    db.session.delete(key)
    db.session.flush()
    return kept


def _settle(paper: ArrivedPaper, status: str, *, actor: Actor) -> None:
    paper.status, paper.settled_at = status, clock.now()
    paper.settled_by_id = actor.id
    db.session.flush()
    see_to(actor=actor)


@verb(Permission.REFERRALS_WRITE)
def see_to(*, actor: Actor) -> bool:
    """Have one task stand while a paper has waited for more than a working day, and none when
    none has; whether anything had to be done about it. Safe to repeat."""
    late, standing = oldest_late(), live_dedupe(ONE_TASK)
    if late is not None and standing is None:
        open_task(
            actor=actor, kind=TASK, due_on=this_day(), about=f"papers:{late.public_id}",
            dedupe=ONE_TASK,
        )  # fmt: skip
        return True
    if late is None and standing is not None:
        finish_about(standing.about, actor=actor, outcome=spoken(say("Everything is entered.")))
        return True
    return False
