"""A letter set as PDF: exactly what would leave."""

from datetime import date
from pathlib import Path

from clinic.clients.models import Client
from clinic.core.clock import local_day, today
from clinic.core.errors import Conflict
from clinic.core.tongue import spoken
from clinic.core.typesetting import typeset
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.letters.models import BARE, Letter
from clinic.letters.queries import content_of, enclosed_with
from clinic.letters.rules.pages import Clinic, Envelope, Signer, page_of
from clinic.letters.rules.voice import Voice
from clinic.practice.queries import the_practice
from clinic.staff.queries import licence_of

TEMPLATES = Path(__file__).parents[1] / "typst"
MAIN = "letter.typ"


def set_pdf(letter: Letter, *, cover_to: str | None = None) -> bytes:
    """The letter as it would leave today, with a fax's cover sheet before it if a number is given.

    It takes some time and changes nothing: call it before a transaction begins, where you can.
    Raises CannotTypeset, and Conflict for a letter that came from outside or says nothing.
    """
    content = content_of(letter)
    if content is None:
        raise Conflict(say("This letter says nothing yet."))
    voice = the_voice()
    return typeset(TEMPLATES, MAIN, page_of(content, envelope_of(letter, cover_to or ""), voice))


def the_voice() -> Voice:
    """How this clinic's letters speak."""
    return Voice(spoken, the_practice().locale)


def envelope_of(letter: Letter, cover_to: str = "") -> Envelope:
    """What stands around the words. Bare letters tell no more of a client than the name."""
    practice = the_practice()
    return Envelope(
        clinic=Clinic(
            practice.name, practice.address, practice.phone, practice.email, practice.region,
            practice.locale,
        ),
        to=lines_to(letter.provider, letter.organisation),
        client=full_name(letter.client),
        born=None if letter.kind in BARE else letter.client.birth_date,
        reference=letter.reference,
        on=_day_of(letter),
        signer=_signer(letter),
        cover_to=cover_to,
        enclosed=enclosed_with(letter),
    )  # fmt: skip


def full_name(client: Client) -> str:
    """As papers have it, which is how a provider knows them."""
    return f"{client.first_name} {client.last_name}".strip()


def lines_to(provider: Provider, organisation: Organisation | None) -> tuple[str, ...]:
    """Whom a letter is for, and where they are."""
    if organisation is None:
        return (provider.name,)
    place = " ".join(
        part for part in (organisation.city, organisation.region, organisation.postcode) if part
    )
    return (provider.name, organisation.name, organisation.address, place)


def _day_of(letter: Letter) -> date:
    zone = the_practice().zone
    return local_day(letter.approved_at, zone) if letter.approved_at else today(zone)


def _signer(letter: Letter) -> Signer:
    """Who approved it, and before that whoever wrote it."""
    person = letter.approved_by or letter.written_by
    if person is None:
        return Signer()
    return Signer(person.name, licence_of(person.id, _day_of(letter)))
