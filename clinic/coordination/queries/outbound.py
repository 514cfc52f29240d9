"""Referrals to providers outside: which one, what happened to it, what was answered."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person, may_read_health
from clinic.consents.queries import consents_on
from clinic.coordination.models import OUT_ENDS, CaseStep, OutboundReferral, Reply
from clinic.coordination.queries.outbound_facts import tells_measures
from clinic.coordination.rules.outbound import CLEARANCE
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.core.words import say
from clinic.files.queries import Offered
from clinic.letters.queries import consent_for
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.sending import Needs, covering, lacking
from clinic.practice.queries import the_practice

WORD = "outbound"
"""What a letter or a task about a referral to a provider says before its public id."""
TEXT_MAX = 2000
"""How long a question, findings, an answer may be, in characters."""


def about_outbound(outbound: OutboundReferral) -> str:
    """How letters and tasks name a referral to a provider."""
    return f"{WORD}:{outbound.public_id}"


def the_outbound(public_id: str) -> OutboundReferral:
    """Raises NotFound."""
    wanted = select(OutboundReferral).where(OutboundReferral.public_id == public_id)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound(say("There is no such referral."))
    return found


def outbound_about(text: str) -> OutboundReferral | None:
    """What a letter or a task is about, where that is a referral to a provider."""
    word, _, public_id = text.partition(":")
    if word != WORD:
        return None
    wanted = select(OutboundReferral).where(OutboundReferral.public_id == public_id)
    return db.session.scalar(wanted)


def outbound_of(clearance_id: int) -> OutboundReferral | None:
    """By which a clearance is asked for, as things stand."""
    wanted = select(OutboundReferral).where(OutboundReferral.clearance_id == clearance_id)
    return db.session.scalar(wanted)


def is_live_outbound() -> ColumnElement[bool]:
    """Criterion on OutboundReferral: it has not ended."""
    return OutboundReferral.status.not_in(OUT_ENDS)


def live_outbound(number: int, at_most: int | None) -> list[OutboundReferral]:
    """Those that have not ended, beyond an id, the oldest first; held until the transaction ends,
    and read as they stand now."""
    wanted = (
        select(OutboundReferral)
        .where(is_live_outbound(), OutboundReferral.id > number)
        .order_by(OutboundReferral.id)
        .limit(at_most)
        .options(selectinload(OutboundReferral.letter), selectinload(OutboundReferral.owner))
        .with_for_update(of=OutboundReferral)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(wanted))


def unsent_of_person(person_id: int) -> list[OutboundReferral]:
    """Those of a person (the kept record's id) that wait before they are sent."""
    wanted = select(OutboundReferral).where(
        is_of_person(OutboundReferral.client_id, person_id),
        OutboundReferral.status.in_(("draft", "consent_pending", "ready")),
    )
    return list(db.session.scalars(wanted.order_by(OutboundReferral.id)))


def outbound_of_person(person_id: int, most: int | None = None) -> Sequence[OutboundReferral]:
    """Those of a person (the kept record's id): what has not ended first, then the newest."""
    wanted = (
        select(OutboundReferral)
        .where(is_of_person(OutboundReferral.client_id, person_id))
        .options(
            joinedload(OutboundReferral.client, innerjoin=True).lazyload(Client.phones),
            joinedload(OutboundReferral.organisation),
        )
        .order_by(~is_live_outbound(), OutboundReferral.id.desc())
        .limit(most)
    )
    return db.session.scalars(wanted).all()


def outbound_steps(outbound: OutboundReferral) -> list[CaseStep]:
    """What happened, the oldest first, with whoever did it."""
    wanted = (
        select(CaseStep)
        .where(CaseStep.outbound_id == outbound.id)
        .options(selectinload(CaseStep.by))
        .order_by(CaseStep.id)
    )
    return list(db.session.scalars(wanted))


def replies_of(outbound: OutboundReferral) -> list[Reply]:
    """What was answered, the newest first."""
    wanted = (
        select(Reply)
        .where(Reply.outbound_id == outbound.id)
        .options(selectinload(Reply.taken_by), selectinload(Reply.file))
        .order_by(Reply.id.desc())
    )
    return list(db.session.scalars(wanted))


def the_reply(outbound: OutboundReferral, public_id: str) -> Reply:
    """One answer. Raises NotFound."""
    wanted = select(Reply).where(Reply.public_id == public_id, Reply.outbound_id == outbound.id)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound(say("There is no such answer."))
    return found


def offered_answers(actor: Actor, person_id: int) -> list[Offered]:
    """What providers answered on paper about a person (the kept record's id), that may go with a
    letter: none where this person may not open it."""
    if not may_read_health(actor, person_id):
        return []
    wanted = (
        select(Reply)
        .join(Reply.outbound)
        .where(is_of_person(OutboundReferral.client_id, person_id), Reply.file_id.is_not(None))
        .options(joinedload(Reply.file), contains_eager(Reply.outbound))
        .order_by(Reply.id.desc())
    )
    return [
        Offered(one.file, say("Answer to {number}", number=one.outbound.number), one.received_on)
        for one in db.session.scalars(wanted)
        if one.file is not None
    ]


def letter_kind(outbound: OutboundReferral) -> str:
    """The kind of letter by which it is asked."""
    return "clearance" if outbound.reason == CLEARANCE else "outbound"


def lacks_consent(outbound: OutboundReferral) -> Needs | None:
    """What the client has not agreed to share, of what the letter needs; None where all is.

    Where none stands, it is what one would need that is drafted now: so the client is asked once.
    """
    on, letter = today(the_practice().zone), outbound.letter
    if letter is not None and letter.status != "cancelled":
        return consent_for(letter, on)[1]
    kind = KINDS[letter_kind(outbound)]
    data = kind.needs | {"measures"} if tells_measures(outbound) else kind.needs
    consents = consents_on(outbound.client.known_as, on)
    whom = outbound.provider.known_as
    if covering(consents, whom, data, kind.purpose) is not None:
        return None
    return lacking(consents, whom, data, kind.purpose)
