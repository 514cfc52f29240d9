"""Offers of time to those who wait: taken, declined, lapsed, passed on.

An offer takes nobody's time. Whoever accepts first books it, in the same transaction in
which everybody else's offer of that time is withdrawn. All verbs of the waitlist take its
own lock first, so that no two of them decide on the same entry at one moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from clinic.core.clock import epoch, local_day, now
from clinic.core.db import db
from clinic.core.errors import RACE_LOST, Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, apart, lock
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit, WaitlistEntry, WaitlistOffer
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.queries.waiting import Gap, Match, matches_of
from clinic.scheduling.queries.waitlist import lines
from clinic.scheduling.queries.waitlist_screened import health_refuses
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.rules.waiting import PASSING, WAITING, must_go, offer_ends
from clinic.scheduling.services.booking import book
from clinic.scheduling.services.gate import NotAdmitted, NotScreened
from clinic.scheduling.services.plans import must_be_own
from clinic.staff.models import StaffMember

REASONS = ("override_why", "over_why", "self_pay")
"""Fields of a refusal that a reason would lift."""
LIST = 7
"""The house's lock under which the waitlist changes."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The visit that was booked; or, without one, why not: then they wait again."""

    visit: Visit | None = None
    refused: Words | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """What a round over the waitlist did, in counts; with how many nothing could be done."""

    lapsed: int = 0
    offered: int = 0
    expired: int = 0
    failed: int = 0


def must_be_bookable(entry: WaitlistEntry, actor: Actor) -> None:
    """Raises NotAdmitted with the gate's words; NotScreened where health refuses every day."""
    line = lines(WaitlistEntry.id == entry.id)[0]
    if line.refused is not None:
        raise NotAdmitted(line.refused, field="client")
    refused = health_refuses(entry, is_treating=is_treating(actor))
    if refused is not None:
        raise NotScreened(refused, field="client")


def hold(entry: WaitlistEntry, offer: WaitlistOffer | None = None) -> None:
    """Take the list's lock, and see entry and offer as they stand now."""
    lock(Lock.HOUSE, LIST)
    db.session.refresh(entry)
    if offer is not None:
        db.session.refresh(offer)


def named(entry: WaitlistEntry) -> list[int]:
    return [one.staff_id for one in entry.therapists]


def close(offer: WaitlistOffer, status: str) -> None:
    offer.status, offer.answered_at = status, now()


# ---- to be offered a time


@verb(Permission.SCHEDULE_OWN)
def offer(
    entry: WaitlistEntry, *, actor: Actor, therapist: StaffMember, starts_at: datetime
) -> WaitlistOffer:
    """Offer somebody a time that is open now; several may be offered the same one.

    Raises Conflict for a time that is not open or an entry that is not waiting,
    NotAdmitted for a client whom the gate would not admit.
    """
    hold(entry)
    must_be_own(actor, therapist.id)
    must_go(entry.status, "offer")
    if not actor.may(Permission.SCHEDULE_WRITE) and actor.id not in (
        named(entry) or [actor.id or 0]
    ):
        raise NotAllowed(say("They wait for somebody else."))
    must_be_bookable(entry, actor)
    if not _is_open(entry, therapist, starts_at, actor):
        raise Conflict(say("{time} is not open any more. Choose another time.", time=starts_at))
    return _offered(entry, therapist.id, starts_at, now(), actor)


def _is_open(
    entry: WaitlistEntry, therapist: StaffMember, starts_at: datetime, actor: Actor
) -> bool:
    day = local_day(starts_at, the_practice().zone)
    wish = Wish(
        entry.variant, (), day, days=1, therapist_id=therapist.id,
        client_id=entry.client.known_as, is_treating=is_treating(actor),
    )  # fmt: skip
    return any(one.at == epoch(starts_at) for one in openings(wish).openings)


