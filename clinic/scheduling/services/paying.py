"""The client pays, though an order still stands: asked for once, and kept with the visit."""

from datetime import date, datetime

from clinic.core.clock import now
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.queries.self_pay import spent_on
from clinic.scheduling.services.gate import NotAdmitted


def agreed_to_pay(
    facts: Facts, authorisation: Authorisation | None, on: date, *, self_pay: bool
) -> datetime | None:
    """When the client agreed to pay for a visit that no authorisation of theirs bears any more;
    None where nothing had to be asked. Raises NotAdmitted with the numbers until they have."""
    if authorisation is not None or not facts.is_referred:
        return None
    return asked_of(facts.person_id, on, self_pay=self_pay)


def asked_of(person_id: int, on: date, *, self_pay: bool) -> datetime | None:
    """The same for a visit that counts against nothing, of somebody who may have an order."""
    spent = spent_on(person_id, on)
    if spent is None:
        return None
    if not self_pay:
        raise NotAdmitted(spent.said(on), field="self_pay")
    return now()


def agreed_anew(visit: Visit, facts: Facts, *, self_pay: bool) -> datetime | None:
    """The same for a visit that has moved to another day: who agreed once is not asked again.

    Raises NotAdmitted.
    """
    if visit.self_pay_agreed_at is not None:
        return visit.self_pay_agreed_at
    return agreed_to_pay(facts, visit.authorisation, visit.on_date, self_pay=self_pay)
