"""Letters of a made-up clinic, and those whom they are about."""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.consents.services import refuse
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.directory.models import Organisation, Provider
from clinic.letters import services
from clinic.letters.models import Letter
from clinic.letters.rules.blocks import Content, Paragraph
from clinic.letters.rules.kinds import KINDS
from clinic.letters.services.checking import this_day
from tests.factories import clients, consents, directory, staff

__all__ = [
    "CLINICAL", "EMAIL", "FAX", "OWN", "PLAIN", "World", "agreed", "approved", "drafted", "gone",
    "refused", "sent", "standing", "this_day", "upload", "with_own_words", "world",
]  # fmt: skip
FAX, EMAIL = "+15550124470", "s.adeyemi@northside.example"
PLAIN = Content(
    "Your referral", "Dear Dr Adeyemi", (Paragraph("We have your order."),), "Kind regards"
)
OWN = replace(PLAIN, blocks=(*PLAIN.blocks, Paragraph("She has had a clot.")))
"""The same with a sentence of somebody's own."""
CLINICAL = Content(
    "Progress report",
    "Dear Dr Adeyemi",
    (Paragraph("The neck turns further than before.", is_clinical=True),),
    "Kind regards",
)


@dataclass(frozen=True)
class World:
    """A client in the care of one therapist, a provider who can be reached by every way."""

    client: Client
    provider: Provider
    place: Organisation
    treats: Actor
    desk: Actor


def world() -> World:
    """The same, made."""
    place = directory.organisation(fax=FAX, phone="+15550124471", address="12 Mill Street")
    provider = directory.provider(at=place, email=EMAIL)
    treats, client = staff.therapist(), clients.a_client()
    with transaction():
        join_care(client, treats.id, actor=SYSTEM)
    return World(client, provider, place, treats, staff.receptionist())


def drafted(house: World, kind: str = "progress", **more: Any) -> Letter:
    """A draft of a kind."""
    more = {"is_bare": KINDS[kind].is_bare and "content" not in more} | more
    content = more.pop("content", CLINICAL if KINDS[kind].is_clinical else PLAIN)
    with transaction():
        return services.draft(
            actor=house.treats,
            client=house.client,
            provider=more.pop("provider", house.provider),
            organisation=house.place,
            kind=kind,
            content=content,
            **({"reference": "R-000001"} | more),
        )


def with_own_words(house: World, kind: str = "decline") -> Letter:
    """A bare letter to which somebody added a sentence of their own; it is approved."""
    letter = drafted(house, kind)
    with transaction():
        services.edit(letter, actor=house.desk, content=OWN)
        services.approve(letter, actor=house.treats)
    return letter


def approved(house: World, kind: str = "progress", **more: Any) -> Letter:
    """A letter that is ready to leave."""
    letter = drafted(house, kind, **more)
    with transaction():
        services.approve(letter, actor=house.treats)
    return letter


def agreed(house: World, kind: str = "progress", **more: Any) -> Any:
    """The consent that a kind of letter needs."""
    asked = KINDS[kind]
    facts = {"data": tuple(sorted(asked.needs)), "purposes": (asked.purpose,)} | more
    provider = facts.pop("provider", house.provider)
    return consents.agree(house.client, "SHARE_PROVIDER", provider=provider, **facts)


def sent(house: World, kind: str = "progress", channel: str = "post", **more: Any) -> Any:
    """How a letter left: its consent is there already."""
    letter = approved(house, kind, **more)
    with transaction():
        return services.send(letter, actor=house.desk, channel=channel)


def standing(letter: Letter, status: str) -> Letter:
    """A letter put into a state, however it would have come there."""
    with transaction() as session, writing("test.letter", SYSTEM):
        session.refresh(letter)
        letter.status = status
        if status in ("received", "filed"):
            letter.direction = "in"
        if status in ("approved", "sent", "delivered", "failed"):
            letter.approved_at = letter.created_at
        session.flush()
    db.session.refresh(letter)
    return letter


def gone(provider: Provider, status: str = "retired") -> None:
    """A provider whom nothing reaches any longer."""
    with transaction() as session, writing("test.provider", SYSTEM):
        session.refresh(provider)
        provider.status = status
        session.flush()


def refused(house: World) -> None:
    """The client does not want anything shared with the provider."""
    with transaction():
        refuse(house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=house.provider)


def upload(data: bytes, name: str) -> tuple[BytesIO, str]:
    """A file as a browser sends it."""
    return BytesIO(data), name
