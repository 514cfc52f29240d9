"""Referrals that came in, brought to a state by the verbs that lead there."""

from datetime import timedelta
from typing import Any

from clinic.clients.models import Client
from clinic.coordination.models import ReferralCase
from clinic.coordination.services import inbound
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation
from clinic.referrals.services import authorise
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from tests.factories import directory
from tests.factories import scheduling as made
from tests.factories.ready import ready
from tests.factories.scheduling import House


def do(verb: str, case: ReferralCase, actor: Any, **facts: Any) -> ReferralCase:
    """One verb, in a transaction of its own."""
    with transaction():
        getattr(inbound, verb)(case, actor=actor, **facts)
    return case


def received(house: House, client: Client | None = None, **order: Any) -> ReferralCase:
    """An order that the desk received today."""
    facts: dict[str, Any] = {"received_on": made.this_day(), "is_another": True} | order
    if "provider" not in facts:
        facts["provider"] = db.session.query(Provider).first() or directory.provider()
    with transaction():
        return inbound.receive(actor=house.desk, client=client or house.client, **facts)


def allowed(case: ReferralCase, house: House, visits: int = 8, **facts: Any) -> Authorisation:
    """So many visits from yesterday on, for sixty days unless said."""
    since = made.this_day() - timedelta(days=1)
    values = {"valid_from": since, "valid_until": since + timedelta(days=60)} | facts
    with transaction():
        return authorise(case.referral, actor=house.desk, visits=visits, **values)


def accepted(house: House, client: Client | None = None, visits: int = 8, **facts: Any) -> Any:
    """Received, with visits allowed, and accepted by the owner."""
    case = received(house, client)
    allowed(case, house, visits, **facts)
    return do("accept", case, house.owner)


def contacting(house: House, client: Client | None = None, **facts: Any) -> ReferralCase:
    """Accepted, and nobody answered the first call."""
    return tried(accepted(house, client, **facts), house)


def tried(case: ReferralCase, house: House, result: str = "no_answer") -> ReferralCase:
    """An attempt by telephone."""
    return do("log_attempt", case, house.desk, channel="phone", result=result)


def booked(case: ReferralCase, house: House, days: int = 3, hour: int = 10) -> Visit:
    """A visit ahead that counts against it."""
    return made.book(
        house, made.at(hour, days=days), client=case.referral.client, use_referral=True
    )


def missed(case: ReferralCase, house: House, minutes: int = 60) -> Visit:
    """A visit that the client did not come to."""
    visit = made.book_now(house, minutes, client=case.referral.client, use_referral=True)
    return made.done(scheduling.mark_no_show, visit, house.desk)


def had(case: ReferralCase, house: House, minutes: int = 60) -> Visit:
    """A visit that began so many minutes ago and is over."""
    ready(house, case.referral.client)
    visit = made.book_now(house, minutes, client=case.referral.client, use_referral=True)
    for verb, actor in (("check_in", house.desk), ("start", made.SYSTEM), ("finish", made.SYSTEM)):
        made.done(getattr(scheduling, verb), visit, actor)
    return visit
