"""Reports that a referral owes its sender, and letters about it, drafted from the record."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries.cases import (
    about,
    is_taken_over,
    is_to_sender,
    reports_of,
    suggestion_of,
)
from clinic.coordination.queries.facts import day_of
from clinic.coordination.queries.happened import incidents_of
from clinic.coordination.queries.report_facts import (
    asking_of,
    attempt_facts,
    attendance_of,
    course_facts,
    ended_on,
    missing_of,
    order_facts,
)
from clinic.coordination.rules.inbound import ENDS
from clinic.coordination.rules.reports import LETTERS, LIVE, ONCE, must_go, settles_on
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission, Role
from clinic.core.tongue import spoken
from clinic.core.transactions import apart
from clinic.core.words import say
from clinic.directory.queries import kept_provider
from clinic.letters.events import LetterMoved
from clinic.letters.models import Letter
from clinic.letters.queries import content_of, of_about
from clinic.letters.rules import wording, wording_reports
from clinic.letters.rules.blocks import Content, from_json
from clinic.letters.rules.sending import GONE
from clinic.letters.rules.wording_events import after_event
from clinic.letters.services import cancel, draft, edit
from clinic.letters.services.setting import the_voice
from clinic.referrals.models import Authorisation

WHY_MAX = 200
LEFT = ("sent", "delivered")
WITH_LETTER = ("approved", "sent")
"""States of a report whose letter may still be cancelled."""
OTHER_SENDER = say("Another provider is the sender now.")


class Settled(NamedTuple):
    """How many reports count as acknowledged from now on; with how many nothing could be done."""

    settled: int
    failed: int = 0


@verb(Permission.REFERRALS_WRITE)
def owe(
    case: ReferralCase,
    kind: str,
    due_on: date,
    due_why: str,
    *,
    actor: Actor,
    authorisation_id: int | None = None,
) -> ProgressReport:
    """That a report of a kind (``models.REPORTS``) is due by a day, and why (``DUE``).

    One that is owed already is given back, due on the earlier day; a first and a final report
    are owed once. ``authorisation_id`` is whose visits brought it about. Raises Conflict for a
    referral that has ended.
    """
    _must_be_of(kind, due_why)
    if case.status in ENDS:
        raise Conflict(say("This referral has ended."))
    own = [one for one in reports_of(case) if one.kind == kind]
    if kind not in ONCE:
        own = [one for one in own if one.authorisation_id == authorisation_id]
    owed = next((one for one in own if kind in ONCE or one.status in LIVE), None)
    if owed is not None:
        if owed.status == "due" and due_on < owed.due_on:
            owed.due_on, owed.due_why = due_on, due_why
        return owed
    report = ProgressReport(
        case=case,
        authorisation_id=authorisation_id,
        kind=kind,
        nth=len(own) + 1,
        status="due",
        due_on=due_on,
        due_why=due_why,
    )
    db.session.add(report)
    return report


def _must_be_of(kind: str, due_why: str) -> None:
    if kind not in LETTERS:
        raise DomainError(say("There is no such report."), field="kind")
    if due_why not in ProgressReport.DUE:
        raise DomainError(say("Say why it is due."), field="due_why")


@verb(Permission.LETTERS_WRITE)
def draft_report(report: ProgressReport, *, actor: Actor, version: int | None = None) -> Letter:
    """The letter of a report, drawn up from the record: a therapist reads, edits and approves it.

    One that lies drafted to the sender is given back; one whose letter was cancelled, or goes to
    who is the sender no longer, is drawn up anew. Raises Conflict for what has left or was waived,
    and for a provider who is gone; StaleEdit.
    """
    report.expect(version, "status")
    case, stood = report.case, _draft_of(report)
    if stood is not None and is_to_sender(case, stood):
        return stood
    if report.status != "drafted":
        must_go(report.status, "drafted")
    letter = draft(
        actor=actor,
        client=case.referral.client,
        provider=case.referral.provider,
        organisation=case.referral.organisation,
        kind=LETTERS[report.kind],
        content=report_content(report),
        about=about(case),
        reference=case.referral.number,
    )
    report.letter, report.status = letter, "drafted"
    if stood is not None:
        cancel(stood, actor=SYSTEM, why=spoken(OTHER_SENDER))
    return letter


def _draft_of(report: ProgressReport) -> Letter | None:
    """The letter of a report that is being written."""
    letter = report.letter if report.status == "drafted" else None
    return letter if letter is not None and letter.status != "cancelled" else None


def report_content(report: ProgressReport) -> Content:
    """What the letter of a report says, as the record stands now."""
    voice, case = the_voice(), report.case
    own = None
    if report.authorisation_id is not None:
        own = db.session.get(Authorisation, report.authorisation_id)
    course = course_facts(case, voice, authorisation=own)
    if report.kind == "initial":
        return wording_reports.first_visit(course, voice)
    if report.kind == "renewal":
        return wording_reports.renewal(course, asking_of(case, own), voice)
    if report.kind == "discharge":
        return wording_reports.discharge(course, voice, outcome=case.outcome)
    if report.due_why == "event" and (incidents := incidents_of(report)):
        return after_event(course, incidents, voice)
    return wording_reports.progress(course, voice)


@verb(Permission.REFERRALS_WRITE)
def waive(report: ProgressReport, *, actor: Actor, why: str, version: int | None = None) -> None:
    """This report is not written: who looks after the referral, or the clinic's owner, says why.

    Raises NotAllowed for others, Conflict for one that was begun, DomainError without a reason.
    """
    report.expect(version, "status")
    is_owners = actor.is_system or Role.OWNER in actor.roles or actor.id == report.case.owner_id
    if not is_owners:
        raise NotAllowed(say("Who looks after the referral, or the owner, waives a report."))
    must_go(report.status, "waived")
    if not why.strip():
        raise DomainError(say("Say why it is not written."), field="why")
    if len(why.strip()) > WHY_MAX:
        raise DomainError(say("Use at most {most} letters.", most=WHY_MAX), field="why")
    report.status, report.waived_why = "waived", why.strip()


# --- what becomes of their letters ---


def hear_letter(event: LetterMoved) -> None:
    """A report goes with its letter: approved, edited again, sent, acknowledged."""
    if event.instead_of is not None:
        _take_over(event.instead_of, event.letter_id, actor=SYSTEM)
    _follow(event.letter_id, actor=SYSTEM)


def report_of_letter(letter_id: int) -> ProgressReport | None:
    """The report that a letter is."""
    wanted = select(ProgressReport).where(ProgressReport.letter_id == letter_id)
    return db.session.scalar(wanted)


@verb(None)
def _take_over(old_id: int, new_id: int, *, actor: Actor) -> None:
    """Nobody asks for it: the letter is written anew, and the report is that letter now."""
    report = report_of_letter(old_id)
    if report is None:
        return
    report.letter_id = new_id
    if report.status in WITH_LETTER:
        _to_write(report)
    db.session.flush()
    db.session.expire(report, ["letter"])


@verb(None)
def _follow(letter_id: int, *, actor: Actor) -> None:
    """The same: as far as the report's own edges lead, one at a time."""
    report = report_of_letter(letter_id)
    if report is None or report.letter is None:
        return
    letter = report.letter
    if letter.status == "cancelled" and report.status in WITH_LETTER:
        _to_write(report)
        return
    if letter.status == "failed" and _is_misdirected(report, letter):
        cancel(letter, actor=actor, why=spoken(OTHER_SENDER))  # which is told, and heard here
        return
    is_approved = letter.status in {"approved", *LEFT}
    if report.status == "drafted" and is_approved:
        report.status = must_go(report.status, "approved")
    if report.status == "approved" and letter.status in LEFT:
        report.status = must_go(report.status, "sent")
    if report.status == "sent" and letter.sent_at is not None:
        report.sent_on = day_of(letter.sent_at)
    if report.status == "sent" and letter.acknowledged_on is not None:
        report.status = must_go(report.status, "acknowledged")


