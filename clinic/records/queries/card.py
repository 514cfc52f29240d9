"""The room card: what a therapist has to know before and during one session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from clinic.anatomy import is_spot, spot
from clinic.clients.models import Client, Preference
from clinic.clients.queries import kept_record, the_preference
from clinic.clients.rules import age_on, split_areas
from clinic.core.db import db
from clinic.core.words import Words
from clinic.health.queries.history import Point, Standing, standing_of
from clinic.health.queries.intake import given_to, responses_of
from clinic.health.rules.asking import SPOTS_MAX
from clinic.health.rules.effects import effects
from clinic.health.rules.facts import Fact
from clinic.health.rules.screening import Verdict
from clinic.records.queries.adverse import Listed as ListedEvent
from clinic.records.queries.adverse import events_of
from clinic.records.queries.measures import Trend
from clinic.records.queries.notes import Listed, earlier_notes, ended, note_of
from clinic.records.queries.plans import PlanPage, charts_of, open_plan, plan_page
from clinic.records.rules.notes import read_body
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open, of_person
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of, start_checks
from clinic.scheduling.rules.screening import told_once
from clinic.scheduling.rules.starting import Check, path_to

_GRAVE = ("ABSOLUTE", "CLEARANCE")


@dataclass(frozen=True, slots=True)
class Card:
    """One visit's card. ``checks`` are what the start asks, and the start verb asks the same.

    ``allergies`` are the client's own facts; ``flags`` say what to do and never why, so that
    they may be printed. ``orders`` are those that ask to be careful with something: in the
    sender's own words, which may name a condition.
    """

    visit: Visit
    client: Client
    age: int | None
    checks: tuple[Check, ...]
    standing: Standing
    flags: tuple[tuple[str, Words], ...]
    allergies: tuple[Fact, ...]
    orders: tuple[Referral, ...]
    likes: Preference | None
    focus: tuple[Words, ...]
    leave: tuple[Words, ...]
    last: Listed | None
    plan: PlanPage | None
    trends: tuple[Trend, ...]
    events: tuple[ListedEvent, ...]
    has_note: bool
    ends_at: datetime

    @property
    def verdict(self) -> Verdict:
        """What the screening says for the day of the session."""
        return self.standing.verdict

    @property
    def missing(self) -> tuple[Check, ...]:
        """What is not in order yet."""
        return tuple(one for one in self.checks if not one.is_met)

    @property
    def is_ready(self) -> bool:
        """Whether the session may begin as it is."""
        return not self.missing

    @property
    def may_say_why(self) -> bool:
        """Whether a therapist's word would be enough to begin."""
        return bool(self.missing) and all(
            one.may_override or one.may_be_said for one in self.missing
        )

    @property
    def grave(self) -> tuple[Point, ...]:
        """What stops or holds the visit."""
        return tuple(one for one in self.standing.open if one.hit.klass in _GRAVE)

    @property
    def care(self) -> tuple[Point, ...]:
        """What the session is adapted to and nobody has ticked yet."""
        return tuple(one for one in self.standing.open if one.hit.klass not in _GRAVE)

    @property
    def asks(self) -> tuple[Point, ...]:
        """What is to be asked before or at the visit."""
        return (*self.standing.asks, *self.standing.later)

    def place_of(self, check: Check) -> str:
        """The address where something missing is put in order; "" where there is none."""
        back = f"/visits/{self.visit.public_id}/card"
        return path_to(check, self.client.public_id, day_of(self.visit), back)


def card_of(visit: Visit) -> Card:
    """The card of a visit, for the therapist who gives it."""
    client, on = kept_record(visit.client), day_of(visit)
    standing = standing_of(client, on)
    likes = the_preference(client)
    earlier = earlier_notes(visit)
    plan = open_plan(client.id)
    note = note_of(visit.id)
    focus, leave = _wished(client, likes)
    return Card(
        visit=visit,
        client=client,
        age=age_on(client.birth_date, on) if client.birth_date else None,
        checks=start_checks(visit),
        standing=standing,
        flags=_flags(standing.verdict),
        allergies=tuple(fact for fact in standing.known.sheet.facts if _is_allergy(fact, on)),
        orders=careful_orders(visit, client),
        likes=likes,
        focus=focus,
        leave=leave,
        last=Listed(earlier[0], read_body(earlier[0].body)) if earlier else None,
        plan=plan_page(plan) if plan is not None else None,
        trends=tuple(charts_of(client.id)),
        events=tuple(events_of(client.id)[:3]),
        has_note=note is not None,
        ends_at=ended(visit),
    )


def careful_orders(visit: Visit, client: Client) -> tuple[Referral, ...]:
    """The orders whose precautions hold in a visit of this person, latest first.

    The order that the visit counts against, and every one that nobody has ended: a neck stays
    the neck whichever authorisation pays for the hour.
    """
    own = select(Authorisation.referral_id).where(Authorisation.id == visit.authorisation_id)
    wanted = of_person(client.id).where(
        Referral.precautions_sealed.is_not(None),
        or_(is_open(), Referral.id == own.scalar_subquery()),
    )
    return tuple(db.session.scalars(wanted).unique())


def _is_allergy(fact: Fact, on: date) -> bool:
    is_over = fact.until is not None and fact.until < on
    is_wrong = any(value in ("refuted", "entered_in_error") for _, value in fact.details)
    return fact.kind == "allergy" and not is_over and not is_wrong


_ASKED = ("form", "due", "check", "ask")


def _flags(verdict: Verdict) -> tuple[tuple[str, Words], ...]:
    told = [code for code in effects(verdict) if code not in _ASKED]
    stops = ("stop", "review", "no", "avoid")
    return tuple(
        ("stop" if code.partition(":")[0] in stops else "care", words)
        for code, words in told_once(told)
    )


def _wished(
    client: Client, likes: Preference | None
) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """Where they want more and what to leave out: as preferred, and as their form says."""
    focus = list(split_areas(likes.focus_areas)) if likes else []
    leave = list(split_areas(likes.avoid_areas)) if likes else []
    for response in responses_of(client.id):
        if response.form != "check" and response.status in ("completed", "reviewed"):
            given = given_to(response)
            focus += _spots(given, "complaint_areas")
            if response.status == "completed":  # once read, they stand among the preferences
                focus += _spots(given, "focus_areas")
                leave += _spots(given, "avoid_areas")
            break
    left = dict.fromkeys(leave)
    wanted = [one for one in dict.fromkeys(focus) if one not in left]
    return _said(wanted), _said(list(left))


def _spots(given: dict[str, str], key: str) -> list[tuple[str, str]]:
    prefixes = [f"{key}.{number}" for number in range(SPOTS_MAX)]
    return [(given.get(f"{one}.area", ""), given.get(f"{one}.side", "") or "N") for one in prefixes]


def _said(spots: Sequence[tuple[str, str]]) -> tuple[Words, ...]:
    return tuple(spot(area, side) for area, side in spots if is_spot(area, side))
