"""Another provider is the sender: it was logged wrongly, or somebody took over from them."""

from datetime import date

from clinic.clients.services import hold_person
from clinic.coordination.events import GivenElsewhere
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import SENDER, letters_about
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.facts import TREATING, untold_misses
from clinic.coordination.rules.actions import SENDERS
from clinic.coordination.services.inbound.stepping import (
    coded,
    fitting,
    must_be_live,
    write_down,
)
from clinic.coordination.services.inbound.treating import follow
from clinic.coordination.services.missing import KIND as MISSED
from clinic.coordination.services.missing import tell_of_misses
from clinic.coordination.services.reporting import OTHER_SENDER, draft_letter
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.letters.models import Letter
from clinic.letters.services import cancel
from clinic.referrals import services as referrals

ANEW = ("acknowledgement", "missing_information", "unreachable")
"""Letters that are no report, and are drafted anew to the new sender."""
_UNSENT = ("draft", "approved", "failed")


@verb(Permission.REFERRALS_WRITE)
def change_sender(
    case: ReferralCase,
    *,
    actor: Actor,
    provider: Provider,
    code: str,
    why: str,
    organisation: Organisation | None = None,
    version: int | None = None,
) -> None:
    """Another provider is the sender of a referral: letters and reports go there from now on.

    ``code`` is one of ``actions.SENDERS``, ``why`` the words to it, which the desk reads, and
    ``version`` the order's. Letters to the one before that have not arrived are cancelled; those
    that are no report are drafted anew, and reports stay owed. A consent names its provider: the
    new one needs one of their own. What was allowed and booked stays.

    Raises Conflict for a referral that has ended, StaleEdit, and DomainError for a provider who
    is gone, is merged into another or is the sender already, and without a reason.
    """
    referral = case.referral
    hold_person(referral.client)  # as who empties the outbox does, before anything is written
    must_be_live(case)
    reason, said = coded(code, SENDERS, "code"), fitting(why)
    if not said:
        raise DomainError(say("Say why."), field="why")
    before = referral.provider
    unsent = _unsent(case, before)
    referrals.change_sender(
        referral, actor=actor, provider=provider, organisation=organisation, version=version
    )
    told = say("{before} before, {now} now. {why}", before=before.name, now=provider.name, why=said)
    write_down(case, SENDER, actor=actor, code=reason, why=spoken(told))
    if reason == "misread":
        case.acknowledged_at = None  # who wrote the order has heard nothing yet
    db.session.flush()
    dropped = {one.kind for one in unsent}
    is_treated, missed = _missed(case)  # what is called off counts as told from then on
    for letter in unsent:
        cancel(letter, actor=SYSTEM, why=spoken(OTHER_SENDER))
    if is_treated and MISSED in dropped:
        dropped.discard(MISSED)
        if missed:
            tell_of_misses(case, missed, actor=actor)
    _draft_anew(case, dropped, is_unknown=reason == "misread", actor=actor)
    follow(case, actor=actor)
    announce(GivenElsewhere(before.known_as))


def _unsent(case: ReferralCase, to: Provider) -> list[Letter]:
    """Letters about it to its sender that have not arrived there; copies to others are theirs."""
    return [
        one
        for one in letters_about(case)
        if one.direction == "out" and one.status in _UNSENT and one.provider.known_as == to.known_as
    ]


def _missed(case: ReferralCase) -> tuple[bool, list[date]]:
    """Whether the treatment has begun; the misses since of which nobody was told."""
    course = course_of(case)
    is_treated = case.status in TREATING or bool(course.had)
    return is_treated, untold_misses(case, course) if is_treated else []


def _draft_anew(case: ReferralCase, dropped: set[str], *, is_unknown: bool, actor: Actor) -> None:
    """What the one before was still to be told, the new one is; who wrote the order and was told
    nothing, also what has left already."""
    kinds = {kind for kind in ANEW if kind in dropped}
    if is_unknown:
        kinds.add("acknowledgement")
    if case.status == "incomplete":
        kinds.add("missing_information")
    for kind in ANEW:
        if kind in kinds:
            draft_letter(case, kind, actor=actor)
