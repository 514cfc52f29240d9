"""Writing down what clients agree to, refuse and take back; and the words for it."""

from collections.abc import Iterable
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.clients.services import hold_person
from clinic.consents import queries
from clinic.consents.events import ConsentChanged
from clinic.consents.models import Consent, ConsentText
from clinic.consents.rules import (
    BODY_MAX,
    CHANNELS,
    KINDS,
    Line,
    Scope,
    Why,
    last_day,
    may_move,
    write_scope,
    write_why,
)
from clinic.consents.services.checking import (
    check_day,
    check_giver,
    check_party,
    check_scope,
    check_signed,
    check_until,
    kind_of,
    must_be_theirs,
    must_be_trained,
    only_asked,
    this_day,
    words_shown,
)
from clinic.core.announcements import announce
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.directory.models import Provider


@verb(Permission.CONSENTS_TAKE)
def take_consent(
    client: Client,
    kind: str,
    *,
    actor: Actor,
    method: str,
    signature: str,
    given_by: str = "client",
    given_on: date | None = None,
    until: date | None = None,
    provider: Provider | None = None,
    scope: Scope | None = None,
    text_number: int | None = None,
) -> Consent:
    """Write down that a client, or their guardian, agreed to the words of a kind.

    ``signature`` is the name as it was signed or typed, or who witnessed the spoken word.
    ``text_number`` says which words were shown: the newest, if it is not said. An earlier answer
    to the same question is replaced. Raises DomainError where something is missing, Conflict for
    words that are no longer the newest or an answer earlier than one that stands, NotAllowed for
    a clinical kind and somebody who does not treat this client.
    """
    asked, day, scope = kind_of(kind), given_on or this_day(), scope or Scope()
    client = kept_record(client)
    must_be_theirs(client, asked, actor)
    must_be_trained(asked, actor, day)
    check_day(day)
    check_giver(client, asked, given_by, day)
    check_signed(asked, method, signature)
    check_scope(asked, scope, provider)
    check_until(until, day)
    consent = Consent(
        client=client,
        kind=kind,
        text_number=words_shown(kind, text_number, day),
        answer="given",
        given_by=given_by,
        method=method,
        given_on=day,
        expires_on=last_day(asked, day, until if asked.may_end_early else None),
        provider_id=provider.id if provider and "provider" in asked.asks else None,
        taken_by_id=actor.id,
    )
    consent.scope, consent.signature = write_scope(only_asked(asked, scope)), signature.strip()
    return _put_down(consent)


@verb(Permission.CONSENTS_TAKE)
def refuse(
    client: Client,
    kind: str,
    *,
    actor: Actor,
    given_by: str = "client",
    given_on: date | None = None,
    provider: Provider | None = None,
    whom: str = "",
    why: str = "",
) -> Consent:
    """Write down that a client said no; an earlier yes to the same question counts no more.

    No reason is needed. Raises DomainError, Conflict, NotAllowed as ``take_consent`` does.
    """
    asked, day = kind_of(kind), given_on or this_day()
    client = kept_record(client)
    must_be_theirs(client, asked, actor)
    check_day(day)
    check_party(asked, Scope(whom=whom), provider)
    consent = Consent(
        client=client,
        kind=kind,
        text_number=queries.current_text(kind).number,
        answer="refused",
        given_by=given_by,
        method="verbal",
        given_on=day,
        expires_on=day if asked.lasts == "day" else None,
        provider_id=provider.id if provider and "provider" in asked.asks else None,
        taken_by_id=actor.id,
    )
    consent.scope = write_scope(only_asked(asked, Scope(whom=whom)))
    consent.why = write_why(Why(text=why.strip()))
    return _put_down(consent)


@verb(Permission.CONSENTS_TAKE)
def replace(
    consent: Consent,
    *,
    actor: Actor,
    method: str,
    signature: str,
    given_by: str = "client",
    given_on: date | None = None,
    until: date | None = None,
    scope: Scope | None = None,
    text_number: int | None = None,
    version: int | None = None,
) -> Consent:
    """The same question was answered anew: the earlier consent stays as replaced.

    Raises StaleEdit, and what ``take_consent`` raises.
    """
    consent.expect(version)
    _must_move(consent, "superseded")
    return take_consent(
        consent.client,
        consent.kind,
        actor=actor,
        method=method,
        signature=signature,
        given_by=given_by,
        given_on=given_on,
        until=until,
        provider=consent.provider,
        scope=scope,
        text_number=text_number,
    )


