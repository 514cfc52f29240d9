"""Letters of a client, about a referral, waiting for somebody; and how a provider is reached."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.consents.models import Consent
from clinic.consents.queries import consents_on
from clinic.core.db import db
from clinic.core.errors import DomainError, NotFound
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider, ProviderAt
from clinic.files.models import StoredFile
from clinic.letters.models import Dispatch, Letter, LetterAttachment, LetterVersion
from clinic.letters.rules.blocks import Content, from_json
from clinic.letters.rules.enclosing import Enclosed, is_clinical_told
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.sending import Needs, covering, is_for_care, lacking, needed

LIST_MAX = 100
"""The most letters that one list shows."""


def the_letter(public_id: str) -> Letter:
    """Raises NotFound."""
    found = db.session.scalar(select(Letter).where(Letter.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such letter."))
    return found


def the_dispatch(letter: Letter, public_id: str) -> Dispatch:
    """One sending of a letter. Raises NotFound."""
    found = db.session.scalar(
        select(Dispatch).where(Dispatch.public_id == public_id, Dispatch.letter_id == letter.id)
    )
    if found is None:
        raise NotFound(say("There is no such sending."))
    return found


def the_version(letter: Letter, number: int) -> LetterVersion:
    """A letter as it was sent. Raises NotFound."""
    found = db.session.scalar(
        select(LetterVersion).where(
            LetterVersion.letter_id == letter.id, LetterVersion.number == number
        )
    )
    if found is None:
        raise NotFound(say("There is no such version."))
    return found


def content_of(letter: Letter) -> Content | None:
    """What a letter says; nothing where that was never written down, or cannot be read."""
    try:
        return from_json(letter.content) if letter.content else None
    except DomainError:
        return None


def is_clinical_letter(letter: Letter) -> bool:
    """Whether only who treats the client reads it; what came from outside always is, and what
    goes with documents that tell of somebody's health."""
    if letter.direction == "in" or is_for_care(KINDS[letter.kind], content_of(letter)):
        return True
    return is_clinical_told(told_with(letter))


def _listed() -> Select[*tuple[Letter]]:
    # phones are no part of a list
    return select(Letter).options(
        joinedload(Letter.client, innerjoin=True).lazyload(Client.phones),
        selectinload(Letter.organisation),
    )


def of_about(about: str) -> Sequence[Letter]:
    """The letters about one referral, the newest first."""
    wanted = _listed().where(Letter.about == about).order_by(Letter.id.desc())
    return db.session.scalars(wanted).all()


def of_abouts(abouts: Sequence[str]) -> dict[str, list[Letter]]:
    """The same for several, by what they are about."""
    found: dict[str, list[Letter]] = {name: [] for name in abouts}
    wanted = _listed().where(Letter.about.in_(abouts)).order_by(Letter.id.desc())
    for letter in db.session.scalars(wanted):
        found[letter.about].append(letter)
    return found


def of_person(person_id: int) -> Sequence[Letter]:
    """The letters of a person (the kept record's id), with any of their records; newest first."""
    wanted = _listed().where(is_of_person(Letter.client_id, person_id))
    return db.session.scalars(wanted.order_by(Letter.id.desc()).limit(LIST_MAX)).all()


def awaits_answer() -> ColumnElement[bool]:
    """Criterion on Letter: it left, and an answer is still to come."""
    return and_(
        Letter.status.in_(("sent", "delivered")),
        Letter.needs_reply_by.is_not(None),
        Letter.replied_on.is_(None),
    )


def open_for_provider(provider_id: int) -> Sequence[Letter]:
    """What still has to do with a provider: not sent yet, come back, or waiting for an answer."""
    unsent = Letter.status.in_(("draft", "approved", "failed"))
    wanted = _listed().where(Letter.provider_id == provider_id, or_(unsent, awaits_answer()))
    return db.session.scalars(wanted.order_by(Letter.id)).all()


WAITING: dict[str, ColumnElement[bool]] = {
    "failed": Letter.status == "failed",
    "draft": Letter.status == "draft",
    "approved": Letter.status == "approved",
    "received": Letter.status == "received",
    "answer": awaits_answer(),
}
"""What letters wait for: to be sent again, approved, sent, filed, or answered."""


def waiting(group: str, *, written_by: int | None = None) -> Sequence[Letter]:
    """Letters of one group of WAITING, the oldest first; those of one person, if said."""
    wanted = _listed().where(WAITING[group])
    if written_by is not None:
        wanted = wanted.where(Letter.written_by_id == written_by)
    order = Letter.needs_reply_by if group == "answer" else Letter.id
    return db.session.scalars(wanted.order_by(order, Letter.id).limit(LIST_MAX)).all()


def live_dispatch(letter: Letter) -> Dispatch | None:
    """A sending that is prepared and has not left: a fax to be confirmed, an e-mail that waits."""
    return db.session.scalar(
        select(Dispatch).where(Dispatch.letter_id == letter.id, Dispatch.status == "prepared")
    )


def last_dispatch(letter: Letter) -> Dispatch | None:
    """The latest sending of a letter."""
    return db.session.scalar(
        select(Dispatch).where(Dispatch.letter_id == letter.id).order_by(Dispatch.id.desc())
    )


