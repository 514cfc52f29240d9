"""What coordination hears of visits, letters and authorisations, in the same transaction."""

from sqlalchemy import Select

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import (
    about,
    case_about,
    is_to_sender,
    of_client,
    of_order,
)
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.facts import LEFT, this_day
from clinic.coordination.rules.inbound import ENDS
from clinic.coordination.services import reporting
from clinic.coordination.services.answers import see_to_answer
from clinic.coordination.services.inbound.stepping import STOPS_BOOKING, settle, write_down
from clinic.coordination.services.inbound.treating import follow, renewed
from clinic.coordination.services.naming import name_therapist
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import current_verb, verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.words import say
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.referrals.events import Authorised, OrderEnds, PrecautionsChanged
from clinic.scheduling.events import VisitChanged


def hear_visit(event: VisitChanged) -> None:
    """A visit that counts against a referral changed: the referral goes with it."""
    if event.authorisation_id is not None:
        _follow_visits(event.client_id, actor=SYSTEM)


def hear_letter(event: LetterMoved) -> None:
    """A letter about a referral that came in moved, or was acknowledged."""
    case = case_about(event.about)
    if case is not None:
        _follow_letter(case, event, actor=SYSTEM)


def hear_authorised(event: Authorised) -> None:
    """An order allows more, or another number: a renewal that was waited for has come."""
    case = of_order(event.referral_id)
    if case is not None:
        _follow_authorised(case, event, actor=SYSTEM)


def hear_order(event: OrderEnds) -> None:
    """An order ends with its referral, never by itself, and stays ended. Raises Conflict."""
    case = of_order(event.referral_id)
    if case is not None and not (event.is_end and case.status in STOPS_BOOKING):
        raise Conflict(
            say("This order has somebody who looks after it: cancel or discharge it there.")
            if event.is_end
            else say("This referral is over. What comes now is another order.")
        )


def hear_precautions(event: PrecautionsChanged) -> None:
    """What an order asks to be careful with is another thing: it is confirmed anew."""
    case = of_order(event.referral_id)
    if case is not None and case.precautions_at is not None:
        _read_anew(case, actor=_at_work())


def _at_work() -> Actor:
    working = current_verb()
    return working[1] if working else SYSTEM


@verb(None)
def _read_anew(case: ReferralCase, *, actor: Actor) -> None:
    """Part of the order's own verb. The limits that were set stay until others are."""
    case.precautions_at = case.precautions_by_id = None
    write_down(case, "precautions_anew", actor=actor)
    settle(case, actor=actor)


@verb(None)
def _follow_visits(client_id: int, *, actor: Actor) -> None:
    """Nobody asks for it: it follows from a change that somebody was allowed to make."""
    for case in _held(of_client(client_id)):
        follow(case, actor=actor)
        name_therapist(case, actor=actor)


@verb(None)
def _follow_letter(case: ReferralCase, event: LetterMoved, *, actor: Actor) -> None:
    """The same."""
    reporting.hear_letter(event)
    letter = db.session.get_one(Letter, event.letter_id)
    has_left = event.kind == "acknowledgement" and event.status in LEFT
    if has_left and case.acknowledged_at is None and is_to_sender(case, letter):
        case.acknowledged_at = now()
        write_down(case, "acknowledged", actor=actor)
    if case.status in ENDS:
        see_to_answer(letter, about(case), case.owner, actor=actor)
    settle(case, actor=actor)


@verb(None)
def _follow_authorised(case: ReferralCase, event: Authorised, *, actor: Actor) -> None:
    """The same. One whose time was put right, and has not ended after all, goes on."""
    if event.is_new or (case.status == "expired" and course_of(case).is_open(this_day())):
        renewed(case, actor=actor, authorisation_id=event.authorisation_id)
    else:
        follow(case, actor=actor)


def _held(cases: Select[ReferralCase]) -> list[ReferralCase]:
    """These cases as they stand now, held until the transaction ends."""
    held = cases.with_for_update(of=ReferralCase).execution_options(populate_existing=True)
    return list(db.session.scalars(held))
