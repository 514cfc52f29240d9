"""Referrals that came in: which case, what happened to it, which reports it owes."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import lazyload, selectinload

from clinic.coordination.models import (
    IN_ENDS,
    CaseStep,
    ContactAttempt,
    ProgressReport,
    ReferralCase,
)
from clinic.coordination.queries.ahead import known_of
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.letters.models import Letter
from clinic.letters.queries import of_about
from clinic.referrals.models import Referral
from clinic.referrals.queries import of_person
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about

WORD = "referral"
"""What a letter or a task about a referral that came in says before its public id."""
SUGGESTED = "suggested"
"""The step that keeps what a sender was told may help instead."""
SENDER = "sender"
"""The step by which another provider became the sender."""


def about(case: ReferralCase) -> str:
    """How letters and tasks name a referral that came in."""
    return f"{WORD}:{case.referral.public_id}"


def the_case(public_id: str) -> ReferralCase:
    """The case of a referral, by its own public id or the referral's. Raises NotFound."""
    named = or_(ReferralCase.public_id == public_id, Referral.public_id == public_id)
    found = db.session.scalar(select(ReferralCase).join(ReferralCase.referral).where(named))
    if found is None:
        raise NotFound(say("There is no such referral."))
    return found


def letters_about(case: ReferralCase) -> Sequence[Letter]:
    """The letters about a referral, the newest first."""
    known = known_of(case)
    return known.letters if known is not None else of_about(about(case))


def is_to_sender(case: ReferralCase, letter: Letter) -> bool:
    """Whether a letter goes to who is the sender now; it may have been somebody else."""
    return letter.provider.known_as == case.referral.provider.known_as


def tasks_about(case: ReferralCase) -> Sequence[Task]:
    """What is still to be done about a referral, by day."""
    known = known_of(case)
    return known.tasks if known is not None else live_about(about(case))


def case_of(referral: Referral) -> ReferralCase | None:
    """The case of an order; None for one that nobody has taken over yet."""
    wanted = select(ReferralCase).where(ReferralCase.referral_id == referral.id)
    return db.session.scalar(wanted)


def case_about(text: str) -> ReferralCase | None:
    """What a letter or a task is about, where that is a referral that came in."""
    word, _, public_id = text.partition(":")
    if word != WORD:
        return None
    wanted = select(ReferralCase).join(ReferralCase.referral)
    return db.session.scalar(wanted.where(Referral.public_id == public_id))


def is_live() -> ColumnElement[bool]:
    """Criterion on ReferralCase: it has not ended."""
    return ReferralCase.status.not_in(IN_ENDS)


def of_client(client_id: int) -> Select[ReferralCase]:
    """The live cases of the person behind a record, the oldest first."""
    orders = of_person(client_id).with_only_columns(Referral.id).order_by(None)
    return (
        select(ReferralCase)
        .where(ReferralCase.referral_id.in_(orders), is_live())
        .order_by(ReferralCase.id)
    )


def of_order(referral_id: int) -> ReferralCase | None:
    """The same by the order's id inside."""
    return db.session.scalar(select(ReferralCase).where(ReferralCase.referral_id == referral_id))


def live_after(number: int, at_most: int | None) -> list[ReferralCase]:
    """Cases that have not ended, beyond an id, the oldest first; held until the transaction
    ends, and read as they stand now."""
    wanted = (
        select(ReferralCase)
        .where(is_live(), ReferralCase.id > number)
        .order_by(ReferralCase.id)
        .limit(at_most)
        .options(selectinload(ReferralCase.owner))
        .with_for_update(of=ReferralCase)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(wanted))


def without_case(number: int, at_most: int | None) -> list[Referral]:
    """Orders that were logged before there were cases, beyond an id, the oldest first."""
    has_one = exists().where(ReferralCase.referral_id == Referral.id)
    wanted = select(Referral).where(~has_one, Referral.id > number).order_by(Referral.id)
    return list(db.session.scalars(wanted.limit(at_most)).unique())


def steps_of(case: ReferralCase) -> list[CaseStep]:
    """What happened, the oldest first."""
    wanted = select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.id)
    return list(db.session.scalars(wanted))


def suggestion_of(case: ReferralCase) -> str:
    """What the sender of a declined order was told may help instead; empty where nothing was."""
    said = [step.why or "" for step in steps_of(case) if step.kind == SUGGESTED]
    return said[-1] if said else ""


def is_taken_over(case: ReferralCase) -> bool:
    """Whether its sender took over from somebody else, and so did not write the order."""
    codes = [step.code for step in steps_of(case) if step.kind == SENDER]
    return bool(codes) and codes[-1] != "misread"


def last_entry(case: ReferralCase) -> CaseStep | None:
    """The step by which a case came to its state."""
    if (known := known_of(case)) is not None:
        return known.entry
    wanted = (
        select(CaseStep)
        .where(
            CaseStep.case_id == case.id,
            CaseStep.to_status == case.status,
            CaseStep.from_status != case.status,
        )
        .order_by(CaseStep.id.desc())
        .limit(1)
    )
    return db.session.scalar(wanted)


def attempts_of(case: ReferralCase) -> list[ContactAttempt]:
    """Attempts to reach the client, the oldest first."""
    if (known := known_of(case)) is not None:
        return list(known.attempts)
    wanted = (
        select(ContactAttempt).where(ContactAttempt.case_id == case.id).order_by(ContactAttempt.id)
    )
    return list(db.session.scalars(wanted))


def reports_of(case: ReferralCase) -> list[ProgressReport]:
    """The reports that it owes or owed, the oldest first."""
    if (known := known_of(case)) is not None:
        return list(known.reports)
    wanted = (
        select(ProgressReport)
        .where(ProgressReport.case_id == case.id)
        .options(lazyload(ProgressReport.case))  # whoever asks has it
        .order_by(ProgressReport.due_on, ProgressReport.id)
    )
    return list(db.session.scalars(wanted).unique())
