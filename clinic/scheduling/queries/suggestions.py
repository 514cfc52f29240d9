"""Where visits that no longer fit could go instead: a first choice for each, none twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.core.clock import epoch, today
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.hurt import Hurt
from clinic.scheduling.queries.openings import Opening, Wish, openings
from clinic.scheduling.rules.hurt import ROOM_CAUSES, Bid, assign
from clinic.timetable.models import TimeOff

AT_A_TIME = 40
"""So many visits are looked at on one page."""
_SHOWN = {"same_time": 3, "same_person": 3, "others": 2}
_POOL = 80
"""So many of each kind are weighed, that many visits may find times that do not clash."""
_APART = 3600
"""Seconds between two times that are shown with one person: others are nearly the same."""
_BACK = timedelta(days=3)
_AROUND = 14


@dataclass(frozen=True, slots=True)
class Suggested:
    """A visit that no longer fits, and where it could go, the best first.

    The first options of any two visits do not clash.
    """

    hurt: Hurt
    options: list[Opening]

    @property
    def visit(self) -> Visit:
        return self.hurt.visit


@dataclass(frozen=True, slots=True)
class _Option:
    kind: str
    opening: Opening
    bid: Bid


def suggest(
    hurt: Sequence[Hurt], away: TimeOff | None = None, *, is_treating: bool = False
) -> list[Suggested]:
    """New times for each: the same time with somebody else, then others with the same person.

    ``away`` is time off that is not taken yet: nothing is suggested in it. ``is_treating``
    says that who asks treats, and so may move with a reason what is stopped.
    """
    pools = [list(_options(one, away, is_treating=is_treating)) for one in hurt]
    chosen = [
        pool[number].bid if number is not None else None
        for pool, number in zip(pools, assign([[one.bid for one in p] for p in pools]), strict=True)
    ]
    found = []
    for number, (one, pool) in enumerate(zip(hurt, pools, strict=True)):
        others = [bid for at, bid in enumerate(chosen) if bid is not None and at != number]
        found.append(Suggested(one, _shown(pool, others)))
    return found


def _shown(pool: Sequence[_Option], others: Sequence[Bid]) -> list[Opening]:
    """The best few that clash with nothing that is chosen for another visit."""
    left = dict(_SHOWN)
    shown: list[_Option] = []
    for one in pool:
        is_near = one.kind == "same_person" and any(
            other.kind == one.kind and abs(other.opening.at - one.opening.at) < _APART
            for other in shown
        )
        if left[one.kind] and not is_near and not any(map(one.bid.clashes, others)):
            left[one.kind] -= 1
            shown.append(one)
    return [one.opening for one in shown]


def _options(hurt: Hurt, away: TimeOff | None, *, is_treating: bool) -> Iterator[_Option]:
    visit, at = hurt.visit, epoch(hurt.visit.starts_at)
    wish = replace(_wish(visit), is_treating=is_treating)

    def fits(one: Opening) -> bool:
        stays = one.at == at and one.therapist.id == visit.therapist_id
        if stays and not ROOM_CAUSES.issuperset(hurt.causes):
            return False
        if "room_given_up" in hurt.causes and one.place.id == visit.place_id:
            return False
        return away is None or not _is_in(one, visit, away)

    def near(one: Opening) -> tuple[int, int, int]:
        days, minutes = _apart(visit.starts_at, one.starts_at)
        return days, minutes, one.waste

    that_day = [one for one in openings(wish).openings if fits(one)]
    kinds = {
        "same_time": [one for one in that_day if one.at == at],
        "same_person": [one for one in _with_the_same(hurt, wish) if one.at != at and fits(one)],
        "others": [
            one for one in that_day if one.at != at and one.therapist.id != visit.therapist_id
        ],
    }
    if not (kinds["same_time"] or kinds["same_person"]):
        around = openings(_around(wish)).openings
        kinds["others"] = [one for one in around if fits(one)]
    for kind, found in kinds.items():
        for opening in sorted(found, key=near)[:_POOL]:
            yield _Option(kind, opening, _bid(visit, opening))


def _apart(one: datetime, other: datetime) -> tuple[int, int]:
    """Days, then minutes on the clinic's clock: people keep their hour before their day."""
    zone = the_practice().zone
    here, there = one.astimezone(zone), other.astimezone(zone)
    minutes = (here.hour - there.hour) * 60 + here.minute - there.minute
    return abs((here.date() - there.date()).days), abs(minutes)


def _with_the_same(hurt: Hurt, wish: Wish) -> list[Opening]:
    """Times around the visit's with its own therapist, who may not treat any more."""
    visit = hurt.visit
    if {"gone", "not_therapist"} & set(hurt.causes):
        return []
    return openings(replace(_around(wish), therapist_id=visit.therapist_id)).openings


def _around(wish: Wish) -> Wish:
    """The same for the days around."""
    since = max(today(the_practice().zone), wish.since - _BACK)
    return replace(wish, since=since, days=_AROUND)


def _wish(visit: Visit) -> Wish:
    return Wish(
        visit.variant,
        [one.add_on for one in visit.add_ons],
        visit.on_date,
        days=1,
        client_id=visit.client.known_as,
        move=visit,
    )


def _bid(visit: Visit, opening: Opening) -> Bid:
    service = visit.variant.service
    of_add_ons = {one.add_on.equipment_kind_id for one in visit.add_ons}
    kinds = {one.kind_id for one in service.equipment} | (of_add_ons - {None})
    return Bid(
        therapist_id=opening.therapist.id,
        place_id=opening.place.id,
        client_id=visit.client.known_as,
        starts_s=opening.at,
        ends_s=opening.at + visit.minutes * 60,
        before_s=service.buffer_before * 60,
        after_s=service.buffer_after * 60,
        kinds=frozenset(number for number in kinds if number is not None),
    )


def _is_in(opening: Opening, visit: Visit, away: TimeOff) -> bool:
    """Whether a time would lie in time off, buffers included."""
    bid = _bid(visit, opening)
    return (
        bid.therapist_id == away.staff_id
        and bid.starts_s - bid.before_s < epoch(away.ends_at)
        and epoch(away.starts_at) < bid.ends_s + bid.after_s
    )
