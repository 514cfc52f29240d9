"""Before a session begins: what has to be in order is, or a therapist says why not."""

from collections.abc import Sequence

from clinic.core.errors import DomainError
from clinic.core.permissions import Actor
from clinic.core.words import Words, say
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.screens import Screen
from clinic.scheduling.queries.starting import start_checks
from clinic.scheduling.rules.screening import REASON_MAX, is_treating, reason_to_text
from clinic.scheduling.rules.starting import Check
from clinic.scheduling.services.gate import NotAdmitted


class NotReady(NotAdmitted):
    """Something is missing before the session; ``checks`` are all that are."""

    def __init__(self, missing: Sequence[Check]) -> None:
        field = "override_why" if all(one.may_override for one in missing) else None
        super().__init__(_told(missing), field=field)
        self.checks = tuple(missing)


def _told(missing: Sequence[Check]) -> Words:
    told: Words = say("{what} {step}", what=missing[0].words, step=missing[0].step)
    for one in missing[1:]:
        told = say("{what} {step}", what=told, step=one.words)
    return told


def must_be_ready(
    visit: Visit, actor: Actor, screen: Screen, override_why: str, *, is_adult: bool = False
) -> str:
    """The reason to begin although something is missing, as a verdict keeps it; "" without.

    ``is_adult`` is the therapist's word for a client whose birth date is not known.
    Raises NotReady, and DomainError for a reason that is too long.
    """
    reason = override_why.strip()
    if len(reason) > REASON_MAX:
        raise DomainError(
            say("Use at most {count} characters.", count=REASON_MAX), field="override_why"
        )
    missing = [one for one in start_checks(visit, screen) if not one.is_met]
    left = (
        missing
        if not is_treating(actor)
        else [
            one
            for one in missing
            if not (reason and one.may_override) and not (is_adult and one.may_be_said)
        ]
    )
    if left:
        raise NotReady(left)
    was_said = any(one.may_be_said for one in missing)
    return reason_to_text(reason, "", is_adult=was_said) if missing else ""
