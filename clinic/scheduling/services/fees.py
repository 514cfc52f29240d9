"""What a late cancel or a missed visit costs: agreed at booking, decided afterwards."""

from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.queries.visits import fee_due
from clinic.scheduling.rules import MISSED, WHY_MAX, Terms, terms_of
from clinic.scheduling.services.noting import noted
from clinic.scheduling.services.plans import must_be_own

__all__ = ["agree", "agreed_terms", "fee_due", "open_fee", "settle_fee"]


def agreed_terms(facts: Facts, price_minor: int, *, is_referred: bool) -> Terms:
    """The terms of a visit of this whole price, by the service's policy or the clinic's."""
    policy = facts.policy(the_practice().late_cancel)
    return terms_of(policy, price_minor, is_referred=is_referred)


def agree(visit: Visit, facts: Facts) -> None:
    """Freeze anew what a late cancel and a missed visit cost, for the visit as it is now."""
    whole = visit.price_minor + sum(one.price_minor for one in visit.add_ons)
    terms = agreed_terms(facts, whole, is_referred=visit.authorisation_id is not None)
    visit.cut_off_hours = terms.cut_off_hours
    visit.late_fee_minor = terms.late_fee_minor
    visit.no_show_fee_minor = terms.no_show_fee_minor


def open_fee(visit: Visit) -> None:
    """The fee is to be decided, where one is due; else it is nothing."""
    is_missed = visit.status in MISSED
    visit.fee_minor = 0 if is_missed and not fee_due(visit) else None
    visit.fee_waived_why = ""


@verb(Permission.SCHEDULE_OWN)
@noted
def settle_fee(
    visit: Visit, *, actor: Actor, is_charged: bool, why: str = "", version: int | None = None
) -> None:
    """Charge the fee of a late cancel or a missed visit, or waive it, which needs a reason.

    It may be decided again. Raises Conflict where no fee is due, DomainError without a
    reason, StaleEdit.
    """
    must_be_own(actor, visit.therapist_id)
    visit.expect(version, "status", "starts_at")
    due = fee_due(visit)
    if not due:
        raise Conflict(say("No fee is due for this visit."))
    reason = why.strip()
    if not is_charged and not reason:
        raise DomainError(say("Say why the fee is waived."), field="why")
    if len(reason) > WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=WHY_MAX), field="why")
    visit.fee_minor = due if is_charged else 0
    visit.fee_waived_why = "" if is_charged else reason
