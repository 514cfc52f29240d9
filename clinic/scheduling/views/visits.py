"""One visit: where it stands, what can be done, what happened to it."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import may_read_health
from clinic.core.permissions import Permission
from clinic.referrals.queries import the_authorisation
from clinic.scheduling import services
from clinic.scheduling.forms.booking import value_of
from clinic.scheduling.forms.visits import (
    CancelForm,
    ChangeForm,
    CorrectForm,
    CountForm,
    FeeForm,
    MoveForm,
    SizeForm,
    StepForm,
)
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.gate_of_visit import gate_of_visit, reason_kept, told_by_who_treated
from clinic.scheduling.queries.groups import partners
from clinic.scheduling.queries.visit_page import VisitPage, visit_page
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.queries.waitlist_page import might_come
from clinic.scheduling.rules.starting import path_to
from clinic.scheduling.views import bp
from clinic.scheduling.views.choosing import after, put_typed, typed_of, when_chosen
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext

STEPS = {
    "approve": services.approve,
    "check-in": services.check_in,
    "confirm": services.confirm,
    "decline": services.decline,
    "finish": services.finish,
    "no-show": services.mark_no_show,
    "release": services.release,
    "reopen": services.reopen,
    "send-home": services.send_home,
    "start": services.start,
    "undo": services.undo,
}
"""The steps that one button takes, by what their address ends in."""
WITH_REASON = ("finish", "send-home", "decline")
OVERRIDDEN = ("approve", "start", "undo")
"""Steps for which a therapist may say why health does not stand in the way."""


@bp.get("/visits/<pid:visit_id>")
@requires(Permission.SCHEDULE_READ)
def visit(visit_id: str) -> Any:
    """One visit: where it stands, what can be done, what happened to it."""
    return _visit(visit_id)


def _visit(visit_id: str, **forms: Any) -> Any:
    """The page, with the form that was refused in its place."""
    page = visit_page(the_visit(visit_id), the_actor())
    others = partners(page.visit)
    saw("schedule", [page.client_id, *(one.client.public_id for one in others)])
    fresh = {
        "move": MoveForm(formdata=None, **_standing(page)),
        "change": ChangeForm(formdata=None, **_service(page)),
        "size": SizeForm(formdata=None, version=page.version, minutes=page.visit.minutes),
        "fee": FeeForm(formdata=None, version=page.version),
        "cancel": CancelForm(formdata=None, version=page.version),
        "step": StepForm(formdata=None, version=page.version),
        "correct": CorrectForm(formdata=None, version=page.version),
        "count": CountForm(formdata=None, version=page.version, authorisation=_given(page.visit)),
    } | forms
    fresh["move"].therapist.choices = page.therapists
    fresh["change"].offer(page)
    fresh["size"].offer(page)
    fresh["count"].offer(page)
    fresh["correct"].to.choices = [
        choice for choice in fresh["correct"].to.choices if choice[0] in page.corrections
    ]
    status = max(form.status for form in fresh.values())
    reason = reason_kept(page.visit, the_actor())
    told = told_by_who_treated(page.visit, the_actor())
    if reason or told:
        saw("clinical", [page.client_id])
    return show(
        "scheduling/visit.html", page=page, status=status, reason=reason, told=told,
        value_of=value_of,
        partners=others, might_come=might_come(page.visit), path_to=path_to,
        gate=gate_of_visit(page.visit, the_actor()), **fresh,
    )  # fmt: skip


def _standing(page: VisitPage) -> dict[str, Any]:
    return {
        "version": page.version,
        "on": page.on,
        "time": page.wall,
        "therapist": page.therapist_id,
    } | typed_of(request.args.get("to", ""))


def _service(page: VisitPage) -> dict[str, Any]:
    return {
        "version": page.version,
        "variant": page.visit.variant.public_id,
        "add_ons": [one.add_on.public_id for one in page.visit.add_ons],
    }


def _tell(visit_id: str, words: str) -> Any:
    flash(words, "success")
    return redirect(after(url_for(".visit", visit_id=visit_id)))


@bp.post("/visits/<pid:visit_id>/move")
@requires(Permission.SCHEDULE_OWN)
def move(visit_id: str) -> Any:
    form = MoveForm()
    form.therapist.choices = visit_page(the_visit(visit_id), the_actor()).therapists
    if form.opening.data:
        form.time.data = ""
    if form.is_sent() and form.attempt(lambda: _move(visit_id, form)):
        return _tell(visit_id, gettext("The visit is moved."))
    put_typed(form)
    return _visit(visit_id, move=form)


def _move(visit_id: str, form: MoveForm) -> None:
    starts_at, therapist, place = when_chosen(form)
    services.move(
        the_visit(visit_id),
        actor=the_actor(),
        starts_at=starts_at,
        therapist=therapist,
        place=place,
        version=form.version.data,
        outside_hours=form.outside_hours.data,
        overlap_why=form.overlap_why.data or "",
        override_why=form.override_why.data or "",
        self_pay=form.self_pay.data,
    )


@bp.post("/visits/<pid:visit_id>/length")
@requires(Permission.SCHEDULE_OWN)
def resize(visit_id: str) -> Any:
    """Another length of the same service."""
    form = SizeForm()
    form.offer(visit_page(the_visit(visit_id), the_actor()))
    typed: Any = {
        "outside_hours": form.outside_hours.data,
        "override_why": form.override_why.data or "",
        "version": form.version.data,
    }
    if form.is_sent() and form.attempt(
        lambda: services.resize(
            the_visit(visit_id), actor=the_actor(), minutes=form.minutes.data, **typed
        )
    ):
        return _tell(visit_id, gettext("The length is changed."))
    return _visit(visit_id, size=form)


@bp.post("/visits/<pid:visit_id>/fee")
@requires(Permission.SCHEDULE_OWN)
def settle_fee(visit_id: str) -> Any:
    """Charge the fee of a late cancel or a missed visit, or waive it."""
    form = FeeForm()
    is_charged = form.decision.data == "charge"
    typed: Any = {"why": form.why.data or "", "version": form.version.data}
    if form.is_sent() and form.attempt(
        lambda: services.settle_fee(
            the_visit(visit_id), actor=the_actor(), is_charged=is_charged, **typed
        )
    ):
        said = gettext("The fee is charged.") if is_charged else gettext("The fee is waived.")
        return _tell(visit_id, said)
    return _visit(visit_id, fee=form)


@bp.post("/visits/<pid:visit_id>/service")
@requires(Permission.SCHEDULE_OWN)
def change_service(visit_id: str) -> Any:
    """Another service, length or add-ons; ``refresh`` only says what they would come to."""
    form = ChangeForm()
    form.offer(visit_page(the_visit(visit_id), the_actor()))
    if "refresh" in request.form:
        return _visit(visit_id, change=form)
    if form.is_sent() and form.attempt(lambda: _change_service(visit_id, form)):
        return _tell(visit_id, gettext("The service is changed."))
    return _visit(visit_id, change=form)


def _change_service(visit_id: str, form: ChangeForm) -> None:
    services.change_service(
        the_visit(visit_id),
        actor=the_actor(),
        variant=the_variant(form.variant.data),
        add_ons=the_add_ons(form.add_ons.data or ()),
        version=form.version.data,
        outside_hours=form.outside_hours.data,
        override_why=form.override_why.data or "",
    )


@bp.post("/visits/<pid:visit_id>/referral")
@requires(Permission.REFERRALS_WRITE)
def count_against(visit_id: str) -> Any:
    """Have it count against another authorisation, or against none."""
    form = CountForm()
    form.offer(visit_page(the_visit(visit_id), the_actor()))
    if form.is_sent() and form.attempt(lambda: _count(visit_id, form)):
        return _tell(visit_id, gettext("The visit counts as you said."))
    return _visit(visit_id, count=form)


def _count(visit_id: str, form: CountForm) -> None:
    chosen = form.authorisation.data
    services.count_against(
        the_visit(visit_id),
        actor=the_actor(),
        authorisation=the_authorisation(chosen) if chosen else None,
        why=form.why.data or "",
        over_why=form.over_why.data or "",
        self_pay=form.self_pay.data,
        version=form.version.data,
    )


def _given(visit: Visit) -> str:
    return visit.authorisation.public_id if visit.authorisation is not None else ""


@bp.post("/visits/<pid:visit_id>/cancel")
@requires(Permission.SCHEDULE_OWN)
def cancel(visit_id: str) -> Any:
    form = CancelForm()
    typed = {"by": form.by.data, "why": form.why.data or "", "version": form.version.data}
    if form.is_sent() and form.attempt(
        lambda: services.cancel(the_visit(visit_id), actor=the_actor(), **typed)
    ):
        return _tell(visit_id, gettext("The visit is cancelled."))
    return _visit(visit_id, cancel=form)


@bp.post("/visits/<pid:visit_id>/correct")
@requires(Permission.SCHEDULE_CORRECT)
def correct(visit_id: str) -> Any:
    form = CorrectForm()
    typed = {"to": form.to.data, "why": form.why.data or "", "version": form.version.data}
    if form.is_sent() and form.attempt(
        lambda: services.correct(the_visit(visit_id), actor=the_actor(), **typed)
    ):
        return _tell(visit_id, gettext("The record is set right."))
    return _visit(visit_id, correct=form)


@bp.post("/visits/<pid:visit_id>/<any({}):step>".format(",".join(f"'{name}'" for name in STEPS)))
@requires(Permission.SCHEDULE_OWN)
def step(visit_id: str, step: str) -> Any:
    """Whatever one button does. A refusal is shown on the visit's page; that of a start on the
    room card."""
    form = StepForm()
    act: Any = STEPS[step]
    more = {"why": form.why.data} if form.why.data and step in WITH_REASON else {}
    if form.override_why.data and step in OVERRIDDEN:
        more["override_why"] = form.override_why.data
    if form.is_sent() and form.attempt(
        lambda: act(the_visit(visit_id), actor=the_actor(), version=form.version.data, **more)
    ):
        return _tell(visit_id, gettext("Done."))
    if isinstance(form.refusal, services.NotReady) and _may_read(visit_id):
        # The same again on the room card, which says what is missing and lets it be settled.
        return redirect(f"{request.script_root}/visits/{visit_id}/card/start", 307)
    return _visit(visit_id, step=form)


def _may_read(visit_id: str) -> bool:
    return may_read_health(the_actor(), the_visit(visit_id).client_id)
