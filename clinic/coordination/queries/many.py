"""All that is asked of a referral, read for many of them in a handful of queries."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from clinic.coordination.models import CaseStep, ContactAttempt, ProgressReport, ReferralCase
from clinic.coordination.queries.ahead import Known
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.courses import courses_of
from clinic.coordination.queries.sharing import said_of_all
from clinic.core.db import db
from clinic.letters.queries import of_abouts
from clinic.tasks.queries import live_abouts


def known_of_all(cases: Sequence[ReferralCase]) -> dict[int, Known]:
    """What is asked of each of these, by its id. They are held by whoever asks, so that nobody
    else brings them to another state meanwhile."""
    if not cases:
        return {}
    ids = [one.id for one in cases]
    names = {one.id: about(one) for one in cases}
    courses, entries = courses_of(cases), _entries(ids)
    reports, attempts, said = _reports(ids), _attempts(ids), said_of_all(cases)
    letters, tasks = of_abouts(list(names.values())), live_abouts(list(names.values()))
    return {
        number: Known(
            courses[number], entries.get(number), reports[number], attempts[number],
            letters[name], tasks[name], said[number],
        )
        for number, name in names.items()
    }  # fmt: skip


def _entries(ids: Sequence[int]) -> dict[int | None, CaseStep]:
    """The steps by which they came to their states."""
    last = (
        select(func.max(CaseStep.id))
        .join(ReferralCase, ReferralCase.id == CaseStep.case_id)
        .where(
            CaseStep.case_id.in_(ids),
            CaseStep.to_status == ReferralCase.status,
            CaseStep.from_status != ReferralCase.status,
        )
        .group_by(CaseStep.case_id)
    )
    found = db.session.scalars(select(CaseStep).where(CaseStep.id.in_(last)))
    return {one.case_id: one for one in found}


def _reports(ids: Sequence[int]) -> dict[int, list[ProgressReport]]:
    wanted = (
        select(ProgressReport)
        .where(ProgressReport.case_id.in_(ids))
        .options(lazyload(ProgressReport.case))
        .order_by(ProgressReport.due_on, ProgressReport.id)
    )
    found: dict[int, list[ProgressReport]] = defaultdict(list)
    for one in db.session.scalars(wanted):
        found[one.case_id].append(one)
    return found


def _attempts(ids: Sequence[int]) -> dict[int, list[ContactAttempt]]:
    wanted = select(ContactAttempt).where(ContactAttempt.case_id.in_(ids))
    found: dict[int, list[ContactAttempt]] = defaultdict(list)
    for one in db.session.scalars(wanted.order_by(ContactAttempt.id)):
        found[one.case_id].append(one)
    return found
