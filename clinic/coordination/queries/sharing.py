"""What a client said of sharing with whoever sent them: asked of one referral, or of many."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import lazyload

from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.consents.queries import consents_on, line_of
from clinic.consents.rules import Consents, Line
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.ahead import known_of
from clinic.coordination.rules.sharing import ASKING, Sharing
from clinic.core.db import db
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.sending import Needs, covering, lacking

KIND = "SHARE_PROVIDER"
TOLD = KINDS["progress"]
"""What reports of a treatment tell: their consent is the one to be asked for."""


def said_of(case: ReferralCase, on: date) -> Consents:
    """All that the client said of sharing with anybody, seen from a day."""
    known = known_of(case)
    if known is not None and known.said is not None:
        return Consents(on, known.said)
    return consents_on(case.referral.client.known_as, on)


def sharing_of(case: ReferralCase, on: date) -> Sharing:
    """Where it stands on a day with what reports tell the sender of a referral."""
    said, whom = said_of(case, on), case.referral.provider.known_as
    line = covering(said, whom, TOLD.needs, TOLD.purpose)
    if line is not None:
        return Sharing(is_covered=True)
    agreed = [one.given_on for one in said.given(KIND) if one.provider_id == whom]
    over = [
        one.expires_on
        for one in said.deciding()
        if one.kind == KIND and one.provider_id == whom and one.has_run_out(on)
    ]
    return Sharing(
        is_refused=said.is_refused(KIND, provider_id=whom),
        ended_on=max((day for day in over if day is not None), default=None),
        agreed_on=max(agreed, default=None),
    )


def lacking_of(case: ReferralCase, on: date) -> tuple[Needs | None, Line | None]:
    """What is to be asked for, so that reports may go to the sender; else the consent that lets
    them go."""
    said, whom = said_of(case, on), case.referral.provider.known_as
    line = covering(said, whom, TOLD.needs, TOLD.purpose)
    return (None if line else lacking(said, whom, TOLD.needs, TOLD.purpose)), line


def said_of_all(cases: Sequence[ReferralCase]) -> dict[int, tuple[Line, ...] | None]:
    """The same of several, by their ids; None of those of which it is not asked."""
    persons = {one.id: one.referral.client.known_as for one in cases if one.status in ASKING}
    if not persons:
        return {one.id: None for one in cases}
    others = select(Client.id).where(Client.person_id.in_(persons.values()))
    wanted = (
        select(Consent)
        .where(Consent.kind == KIND)
        .where(or_(Consent.client_id.in_(persons.values()), Consent.client_id.in_(others)))
        .options(lazyload(Consent.client), lazyload(Consent.provider))  # read with the cases
        .order_by(Consent.id)
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for row in db.session.scalars(wanted):
        found[row.client.known_as].append(line_of(row))
    return {one.id: tuple(found[persons[one.id]]) if one.id in persons else None for one in cases}
