"""The one gate: whoever books, moves or changes a visit is admitted here, or is not.

A verdict is a row of its own, for one client, service, therapist and day, and the
database ties every visit to one. Nothing else in the house writes verdicts.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import Actor
from clinic.core.swift import Swift
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.referrals.models import Authorisation
from clinic.referrals.rules import Window, window_from
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.counts import counted, first_taken, may_go_over
from clinic.scheduling.queries.facts import Facts, facts_of
from clinic.scheduling.queries.screens import Screen
from clinic.scheduling.rules import OVER_WHY_MAX, Candidate, refusal, screening
from clinic.scheduling.rules.admission import outside
from clinic.scheduling.rules.counting import Numbers, takes_one
from clinic.scheduling.rules.screening import Screened, is_treating
from clinic.staff.models import StaffMember

_AS_IT_STANDS = (
    "visits", "basis", "days", "issued_on", "first_visit_on", "valid_from", "valid_until",
    "is_closed",
)  # fmt: skip
"""What of an authorisation may have changed while its lock was waited for."""


_VERDICTS: Any = VisitVerdict.__table__
_WRITTEN = tuple(column.name for column in _VERDICTS.columns if column.name != "id")
_ADD = Swift(
    insert(_VERDICTS).values({name: bindparam(name) for name in _WRITTEN}).returning(_VERDICTS.c.id)
)


class NotAdmitted(DomainError):
    """The gate refuses; ``field`` names what would have to be another."""


class NotScreened(NotAdmitted):
    """Health, or what a rule makes of it, stands in the way; nothing of it is said."""


def admit(
    client: Client,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    therapist: StaffMember,
    on: date,
    actor: Actor,
    *,
    authorisation: Authorisation | None = None,
    visit: Visit | None = None,
    facts: Facts | None = None,
    override_why: str = "",
    is_booking: bool = True,
    screen: Screen | None = None,
    kept_why: str = "",
    day: date | None = None,
    over_why: str = "",
) -> VisitVerdict:
    """Judge one visit on one day, and write the verdict. Raises NotAdmitted, NotScreened.

    ``override_why`` is a therapist's reason to let stand what stops or holds it. Without
    ``is_booking`` (the client is here, or facts changed) nothing of health refuses: what
    stops or holds the visit is written down, and asked before the session begins.
    ``kept_why`` is a reason as a verdict keeps it, which is written down as well.
    ``visit`` is the one that is judged again: what it was booked with need not be
    offered any more, and while it stands it does not count against its own
    authorisation. ``facts`` are those of exactly this case, where they were read already.
    ``day`` is the day for which it is judged, where its session begins on another one.
    ``over_why`` is the reason to book more visits than were authorised, where the clinic lets
    them be booked so, by who may write referrals; the caller keeps it with the visit.
    """
    day = day or on
    facts = facts or facts_of(
        client.known_as, variant.id, therapist.id, day, [one.id for one in add_ons], _id(visit)
    )
    why_over = over_why or (visit.over_why if visit is not None else "")
    case = _case(
        client, variant, add_ons, therapist, facts, visit, day, authorisation,
        may_go_over=may_go_over(actor), has_reason=bool(reason_over(why_over)),
    )  # fmt: skip
    refused = refusal(case, day)
    if refused:
        raise NotAdmitted(refused[0], field=refused[1])
    screen = screen or facts.screen()
    case_of_health = screen.judge(day, frozenset(facts.primary), frozenset(facts.extra))
    why = reason_for(case_of_health, actor, override_why, visit, variant)
    if is_booking:
        _must_pass(case_of_health, actor, facts, therapist, day, is_excused=bool(why))
    verdict = verdict_row(
        client, variant.id, therapist.id, on, actor, case_of_health, screen, why=why or kept_why
    )
    # Never changed and never logged: it is written as it is, without what a row to come needs.
    db.session.flush()
    (verdict.id,) = _ADD.first(
        db.session.connection(), **{name: getattr(verdict, name) for name in _WRITTEN}
    ) or (0,)
    return verdict


def reason_for(
    case: Screened, actor: Actor, given: str, visit: Visit | None, variant: ServiceVariant
) -> str:
    """The reason for which this may stand, as a verdict keeps it; "" where there is none.

    One that was given before counts as long as exactly the same stands in the way.
    Raises DomainError for one that is too long.
    """
    if not (case.is_stopped or case.is_held):
        return ""
    reason = given.strip()
    if len(reason) > screening.REASON_MAX:
        raise DomainError(
            say("Use at most {count} characters.", count=screening.REASON_MAX),
            field="override_why",
        )
    if reason and is_treating(actor):
        return screening.reason_to_text(reason, case.mark)
    if visit is None or visit.variant_id != variant.id:
        return ""
    before = db.session.get_one(VisitVerdict, visit.verdict_id).why
    return before if screening.reason_from_text(before)[1] == case.mark else ""


def _must_pass(
    case: Screened,
    actor: Actor,
    facts: Facts,
    therapist: StaffMember,
    on: date,
    *,
    is_excused: bool,
) -> None:
    refused = screening.refusal(case, is_treating=is_treating(actor), is_excused=is_excused)
    if refused:
        raise NotScreened(refused[0], field=refused[1])
    words = screening.unqualified(case, frozenset(facts.held), therapist.name, on)
    if words is not None:
        raise NotScreened(words, field="therapist")


def verdict_row(
    client: Client,
    variant_id: int,
    therapist_id: int,
    on: date,
    actor: Actor,
    case: Screened,
    screen: Screen,
    *,
    why: str = "",
) -> VisitVerdict:
    """A verdict, ready to be added; ``why`` is a reason as it is kept. It lets stand what waits
    for a provider."""
    verdict = VisitVerdict(
        client_id=client.id,
        client=client,
        variant_id=variant_id,
        therapist_id=therapist_id,
        on_date=on,
        outcome=case.outcome(is_excused=bool(why)),
        effects=case.told(is_excused=bool(why)),
        is_misfit=case.is_misfit,
        facts_version=screen.version,
        rules_version=screen.rules,
        made_at=now(),
        made_by_id=actor.id,
    )
    if why:
        verdict.why = why
    return verdict


def count_on(*authorisations: Authorisation) -> None:
    """Lock what visits count against, and see it as it stands now: fewer visits may have been
    allowed meanwhile, or other days."""
    lock(Lock.AUTHORISATION, *(one.id for one in authorisations))
    for one in authorisations:
        db.session.refresh(one, _AS_IT_STANDS)


def reason_over(over_why: str) -> str:
    """The reason to book more than was authorised, as a visit keeps it.

    Raises DomainError for one that is too long.
    """
    reason = over_why.strip()
    if len(reason) > OVER_WHY_MAX:
        raise DomainError(
            say("Use at most {count} characters.", count=OVER_WHY_MAX), field="over_why"
        )
    return reason


def numbers_of(authorisation: Authorisation) -> Numbers:
    """How many of its visits are used and booked, counted now."""
    counts = counted([authorisation.id])[authorisation.id]
    return Numbers(
        authorisation.referral.number, authorisation.visits, counts.used, counts.reserved
    )


def window_with(authorisation: Authorisation, on: date, visit: Visit | None) -> Window:
    """From when until when it would last, were this visit on this day: where days count from
    the first visit, it may be this one."""
    if authorisation.basis != "first_visit":
        return window_from(authorisation, None)
    others = first_taken(authorisation.id, but=_id(visit))
    return window_from(authorisation, min(on, others) if others else on)


def must_be_able(
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    therapist: StaffMember,
    on: date,
    facts: Facts,
) -> None:
    """Ask of the therapist and the service alone, for time that has no client yet.

    Raises NotAdmitted.
    """
    case = Candidate(
        client_name="",
        client_status="active",
        is_not_to_book=False,
        has_died=False,
        therapist_name=therapist.name,
        is_therapist=facts.is_therapist,
        is_offered=_is_offered(variant, add_ons, None),
        held=frozenset(facts.held),
        needed=frozenset(facts.needed),
        needs_referral=False,
        allowance=None,
    )
    refused = refusal(case, on)
    if refused:
        raise NotAdmitted(refused[0], field=refused[1])


def _id(visit: Visit | None) -> int | None:
    return visit.id if visit is not None else None


def _case(
    client: Client,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    therapist: StaffMember,
    facts: Facts,
    visit: Visit | None,
    on: date,
    authorisation: Authorisation | None,
    *,
    may_go_over: bool,
    has_reason: bool,
) -> Candidate:
    # What was noted on either of two joined records is true of the person.
    records = {client, kept_record(client)}
    person = kept_record(client)
    numbers = allowance(authorisation, client, on, visit)
    return Candidate(
        client_name=person.name,
        client_status=person.status,
        is_not_to_book=any(record.is_not_to_book for record in records),
        has_died=any(
            record.status == "deceased" or record.died_on is not None for record in records
        ),
        therapist_name=therapist.name,
        is_therapist=facts.is_therapist,
        is_offered=_is_offered(variant, add_ons, visit),
        held=frozenset(facts.held),
        needed=frozenset(facts.needed),
        needs_referral=variant.service.needs_referral,
        allowance=numbers.left if numbers is not None else None,
        numbers=numbers,
        may_go_over=may_go_over,
        has_reason=has_reason,
    )


def _is_offered(variant: ServiceVariant, add_ons: Sequence[AddOn], visit: Visit | None) -> bool:
    known = {one.add_on_id for one in visit.add_ons} if visit is not None else set()
    is_same = visit is not None and visit.variant_id == variant.id
    return (is_same or (variant.is_active and variant.service.is_active)) and all(
        one.is_active or one.id in known for one in add_ons
    )


def allowance(
    authorisation: Authorisation | None, client: Client, on: date, visit: Visit | None
) -> Numbers | None:
    """What is left for this visit; the caller holds the authorisation's lock. Raises NotAdmitted
    for another client's, one that has ended or is closed, and a day on which it is not valid.
    """
    if authorisation is None:
        return None
    number = authorisation.referral.number
    if authorisation.referral.client.known_as != client.known_as:
        raise NotAdmitted(say("This referral is another client's."), field="referral")
    window = window_with(authorisation, on, visit)
    if not window.holds(on):
        raise NotAdmitted(outside(number, window.first, window.last, on), field="referral")
    if _is_counted(visit, authorisation):
        return Numbers(number, 1, 0, 0)
    if authorisation.referral.ended_on is not None:
        raise NotAdmitted(say("This referral has ended."), field="referral")
    if authorisation.is_closed:
        raise NotAdmitted(
            say("No more visits are booked on {number}: it is closed.", number=number),
            field="referral",
        )
    return numbers_of(authorisation)


def _is_counted(visit: Visit | None, authorisation: Authorisation) -> bool:
    """Whether the visit is among those counted already, so that it needs no further one."""
    return (
        visit is not None
        and visit.authorisation_id == authorisation.id
        and takes_one(visit.status, visit.cancelled_by, authorisation)
    )
