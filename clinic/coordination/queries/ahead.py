"""What was read of many referrals at once, for whoever asks of each of them in turn.

It is kept for one transaction, from after the referrals are held until something is written: what
is written about one may be another answer, so that one is read anew from then on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from clinic.consents.rules import Line
from clinic.coordination.models import CaseStep, ContactAttempt, ProgressReport, ReferralCase
from clinic.coordination.rules.visits import Course
from clinic.core.db import db
from clinic.letters.models import Letter
from clinic.tasks.models import Task

_PLACE = "read_ahead"


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of one referral, each in the order in which it is asked for."""

    course: Course
    entry: CaseStep | None
    reports: Sequence[ProgressReport]
    attempts: Sequence[ContactAttempt]
    letters: Sequence[Letter]
    tasks: Sequence[Task]
    said: tuple[Line, ...] | None = None
    """What the client said of sharing; None where that was not read."""


@dataclass(slots=True)
class _Ahead:
    known: dict[int, Known]
    at: int | None = None
    """Which one is looked at: what is written is about it. Else it may be about any."""

    def hear(self, flushing: Session, *_: Any) -> None:
        """Something is to be written, if anything is really another."""
        if flushing.new or flushing.deleted or any(map(flushing.is_modified, flushing.dirty)):
            self._forget()

    def _forget(self) -> None:
        if self.at is None:
            self.known.clear()
        else:
            self.known.pop(self.at, None)


def known_of(case: ReferralCase) -> Known | None:
    """What was read ahead of a referral, as long as nothing was written about it."""
    session = db.session()
    ahead: _Ahead | None = session.info.get(_PLACE)
    if ahead is None:
        return None
    if session.new or session.dirty or session.deleted:
        session.flush()  # as a query would
    return ahead.known.get(case.id)


@contextmanager
def read_ahead(known: dict[int, Known]) -> Iterator[None]:
    """Let what was read count to the end of the block, which lies within one transaction."""
    session, ahead = db.session(), _Ahead(known)
    session.info[_PLACE] = ahead
    event.listen(session, "before_flush", ahead.hear)
    try:
        yield
    finally:
        event.remove(session, "before_flush", ahead.hear)
        session.info.pop(_PLACE, None)


@contextmanager
def looking_at(case: ReferralCase) -> Iterator[None]:
    """What is written from here to the end is about this one."""
    ahead: _Ahead = db.session().info[_PLACE]
    ahead.at = case.id
    try:
        yield
    finally:
        ahead.at = None