def _is_misdirected(report: ProgressReport, letter: Letter) -> bool:
    """It came back from who is the sender no longer: it is not sent there again, and stays owed."""
    return report.case.status not in ENDS and not is_to_sender(report.case, letter)


def _to_write(report: ProgressReport) -> None:
    """It is edited again; or its letter came back and is given up or written anew, and then it
    never left, whatever was thought of it."""
    report.status, report.sent_on = "drafted", None


@verb(Permission.REFERRALS_WRITE)
def settle_reports(*, actor: Actor, today: date, only: int | None = None) -> Settled:
    """Reports that arrived seven days ago or longer count as acknowledged: how many became so.

    Safe to repeat, safe to miss a night; one that fails keeps no other waiting. ``only`` is the
    id of one that is looked at alone.
    """
    wanted = (
        select(ProgressReport)
        .join(Letter, Letter.id == ProgressReport.letter_id)
        .where(ProgressReport.status == "sent", Letter.delivered_at.is_not(None))
        .order_by(ProgressReport.id)
    )
    if only is not None:
        wanted = wanted.where(ProgressReport.id == only)
    sent = db.session.scalars(wanted).unique()
    done = [
        apart(f"sweep: report {one.public_id}", partial(_settle, one, today)) for one in sent.all()
    ]
    return Settled(done.count(True), done.count(None))


