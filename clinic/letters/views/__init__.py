"""The pages of letters; each module's pages are put on this one blueprint."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for

from clinic.audit.services import saw
from clinic.consents.rules import DATA, PURPOSES
from clinic.core import clock
from clinic.core.words import Words
from clinic.letters import queries, services
from clinic.letters.models import Letter, LetterAttachment
from clinic.letters.rules.enclosing import named
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.moving import STATES
from clinic.letters.rules.sending import CHANNELS, DISPATCH_STATES, Needs, asking
from clinic.web.guards import the_actor
from clinic.web.wording import zone

bp = Blueprint("letters", __name__)


@bp.context_processor
def _names() -> dict[str, Any]:
    """What codes are called, for every page of this room."""
    return {
        "channels": CHANNELS,
        "data_kinds": DATA,
        "dispatch_states": DISPATCH_STATES,
        "letter_kinds": KINDS,
        "letter_states": STATES,
        "purposes": PURPOSES,
    }


def this_day() -> date:
    """The clinic's day."""
    return clock.today(zone())


def seen(letter_id: str) -> tuple[Letter, bool]:
    """A letter, and whether this person may read what it says; that it was shown is logged.

    Raises NotFound.
    """
    letter = queries.the_letter(letter_id)
    reads = services.may_read(letter, the_actor())
    is_clinical = reads and queries.is_clinical_letter(letter)
    saw("clinical" if is_clinical else "contact", [letter.client.public_id])
    return letter, reads


def documents_with(letter: Letter) -> list[tuple[LetterAttachment, Words]]:
    """What goes with a letter, each with the name that it has on paper."""
    names = [named(one) for one in queries.enclosed_with(letter)]
    return list(zip(letter.attachments, names, strict=True))


def page_of(letter_id: str) -> Any:
    """To the letter's page."""
    return redirect(url_for("letters.letter", letter_id=letter_id))


def asking_url(letter: Letter, needs: Needs) -> str:
    """Where the consent that is missing is asked for, filled in with what is needed."""
    asked = asking(
        needs,
        client=letter.client.public_id,
        provider=letter.provider.public_id,
        standing=queries.public_id_of_consent(needs.standing_id),
        back=f"{request.script_root}/letters/{letter.public_id}",
    )
    return url_for("consents.take", **asked)
