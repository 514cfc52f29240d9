"""Verbs for orders: log, amend, end, reopen."""

from datetime import date

from sqlalchemy import func, select

from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health
from clinic.core import clock
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.directory.queries import kept_provider
from clinic.practice.queries import the_practice
from clinic.referrals.events import OrderEnds, PrecautionsChanged
from clinic.referrals.models import Referral
from clinic.referrals.queries import same_order
from clinic.referrals.rules import MINUTES, number_of

NUMBERS = 5
"""Which of the house's locks guards the numbers of referrals."""
AMENDABLE = (
    "received_on", "received_via", "urgency", "their_reference", "frequency", "minutes",
    "sent_from", "ordered_on", "is_signed", "wants_report", "requested_service", "used_elsewhere",
)  # fmt: skip
CLINICAL = ("reason", "diagnosis", "precautions")


class LoggedAlready(Conflict):
    """The same client, provider and day: most likely the same sheet of paper."""


@verb(Permission.REFERRALS_WRITE)
def log(
    *,
    actor: Actor,
    client: Client,
    provider: Provider,
    received_on: date,
    organisation: Organisation | None = None,
    received_via: str = "fax",
    urgency: str = "routine",
    their_reference: str = "",
    frequency: str = "",
    minutes: int | None = None,
    reason: str = "",
    diagnosis: str = "",
    precautions: str = "",
    ordered_on: date | None = None,
    is_signed: bool = False,
    wants_report: bool = True,
    requested_service: str = "",
    used_elsewhere: bool | None = None,
    is_another: bool = False,
) -> Referral:
    """Log an order as it was received; ``minutes`` is the session length asked for.

    Part of ``coordination.services.inbound.receive``, which gives it somebody who looks after it.
    The organisation must be one of the provider's; who has only one sent it from
    there. Raises LoggedAlready unless ``is_another`` says that it was looked at.
    """
    client = kept_record(client)
    _check_client(client)
    _check_provider(provider)
    _check_received(received_on)
    _check_ordered(ordered_on, received_on)
    _check_minutes(minutes)
    lock(Lock.HOUSE, NUMBERS)
    _check_not_logged(client, provider, received_on, is_another=is_another)
    referral = Referral(
        number=_next_number(),
        client=client,
        provider=provider,
        organisation=_place_of(provider, organisation),
        received_on=received_on,
        received_via=received_via,
        urgency=urgency,
        their_reference=their_reference,
        frequency=frequency,
        minutes=minutes,
        ordered_on=ordered_on,
        is_signed=is_signed,
        wants_report=wants_report,
        requested_service=requested_service,
        used_elsewhere=used_elsewhere,
    )
    referral.reason, referral.diagnosis, referral.precautions = reason, diagnosis, precautions
    db.session.add(referral)
    return referral


@verb(Permission.REFERRALS_WRITE)
def amend(
    referral: Referral,
    *,
    actor: Actor,
    received_on: date,
    received_via: str,
    urgency: str,
    their_reference: str,
    frequency: str,
    minutes: int | None,
    organisation: Organisation | None = None,
    reason: str = "",
    diagnosis: str = "",
    precautions: str = "",
    ordered_on: date | None = None,
    is_signed: bool = False,
    wants_report: bool = True,
    requested_service: str = "",
    used_elsewhere: bool | None = None,
    version: int | None = None,
) -> None:
    """Correct what the order says.

    Who may not read its clinical text replaces it by typing another, and keeps
    it by typing nothing; only a reader can empty it. Precautions in other words are read anew by
    a therapist: that they were is taken back.
    """
    opens = may_read_health(actor, referral.client_id)
    referral.expect(version, *AMENDABLE, *(CLINICAL if opens else ()))
    if received_on != referral.received_on:
        _check_received(received_on)
    _check_ordered(ordered_on, received_on)
    _check_minutes(minutes)
    if organisation is None or organisation.id != referral.organisation_id:
        referral.organisation = _place_of(referral.provider, organisation)
    referral.received_on, referral.received_via = received_on, received_via
    referral.urgency, referral.their_reference = urgency, their_reference
    referral.frequency, referral.minutes = frequency, minutes
    referral.ordered_on, referral.is_signed = ordered_on, is_signed
    referral.wants_report, referral.requested_service = wants_report, requested_service
    referral.used_elsewhere = used_elsewhere
    before = referral.precautions or ""
    for name, text in zip(CLINICAL, (reason, diagnosis, precautions), strict=True):
        if text or opens:
            setattr(referral, name, text)
    if (referral.precautions or "").split() != before.split():
        referral.precautions_read_at = None
        announce(PrecautionsChanged(referral.id))


