"""The visits of a referral, as coordination looks at them."""

from sqlalchemy import select

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import last_entry
from clinic.coordination.rules.visits import Allowed, Course, Seen
from clinic.core.db import db
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used


def course_of(case: ReferralCase) -> Course:
    """What was allowed, and every visit that was ever booked on it."""
    allowed = db.session.scalars(
        select(Authorisation)
        .where(Authorisation.referral_id == case.referral_id)
        .order_by(Authorisation.valid_from, Authorisation.id)
    ).unique()
    seen = db.session.execute(
        select(
            Authorisation.id,
            Visit.status,
            Visit.on_date,
            is_used(),
            is_reserved(),
            Visit.updated_at,
        )
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Authorisation.referral_id == case.referral_id)
        .order_by(Visit.on_date, Visit.id)
    )
    return Course(
        tuple(
            Allowed(one.id, one.visits, one.valid_until, one.is_closed, one.report_rule)
            for one in allowed
        ),
        tuple(
            Seen(number, status, on, bool(used), bool(reserved), changed_at)
            for number, status, on, used, reserved, changed_at in seen
        ),
    )


def is_renewed(case: ReferralCase) -> bool:
    """Whether an authorisation was added since the case came to its state."""
    entry = last_entry(case)
    if entry is None:
        return False
    newer = select(Authorisation.id).where(
        Authorisation.referral_id == case.referral_id, Authorisation.created_at > entry.at
    )
    return db.session.scalar(newer.limit(1)) is not None
