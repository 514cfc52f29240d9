"""The one gate: whoever books, moves or changes a visit is admitted here, or is not.

A verdict is a row of its own, for one client, service, therapist and day, and the
database ties every visit to one. Nothing else in the house writes verdicts.
"""

from collections.abc import Sequence
from datetime import date

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import Actor
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.referrals.models import Authorisation
from clinic.referrals.rules import is_valid, left
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.facts import Facts, facts_of
from clinic.scheduling.queries.screens import Screen, screen_of
from clinic.scheduling.rules import Candidate, refusal, screening
from clinic.scheduling.rules.screening import Screened, is_treating
from clinic.staff.models import StaffMember


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
    """
    day = day or on
    facts = facts or facts_of(
        client.known_as, variant.id, therapist.id, day, [one.id for one in add_ons], _id(visit)
    )
    case = _case(client, variant, add_ons, therapist, facts, visit, day, authorisation)
    refused = refusal(case, day)
    if refused:
        raise NotAdmitted(refused[0], field=refused[1])
    screen = screen or screen_of(client.known_as)
    case_of_health = screen.judge(day, frozenset(facts.primary), frozenset(facts.extra))
    why = reason_for(case_of_health, actor, override_why, visit, variant)
    if is_booking:
        _must_pass(case_of_health, actor, facts, therapist, day, is_excused=bool(why))
    verdict = verdict_row(
        client, variant.id, therapist.id, on, actor, case_of_health, screen, why=why or kept_why
    )
    db.session.add(verdict)
    db.session.flush()
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
        db.session.refresh(one, ("visits", "valid_from", "valid_until"))


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
) -> Candidate:
    # What was noted on either of two joined records is true of the person.
    records = {client, kept_record(client)}
    person = kept_record(client)
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
        allowance=_allowance(authorisation, client, on, visit),
    )


def _is_offered(variant: ServiceVariant, add_ons: Sequence[AddOn], visit: Visit | None) -> bool:
    known = {one.add_on_id for one in visit.add_ons} if visit is not None else set()
    is_same = visit is not None and visit.variant_id == variant.id
    return (is_same or (variant.is_active and variant.service.is_active)) and all(
        one.is_active or one.id in known for one in add_ons
    )


def _allowance(
    authorisation: Authorisation | None, client: Client, on: date, visit: Visit | None
) -> int | None:
    """How many visits are left for this one; the caller holds the authorisation's lock."""
    if authorisation is None:
        return None
    if authorisation.referral.client.known_as != client.known_as:
        raise NotAdmitted(say("This referral is another client's."), field="referral")
    if not is_valid(authorisation, on):
        raise NotAdmitted(say("The referral is not valid on {day}.", day=on), field="referral")
    if _is_counted(visit, authorisation):
        return 1
    if authorisation.referral.ended_on is not None:
        raise NotAdmitted(say("This referral has ended."), field="referral")
    return left(counted([authorisation.id])[authorisation.id], authorisation)


def _is_counted(visit: Visit | None, authorisation: Authorisation) -> bool:
    """Whether the visit is among those counted already, so that it needs no further one."""
    return (
        visit is not None
        and visit.authorisation_id == authorisation.id
        and visit.held_slot_id is not None
    )
