"""Referrals in any state, written as rows: how they come there is coordination's own affair."""

from datetime import date, timedelta
from typing import Any

from clinic.clients.models import Client
from clinic.coordination.models import (
    IN_ENDS,
    OUT_ENDS,
    CaseStep,
    ContactAttempt,
    OutboundReferral,
    ProgressReport,
    ReferralCase,
)
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation, Referral
from clinic.staff.models import StaffMember
from tests.factories import referrals as orders


def this_day() -> date:
    """Today at the clinic."""
    return today(the_practice().zone)


def _owned(owner: StaffMember | None, action: str, late: int) -> dict[str, Any]:
    someone = owner or db.session.query(StaffMember).first()
    return {
        "owner_id": someone.id if someone else None,
        "next_action": action,
        "due_on": this_day() - timedelta(days=late),
    }


def case_of(
    order: Referral | None = None,
    status: str = "received",
    *,
    late: int = 0,
    action: str = "decide",
    owner: StaffMember | None = None,
    **facts: Any,
) -> ReferralCase:
    """The case of an order in a state; ``late`` days overdue, or not yet (below 0)."""
    referral = order or orders.order()
    is_over = status in IN_ENDS
    values: dict[str, Any] = {"received_at": now(), "ended_at": now() if is_over else None}
    values["urgency"] = referral.urgency
    values |= _owned(owner, action, late)
    if status == "on_hold":
        values["review_on"] = this_day()
    if status == "closed":
        values["outcome"] = "goals_met"
    found = db.session.query(ReferralCase).filter_by(referral_id=referral.id).one_or_none()
    with transaction() as session, writing("test.case", SYSTEM):
        if found is None:
            found = ReferralCase(referral=referral, status=status, **(values | facts))
            session.add(found)
        else:
            for name, value in ({"status": status} | values | facts).items():
                setattr(found, name, value)
        session.flush()
        return found


def outbound(
    client: Client,
    provider: Provider,
    status: str = "sent",
    *,
    late: int = 0,
    action: str = "await_answer",
    owner: StaffMember | None = None,
    **facts: Any,
) -> OutboundReferral:
    """A referral that went out, in a state."""
    number = db.session.query(OutboundReferral).count() + 1
    values = {"number": f"O-{number:06d}", "reason": "other", "status": status}
    values |= {"ended_at": now() if status in OUT_ENDS else None}
    values |= _owned(owner, action, late)
    with transaction() as session, writing("test.outbound", SYSTEM):
        made = OutboundReferral(client=client, provider=provider, **(values | facts))
        session.add(made)
        session.flush()
        return made


def owed(case: ReferralCase, *, late: int = 0, **facts: Any) -> ProgressReport:
    """A report that a referral owes."""
    values: dict[str, Any] = {"kind": "progress", "due_why": "visits"}
    values["due_on"] = this_day() - timedelta(days=late)
    with transaction() as session, writing("test.report", SYSTEM):
        made = ProgressReport(case=case, **(values | facts))
        session.add(made)
        session.flush()
        return made


def step(case: ReferralCase, kind: str, **facts: Any) -> CaseStep:
    """A step of a case's history."""
    with transaction() as session, writing("test.step", SYSTEM):
        made = CaseStep(case=case, kind=kind, at=now(), **facts)
        session.add(made)
        session.flush()
        return made


def allowed(case: ReferralCase, visits: int = 8, **facts: Any) -> Authorisation:
    """So many visits of a case's order; the case stays where it was put."""
    names = ("status", "next_action", "due_on", "owner_id", "first_visit_on")
    kept = {name: getattr(case, name) for name in names}
    made = orders.allowance(case.referral, visits, **facts)
    with transaction() as session, writing("test.case", SYSTEM):
        for name, value in kept.items():
            setattr(case, name, value)
        session.flush()
    return made


def attempt(case: ReferralCase, result: str, **facts: Any) -> ContactAttempt:
    """One attempt to reach the client."""
    values: dict[str, Any] = {"channel": "phone", "at": now(), "on_date": this_day()}
    with transaction() as session, writing("test.attempt", SYSTEM):
        made = ContactAttempt(case=case, result=result, **(values | facts))
        session.add(made)
        session.flush()
        return made