@verb(Permission.CONSENTS_TAKE)
def withdraw(
    consent: Consent, *, actor: Actor, by: str = "person", why: str = "", version: int | None = None
) -> None:
    """A client takes a consent back: at once, in whatever way they say so, without a reason.

    Everybody may write it down, also of what only the care team reads. What was done before
    stays lawful. Raises StaleEdit; Conflict where nothing is left to take back.
    """
    consent.expect(version)
    if by not in CHANNELS:
        raise DomainError(say("Choose how they said so."), field="by")
    hold_person(consent.client)
    _must_move(consent, "withdrawn")
    if consent.answer != "given":
        raise Conflict(say("This was refused. Nothing is left to take back."))
    consent.status, consent.withdrawn_at = "withdrawn", now()
    consent.why = write_why(Why(by=by, text=why.strip()))
    _tell([consent])


@verb(Permission.CONSENTS_TAKE)
def withdraw_clinical(client: Client, *, actor: Actor, by: str = "person", why: str = "") -> int:
    """Take back all that the care team keeps for a client, unread; how many there were.

    This is how the desk writes down a withdrawal of something that it does not see.
    """
    client = kept_record(client)
    hold_person(client)
    standing = [
        row
        for row in db.session.scalars(queries.of_person(client.id))
        if KINDS[row.kind].is_clinical
        and row.status == "active"
        and row.answer == "given"
        and (row.expires_on is None or row.expires_on >= this_day())
    ]
    for row in standing:
        withdraw(row, actor=actor, by=by, why=why)
    return len(standing)


@verb(Permission.CONSENTS_TAKE)
def mark_in_error(consent: Consent, *, actor: Actor, why: str, version: int | None = None) -> None:
    """This was written down for the wrong person, or was never said: it never counted.

    What it replaced does not come back: ask again. Of a clinical kind, who treats the client or
    wrote it down may say so. Raises DomainError without a reason, StaleEdit, NotAllowed.
    """
    consent.expect(version)
    if consent.taken_by_id is None or consent.taken_by_id != actor.id:
        must_be_theirs(consent.client, KINDS[consent.kind], actor)
    if not why.strip():
        raise DomainError(say("Say what was wrong."), field="why")
    hold_person(consent.client)
    _must_move(consent, "entered_in_error")
    consent.status = "entered_in_error"
    consent.why = write_why(Why(text=why.strip()))
    _tell([consent])


@verb(Permission.PRACTICE_WRITE)
def publish_text(kind: str, body: str, *, actor: Actor, after: int) -> ConsentText:
    """Publish the clinic's own words for a kind, to be agreed to from now on.

    Earlier words stay as they are, and so do consents to them. ``after`` is the number of the
    words that these follow. Raises DomainError; Conflict where others were published meanwhile.
    """
    kind_of(kind)
    text = "\n".join(line.rstrip() for line in body.replace("\r", "").strip().splitlines())
    if not text:
        raise DomainError(say("Enter the words."), field="body")
    if len(text) > BODY_MAX:
        raise DomainError(say("Use at most {most} letters.", most=BODY_MAX), field="body")
    newest = queries.current_text(kind)
    if newest.number != after:
        raise Conflict(say("Other words were published meanwhile. Look at them first."))
    if newest.body == text:
        raise DomainError(say("These are the words that stand already."), field="body")
    row = ConsentText(
        kind=kind,
        number=newest.number + 1,
        body=text,
        published_at=now(),
        published_by_id=actor.id,
    )
    db.session.add(row)
    return row


def _must_move(consent: Consent, status: str) -> None:
    if not may_move(consent.status, status):
        raise Conflict(say("This consent has changed meanwhile. Look at it again."))


# ---- writing it down


def _put_down(consent: Consent) -> Consent:
    """Keep an answer in place of those that it replaces."""
    hold_person(consent.client)
    wanted = queries.line_of(consent).slot
    rows = list(db.session.scalars(queries.of_person(consent.client.id)))
    same = [(row, queries.line_of(row)) for row in rows]
    same = [(row, line) for row, line in same if line.slot == wanted]
    _check_order(consent.given_on, [line for _, line in same])
    replaced = [row for row, line in same if _is_replaced(line, consent.given_on)]
    for row in replaced:
        row.status = "superseded"
    db.session.add(consent)
    _tell([consent, *replaced])
    return consent


def _check_order(day: date, earlier: Iterable[Line]) -> None:
    """An answer stands for the days after it: none is slipped in before another."""
    for line in earlier:
        if line.status == "entered_in_error":
            continue
        if line.given_on > day:
            raise Conflict(say("A later answer is written down already."), field="given_on")
        if line.ended_on is not None and line.ended_on > day:
            raise Conflict(say("It was taken back after that day."), field="given_on")


def _is_replaced(line: Line, day: date) -> bool:
    """Whether an answer would still have counted: what had run out stays as it is."""
    return line.status == "active" and line.is_good(day)


def _tell(rows: Iterable[Consent]) -> None:
    db.session.flush()
    for client_id in sorted({row.client_id for row in rows}):
        announce(ConsentChanged(client_id))
