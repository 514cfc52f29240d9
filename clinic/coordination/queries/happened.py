"""What went gravely wrong with a client's treatment, as far as a report of it says."""

from sqlalchemy import select

from clinic.clients.queries import is_of_person
from clinic.coordination.models import ProgressReport
from clinic.coordination.queries.facts import day_of
from clinic.core.clock import day_bounds
from clinic.core.db import db
from clinic.letters.rules.wording_events import Incident
from clinic.practice.queries import the_practice
from clinic.records.models import AdverseEvent
from clinic.records.rules.adverse import ACTIONS, COUNTS, GRAVE, TYPES, read_account


def incidents_of(report: ProgressReport) -> list[Incident]:
    """What a report that is owed because of an event tells: all that happened gravely and was
    reported from the day on which it came to be owed; what was an error is none."""
    since, _ = day_bounds(day_of(report.created_at), the_practice().zone)
    wanted = (
        select(AdverseEvent)
        .where(
            is_of_person(AdverseEvent.client_id, report.case.referral.client.known_as),
            AdverseEvent.status.in_(COUNTS),
            AdverseEvent.actuality == "actual",
            AdverseEvent.severity.in_(GRAVE),
            AdverseEvent.reported_at >= since,
        )
        .order_by(AdverseEvent.id)
    )
    return [_incident(one) for one in db.session.scalars(wanted)]


def _incident(event: AdverseEvent) -> Incident:
    account = read_account(event.details)
    what = TYPES.get(account.kind) or TYPES["other"]
    return Incident(event.happened_on, what, ACTIONS.get(account.action))
