"""Papers that arrived: what waits, since when, and what became of the rest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import Client
from clinic.clients.rules import fold
from clinic.coordination.models import ArrivedPaper, OutboundReferral, ReferralCase
from clinic.coordination.rules.outbound import AWAITING, NO_RESPONSE
from clinic.coordination.rules.papers import Age, age_of, late_before
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.directory.rules import search_name
from clinic.practice.queries import the_practice
from clinic.referrals.queries import found as orders_found
from clinic.referrals.queries import is_open

FOUND = 12
"""So many referrals are offered at once; a longer word finds the rest."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many papers wait, and how long the oldest of them has."""

    count: int
    oldest: Age | None

    @property
    def is_late(self) -> bool:
        """Whether one has waited for more than a working day."""
        return self.oldest is not None and self.oldest.is_late


def the_paper(public_id: str) -> ArrivedPaper:
    """Raises NotFound."""
    found = db.session.scalar(select(ArrivedPaper).where(ArrivedPaper.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such paper."))
    return found


def papers_in(status: str) -> Select[Any]:
    """Those that wait, the oldest first; what was settled, the newest first."""
    order = (
        (ArrivedPaper.arrived_at, ArrivedPaper.id)
        if status == "waiting"
        else (ArrivedPaper.settled_at.desc(), ArrivedPaper.id.desc())
    )
    return (
        select(ArrivedPaper)
        .where(ArrivedPaper.status == status)
        .options(
            joinedload(ArrivedPaper.client),
            joinedload(ArrivedPaper.referral),
            joinedload(ArrivedPaper.settled_by),
        )
        .order_by(*order)
    )


def age_now(arrived: datetime) -> Age:
    """How long what arrived then has waited by now."""
    return age_of(arrived, clock.now(), the_practice().zone)


def waiting_now() -> Waiting:
    """What waits at this moment: one query."""
    query = select(func.count(), func.min(ArrivedPaper.arrived_at))
    count, oldest = db.session.execute(query.where(ArrivedPaper.status == "waiting")).one()
    return Waiting(count, age_now(oldest) if oldest is not None else None)


def oldest_late() -> ArrivedPaper | None:
    """The oldest of those that have waited for more than one working day."""
    before = late_before(clock.now(), the_practice().zone)
    wanted = (
        select(ArrivedPaper)
        .where(ArrivedPaper.status == "waiting", ArrivedPaper.arrived_at < before)
        .order_by(ArrivedPaper.arrived_at, ArrivedPaper.id)
        .limit(1)
    )
    return db.session.scalar(wanted)


def live_orders(text: str) -> Select[Any]:
    """Orders that have not ended and that a text is about, as ``referrals.queries.listed`` has
    them; those that came last first."""
    from_cases = select(ReferralCase.referral_id).where(ReferralCase.ended_at.is_(None))
    orders: Select[Any] = orders_found(text)
    id_ = orders.selected_columns.id
    return orders.where(is_open(), id_.in_(from_cases)).order_by(id_.desc()).limit(FOUND)


def asked_outside(text: str) -> Select[Any]:
    """Referrals to providers that an answer may come to, and that a text is about: each of its
    words in a number, a client's or a provider's name."""
    wanted = (
        select(OutboundReferral)
        .join(OutboundReferral.client)
        .join(OutboundReferral.provider)
        .where(OutboundReferral.status.in_((*AWAITING, NO_RESPONSE)))
    )
    for word in text.split():
        name, outside = " ".join(fold(word).split()), search_name(word)
        wanted = wanted.where(
            or_(
                OutboundReferral.number.istartswith(word, autoescape=True),
                *([Client.search_name.contains(name, autoescape=True)] if name else []),
                *([Provider.search_name.contains(outside, autoescape=True)] if outside else []),
            )
        )
    return wanted.order_by(OutboundReferral.id.desc()).limit(FOUND)
