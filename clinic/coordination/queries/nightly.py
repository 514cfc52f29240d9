"""What a sweep is to look at, by number and name alone: nothing else of it is read."""

from typing import NamedTuple

from sqlalchemy import exists, select

from clinic.coordination.models import OutboundReferral, ProgressReport, ReferralCase
from clinic.coordination.queries.cases import WORD as REFERRAL
from clinic.coordination.queries.cases import is_live
from clinic.coordination.queries.outbound import WORD as OUTBOUND
from clinic.coordination.queries.outbound import is_live_outbound
from clinic.core.db import db
from clinic.letters.models import Letter
from clinic.referrals.models import Referral


class One(NamedTuple):
    """One of many: ``kind`` is report, order, case or outbound; ``name`` tells nothing."""

    kind: str
    number: int
    name: str


def reports_ahead() -> list[One]:
    """Reports that have arrived and were not acknowledged."""
    wanted = (
        select(ProgressReport.id, ProgressReport.public_id)
        .join(Letter, Letter.id == ProgressReport.letter_id)
        .where(ProgressReport.status == "sent", Letter.delivered_at.is_not(None))
        .order_by(ProgressReport.id)
    )
    return [One("report", number, f"report {name}") for number, name in db.session.execute(wanted)]


def orders_ahead(after: int, at_most: int) -> list[One]:
    """Orders without a case, beyond an id."""
    has_one = exists().where(ReferralCase.referral_id == Referral.id)
    wanted = (
        select(Referral.id, Referral.public_id)
        .where(~has_one, Referral.id > after)
        .order_by(Referral.id)
        .limit(at_most)
    )
    found = db.session.execute(wanted)
    return [One("order", number, f"taking over {name}") for number, name in found]


def cases_ahead(after: int, at_most: int) -> list[One]:
    """Cases that have not ended, beyond an id."""
    wanted = (
        select(ReferralCase.id, Referral.public_id)
        .join(Referral, Referral.id == ReferralCase.referral_id)
        .where(is_live(), ReferralCase.id > after)
        .order_by(ReferralCase.id)
        .limit(at_most)
    )
    found = db.session.execute(wanted)
    return [One("case", number, f"{REFERRAL}:{name}") for number, name in found]


def outbound_ahead(after: int, at_most: int) -> list[One]:
    """Referrals to providers that have not ended, beyond an id."""
    wanted = (
        select(OutboundReferral.id, OutboundReferral.public_id)
        .where(is_live_outbound(), OutboundReferral.id > after)
        .order_by(OutboundReferral.id)
        .limit(at_most)
    )
    found = db.session.execute(wanted)
    return [One("outbound", number, f"{OUTBOUND}:{name}") for number, name in found]
