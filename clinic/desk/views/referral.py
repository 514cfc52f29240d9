"""The page of a referral that came in: where it stands, what is next, all that happened."""

from datetime import date
from typing import Any

from flask import flash, jsonify, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import kept_record, may_read_health
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries import case_of, reports_of, the_case
from clinic.coordination.queries.actions import actions_of
from clinic.coordination.queries.sharing import lacking_of
from clinic.coordination.rules.sharing import ASKING
from clinic.coordination.services import reporting
from clinic.core import clock
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.desk.queries import casework as all_of
from clinic.desk.queries import referral as orders
from clinic.desk.queries.figures import overdue_count
from clinic.desk.rules import cases as rules
from clinic.desk.views import bp
from clinic.letters.models import Letter
from clinic.letters.queries import public_id_of_consent
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.moving import STATES as LETTER_STATES
from clinic.letters.rules.sending import asking
from clinic.referrals.models import Referral
from clinic.referrals.queries import desk_may_read, documents_of, opened_by, the_referral
from clinic.referrals.queries import lacking as lacks_of
from clinic.referrals.rules import state_of
from clinic.referrals.rules.lacking import LACKING
from clinic.web.guards import passive, requires, the_actor
from clinic.web.pages import asked_text, show
from clinic.web.wording import gettext, spoken, zone

CLINICAL = ("reason", "diagnosis", "precautions")
AT_DESK = ("reason", "diagnosis")
"""What reception sees where the owner lets it; nothing of what a therapist must mind."""


def _today() -> date:
    return clock.today(zone())


@bp.get("/referrals")
@requires(Permission.REFERRALS_READ)
def referrals() -> Any:
    """The board is where referrals are listed; an address of the earlier list leads there."""
    kept: dict[str, Any] = {name: asked_text(name) for name in ("q", "show") if asked_text(name)}
    return redirect(url_for("office_cases.index", **kept))


@bp.get("/referrals/count")
@passive
@requires(Permission.REFERRALS_READ)
def count_overdue() -> Any:
    """How many referrals are overdue: the rail asks for it on every page, the first one too."""
    return jsonify(count=overdue_count(_today()))


@bp.get("/referrals/<pid:referral_id>")
@requires(Permission.REFERRALS_READ)
def referral(referral_id: str) -> Any:
    """One referral."""
    order = the_referral(referral_id)
    person, case = kept_record(order.client), case_of(order)
    reads = may_read_health(the_actor(), order.client_id)
    clinical = _clinical(order, reads=reads)
    saw("clinical" if clinical is not None else "schedule", [person.public_id])
    allowed = orders.allowed_of(order, _today())
    visits = [visit for one in allowed for visit in (*one.visits, *one.others)]
    work = all_of.casework_of(order, case, visits, orders.history_of(order), reads=reads)
    return show(
        "desk/referral.html",
        order=order,
        person=person,
        case=case,
        deeds=actions_of(case, the_actor()) if case else [],
        work=work,
        clinical=clinical,
        reads=reads,
        called=_called(reads=reads),
        share_url=_share_url(case) if case else "",
        allowed=allowed,
        visit_count=sum(one.counts.used for one in allowed),
        state=_state(order, allowed),
        stages=stages_of(order, case, allowed),
        late=_late(case),
        today=_today(),
        letter_states=LETTER_STATES,
        rules=rules,
        all_of=all_of,
        unsaid=[LACKING[code] for code in lacks_of(order)],
        documents=documents_of(order),
        opens=opened_by(the_actor(), order.client_id),
    )


def _state(order: Referral, allowed: list[orders.Allowed]) -> str:
    pairs = [(one.authorisation, one.counts) for one in allowed]
    return state_of(pairs, _today(), is_ended=order.ended_on is not None)


def _clinical(order: Referral, *, reads: bool) -> dict[str, str] | None:
    """What the order says of the client's health, for those who may see it; None for others."""
    if reads:
        return {name: getattr(order, name) for name in CLINICAL}
    if desk_may_read(the_actor()):
        return {name: getattr(order, name) for name in AT_DESK}
    return None