def _offered(
    entry: WaitlistEntry, therapist_id: int, starts_at: datetime, at: datetime, actor: Actor
) -> WaitlistOffer:
    practice = the_practice()
    ends = offer_ends(
        starts_at, at, practice.zone,
        notice_hours=entry.notice_hours, lead_minutes=practice.min_lead,
    )  # fmt: skip
    if ends <= at:
        raise DomainError(say("It is too late to offer this time."))
    entry.status = must_go(entry.status, "offer")
    made = WaitlistOffer(
        entry=entry, therapist_id=therapist_id, starts_at=starts_at, expires_at=ends,
        status="open", made_by_id=actor.id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


@verb(Permission.SCHEDULE_OWN)
def accept(
    offer: WaitlistOffer,
    *,
    actor: Actor,
    override_why: str = "",
    over_why: str = "",
    self_pay: bool = False,
) -> Acceptance:
    """They take it: the visit is booked, and all other offers of that time are withdrawn.

    Whoever accepts first gets it. Where the offer has run out, the time is taken or the
    gate refuses, the answer says so, and they wait again. Raises Conflict for an offer
    that was answered already, NotAllowed for another therapist's day, and NotAdmitted where a
    reason would do, a therapist's (``override_why``) or the one to book more than was authorised
    (``over_why``), or the client's agreement to pay (``self_pay``): then the offer stays open.
    """
    entry = offer.entry
    _must_be_answerable(offer, actor, "accept")
    if offer.expires_at <= now():
        return _refused(offer, "expired", say("This offer ran out at {time}.",
                                              time=offer.expires_at))  # fmt: skip
    try:
        with db.session.begin_nested():
            visit = book(
                actor=actor,
                client=entry.client,
                variant=entry.variant,
                therapist=offer.therapist,
                starts_at=offer.starts_at,
                use_referral=entry.use_referral,
                source="waitlist",
                override_why=override_why,
                over_why=over_why,
                self_pay=self_pay,
            )
    except NotAllowed:
        raise
    except DomainError as error:
        if isinstance(error, NotAdmitted) and error.field in REASONS:
            raise
        return _refused(offer, "withdrawn", error.words)
    except RACE_LOST:
        return _refused(offer, "withdrawn", say("Somebody else was faster: that time is taken."))
    close(offer, "accepted")
    entry.status, entry.closed_at, entry.visit = "accepted", now(), visit
    _withdraw_others(offer, visit)
    return Acceptance(visit)


def _refused(offer: WaitlistOffer, status: str, words: Words) -> Acceptance:
    close(offer, status)
    offer.entry.status = must_go(offer.entry.status, "lapse")
    return Acceptance(refused=words)


def _withdraw_others(offer: WaitlistOffer, visit: Visit) -> None:
    """Nobody else can have this time now: who was offered it waits again."""
    others = db.session.scalars(
        select(WaitlistOffer).where(
            WaitlistOffer.status == "open",
            WaitlistOffer.therapist_id == offer.therapist_id,
            WaitlistOffer.id != offer.id,
        )
    )
    for one in others.all():
        if _meets(one, visit.starts_at, visit.ends_at):
            close(one, "withdrawn")
            one.entry.status = must_go(one.entry.status, "lapse")


def _meets(offer: WaitlistOffer, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the offered treatment and a stretch of time overlap."""
    ends = offer.starts_at + timedelta(minutes=offer.entry.variant.minutes)
    return offer.starts_at < ends_at and starts_at < ends


@verb(Permission.SCHEDULE_OWN)
def decline(offer: WaitlistOffer, *, actor: Actor) -> None:
    """They do not want it: they wait on, and are not offered that very time by itself again."""
    after = _must_be_answerable(offer, actor, "decline")
    close(offer, "declined")
    offer.entry.status = after


@verb(Permission.SCHEDULE_OWN)
def retract(offer: WaitlistOffer, *, actor: Actor) -> None:
    """The clinic takes an offer back, such as one made by mistake: they wait on."""
    after = _must_be_answerable(offer, actor, "retract")
    close(offer, "withdrawn")
    offer.entry.status = after


def _must_be_answerable(offer: WaitlistOffer, actor: Actor, name: str) -> str:
    hold(offer.entry, offer)
    must_be_own(actor, offer.therapist_id)
    if offer.status != "open":
        raise Conflict(say("This offer was answered already, or is over."))
    return must_go(offer.entry.status, name)


# ---- to pass on


@verb(Permission.SCHEDULE_WRITE)
def pass_on(at: datetime | None = None, *, actor: Actor) -> Passed:
    """Let overdue offers lapse and entries whose last day is over run out; pass times on.

    A time that somebody let lapse is offered to the next whom it suits, if it is still
    open and nobody holds an offer of it: never to who declined it or let it lapse. At
    night nothing is passed on. It can be done again and again, and be missed; one that fails
    stays as it was, and the others go on.
    """
    moment, zone = at or now(), the_practice().zone
    lock(Lock.HOUSE, LIST)
    overdue = _offers(WaitlistOffer.status == "open", WaitlistOffer.expires_at <= moment)
    lapsed = [apart(f"sweep: offer {one.public_id}", partial(_lapse, one)) for one in overdue]
    over = _run_out(local_day(moment, zone))
    is_day = moment.astimezone(zone).hour in PASSING
    passed = _pass_times_on(moment, actor) if is_day else []
    failed = sum(done.count(None) for done in (lapsed, over, passed))
    return Passed(lapsed.count(True), passed.count(True), over.count(True), failed)


def _lapse(offer: WaitlistOffer) -> bool:
    close(offer, "expired")
    offer.entry.status = must_go(offer.entry.status, "lapse")
    return True


def _offers(*criteria: object) -> list[WaitlistOffer]:
    wanted = select(WaitlistOffer).where(*criteria).order_by(WaitlistOffer.id)  # type: ignore[arg-type]
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)).unique())


def _run_out(day: date) -> list[bool | None]:
    past = db.session.scalars(
        select(WaitlistEntry).where(WaitlistEntry.status == WAITING, WaitlistEntry.latest < day)
    ).all()
    return [apart(f"sweep: entry {one.public_id}", partial(_expire, one)) for one in past]


def _expire(entry: WaitlistEntry) -> bool:
    entry.status, entry.closed_at = must_go(entry.status, "expire"), now()
    return True


def _pass_times_on(at: datetime, actor: Actor) -> list[bool | None]:
    """Of each time that suits somebody: whether it was offered to them, None where that failed."""
    lapsed = _offers(WaitlistOffer.status == "expired", WaitlistOffer.starts_at > at)
    standing = _offers(WaitlistOffer.status == "open")
    times: dict[tuple[int, datetime], int] = {}
    for one in lapsed:
        key = (one.therapist_id, one.starts_at)
        times[key] = max(times.get(key, 0), one.entry.variant.minutes)
    gaps = [
        Gap(staff_id, starts_at, starts_at + timedelta(minutes=minutes))
        for (staff_id, starts_at), minutes in sorted(times.items())
    ]
    gaps = [gap for gap in gaps if not _is_on_offer(gap, standing)]
    made: list[Match] = []
    done: list[bool | None] = []
    for found in matches_of(gaps):
        match = _next(found, made)
        if match is not None:
            entry = db.session.get_one(WaitlistEntry, match.line.wanted.id)
            to_them = partial(_pass_on, entry, match, at, actor)
            done.append(apart(f"sweep: passing on to {entry.public_id}", to_them))
            made += [match] if done[-1] else []
    return done


def _pass_on(entry: WaitlistEntry, match: Match, at: datetime, actor: Actor) -> bool:
    try:
        with db.session.begin_nested():
            _offered(entry, match.therapist.id, match.starts_at, at, actor)
    except DomainError:  # too late for this one: the others are passed on
        return False
    return True


def _is_on_offer(gap: Gap, standing: Sequence[WaitlistOffer]) -> bool:
    return any(
        one.therapist_id == gap.therapist_id and _meets(one, gap.starts_at, gap.ends_at)
        for one in standing
    )


def _next(found: Sequence[Match], made: Sequence[Match]) -> Match | None:
    """The first who has not said no, and has not just been offered something else."""
    busy = {one.line.wanted.id for one in made}
    for one in found:
        if one.has_refused or one.line.wanted.id in busy or _is_given(one, made):
            continue
        return one
    return None


def _is_given(match: Match, made: Sequence[Match]) -> bool:
    return any(
        one.therapist.id == match.therapist.id
        and one.starts_at < match.ends_at
        and match.starts_at < one.ends_at
        for one in made
    )
