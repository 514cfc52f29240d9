"""Whether a session may begin: what is asked, and how it stands. Four queries."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select, union_all

from clinic.clients.models import Client
from clinic.clients.rules import age_on
from clinic.consents.queries import consents_on
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
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
        careful=_careful(visit, person),
    )


def _careful(visit: Visit, person_id: int) -> Careful | None:
    """What the visit's own order asks to be careful with, else what any open order of the person
    asks that nobody has confirmed: a neck stays the neck whichever of them pays for the hour.

    One query, by the visit's authorisation and by the person's records. Of several the first one
    that is not confirmed counts, the visit's own before others.
    """
    own = _asking(0, Authorisation.id == visit.authorisation_id).join(
        Authorisation, Authorisation.referral_id == Referral.id
    )
    records = select(Client.id).where(or_(Client.id == person_id, Client.person_id == person_id))
    others = _asking(
        1, Referral.client_id.in_(records), is_open(), Referral.precautions_read_at.is_(None)
    )
    found = db.session.execute(union_all(own, others)).all()
    if not found:
        return None
    first = min(found, key=lambda one: (one.read_at is not None, one.place, one.id))
    return Careful(first.public_id, first.number, first.read_at is not None)


def _asking(place: int, *among: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The orders among these that ask to be careful with something."""
    return select(
        literal(place).label("place"),
        Referral.id, Referral.public_id, Referral.number,
        Referral.precautions_read_at.label("read_at"),
    ).where(Referral.precautions_sealed.is_not(None), *among)  # fmt: skip
