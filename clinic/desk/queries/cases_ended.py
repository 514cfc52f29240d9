"""Referrals that have ended, in and out, as a list."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select, String, literal, select, union_all

from clinic.coordination.models import IN_ENDS, OUT_ENDS, OutboundReferral, ReferralCase
from clinic.desk.queries.cases_wanted import Person, Wish, joined, model_of, wanted
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Referral


def ended(wish: Wish) -> Select[Any]:
    """What has ended, the latest first, as columns for a page of a list."""
    halves = []
    for way, ends in (("in", IN_ENDS), ("out", OUT_ENDS)):
        model = model_of(way)
        order = Referral if way == "in" else OutboundReferral
        query = select(
            model.id, literal(way, String).label("way"), order.public_id, order.number,
            model.status, model.ended_at, Person.public_id.label("client_public_id"),
            Person.first_name, Person.preferred_name, Person.last_name,
            Provider.first_name.label("provider_first_name"),
            Provider.last_name.label("provider_last_name"), Provider.credentials,
            Organisation.name.label("organisation"),
        ).select_from(model)  # fmt: skip
        if way == "in":
            query = query.join(Referral, Referral.id == ReferralCase.referral_id)
        criteria = wanted(way, replace(wish, is_overdue=False), date.max)
        halves.append(joined(query, order).where(model.status.in_(ends), *criteria))
    both = union_all(*halves).subquery()
    return select(both).order_by(both.c.ended_at.desc(), both.c.id.desc())
