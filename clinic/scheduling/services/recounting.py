"""What a visit counts against, put right by hand."""

from datetime import datetime

from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import may_go_over
from clinic.scheduling.rules import NOTE_MAX, STANDING, WHY_MAX
from clinic.scheduling.rules.admission import used_up
from clinic.scheduling.services import gate
from clinic.scheduling.services.claims import lock_visit
from clinic.scheduling.services.fees import agree
from clinic.scheduling.services.living import must_be_current
from clinic.scheduling.services.moving import SHOWN
from clinic.scheduling.services.noting import noted
from clinic.scheduling.services.paying import asked_of
from clinic.scheduling.services.plans import as_booked, known, must_be_own
from clinic.scheduling.services.seals import must_be_unpaid


@verb(Permission.REFERRALS_WRITE)
@noted
def count_against(
    visit: Visit,
    *,
    actor: Actor,
    authorisation: Authorisation | None,
    why: str,
    over_why: str = "",
    self_pay: bool = False,
    version: int | None = None,
) -> None:
    """Have a visit count against another authorisation than it does, or against none.

    By itself it takes the earliest open one that is valid on its day (``book``); ``why`` is kept
    with its note. What a late cancel costs is agreed on anew while it is still to come. Raises
    NotAdmitted with the numbers where none is left and ``over_why`` does not lift that, or, of
    one that is to count against none, nor ``self_pay``, the client's agreement to pay; Conflict
    for a visit that does not stand, or is paid, StaleEdit, NotAllowed, DomainError. A session that
    has begun counts against no order whose precautions nobody has confirmed.
    """
    must_be_own(actor, visit.therapist_id)
    visit.expect(version, *SHOWN)
    reason = _reason(why)
    lock_visit(visit)
    must_be_current(visit)
    if visit.status not in STANDING:
        raise Conflict(say("This visit does not stand any more: it counts as its state says."))
    must_be_unpaid(visit)
    before = visit.authorisation
    if authorisation is before:
        raise DomainError(say("It counts like this already."), field="authorisation")
    _must_be_read(visit, authorisation)
    gate.count_on(*(one for one in (before, authorisation) if one is not None))
    over = _must_be_borne(visit, authorisation, actor, over_why)
    visit.authorisation, visit.over_why = authorisation, over
    visit.self_pay_agreed_at = _agreed(visit, self_pay=self_pay)
    visit.note = _noted(visit, before, reason)
    if visit.status == "booked":
        agree(visit, known(as_booked(visit), visit))


def _agreed(visit: Visit, *, self_pay: bool) -> datetime | None:
    """None where somebody authorises it. Raises NotAdmitted where the client has to agree first."""
    if visit.authorisation is not None:
        return None
    return asked_of(visit.client.known_as, visit.on_date, self_pay=self_pay)


def _must_be_read(visit: Visit, authorisation: Authorisation | None) -> None:
    """Else a session could begin under no order, and count against it afterwards."""
    if visit.started_at is None or authorisation is None:
        return
    order = authorisation.referral
    if order.precautions_sealed is not None and order.precautions_read_at is None:
        text = (
            "Nobody has confirmed the precautions of {number} yet. Have them confirmed on its page"
            " first."
        )
        raise DomainError(say(text, number=order.number), field="authorisation")


def _reason(why: str) -> str:
    reason = why.strip()
    if not reason:
        raise DomainError(say("Say why."), field="why")
    if len(reason) > WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=WHY_MAX), field="why")
    return reason


def _must_be_borne(
    visit: Visit, authorisation: Authorisation | None, actor: Actor, over_why: str
) -> str:
    """The reason to go over, where it is needed and lets the visit be; the gate's own words
    where nothing does."""
    numbers = gate.allowance(authorisation, visit.client, visit.on_date, visit)
    if numbers is None:
        if visit.variant.service.needs_referral:
            words = say("This service needs a referral that is valid on {day}.", day=visit.on_date)
            raise gate.NotAdmitted(words, field="authorisation")
        return ""
    if numbers.left > 0:
        return ""
    may, reason = may_go_over(actor), gate.reason_over(over_why)
    if not (may and reason):
        field = "over_why" if may else "authorisation"
        raise gate.NotAdmitted(used_up(numbers, is_asked=may), field=field)
    return reason


def _noted(visit: Visit, before: Authorisation | None, reason: str) -> str:
    """The visit's note with the reason: from then on it says what was done by hand."""
    words = _said(before, visit.authorisation, reason)
    note = "\n".join(part for part in (visit.note or "", spoken(words)) if part)
    if len(note) > NOTE_MAX:
        raise DomainError(say("The visit's note has no room for it. Say it shorter."), field="why")
    return note


def _said(before: Authorisation | None, now: Authorisation | None, reason: str) -> Words:
    if now is None and before is not None:
        number = before.referral.number
        return say("Not counted on {number}: {why}", number=number, why=reason)
    number = now.referral.number if now is not None else ""
    return say("Counted on {number}: {why}", number=number, why=reason)