def _settle(report: ProgressReport, today: date) -> bool:
    arrived = report.letter.delivered_at if report.letter is not None else None
    if arrived is None or settles_on(day_of(arrived)) > today:
        return False
    report.status = must_go(report.status, "acknowledged")
    return True


# --- letters that are no report ---


@verb(Permission.LETTERS_WRITE)
def draft_letter(case: ReferralCase, kind: str, *, actor: Actor) -> Letter | None:
    """A letter to a referral's sender: acknowledgement, missing_information, decline,
    unreachable or closing.

    One that lies drafted or approved is given back as it is. None where the provider is gone:
    nothing is written there. A decline says what was suggested instead, in somebody's own words.
    """
    if kind not in _SAYS:
        raise DomainError(say("There is no such kind of letter."), field="kind")
    lies = [one for one in of_about(about(case)) if one.kind == kind]
    waiting = next((one for one in lies if one.status in {"draft", "approved"}), None)
    if waiting is not None:
        return waiting
    return _drawn_up(case, kind, actor)


def _drawn_up(case: ReferralCase, kind: str, actor: Actor) -> Letter | None:
    referral = case.referral
    if kept_provider(referral.provider).status in GONE:
        return None
    content = _SAYS[kind](case)
    # Who took over did not write to us: nothing repeats what they gave.
    ready = None if is_taken_over(case) else _declined(case, "") if kind == "decline" else content
    return draft(
        actor=actor,
        client=referral.client,
        provider=referral.provider,
        organisation=referral.organisation,
        kind=kind,
        content=content,
        about=about(case),
        reference=referral.number,
        ready=ready,
    )


@verb(Permission.LETTERS_WRITE)
def renew_acknowledgement(case: ReferralCase, *, actor: Actor) -> bool:
    """Let an acknowledgement that nobody has touched or sent yet say where the order stands now.

    Whether there is one.
    """
    lies = [one for one in of_about(about(case)) if one.kind == "acknowledgement"]
    untouched = [one for one in lies if one.status == "draft" and _is_as_drawn_up(one)]
    if untouched:
        content = _acknowledgement(case)
        for letter in untouched:
            if content_of(letter) != content:
                edit(letter, actor=actor, content=content, is_bare=True)
    return bool(untouched)


def _is_as_drawn_up(letter: Letter) -> bool:
    """Nobody has changed a word of it: it was renewed at most."""
    content = content_of(letter)
    return content is not None and bool(letter.ready) and content == from_json(letter.ready)


@verb(Permission.LETTERS_WRITE)
def tell_accepted(case: ReferralCase, *, actor: Actor) -> None:
    """The sender hears that the order is taken on: by the acknowledgement, as long as that can
    still say so; else by a second one. Nothing is written to a provider who is gone."""
    if not renew_acknowledgement(case, actor=actor):
        _drawn_up(case, "acknowledgement", actor)


def _acknowledgement(case: ReferralCase) -> Content:
    # What is missing was found by a person: visits are often entered right after the order.
    missing = missing_of(case) if case.missing else ()
    return wording.acknowledgement(
        order_facts(case), the_voice(), missing=missing, is_accepted=case.accepted_at is not None
    )


def _missing(case: ReferralCase) -> Content:
    return wording.missing_information(order_facts(case), missing_of(case), the_voice())


def _decline(case: ReferralCase) -> Content:
    return _declined(case, suggestion_of(case))


def _declined(case: ReferralCase, alternative: str) -> Content:
    return wording.decline(order_facts(case), case.why, the_voice(), alternative=alternative)


def _unreachable(case: ReferralCase) -> Content:
    return wording.unreachable(
        order_facts(case), attempt_facts(case), attendance_of(case), the_voice()
    )


def _closing(case: ReferralCase) -> Content:
    day = ended_on(case)
    return wording.closing(order_facts(case), attendance_of(case), day, the_voice(), code=case.why)


_SAYS: dict[str, Callable[[ReferralCase], Content]] = {
    "acknowledgement": _acknowledgement,
    "missing_information": _missing,
    "decline": _decline,
    "unreachable": _unreachable,
    "closing": _closing,
}