def _called(*, reads: bool) -> Any:
    """What a letter is called for this person: a neutral word, unless they treat the client."""

    def called(letter: Letter) -> Any:
        kind = KINDS[letter.kind]
        return kind.name if reads else kind.desk_name

    return called


def _share_url(case: ReferralCase) -> str:
    """Where the client is asked whether reports may go to the sender, filled in with what they
    tell; nothing where it is not to be asked now."""
    needs = lacking_of(case, _today())[0] if case.status in ASKING else None
    if needs is None or needs.is_refused:
        return ""
    asked = asking(
        needs,
        client=kept_record(case.referral.client).public_id,
        provider=case.referral.provider.public_id,
        standing=public_id_of_consent(needs.standing_id),
        back=f"{request.script_root}/referrals/{case.referral.public_id}",
        besides=("care",),  # letters about missed visits and about the end leave for that
    )
    return url_for("consents.take", **asked)


def _late(case: ReferralCase | None) -> int:
    """Days since the next action was due."""
    is_due = case is not None and case.due_on is not None and case.ended_at is None
    return max((_today() - case.due_on).days, 0) if is_due and case and case.due_on else 0


def stages_of(
    order: Referral, case: ReferralCase | None, allowed: list[orders.Allowed]
) -> list[tuple[str, bool, Any]]:
    """From the letter to the end: what has been reached, and when."""
    taken = [one.counts.first_on for one in allowed if one.counts.first_on]
    first = case.first_visit_on if case else None
    return [
        ("received", True, order.received_on),
        ("accepted", bool(allowed) if case is None else case.accepted_at is not None,
         case.accepted_at if case else None),
        ("scheduled", bool(taken), min(taken, default=None)),
        ("treatment", first is not None or any(one.counts.used for one in allowed), first),
        ("reported", case is not None and case.completed_at is not None,
         case.completed_at if case else None),
        ("ended", order.ended_on is not None or (case is not None and case.ended_at is not None),
         (case.ended_at if case else None) or order.ended_on),
    ]  # fmt: skip


# ---- reports


@bp.post("/referrals/<pid:referral_id>/reports/<pid:report_id>")
@requires(Permission.LETTERS_WRITE)
def write_report(referral_id: str, report_id: str) -> Any:
    """Draw a report that is owed up from the record, and go on to its letter."""
    return _write(referral_id, lambda: _draft(_the_report(referral_id, report_id)))


@bp.post("/referrals/<pid:referral_id>/reports")
@requires(Permission.REFERRALS_WRITE)
def ask_report(referral_id: str) -> Any:
    """Write a progress report though none is due yet."""
    return _write(referral_id, lambda: _draft(_asked(referral_id)))


@bp.post("/referrals/<pid:referral_id>/reports/<pid:report_id>/waive")
@requires(Permission.REFERRALS_WRITE)
def waive_report(referral_id: str, report_id: str) -> Any:
    """Say why a report is not written."""
    why = request.form.get("why", "")
    try:
        with transaction():
            reporting.waive(_the_report(referral_id, report_id), actor=the_actor(), why=why)
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        flash(gettext("The report is not written, and it says why."), "success")
    return redirect(url_for(".referral", referral_id=referral_id))


def _the_report(referral_id: str, report_id: str) -> ProgressReport:
    """Raises NotFound."""
    for report in reports_of(the_case(referral_id)):
        if report.public_id == report_id:
            return report
    raise NotFound(say("There is no such report."))


def _asked(referral_id: str) -> ProgressReport:
    return reporting.owe(the_case(referral_id), "progress", _today(), "asked", actor=the_actor())


def _draft(report: ProgressReport) -> Letter:
    return reporting.draft_report(report, actor=the_actor())


def _write(referral_id: str, draft: Any) -> Any:
    try:
        with transaction():
            letter = draft()
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
        return redirect(url_for(".referral", referral_id=referral_id))
    reads = may_read_health(the_actor(), letter.client_id)
    if not reads:
        flash(
            gettext("The report is drafted. Who treats the client reads and approves it."),
            "success",
        )
    page = "letters.edit" if reads else "letters.letter"
    return redirect(url_for(page, letter_id=letter.public_id))
