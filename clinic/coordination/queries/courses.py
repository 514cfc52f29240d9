"""The visits of a referral, as coordination looks at them."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.ahead import known_of
from clinic.coordination.queries.cases import last_entry
from clinic.coordination.rules.visits import Allowed, Course, Seen
from clinic.core.db import db
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used


def course_of(case: ReferralCase) -> Course:
    """What was allowed, and every visit that was ever booked on it."""
    known = known_of(case)
    return known.course if known is not None else courses_of([case])[case.id]


def courses_of(cases: Sequence[ReferralCase]) -> dict[int, Course]:
    """The same of several, by their ids."""
    orders = [one.referral_id for one in cases]
    allowed: dict[int, list[Allowed]] = defaultdict(list)
    seen: dict[int, list[Seen]] = defaultdict(list)
    given = db.session.scalars(
        select(Authorisation)
        .where(Authorisation.referral_id.in_(orders))
        .options(lazyload(Authorisation.referral))  # the case's own
        .order_by(Authorisation.valid_from, Authorisation.id)
    ).unique()
    for one in given:
        row = Allowed(one.id, one.visits, one.valid_until, one.is_closed, one.report_rule)
        allowed[one.referral_id].append(row)
    booked = db.session.execute(
        select(
            Authorisation.referral_id,
            Authorisation.id,
            Visit.status,
            Visit.on_date,
            is_used(),
            is_reserved(),
            Visit.updated_at,
        )
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Authorisation.referral_id.in_(orders))
        .order_by(Visit.on_date, Visit.id)
    )
    for order, number, status, on, used, reserved, changed_at in booked:
        seen[order].append(Seen(number, status, on, bool(used), bool(reserved), changed_at))
    return {
        one.id: Course(tuple(allowed[one.referral_id]), tuple(seen[one.referral_id]))
        for one in cases
    }


def is_renewed(case: ReferralCase) -> bool:
    """Whether an authorisation was added since the case came to its state."""
    entry = last_entry(case)
    if entry is None:
        return False
    newer = select(Authorisation.id).where(
        Authorisation.referral_id == case.referral_id, Authorisation.created_at > entry.at
    )
    return db.session.scalar(newer.limit(1)) is not None
