"""A report that was approved or sent goes to somebody else as well, such as a payer."""

from dataclasses import replace

from clinic.coordination.queries.copies import is_a_report
from clinic.coordination.queries.report_facts import reader_of
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.directory.queries import kept_provider
from clinic.letters.models import Letter
from clinic.letters.queries import content_of, of_about
from clinic.letters.rules.wording import paragraph, salutation
from clinic.letters.services import draft
from clinic.letters.services.setting import the_voice

_WAITING = ("draft", "approved")


@verb(Permission.LETTERS_WRITE)
def copy_report(
    letter: Letter,
    *,
    actor: Actor,
    provider: Provider,
    organisation: Organisation | None = None,
) -> Letter:
    """A draft of the same kind and content about the same referral, addressed to somebody else.

    The report itself stays as it is. The copy is approved by who treats the client, and leaves
    with a consent that names its own receiver. Raises Conflict for a letter that is no report or
    was not approved, where a copy to them waits already, and for who is gone; DomainError for the
    receiver of the report itself and for a place where they do not work.
    """
    content = content_of(letter)
    if not is_a_report(letter) or content is None:
        raise Conflict(say("Only a report that is approved or has left is copied."))
    if provider.known_as == letter.provider.known_as:
        raise DomainError(
            say("They get the report itself. Choose somebody else."), field="provider"
        )
    if kept_provider(provider).status != "active" or provider.merged_into_id is not None:
        raise DomainError(say("Choose another provider from the list."), field="provider")
    if any(
        one.kind == letter.kind and one.status in _WAITING and one.provider.id == provider.id
        for one in of_about(letter.about)
    ):
        raise Conflict(say("There is a copy for them already, which has not left."))
    voice = the_voice()
    told = say("This is a copy of our report to {name}.", name=letter.provider.name)
    copied = replace(
        content,
        salutation=salutation(reader_of(provider), voice),
        blocks=(paragraph(voice, told), *content.blocks),
    )
    return draft(
        actor=actor,
        client=letter.client,
        provider=provider,
        organisation=_place_of(provider, organisation),
        kind=letter.kind,
        content=copied,
        about=letter.about,
        reference=letter.reference,
    )


def _place_of(provider: Provider, organisation: Organisation | None) -> Organisation | None:
    places = [at.organisation for at in provider.places]
    if organisation is None and len(places) == 1:
        return places[0]
    if organisation is not None and organisation.id not in {place.id for place in places}:
        raise DomainError(
            say("{name} does not work there. Choose one of the places.", name=provider.name),
            field="organisation",
        )
    return organisation
