"""What is asked before a letter is written, approved or sent."""

from datetime import date

from clinic.clients.queries import may_read_health
from clinic.core.clock import today
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.directory.queries import kept_provider
from clinic.letters.models import Letter
from clinic.letters.queries import are_theirs, consent_for, content_of, is_clinical_letter
from clinic.letters.rules.blocks import Content, check
from clinic.letters.rules.kinds import KINDS, Kind
from clinic.letters.rules.sending import GONE, ConsentMissing, is_for_care, must_be_bare
from clinic.practice.queries import the_practice

NOT_THEIRS = say(
    "A document with this letter is another client\u2019s. Write the letter anew without it."
)


def this_day() -> date:
    """The clinic's day."""
    return today(the_practice().zone)


def kind_of(code: str) -> Kind:
    """Raises DomainError for no such kind."""
    if code not in KINDS:
        raise DomainError(say("There is no such kind of letter."), field="kind")
    return KINDS[code]


def must_be_there(provider: Provider) -> None:
    """Nothing is written or sent to who has retired, died or moved. Raises Conflict."""
    status = kept_provider(provider).status
    if status in GONE:
        raise Conflict(GONE[status])


def may_read(letter: Letter, actor: Actor) -> bool:
    """Whether this person may read what a letter says."""
    return (
        actor.is_system
        or not is_clinical_letter(letter)
        or may_read_health(actor, letter.client_id)
    )


def must_read(letter: Letter, actor: Actor) -> None:
    """Raises NotAllowed where only who treats the client reads it."""
    if not may_read(letter, actor):
        raise NotAllowed(say("Who treats this client reads and writes this letter."))


def must_approve(letter: Letter, actor: Actor) -> None:
    """What a letter says of a client's health is approved by a therapist who treats them; not
    by the machinery either. Raises NotAllowed.
    """
    if not is_clinical_letter(letter):
        return
    is_therapist = not actor.is_system and actor.may(Permission.LETTERS_APPROVE)
    if not (is_therapist and may_read_health(actor, letter.client_id)):
        raise NotAllowed(say("A therapist who treats this client approves this letter."))


def fit_content(kind: Kind, content: Content) -> Content:
    """What a letter of a kind may say. Raises DomainError."""
    kept = check(content)
    if not kept.subject.strip():
        raise DomainError(say("Write what it is about."), field="subject")
    must_be_bare(kind, kept)
    return kept


def must_say_something(letter: Letter) -> Content:
    """Raises Conflict for a letter without words, DomainError for a bare one that tells more."""
    content = content_of(letter)
    if content is None or not content.blocks:
        raise Conflict(say("This letter says nothing yet."))
    must_be_bare(KINDS[letter.kind], content)
    return content


def must_write(kind: Kind, content: Content, letter: Letter, actor: Actor) -> None:
    """Nobody puts into a letter what they may not read there. Raises NotAllowed."""
    must_read(letter, actor)
    if actor.is_system or not is_for_care(kind, content):
        return
    if not may_read_health(actor, letter.client_id):
        raise NotAllowed(say("Who treats this client reads and writes this letter."))


def must_be_theirs(letter: Letter) -> None:
    """Documents go with a letter about the person they are of, and nobody else: two records may
    have been parted since. Raises Conflict.
    """
    if letter.attachments and not are_theirs(
        [one.file for one in letter.attachments], letter.client
    ):
        raise Conflict(NOT_THEIRS)


def must_be_agreed(letter: Letter, on: date) -> int | None:
    """THE CONSENT GATE: the id of the consent under which this letter leaves on a day.

    None for a letter whose ready-made words repeat only what its receiver wrote to us; with a
    word of somebody's own in it, it asks like every other. Raises ConsentMissing.
    """
    consent_id, needs = consent_for(letter, on)
    if needs is not None:
        raise ConsentMissing(needs)
    return consent_id
