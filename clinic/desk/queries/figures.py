"""The referrals, reports and authorisations that numbers are made of: one query each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.coordination.models import CaseStep, OutboundReferral, ProgressReport, ReferralCase
from clinic.core.clock import local_day
from clinic.core.db import db
from clinic.desk.queries.cases_wanted import Person, joined
from clinic.desk.rules.figures import (
    BY_CODE,
    FROM_PROVIDER,
    NUMBERS,
    Asked,
    Figure,
    Given,
    Loop,
    Owed,
    Period,
    figure_of,
)
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_used

MOST = 20_000
"""Referrals that are counted at once; a clinic with more of them chooses a shorter period."""


_Known = aliased(Provider)
"""The record that stands for a provider: the kept one, where two were joined."""


@dataclass(frozen=True, slots=True)
class Source:
    """What came from one provider; ``counts`` by the codes of ``FROM_PROVIDER``."""

    public_id: str
    name: str
    loops: dict[str, tuple[Loop, ...]]
    due: tuple[Owed, ...]
    on_time: tuple[Owed, ...]


def _names(order: Any) -> tuple[Any, ...]:
    """Who and with whom, for a list."""
    return (
        order.public_id.label("public_id"),
        order.number.label("number"),
        Person.public_id.label("client_public_id"),
        Person.first_name.label("first_name"),
        Person.preferred_name.label("preferred_name"),
        Person.last_name.label("last_name"),
        _Known.public_id.label("provider_public_id"),
        _Known.first_name.label("provider_first_name"),
        _Known.last_name.label("provider_last_name"),
        _Known.credentials.label("credentials"),
    )


def _whose(query: Select[Any], order: Any) -> Select[Any]:
    """With whom it is about: two records of one client, or of one provider, are one."""
    kept = func.coalesce(Provider.merged_into_id, Provider.id)
    return joined(query, order).join(_Known, _Known.id == kept)


def _went(*states: str) -> ColumnElement[bool]:
    """Whether the case came into one of these states at some time."""
    return exists().where(CaseStep.case_id == ReferralCase.id, CaseStep.to_status.in_(states))


def loops(period: Period) -> list[Loop]:
    """Referrals received in the period, and all that have not ended."""
    rows = db.session.execute(
        _whose(
            select(
                *_names(Referral), Referral.received_on, ReferralCase.status,
                ReferralCase.due_on, ReferralCase.received_at, ReferralCase.acknowledged_at,
                ReferralCase.accepted_at, ReferralCase.contacted_at,
                ReferralCase.first_visit_on, ReferralCase.ended_at,
                or_(_went("scheduled"), ReferralCase.first_visit_on.is_not(None)).label("booked"),
                _went("renewal_requested").label("asked"),
                exists().where(
                    CaseStep.case_id == ReferralCase.id, CaseStep.kind == "renewed"
                ).label("renewed"),
            )
            .select_from(ReferralCase)
            .join(Referral, Referral.id == ReferralCase.referral_id),
            Referral,
        )
        .where(
            or_(
                Referral.received_on.between(period.since, period.until),
                ReferralCase.ended_at.is_(None),
            )
        )
        .order_by(Referral.received_on, Referral.id)
        .limit(MOST)
    )  # fmt: skip
    return [_loop(row) for row in rows]


def _loop(row: Any) -> Loop:
    # Of what was taken over from before there were cases nobody knows when it was acknowledged.
    is_known = row.acknowledged_at != row.received_at
    return Loop(
        row=row, status=row.status, received_on=row.received_on, received_at=row.received_at,
        due_on=row.due_on, acknowledged_at=row.acknowledged_at if is_known else None,
        accepted_at=row.accepted_at,
        contacted_at=row.contacted_at, first_visit_on=row.first_visit_on, ended_at=row.ended_at,
        was_scheduled=row.booked, asked_renewal=row.asked, was_renewed=row.renewed,
    )  # fmt: skip


def reports(period: Period) -> list[Owed]:
    """Reports due in the period."""
    rows = db.session.execute(
        _whose(
            select(
                *_names(Referral),
                ProgressReport.status,
                ProgressReport.due_on,
                ProgressReport.sent_on,
            )
            .select_from(ProgressReport)
            .join(ReferralCase, ReferralCase.id == ProgressReport.case_id)
            .join(Referral, Referral.id == ReferralCase.referral_id),
            Referral,
        )
        .where(ProgressReport.due_on.between(period.since, period.until))
        .order_by(ProgressReport.due_on, ProgressReport.id)
        .limit(MOST)
    )
    return [Owed(row, row.status, row.due_on, row.sent_on) for row in rows]


def given(period: Period) -> list[Given]:
    """Authorisations that began or ended in the period, with the visits that were had; none of
    an order that was logged by mistake."""
    used = (
        select(func.coalesce(func.sum(case((is_used(), 1), else_=0)), 0))
        .where(Visit.authorisation_id == Authorisation.id)
        .correlate(Authorisation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        _whose(
            select(
                *_names(Referral), Authorisation.visits, Authorisation.valid_from,
                Authorisation.valid_until, used.label("used"),
            )
            .select_from(Authorisation)
            .join(Referral, Referral.id == Authorisation.referral_id)
            .outerjoin(ReferralCase, ReferralCase.referral_id == Referral.id),
            Referral,
        )
        .where(
            func.coalesce(ReferralCase.status, "") != "entered_in_error",
            or_(
                Authorisation.valid_from.between(period.since, period.until),
                and_(Authorisation.valid_until.between(period.since, period.until)),
            )
        )
        .order_by(Authorisation.valid_from, Authorisation.id)
        .limit(MOST)
    )  # fmt: skip
    return [Given(row, row.visits, row.used, row.valid_from, row.valid_until) for row in rows]


def asked(period: Period) -> list[Asked]:
    """Referrals that were sent out, since the period began."""
    rows = db.session.execute(
        _whose(
            select(
                *_names(OutboundReferral), OutboundReferral.urgency, OutboundReferral.sent_at,
                OutboundReferral.answered_at,
            ).select_from(OutboundReferral),
            OutboundReferral,
        )
        .where(OutboundReferral.sent_at.is_not(None), OutboundReferral.status != "entered_in_error")
        .order_by(OutboundReferral.sent_at, OutboundReferral.id)
        .limit(MOST)
    )  # fmt: skip
    found = [(row, local_day(row.sent_at, period.zone)) for row in rows]
    return [
        Asked(row, row.urgency, sent, row.answered_at and local_day(row.answered_at, period.zone))
        for row, sent in found
        if period.has(sent)
    ]


_OF: dict[str, Callable[[Period], Sequence[Any]]] = {
    "loops": loops,
    "reports": reports,
    "given": given,
    "asked": asked,
}


def figures(period: Period) -> tuple[list[Figure], list[Source]]:
    """All numbers, and what came from whom. Four queries."""
    things: dict[str, Sequence[Any]] = {name: find(period) for name, find in _OF.items()}
    found = [figure_of(number, things[number.of], period) for number in NUMBERS]
    return found, sources(things["loops"], things["reports"], period)


def the_figure(code: str, period: Period) -> Figure:
    """One number with what stands behind it. One query. Raises KeyError."""
    number = BY_CODE[code]
    return figure_of(number, _OF[number.of](period), period)


def sources(came: Iterable[Loop], owed: Iterable[Owed], period: Period) -> list[Source]:
    """What came from each provider, most first."""
    by: dict[str, list[Loop]] = {}
    for loop in came:
        if period.has(loop.received_on):
            by.setdefault(loop.row.provider_public_id, []).append(loop)
    due = figure_of(BY_CODE["reports"], owed, period)
    found = [_source(some, due, period) for some in by.values()]
    return sorted(found, key=lambda one: (-len(one.loops["received"]), one.name))


def _source(some: list[Loop], due: Figure, period: Period) -> Source:
    row = some[0].row
    name = f"{row.provider_first_name} {row.provider_last_name}".strip()

    def is_theirs(one: Owed) -> bool:
        return bool(one.row.provider_public_id == row.provider_public_id)

    return Source(
        public_id=row.provider_public_id,
        name=name if row.credentials == "other" else f"{name}, {row.credentials}",
        loops={
            code: tuple(one for one in some if holds(one, period))
            for code, (_, holds) in FROM_PROVIDER.items()
        },
        due=tuple(one for one in due.among if is_theirs(one)),
        on_time=tuple(one for one in due.hits if is_theirs(one)),
    )


def source_of(provider_id: str, part: str, period: Period) -> tuple[Any, ...]:
    """What stands behind a number of one provider. Raises KeyError for no such number."""
    found = [one for one in sources(loops(period), reports(period), period)
             if one.public_id == provider_id]  # fmt: skip
    if part not in (*FROM_PROVIDER, "due", "on_time"):
        raise KeyError(part)
    if not found:
        return ()
    return found[0].loops[part] if part in FROM_PROVIDER else getattr(found[0], part)


def overdue_count(today: date) -> int:
    """Referrals, in and out, whose next action is overdue. One query."""
    halves: list[Select[Any]] = [
        select(func.count()).where(model.ended_at.is_(None), model.due_on < today)
        for model in (ReferralCase, OutboundReferral)
    ]
    first, second = (half.scalar_subquery() for half in halves)
    return int(db.session.scalar(select(first + second)) or 0)
