"""A client is sent, or a question put, to a provider: begun, written, approved, agreed to."""

from collections.abc import Sequence
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.clients.services import hold_person
from clinic.coordination.events import GivenElsewhere
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import (
    TEXT_MAX,
    about_outbound,
    lacks_consent,
    letter_kind,
    outbound_of,
)
from clinic.coordination.rules.outbound import (
    ANSWER_DAYS,
    BEFORE_SENDING,
    CLEARANCE,
    DEEDS,
    DRAFT,
    PENDING,
    READY,
    must_go,
    reason_of,
)
from clinic.coordination.services.outbound.moving import (
    Known,
    go,
    must_treat,
    note,
    settle,
    this_day,
    worded,
)
from clinic.coordination.services.outbound.wording import content_for
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.ids import new_public_id
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.directory.queries import kept_provider
from clinic.health.models import Clearance
from clinic.health.queries.history import standing_of
from clinic.health.services.clearing import ask_clearance
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.staff.models import StaffMember

FIELDS = ("question", "findings", "meanwhile", "urgency")
"""What a stale edit shows of the version that stands."""


@verb(Permission.CLINICAL_DECIDE)
def begin(
    *,
    actor: Actor,
    client: Client,
    provider: Provider,
    reason: str,
    urgency: str,
    question: str,
    findings: str = "",
    meanwhile: str = "",
    clearance: Clearance | None = None,
    owner: StaffMember | None = None,
    organisation: Organisation | None = None,
    called: str = "",
) -> OutboundReferral:
    """Begin a referral, with the draft of its letter. Who begins it sees to it, unless ``owner``.

    In an emergency the provider is called at once: ``called`` is what was said and why it could
    not wait. Where the question is whether the client may be treated, what holds their visits
    becomes a clearance that is asked for by this very referral. Raises Conflict, DomainError,
    NotAllowed.
    """
    must_treat(actor, client)
    kept = kept_record(client)
    _check_people(kept, provider)
    texts = checked(question, findings, meanwhile)
    _check_urgency(reason_of(reason), urgency, called, is_asked=clearance is not None)
    if clearance is None and reason == CLEARANCE:
        found = _asked(kept, provider, texts[0], actor)
        if found is not None:
            _amend(found, texts, urgency, actor)
            _note_call(found, called, actor)
            return found
    outbound = _made(kept, provider, organisation, owner, actor)
    outbound.reason, outbound.urgency, outbound.clearance = reason, urgency, clearance
    outbound.question, outbound.findings, outbound.meanwhile = texts
    _keep(outbound, actor)
    _note_call(outbound, called, actor)
    write_letter(outbound, actor=actor)
    return outbound


def checked(question: str, findings: str, meanwhile: str) -> tuple[str, str, str]:
    """The three texts as they are kept. Raises DomainError for no question or one too long."""
    texts = (question.strip(), findings.strip(), meanwhile.strip())
    if not texts[0]:
        raise DomainError(say("Say what is asked."), field="question")
    for name, text in zip(FIELDS, texts, strict=False):
        if len(text) > TEXT_MAX:
            raise DomainError(say("Use at most {most} characters.", most=TEXT_MAX), field=name)
    return texts


def _check_people(client: Client, provider: Provider) -> None:
    if client.status in {"archived", "deceased"}:
        raise DomainError(
            say("This client's record is closed. Bring it back first."), field="client"
        )
    if kept_provider(provider).status != "active":
        text = "{name} is no longer in practice. Choose somebody else."
        raise DomainError(say(text, name=provider.name), field="provider")


def _check_urgency(reason: str, urgency: str, called: str, *, is_asked: bool) -> None:
    if urgency not in ANSWER_DAYS:
        raise DomainError(say("Choose from the list."), field="urgency")
    if urgency == "emergency" and not called.strip() and not is_asked:
        raise DomainError(
            say("Call first. Say whom you spoke to, what was told, and why it could not wait."),
            field="called",
        )


