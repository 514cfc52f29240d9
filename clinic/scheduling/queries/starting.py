"""Whether a session may begin: what is asked, and how it stands. Three queries, and one more for
a visit that an order allows."""

from datetime import date

from sqlalchemy import select

from clinic.clients.rules import age_on
from clinic.consents.queries import consents_on
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts, facts_of
from clinic.scheduling.queries.screens import Screen, screen_of
from clinic.scheduling.rules.starting import Careful, Check, checks


def day_of(visit: Visit) -> date:
    """The day on which the session really begins or began, whichever it was planned for: for
    a client who is here that is today. A client may come a day early or late."""
    zone = the_practice().zone
    if visit.started_at is not None:
        return local_day(visit.started_at, zone)
    return today(zone) if visit.status == "arrived" else visit.on_date


def start_checks(
    visit: Visit, screen: Screen | None = None, facts: Facts | None = None
) -> tuple[Check, ...]:
    """All that is asked before this visit's session, met or not, on the day it begins."""
    person, on = visit.client.known_as, day_of(visit)
    screen = screen or screen_of(person)
    facts = facts or facts_of(
        person, visit.variant_id, visit.therapist_id, on,
        [one.add_on_id for one in visit.add_ons], visit.id,
    )  # fmt: skip
    age = age_on(screen.born, on) if screen.born is not None else None
    agreed = consents_on(person, on)
    return checks(
        screen.verdict(on),
        missing=agreed.missing_for(age),
        held=facts.held,
        needed=facts.needed,
        name=visit.therapist.name,
        on=on,
        is_age_known=age is not None or agreed.has("MINOR_GUARDIAN"),
        careful=_careful(visit),
    )


def _careful(visit: Visit) -> Careful | None:
    """The order that allows this visit, where it asks to be careful with something."""
    if visit.authorisation_id is None:
        return None
    asked = db.session.execute(
        select(Referral.public_id, Referral.precautions_read_at)
        .join(Authorisation, Authorisation.referral_id == Referral.id)
        .where(Authorisation.id == visit.authorisation_id, Referral.precautions_sealed.is_not(None))
    ).one_or_none()
    return Careful(asked[0], asked[1] is not None) if asked is not None else None
