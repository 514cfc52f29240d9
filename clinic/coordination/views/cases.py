"""What is done with a referral that came in: one page for each thing that can be done now."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import techniques
from clinic.clients.queries import may_read_health
from clinic.coordination.forms.cases import FORMS
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.actions import DEEDS, may_do
from clinic.coordination.queries.cases import the_case
from clinic.coordination.queries.closing import what_keeps_open
from clinic.coordination.queries.facts import this_day
from clinic.coordination.queries.people import at_work
from clinic.coordination.queries.report_facts import to_measure_again
from clinic.coordination.services import inbound
from clinic.coordination.views import bp
from clinic.core.errors import Conflict, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.health.forms.clearing import OrderLimitsForm, limits_to_form
from clinic.health.queries.clearances import asking_of, limits_of_order
from clinic.health.rules.limiting import NONE
from clinic.referrals.queries import lacking
from clinic.staff.queries import the_member
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import asked_text, rows, show
from clinic.web.wording import gettext

VERBS: dict[str, Callable[..., Any]] = {
    "accept": inbound.accept,
    "incomplete": inbound.found_incomplete,
    "decline": inbound.decline,
    "mistake": inbound.mistake,
    "attempt": inbound.log_attempt,
    "give_up": inbound.give_up,
    "hold": inbound.hold,
    "resume": inbound.resume,
    "cancel": inbound.ask_to_cancel,
    "confirm_cancel": inbound.confirm_cancel,
    "discharge": inbound.discharge,
    "close": inbound.close,
    "plan": inbound.plan_next,
    "precautions": inbound.confirm_precautions,
}
CLINICAL = ("precautions", "discharge")
"""Steps whose page shows something of the client's health, to who may read it."""


@bp.route("/referrals/<pid:referral_id>/steps/<move>", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def step(referral_id: str, move: str) -> Any:
    """One step of a referral. What is not possible now says so, and leads back."""
    if move not in VERBS:
        raise NotFound
    case = the_case(referral_id)
    reads = move in CLINICAL and may_read_health(the_actor(), case.referral.client_id)
    saw("clinical" if reads else "contact", [case.referral.client.public_id])
    form = _precautions(case, reads=reads) if move == "precautions" else _form(case, move)
    if not form.is_sent() and not may_do(move, case, the_actor()):
        raise Conflict(say("This is not possible now. Look at the referral again."))
    if form.is_sent() and form.attempt(lambda: _do(referral_id, move, form)):
        flash(gettext("Kept."), "success")
        return _after(case, form)
    if "read" in form:  # the page shows the order as it stands now
        form.read.data = str(case.referral.version)
    return show(
        "coordination/case_step.html",
        form=form,
        case=case,
        deed=move,
        name=DEEDS[move][0],
        precautions=case.referral.precautions if reads and move == "precautions" else "",
        again=to_measure_again(case) if reads and move == "discharge" else [],
        kept_open=what_keeps_open(case, this_day()) if move == "close" else [],
    )


def _after(case: ReferralCase, form: Any) -> Any:
    """To where they came from, else to the referral."""
    back = form.back.data if "back" in form else ""
    if is_safe_path(back or ""):
        return redirect(request.script_root + back)
    return redirect(url_for("desk.referral", referral_id=case.referral.public_id))


def _precautions(case: ReferralCase, *, reads: bool) -> OrderLimitsForm:
    """The limits that the precautions become, begun with those that hold for the order now."""
    back, order = asked_text("back", 300), case.referral
    found = limits_of_order(order.client.known_as, order.public_id) if reads else []
    form = OrderLimitsForm(
        version=case.version,
        back=back if is_safe_path(back) else "",
        **limits_to_form(asking_of(found[-1]).limits if found else NONE),
    )
    form.offer({one.code: one.name for one in rows(techniques())})
    return form


def _form(case: ReferralCase, deed: str) -> Any:
    begun: dict[str, Any] = {}
    if deed == "incomplete":
        begun["missing"] = list(lacking(case.referral))
    elif deed == "plan":
        begun |= {"next_action": case.next_action, "due_on": case.due_on}
    if deed in {"accept", "plan"} and case.owner is not None:
        begun["owner"] = case.owner.public_id
    form = FORMS[deed](version=case.version, **begun)
    if "owner" in form:
        form.owner.choices = at_work()
    return form


def _do(referral_id: str, deed: str, form: Any) -> None:
    values = form.values() if deed != "precautions" else form.confirmed()
    if "owner" in values:
        values["owner"] = the_member(values["owner"]) if values["owner"] else None
    for name in ("why", "alternative", "note", "outcome", "next_action"):
        if name in values:
            values[name] = values[name] or ""
    VERBS[deed](the_case(referral_id), actor=the_actor(), version=form.version.data, **values)