@verb(None)
def mark_precautions_read(referral: Referral, *, actor: Actor) -> None:
    """A therapist has confirmed what the order asks to be careful with, or that it is nothing.

    For coordination, as part of the verb that confirms it.
    """
    referral.precautions_read_at = clock.now()


@verb(Permission.REFERRALS_WRITE)
def change_sender(
    referral: Referral,
    *,
    actor: Actor,
    provider: Provider,
    organisation: Organisation | None = None,
    version: int | None = None,
) -> None:
    """Another provider stands as its sender; what was allowed and booked stays.

    Part of ``coordination.services.inbound.change_sender``, which sees to letters and reports.
    The organisation is as in ``log``. Raises DomainError for a provider who no longer practises,
    for a record merged into another, and for the sender it has; StaleEdit.
    """
    referral.expect(version, "sent_from")
    _check_provider(provider)
    if provider.merged_into_id is not None:
        raise DomainError(
            say("This record is merged into another. Choose the one that is kept."),
            field="provider",
        )
    if provider.known_as == referral.provider.known_as:
        raise DomainError(
            say("{name} is the sender already. Choose another.", name=provider.name),
            field="provider",
        )
    referral.provider, referral.organisation = provider, _place_of(provider, organisation)


@verb(Permission.REFERRALS_WRITE)
def end(referral: Referral, *, actor: Actor, why: str, version: int | None = None) -> None:
    """Nothing more is booked on this order; visits that stand keep counting."""
    referral.expect(version)
    if referral.ended_on is not None:
        raise Conflict(say("This referral was ended already."))
    if not why.strip():
        raise DomainError(say("Say why it ends."), field="why")
    referral.ended_on, referral.ended_why = _today(), why.strip()
    announce(OrderEnds(referral.id))


@verb(Permission.REFERRALS_WRITE)
def reopen(referral: Referral, *, actor: Actor, version: int | None = None) -> None:
    """It was ended too soon."""
    referral.expect(version)
    referral.ended_on, referral.ended_why = None, ""
    announce(OrderEnds(referral.id, is_end=False))


def _check_client(client: Client) -> None:
    if client.status in {"archived", "deceased"}:
        raise DomainError(
            say("This client's record is closed. Bring it back first."), field="client"
        )


def _check_provider(provider: Provider) -> None:
    if kept_provider(provider).status != "active":
        raise DomainError(
            say("{name} no longer practises. Choose another provider.", name=provider.name),
            field="provider",
        )


def _check_received(received_on: date) -> None:
    if received_on > _today():
        raise DomainError(say("This day has not come yet."), field="received_on")


def _check_ordered(ordered_on: date | None, received_on: date) -> None:
    if ordered_on is not None and ordered_on > received_on:
        raise DomainError(say("It was ordered before it came here."), field="ordered_on")


def _check_minutes(minutes: int | None) -> None:
    if minutes is not None and not MINUTES[0] <= minutes <= MINUTES[1]:
        raise DomainError(
            say("Sessions last {least} to {most} minutes.", least=MINUTES[0], most=MINUTES[1]),
            field="minutes",
        )


def _check_not_logged(
    client: Client, provider: Provider, received_on: date, *, is_another: bool
) -> None:
    known = None if is_another else same_order(client.id, provider.id, received_on)
    if known is not None:
        raise LoggedAlready(
            say(
                "{number} has the same client, provider and day. Is this another order?",
                number=known.number,
            ),
            field="is_another",
        )


def _place_of(provider: Provider, organisation: Organisation | None) -> Organisation | None:
    places = [at.organisation for at in provider.places]
    if organisation is None:
        if len(places) > 1:
            raise DomainError(say("Choose where it was sent from."), field="sent_from")
        return places[0] if places else None
    if organisation.id not in {place.id for place in places}:
        raise DomainError(
            say("{name} does not work there. Choose one of the places.", name=provider.name),
            field="sent_from",
        )
    return organisation


def _next_number() -> str:
    """The next number, under the lock of numbers."""
    last = db.session.scalar(select(func.max(Referral.id))) or 0
    return number_of(last + 1)


def _today() -> date:
    return clock.today(the_practice().zone)