def dispatch_of_message(message_id: int) -> Dispatch | None:
    """Which sending an e-mail belongs to."""
    return db.session.scalar(select(Dispatch).where(Dispatch.message_id == message_id))


def dispatches_of(letter: Letter) -> Sequence[Dispatch]:
    """Every sending of a letter with whoever sent it and whose consent it had, newest first."""
    return db.session.scalars(
        select(Dispatch)
        .where(Dispatch.letter_id == letter.id)
        .options(
            selectinload(Dispatch.sent_by),
            selectinload(Dispatch.consent),
            selectinload(Dispatch.letter_version),
            selectinload(Dispatch.message),
        )
        .order_by(Dispatch.id.desc())
    ).all()


def next_number(letter: Letter) -> int:
    """The number of the next version of a letter."""
    numbers = select(LetterVersion.number).where(LetterVersion.letter_id == letter.id)
    return max(db.session.scalars(numbers), default=0) + 1


# ---- documents that go with it


def the_attachment(letter: Letter, public_id: str) -> LetterAttachment:
    """A document that goes with a letter. Raises NotFound."""
    found = next((one for one in letter.attachments if one.public_id == public_id), None)
    if found is None:
        raise NotFound(say("There is no such document."))
    return found


def enclosed_with(letter: Letter) -> tuple[Enclosed, ...]:
    """The documents of a letter as who receives it can tell them apart."""
    return tuple(
        Enclosed(one.file.media_type != "application/pdf", one.file.pages or 1)
        for one in letter.attachments
    )


def told_with(letter: Letter) -> frozenset[str]:
    """The kinds of data that the documents with a letter tell: as was said of each when it was
    attached, and of a letter of ours that goes along, all that it told itself."""
    attached = letter.attachments
    if not attached:
        return frozenset()
    files = [one.file_id for one in attached]
    of_ours = select(LetterVersion.letter_id).where(LetterVersion.file_id.in_(files))
    ours = select(Letter).where(Letter.direction == "out", Letter.id.in_(of_ours))
    told = frozenset(one.tells for one in attached)
    for one in db.session.scalars(ours):
        told |= needed(KINDS[one.kind], content_of(one), is_bare=one.is_bare)[0]
    return told


def are_theirs(files: Iterable[StoredFile], client: Client) -> bool:
    """Whether these documents are kept under a key of this person, with any of their records."""
    keys = select(Client.key_id).where(is_of_person(Client.id, client.known_as))
    return {one.key_id for one in files} <= set(db.session.scalars(keys))


def versions_of(person_id: int) -> Sequence[LetterVersion]:
    """Letters of a person (the kept record's id) as they left or came, the newest first."""
    wanted = (
        select(LetterVersion)
        .join(LetterVersion.letter)
        .where(
            is_of_person(Letter.client_id, person_id),
            Letter.status.in_(("sent", "delivered", "received", "filed")),
        )
        .options(
            joinedload(LetterVersion.file),
            contains_eager(LetterVersion.letter).selectinload(Letter.attachments),
        )
    )
    return db.session.scalars(wanted.order_by(LetterVersion.id.desc()).limit(LIST_MAX)).all()


# ---- whom it reaches, and whether it may


def ways_to(provider: Provider, organisation: Organisation | None) -> dict[str, tuple[str, ...]]:
    """The numbers and addresses on file for each way: the organisation's own first, then theirs.

    Where a letter names no organisation, those at which the provider works are looked at.
    """
    places = [organisation] if organisation else _places(provider)
    mail = [_postal(place) for place in places]
    return {
        "fax": _unique([*(place.fax for place in places), provider.fax]),
        "email": _unique([provider.email]),  # whoever else reads there was not agreed to
        "phone": _unique([provider.phone, *(place.phone for place in places)]),
        "post": _unique(mail),
        "print": (),
    }


def _places(provider: Provider) -> list[Organisation]:
    wanted = (
        select(Organisation)
        .join(ProviderAt, ProviderAt.organisation_id == Organisation.id)
        .where(ProviderAt.provider_id == provider.id)
        .order_by(ProviderAt.id)
    )
    return list(db.session.scalars(wanted))


def _postal(place: Organisation) -> str:
    if not (place.address or place.city):
        return ""
    town = " ".join(part for part in (place.city, place.region, place.postcode) if part)
    return ", ".join(part for part in (place.name, place.address, town) if part)


def _unique(given: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in given if one))


def consent_for(letter: Letter, on: date) -> tuple[int | None, Needs | None]:
    """The consent under which a letter may leave on a day, or what is missing for it.

    Neither for a letter that needs none.
    """
    told = told_with(letter)
    # With a document no letter is bare.
    is_bare = letter.is_bare and not told
    data, purpose = needed(KINDS[letter.kind], content_of(letter), is_bare=is_bare)
    data |= told
    if not data:
        return None, None
    consents = consents_on(letter.client.known_as, on)
    whom = letter.provider.known_as
    line = covering(consents, whom, data, purpose)
    if line is not None:
        return line.id, None
    return None, lacking(consents, whom, data, purpose)


def public_id_of_consent(consent_id: int | None) -> str | None:
    """How a consent is named in an address."""
    if consent_id is None:
        return None
    return db.session.scalar(select(Consent.public_id).where(Consent.id == consent_id))