def _asked(
    client: Client, provider: Provider, question: str, actor: Actor
) -> OutboundReferral | None:
    """By the asking itself a referral comes about: what holds the client's visits is asked."""
    held = [one for one in standing_of(client, this_day()).open if one.hit.klass == "CLEARANCE"]
    rules = [one.hit.rule for one in held if one.waiting is None]
    if not rules:
        return None
    clearance = ask_clearance(client, rules, actor=actor, provider=provider, question=question)
    db.session.flush()
    return outbound_of(clearance.id)


def _made(
    client: Client,
    provider: Provider,
    organisation: Organisation | None,
    owner: StaffMember | None,
    actor: Actor,
) -> OutboundReferral:
    if owner is None and actor.id is not None:
        owner = db.session.get_one(StaffMember, actor.id)
    if owner is None or not owner.is_active:
        raise DomainError(say("Say who sees to it."), field="owner")
    place = _place_of(provider, organisation)
    return OutboundReferral(
        client=client, provider=provider, organisation=place, owner=owner, status=DRAFT
    )


def _place_of(provider: Provider, organisation: Organisation | None) -> Organisation | None:
    """Where it goes: the only place of who has one, unless another of theirs was chosen."""
    places: Sequence[Organisation] = [at.organisation for at in provider.places]
    if organisation is None and len(places) == 1:
        return places[0]
    if organisation is not None and organisation.id not in {one.id for one in places}:
        raise DomainError(
            say("{name} does not work there. Choose one of the places.", name=provider.name),
            field="organisation",
        )
    return organisation


def _keep(outbound: OutboundReferral, actor: Actor) -> None:
    """With a number made of the row's own, which no two share.

    A client's own lock may be held already, after which the house's may not be taken.
    """
    public_id = new_public_id()
    outbound.number = public_id[:12]
    outbound.next_action, outbound.due_on = "write_letter", this_day()
    db.session.add(outbound)
    db.session.flush()
    outbound.number = f"O-{outbound.id:06d}"
    note(outbound, "begun", actor=actor)
    db.session.flush()


def _note_call(outbound: OutboundReferral, called: str, actor: Actor) -> None:
    if called.strip():
        outbound.calls += 1
        note(outbound, "called", actor=actor, code="reached", why=called)
        db.session.flush()


@verb(Permission.CLINICAL_DECIDE)
def amend(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    question: str,
    findings: str,
    meanwhile: str,
    urgency: str,
    version: int | None = None,
) -> None:
    """Write the question anew while it is a draft; its letter is drafted anew with it.

    Raises Conflict for a letter that was approved, DomainError, NotAllowed, StaleEdit.
    """
    must_treat(actor, outbound.client)
    outbound.expect(version, *FIELDS)
    if urgency not in ANSWER_DAYS:
        raise DomainError(say("Choose from the list."), field="urgency")
    _amend(outbound, checked(question, findings, meanwhile), urgency, actor)


