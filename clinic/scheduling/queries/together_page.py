"""What the page of a couple or a group shows for what has been chosen so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from clinic.catalogue.queries import BookableVariant, bookable_variants, the_variant
from clinic.clients.models import Client
from clinic.clients.queries import Found, found, kept_record, the_client
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.counts import may_go_over
from clinic.scheduling.queries.given import Given, given_on
from clinic.scheduling.queries.groups import TimeTogether, best_of_days, openings_together
from clinic.scheduling.queries.openings import Wish
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.queries.waitlist_screened import primary_of
from clinic.scheduling.rules.screening import codes_of, is_treating, phrases, refusal
from clinic.staff.models import StaffMember
from clinic.staff.queries import therapists

EACH = 6
"""Times of a day that are shown."""
DAYS = 8
"""Days that are shown."""
FOUND = 6


@dataclass(slots=True)
class Row:
    """One of those who come, as far as they are chosen."""

    client: Client | None = None
    who: str = ""
    found: Sequence[Found] = ()
    variant: str = ""
    therapist: str = ""
    note: str = ""
    use_referral: bool = False
    given: Given = field(default_factory=Given)
    """What the visit would count against on its day."""
    refused: Words | None = None
    """Why health refuses the first day, as booking says it."""
    effects: tuple[Words, ...] = ()
    """What the gate asks for on the first day."""
    needs_reason: bool = False


@dataclass(slots=True)
class TogetherPage:
    """The choices, and the times that suit all."""

    on: date
    rows: list[Row]
    lengths: list[BookableVariant] = field(default_factory=list)
    therapists: list[StaffMember] = field(default_factory=list)
    days: list[tuple[date, list[TimeTogether]]] = field(default_factory=list)
    is_complete: bool = False
    price_minor: int = 0
    may_go_over: bool = False
    """Whether one more than was authorised may be booked, with a reason."""

    @property
    def needs_reason(self) -> bool:
        """Whether somebody is stopped or held, so that a therapist's reason counts."""
        return any(row.needs_reason for row in self.rows)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of what somebody's visit would count against."""
        given = [row.given for row in self.rows]
        return any(one.authorisation is not None and not one.left for one in given)


def row_of(
    client: str,
    who: str,
    variant: str,
    therapist: str,
    note: str = "",
    *,
    use_referral: bool = False,
) -> Row:
    """One row, by public ids; a client who is not known is looked for by what was typed."""
    row = Row(who=who, variant=variant, therapist=therapist, note=note, use_referral=use_referral)
    try:
        row.client = kept_record(the_client(client)) if client else None
    except NotFound:
        row.client = None
    if row.client is None and who:
        row.found = found(who, FOUND)
    return row


def together_page(
    rows: list[Row], on: date | None, kind: str, actor: Actor, picked: datetime | None = None
) -> TogetherPage:
    """Everything that can be chosen, and the times once everybody's service stands. ``picked`` is
    the time that was chosen of them, if any."""
    first = today(the_practice().zone)
    page = TogetherPage(max(on or first, first), rows)
    page.lengths = bookable_variants(page.on)
    page.therapists = list(db.session.scalars(therapists()))
    known = {one.public_id: one for one in page.lengths}
    page.is_complete = all(row.variant in known for row in rows)
    if page.is_complete:
        page.price_minor = sum(known[row.variant].price_minor for row in rows)
        for row in rows:
            _screen(page, row, actor)
        times = openings_together([_wish(page, row, actor) for row in rows], kind)
        page.days = best_of_days(times, EACH)[:DAYS]
    _put_referrals(page, actor, picked)
    return page


def _put_referrals(page: TogetherPage, actor: Actor, picked: datetime | None) -> None:
    """What each visit would count against on the day that is chosen, or comes first."""
    page.may_go_over = may_go_over(actor)
    first = page.days[0][0] if page.days else page.on
    on = local_day(picked, the_practice().zone) if picked is not None else first
    for row in page.rows:
        if row.client is not None:
            row.given = given_on(row.client.known_as, on)


def _screen(page: TogetherPage, row: Row, actor: Actor) -> None:
    """Say of one of them what the gate asks for. Two queries."""
    if row.client is None:
        return
    about = primary_of(the_variant(row.variant).service_id)
    case = screen_of(row.client.known_as).judge(page.on, about)
    row.effects = phrases(codes_of(case.told()))
    row.needs_reason = case.is_stopped or case.is_held
    refused = refusal(case, is_treating=is_treating(actor), is_excused=False)
    row.refused = refused[0] if refused and refused[1] != "override_why" else None


def _wish(page: TogetherPage, row: Row, actor: Actor) -> Wish:
    by_id = {one.public_id: one.id for one in page.therapists}
    return Wish(
        the_variant(row.variant), (), page.on, therapist_id=by_id.get(row.therapist),
        client_id=row.client.id if row.client is not None else None,
        is_treating=is_treating(actor),
    )  # fmt: skip
