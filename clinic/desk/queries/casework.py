"""One referral with all that happened to it, from every room, as one timeline."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from clinic.coordination.models import CaseStep, ContactAttempt, ProgressReport, ReferralCase
from clinic.coordination.queries import attempts_of, reports_of, steps_of
from clinic.coordination.queries.cases import SENDER, SUGGESTED, about
from clinic.coordination.rules.actions import DEEDS, WHYS
from clinic.core.clock import now
from clinic.core.words import Words, say
from clinic.letters.models import Letter
from clinic.letters.queries import of_about
from clinic.letters.rules.kinds import KINDS
from clinic.practice.queries import the_practice
from clinic.referrals.models import Referral
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about

RESULTS: dict[str, Words] = {
    "reached": say("reached"),
    "booked": say("reached, booked"),
    "no_answer": say("no answer"),
    "left_message": say("left a message"),
    "wrong_number": say("wrong number"),
    "refused": say("the client does not want it"),
}
CHANNELS: dict[str, Words] = {
    "phone": say("Called the client"),
    "email": say("Wrote the client an e-mail"),
    "text": say("Wrote the client a text message"),
    "letter": say("Wrote the client a letter"),
    "in_person": say("Spoke with the client"),
}
REPORTS: dict[str, Words] = {
    "initial": say("First report"),
    "progress": say("Progress report"),
    "renewal": say("Request for renewal"),
    "discharge": say("Final report"),
}
DUE_WHY: dict[str, Words] = {
    "visits": say("so many visits were had"),
    "days": say("so many days have passed"),
    "window": say("the time allowed ends soon"),
    "few_left": say("few visits are left"),
    "first_visit": say("the first visit was had"),
    "discharge": say("the treatment is over"),
    "event": say("something happened that the sender must know"),
    "asked": say("it was asked for"),
}
REPORT_STATES: dict[str, Words] = {
    "due": say("due"),
    "drafted": say("drafted"),
    "approved": say("approved"),
    "sent": say("sent"),
    "acknowledged": say("acknowledged"),
    "waived": say("not written"),
}
PAPERS: dict[str, Words] = {
    "order": say("Order received"),
    "authorisation": say("Authorisation received"),
    "report": say("Report received"),
    "other": say("Paper received"),
}
_STEP_GLYPHS = {
    "received": "inbox", "accepted": "check", "declined": "x", "booked": "calendar",
    "first_visit": "player-play", "discharged": "check", "closed": "archive", "held": "clock",
    "renewed": "plus", "renewal_due": "hourglass", "window_ended": "hourglass",
    "missed": "calendar-x", "cancelled": "x", "acknowledged": "mail",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened: when, what, in a line, and where it is."""

    at: datetime
    glyph: str
    title: Words
    details: tuple[Words, ...] = ()
    who: str = ""
    said: str = ""
    """What somebody wrote; what is sealed only for those who read of the client's health."""
    fields: str = ""
    """Names of columns that were corrected."""
    kind: str = ""
    """``letters`` or ``visits`` where it leads to one of them."""
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class Casework:
    """A referral's letters, tasks and reports, and everything together by time."""

    case: ReferralCase | None
    letters: Sequence[Letter]
    tasks: list[Task]
    reports: list[ProgressReport]
    moments: list[Moment]

    @property
    def owed(self) -> list[ProgressReport]:
        """Reports that are not sent yet."""
        return [one for one in self.reports if one.status in ("due", "drafted", "approved")]


def casework_of(
    referral: Referral,
    case: ReferralCase | None,
    visits: Iterable[Any],
    history: Iterable[Any],
    *,
    reads: bool,
) -> Casework:
    """All that belongs to one referral; ``reads`` for who may read of the client's health."""
    named = about(case) if case is not None else f"referral:{referral.public_id}"
    letters = of_about(named)
    reports = reports_of(case) if case is not None else []
    found = [*_of_visits(visits), *_of_papers(referral), *_of_letters(letters, reads=reads)]
    found += _of_history(history)
    if case is None:
        received = _noon(referral.received_on)
        found += [Moment(received, "inbox", DEEDS["received"])] if received else []
    if case is not None:
        found += [_of_step(step, reads=reads) for step in steps_of(case)]
        found += [_of_attempt(one) for one in attempts_of(case)]
    found.sort(key=lambda moment: moment.at, reverse=True)
    return Casework(case, letters, live_about(named), reports, found)


def _of_step(step: CaseStep, *, reads: bool) -> Moment:
    """What was suggested to a sender stands in a letter that the desk reads as well; why another
    is the sender is written for the desk."""
    code = WHYS.get(step.code)
    return Moment(
        at=step.at,
        glyph=_STEP_GLYPHS.get(step.kind, "arrow-right"),
        title=DEEDS.get(step.kind) or say("Changed"),
        details=(code,) if code else (),
        who=step.by.name if step.by else "",
        said=(step.why or "") if reads or step.kind in (SUGGESTED, SENDER) else "",
    )


def _of_attempt(one: ContactAttempt) -> Moment:
    """Its note is the desk's own, and tells nothing of health: the form says so."""
    return Moment(
        at=one.at,
        glyph="phone" if one.channel == "phone" else "message",
        title=CHANNELS[one.channel],
        details=(RESULTS[one.result],),
        who=one.by.name if one.by else "",
        said=one.note,
    )


def _of_letters(letters: Sequence[Letter], *, reads: bool) -> Iterator[Moment]:
    for letter in letters:
        kind = KINDS[letter.kind]
        name = kind.name if reads else kind.desk_name
        told = (
            (letter.created_at if letter.direction == "in" else None, say("Received")),
            (letter.sent_at, say("Sent")),
            (_noon(letter.acknowledged_on), say("Acknowledged")),
        )
        for at, what in told:
            if at is not None:
                yield Moment(
                    at=at, glyph="mail" if letter.direction == "in" else "send", title=name,
                    details=(what,), kind="letters", public_id=letter.public_id,
                )  # fmt: skip


def _of_visits(visits: Iterable[Any]) -> Iterator[Moment]:
    """What became of visits; those to come stand above."""
    words = {
        "completed": say("Visit had"), "no_show": say("Visit missed"),
        "late_cancelled": say("Visit cancelled late"), "cancelled": say("Visit cancelled"),
        "in_session": say("Visit begun"),
    }  # fmt: skip
    for visit in visits:
        if visit.status in words:
            yield Moment(
                at=min(visit.starts_at, now()), glyph="calendar-event", title=words[visit.status],
                who=visit.therapist, kind="visits", public_id=visit.public_id,
            )  # fmt: skip


def _of_papers(referral: Referral) -> Iterator[Moment]:
    for paper in referral.documents:
        if not paper.removed_why:
            at = _noon(paper.received_on)
            assert at is not None  # noqa: S101 - a day is always given
            yield Moment(at=at, glyph="paperclip", title=PAPERS[paper.kind])


def _of_history(history: Iterable[Any]) -> Iterator[Moment]:
    """Corrections of the order and of its authorisations: which fields, never their values."""
    for entry in history:
        if entry.kind == "changed":
            yield Moment(
                at=entry.at, glyph="pencil", title=say("Corrected"), who=entry.name or "",
                fields=entry.fields,
            )  # fmt: skip


def _noon(day: date | None) -> datetime | None:
    """A day among moments."""
    return datetime.combine(day, time(12), the_practice().zone) if day else None