def _amend(
    outbound: OutboundReferral, texts: tuple[str, str, str], urgency: str, actor: Actor
) -> None:
    letter = outbound.letter
    if outbound.status not in BEFORE_SENDING or (letter and letter.status == "approved"):
        raise Conflict(say("The letter is approved. Write it anew, or begin another referral."))
    outbound.question, outbound.findings, outbound.meanwhile = texts
    outbound.urgency = urgency
    note(outbound, "amended", actor=actor)
    if letter is not None and letter.status == "draft":
        letters.edit(letter, actor=actor, content=content_for(outbound))
    settle(outbound, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def ask_instead(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    provider: Provider,
    why: str,
    organisation: Organisation | None = None,
    version: int | None = None,
) -> None:
    """Another provider is asked in the place of the one before, as long as nothing was sent.

    The letter is cancelled and drafted anew: it is approved again, and leaves with a consent that
    names the new one. ``why`` is read by who treats the client. Raises Conflict for what was sent,
    and where visits wait for the answer (``health.services.clearing.ask_whom`` is for that);
    DomainError, NotAllowed, StaleEdit.
    """
    must_treat(actor, outbound.client)
    hold_person(outbound.client)  # as who empties the outbox does, before anything is written
    outbound.expect(version)
    if outbound.status not in BEFORE_SENDING:
        raise Conflict(say("This was sent already."))
    if outbound.clearance is not None:
        raise Conflict(say("Visits wait for this answer. Choose there who is asked."))
    _check_people(outbound.client, provider)
    before, said = outbound.provider, worded(why)
    if before.known_as == provider.known_as or provider.merged_into_id is not None:
        raise DomainError(say("Choose another provider from the list."), field="provider")
    place, letter = _place_of(provider, organisation), outbound.letter
    outbound.provider, outbound.organisation = provider, place
    note(outbound, "redirected", actor=actor, why=said)
    if letter is not None and letter.status != "cancelled":
        letters.cancel(letter, actor=actor, why=spoken(DEEDS["redirected"]))
    write_letter(outbound, actor=actor)
    announce(GivenElsewhere(before.known_as))


@verb(Permission.CLINICAL_DECIDE)
def write_letter(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> Letter:
    """Draft its letter, where there is none that stands. Raises Conflict, NotAllowed."""
    must_treat(actor, outbound.client)
    outbound.expect(version)
    if outbound.status not in BEFORE_SENDING:
        raise Conflict(say("This was sent already."))
    standing = outbound.letter
    if standing is not None and standing.status != "cancelled":
        raise Conflict(say("There is a letter already."))
    letter = letters.draft(
        actor=actor,
        client=outbound.client,
        provider=outbound.provider,
        organisation=outbound.organisation,
        kind=letter_kind(outbound),
        content=content_for(outbound),
        about=about_outbound(outbound),
        reference=outbound.number,
    )
    outbound.letter = letter
    settle(outbound, actor=actor)
    return letter


@verb(Permission.LETTERS_APPROVE)
def make_ready(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """A therapist approves the letter: it is ready, or waits for the client's consent.

    Raises Conflict, NotAllowed, StaleEdit.
    """
    must_treat(actor, outbound.client)
    outbound.expect(version)
    letter = outbound.letter
    is_anew = outbound.status == READY and letter is not None and letter.status == "draft"
    if outbound.status != PENDING and not is_anew:
        must_go(outbound.status, "make_ready")
    if letter is None or letter.status == "cancelled":
        letter = write_letter(outbound, actor=actor)
    if letter.status == "draft":
        letters.approve(letter, actor=actor)  # what follows is heard of
        return
    advance(outbound, actor=actor)


def advance(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    today: date | None = None,
    known: Sequence[Known] | None = None,
) -> bool:
    """As far as the letter and the client's consent let it go; whether something changed.
    ``known`` as in ``settle``."""
    step = _step_on(outbound)
    if not step:
        return settle(outbound, actor=actor, today=today, known=known)
    go(outbound, step, actor=actor)
    return True


def _step_on(outbound: OutboundReferral) -> str:
    letter = outbound.letter
    if outbound.status not in (DRAFT, PENDING) or letter is None or letter.status != "approved":
        return ""
    if lacks_consent(outbound) is None:
        return "make_ready" if outbound.status == DRAFT else "consent_given"
    return "ask_consent" if outbound.status == DRAFT else ""


@verb(Permission.LETTERS_WRITE)
def ask_consent(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """The client has to agree first; somebody is to ask them. Raises Conflict."""
    outbound.expect(version)
    must_go(outbound.status, "ask_consent")
    if lacks_consent(outbound) is None:
        raise Conflict(say("The client has agreed already."))
    go(outbound, "ask_consent", actor=actor)


@verb(Permission.LETTERS_WRITE)
def consent_given(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """The client agreed: what a therapist approved is ready. Raises Conflict."""
    outbound.expect(version)
    must_go(outbound.status, "consent_given")
    if lacks_consent(outbound) is not None:
        raise Conflict(say("There is no consent to share this with this provider. Ask for it."))
    if outbound.letter is None or outbound.letter.status != "approved":
        raise Conflict(say("A therapist approves the letter first."))
    go(outbound, "consent_given", actor=actor)
