"""What becomes of a referral to a provider: what the desk hears, the answer, the three ticks."""

from typing import Any

from flask import flash

from clinic.audit.services import saw
from clinic.catalogue.queries import techniques
from clinic.clients.queries import may_read_health
from clinic.coordination.forms.outbound import (
    ActedForm,
    AnswerForm,
    DeedForm,
    HappenedForm,
    ReadForm,
    ToldForm,
)
from clinic.coordination.models import ArrivedPaper, OutboundReferral
from clinic.coordination.queries import outbound as found
from clinic.coordination.queries.people import may_see_to_outbound
from clinic.coordination.rules import outbound as rules
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.papers import as_answer
from clinic.coordination.views import bp
from clinic.coordination.views.outbound import page, the_treated, to_page, today
from clinic.coordination.views.papers import beside, open_paper
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.files.rules.kinds import check
from clinic.files.services import keep
from clinic.health.forms.clearing import ScannedClearanceForm, begun
from clinic.health.queries.clearances import asking_of
from clinic.health.rules.rulebook import ALL
from clinic.health.services import clearing
from clinic.staff.models import StaffMember
from clinic.staff.queries import the_member
from clinic.web.documents import takes_files
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, rows, show
from clinic.web.wording import gettext, spoken

HAPPENED = {
    "acknowledged": say("They confirmed that it came"),
    "scheduled": say("An appointment was made"),
    "attended": say("The client went there"),
    "not_attended": say("The client did not go"),
    "declined": say("They do not take it on"),
    "client_refused": say("The client does not want it"),
    "reminded": say("We asked for the answer again"),
    "called": say("We called"),
    "left_message": say("We called, and left a message"),
    "no_answer_call": say("We called, nobody answered"),
    "no_answer": say("No answer came"),
    "handed": say("Given to somebody who works here"),
}
"""What can be written down at the desk."""
_CALLS = {"called": "reached", "left_message": "left_message", "no_answer_call": "no_answer"}


@bp.route("/outbound/<pid:outbound_id>/happened", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def outbound_happened(outbound_id: str) -> Any:
    """Something was heard or done: only what can happen now is offered."""
    row = found.the_outbound(outbound_id)
    reads = may_read_health(the_actor(), row.client_id)
    saw("clinical" if reads else "contact", [row.client.public_id])
    form = HappenedForm(version=row.version, on=today())
    form.what.choices = [(code, spoken(HAPPENED[code])) for code in _possible(row)]
    form.owner.choices = [("", gettext("Choose")), *_others(row)]
    if form.is_sent() and form.attempt(lambda: _happened(outbound_id, form)):
        flash(gettext("Kept."), "success")
        return to_page(outbound_id)
    return show("coordination/outbound_happened.html", form=form, row=row)


def _possible(row: OutboundReferral) -> list[str]:
    if row.status in rules.ENDS:
        return []
    may = rules.may_go(row.status)
    asked = ["reminded"] if row.status in (rules.SENT, rules.ACKNOWLEDGED, rules.ATTENDED) else []
    steps = [code for code in HAPPENED if code in may]
    last = [code for code in steps if code == "no_answer"]
    return (
        [code for code in steps if code != "no_answer"] + asked + list(_CALLS) + last + ["handed"]
    )


def _others(row: OutboundReferral) -> list[tuple[str, str]]:
    """Who can see to it, but for the one who does."""
    now = row.owner.public_id if row.owner is not None else ""
    return [one for one in may_see_to_outbound() if one[0] != now]


def _chosen(public_id: str | None) -> StaffMember:
    try:
        return the_member(public_id or "")
    except NotFound:
        raise DomainError(say("Choose from the list."), field="owner") from None


def _happened(outbound_id: str, form: HappenedForm) -> None:
    row, what, said = found.the_outbound(outbound_id), form.what.data, form.text.data or ""
    told: dict[str, Any] = {"actor": the_actor(), "version": form.version.data}
    if what in _CALLS:
        verbs.call(row, result=_CALLS[what], note_text=said, **told)
    elif what == "reminded":
        verbs.remind(row, how=form.how.data, note_text=said, **told)
    elif what in ("attended", "not_attended", "no_answer"):
        getattr(verbs, what)(row, **told)
    elif what == "client_refused":
        verbs.client_refused(row, why=said, **told)
    elif what == "handed":
        verbs.hand_over(row, owner=_chosen(form.owner.data), why=said, **told)
    elif what == "declined":
        verbs.declined(row, why=said, code=form.code.data or "", **told)
    else:
        _dated(row, form, told)


def _dated(row: OutboundReferral, form: HappenedForm, told: dict[str, Any]) -> None:
    if form.on.data is None:
        raise DomainError(say("Enter the day."), field="on")
    if form.what.data == "scheduled":
        verbs.scheduled(row, on=form.on.data, **told)
    else:
        verbs.acknowledged(row, on=form.on.data, by=form.by.data or "", **told)


# --- the answer ---


@bp.route("/outbound/<pid:outbound_id>/answer", methods=["GET", "POST"])
@takes_files
@requires(Permission.CLINICAL_DECIDE)
def answer_outbound(outbound_id: str) -> Any:
    """What was answered; where visits wait for it, with the limits that follow."""
    row, paper = the_treated(outbound_id), _paper()
    is_asked = row.clearance is not None and row.clearance.status == "asked"
    form = (
        _clearing(row)
        if is_asked
        else AnswerForm(version=row.version, said_by=row.provider.name, on=today())
    )
    if (
        form.is_sent()
        and form.look_over(check)
        and form.attempt(lambda: _answer(outbound_id, form))
    ):
        flash(gettext("The answer is kept."), "success")
        return to_page(outbound_id)
    return show(
        "coordination/outbound_answer.html", form=form, row=row, is_asked=is_asked,
        **beside(paper) if paper is not None else {"paper": None},
    )  # fmt: skip


def _paper() -> ArrivedPaper | None:
    """The paper that arrived and is the answer, where the page was opened from it."""
    paper_id = asked_id("paper")
    return open_paper(paper_id) if paper_id else None


def _clearing(row: OutboundReferral) -> ScannedClearanceForm:
    """The clearance's own form, begun with what the rules leave out by themselves."""
    clearance = row.clearance
    assert clearance is not None  # noqa: S101 - whoever calls has asked
    asking = asking_of(clearance)
    names = {one.code: one.name for one in rows(techniques())}
    return begun(
        ScannedClearanceForm,
        row.version,
        said_by=row.provider.name,
        inputs=clearing.present_inputs(row.client, asking),
        limits=clearing.limits_of(clearing.present_hits(row.client, asking)),
        technique_names=names | {ALL: gettext("every technique")},
        on=today(),
    )


def _answer(outbound_id: str, form: Any) -> None:
    row = found.the_outbound(outbound_id)
    told = form.answer() if isinstance(form, ScannedClearanceForm) else form.values()
    told.pop("file")
    file, paper = None, _paper()
    if paper is not None:
        file = as_answer(paper, actor=the_actor(), outbound=row)
    elif form.checked is not None:
        file = keep(form.checked, actor=the_actor(), key=row.client.key)
    verbs.answer(row, actor=the_actor(), file=file, version=form.version.data, **told)


@bp.post("/outbound/<pid:outbound_id>/read")
@requires(Permission.CLINICAL_DECIDE)
def read_outbound(outbound_id: str) -> Any:
    """The first tick: a therapist has read it."""
    form = ReadForm()
    return _tick(outbound_id, "read", form, verbs.read_reply, said=form.said.data or "")


@bp.post("/outbound/<pid:outbound_id>/acted")
@requires(Permission.CLINICAL_DECIDE)
def act_on_outbound(outbound_id: str) -> Any:
    """The second tick: something was done about it."""
    form = ActedForm()
    return _tick(outbound_id, "acted", form, verbs.act_on, what=form.what.data or "")


@bp.post("/outbound/<pid:outbound_id>/told")
@requires(Permission.CLINICAL_DECIDE)
def tell_outbound(outbound_id: str) -> Any:
    """The third tick: the client knows."""
    form = ToldForm()
    said = {"how": form.how.data or "", "what": form.what.data or ""}
    return _tick(outbound_id, "told", form, verbs.tell_client, **said)


@bp.post("/outbound/<pid:outbound_id>/close")
@requires(Permission.REFERRALS_WRITE)
def close_outbound(outbound_id: str) -> Any:
    """The loop is closed."""
    return _tick(outbound_id, "deed", DeedForm(), verbs.close)


def _tick(outbound_id: str, name: str, form: Any, verb: Any, **told: Any) -> Any:
    def act() -> None:
        row = found.the_outbound(outbound_id)
        verb(row, actor=the_actor(), version=form.version.data, **told)

    if form.is_sent() and form.attempt(act):
        flash(gettext("Kept."), "success")
        return to_page(outbound_id)
    return page(outbound_id, **{name: form})
