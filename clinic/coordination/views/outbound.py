"""Referrals to providers outside: begin one, see where it stands, write its letter."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import care_team, kept_record, may_read_health, the_client
from clinic.coordination.forms.outbound import (
    ActedForm,
    CancelForm,
    DeedForm,
    OutboundForm,
    QuestionForm,
    ReadForm,
    ToldForm,
)
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries import outbound as found
from clinic.coordination.queries.outbound_told import told_before
from clinic.coordination.rules import outbound as rules
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.outbound.moving import must_treat
from clinic.coordination.views import bp
from clinic.core import clock
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.directory.queries import the_organisation, the_provider
from clinic.files.queries import read
from clinic.health.queries.clearances import asking_of, the_clearance
from clinic.letters.queries import public_id_of_consent
from clinic.letters.rules.moving import STATES as LETTER_STATES
from clinic.letters.rules.sending import Needs, asking
from clinic.web.documents import document
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, show
from clinic.web.wording import gettext, zone

STAGES = (
    ("draft", ("draft", "consent_pending")),
    ("ready", ("ready",)),
    ("sent", ("sent", "acknowledged", "scheduled", "attended", "not_attended")),
    ("reply_received", ("reply_received",)),
    ("acted_on", ("acted_on",)),
    ("told_client", ("told_client", "closed")),
)
"""The steps that every reader sees, with the states that stand for each."""


def today() -> Any:
    """The clinic's day."""
    return clock.today(zone())


# --- a new one ---


@bp.route("/outbound/new", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def new_outbound() -> Any:
    """Whom to ask about a client, and what."""
    client = kept_record(the_client(asked_id("client") or ""))
    must_treat(the_actor(), client)
    saw("clinical", [client.public_id])
    form = OutboundForm(provider=asked_id("provider"), urgency="routine", reason="no_progress")
    named = _named(form)
    if form.is_sent() and form.attempt(lambda: _begin(client.public_id, form)):
        flash(gettext("Begun as %(number)s.", number=form.result.number), "success")
        return to_page(form.result.public_id)
    return show(
        "coordination/outbound_new.html",
        form=form,
        client=client,
        named=named,
        known=[one for one in care_team(client.id) if one.provider_public_id],
    )


def _named(form: OutboundForm) -> str:
    """What the chosen provider is called, or what was typed instead of choosing."""
    typed = request.form.get("provider_text", "")[:100]
    try:
        provider = the_provider(form.provider.data) if form.provider.data else None
    except NotFound:
        form.provider.data, form.provider.raw_data, provider = "", [""], None
    if provider is None:
        return typed
    places = [(at.organisation.public_id, at.organisation.name) for at in provider.places]
    many = [("", gettext("Choose where to send it"))] if len(places) > 1 else []
    form.organisation.choices = many + places
    return provider.name


def _begin(client_id: str, form: OutboundForm) -> OutboundReferral:
    values = form.values()
    try:
        place = values.pop("organisation")
        organisation = the_organisation(place) if place else None
    except NotFound:
        raise DomainError(say("Choose one of the places."), field="organisation") from None
    provider = the_provider(values.pop("provider"))
    values = {name: value or "" for name, value in values.items()}
    return verbs.begin(
        actor=the_actor(), client=the_client(client_id), provider=provider,
        organisation=organisation, **values,
    )  # fmt: skip


# --- its page ---


@bp.get("/outbound/<pid:outbound_id>")
@requires(Permission.REFERRALS_READ)
def outbound(outbound_id: str) -> Any:
    """Where it stands, for everybody; what is asked and answered, for who treats the client."""
    return page(outbound_id)


def page(outbound_id: str, **forms: Any) -> Any:
    """The page, with a form of it as it was refused."""
    row = found.the_outbound(outbound_id)
    reads = may_read_health(the_actor(), row.client_id)
    saw("clinical" if reads else "contact", [row.client.public_id])
    wrong = next((form for form in forms.values() if form is not None), None)
    needs = found.lacks_consent(row) if row.status in rules.BEFORE_SENDING else None
    plain = {"version": row.version}
    return show(
        "coordination/outbound.html",
        row=row,
        person=kept_record(row.client),
        reads=reads,
        stages=_stages(row),
        may=rules.may_go(row.status),
        steps=found.outbound_steps(row),
        replies=found.replies_of(row) if reads else [],
        asking=asking_of(row.clearance) if reads and row.clearance is not None else None,
        needs=needs,
        told=told_before(row) if reads else None,
        consent_url=_consent_url(row, needs) if needs is not None else "",
        is_asking=row.clearance is not None and row.clearance.status == "asked",
        days_left=(row.answer_by - today()).days if row.answer_by else None,
        wrong=wrong,
        status=wrong.status if wrong is not None else 200,
        read_form=forms.get("read") or ReadForm(**plain),
        acted_form=forms.get("acted") or ActedForm(**plain),
        told_form=forms.get("told") or ToldForm(**plain),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "state_names": rules.NAMES,
        "reason_names": rules.REASONS,
        "neutral": rules.NEUTRAL,
        "urgency_names": rules.URGENCIES,
        "action_names": rules.ACTIONS,
        "why_names": rules.CANCELLED_WHY | rules.DECLINED_WHY,
        "how_names": rules.HOW,
        "deed_names": rules.DEEDS,
        "letter_states": LETTER_STATES,
        "awaiting": rules.AWAITING,
        "before_sending": rules.BEFORE_SENDING,
        "ends": rules.ENDS,
        "today": today(),
    }


def _stages(row: OutboundReferral) -> list[tuple[str, str, Any]]:
    """Each step: its state, whether it is past, now or to come, and when it was."""
    days = {
        "draft": row.created_at, "sent": row.sent_at, "reply_received": row.answered_at,
        "acted_on": row.acted_at, "told_client": row.told_at,
    }  # fmt: skip
    at = next((n for n, (_, states) in enumerate(STAGES) if row.status in states), None)
    if at is None:  # ended on the way: as far as it came
        past = (True, row.sent_at is not None, row.sent_at is not None)
        at = sum(past) - 1
    if row.status == "closed":
        at = len(STAGES)
    return [
        (name, "done" if n < at else "now" if n == at else "", days.get(name) if n <= at else None)
        for n, (name, _) in enumerate(STAGES)
    ]


def _consent_url(row: OutboundReferral, needs: Needs) -> str:
    """Where the missing consent is asked for, filled in with what is needed."""
    asked = asking(
        needs,
        client=kept_record(row.client).public_id,
        provider=row.provider.public_id,
        standing=public_id_of_consent(needs.standing_id),
        back=f"{request.script_root}/outbound/{row.public_id}",
    )
    return url_for("consents.take", **asked)


@bp.get("/outbound/for/<pid:clearance_id>")
@requires(Permission.CLINICAL_DECIDE)
def outbound_for(clearance_id: str) -> Any:
    """The referral by which a provider is asked; whom to ask, where nobody was named yet."""
    clearance = the_clearance(clearance_id)
    must_treat(the_actor(), clearance.client)
    saw("clinical", [clearance.client.public_id])
    row = found.outbound_of(clearance.id)
    if row is None:
        return redirect(url_for("desk.whom_to_ask", clearance_id=clearance_id))
    return to_page(row.public_id)


def to_page(outbound_id: str) -> Any:
    """To the referral's page."""
    return redirect(url_for(".outbound", outbound_id=outbound_id))


def the_treated(outbound_id: str) -> OutboundReferral:
    """A referral of a client whom this person treats; that it is shown is logged."""
    row = found.the_outbound(outbound_id)
    must_treat(the_actor(), row.client)
    saw("clinical", [row.client.public_id])
    return row


# --- before it is sent ---


@bp.route("/outbound/<pid:outbound_id>/edit", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def amend_outbound(outbound_id: str) -> Any:
    """The question written anew; the draft of the letter follows it."""
    row = the_treated(outbound_id)
    kept = {name: getattr(row, name) or "" for name in ("question", "findings", "meanwhile")}
    form = QuestionForm(version=row.version, urgency=row.urgency, **kept)
    if form.is_sent() and form.attempt(lambda: _amend(outbound_id, form)):
        flash(gettext("Saved."), "success")
        return to_page(outbound_id)
    return show("coordination/outbound_edit.html", form=form, row=row)


def _amend(outbound_id: str, form: QuestionForm) -> None:
    values = {name: value or "" for name, value in form.values().items()}
    row = found.the_outbound(outbound_id)
    verbs.amend(row, actor=the_actor(), version=form.version.data, **values)


@bp.post("/outbound/<pid:outbound_id>/letter")
@requires(Permission.CLINICAL_DECIDE)
def write_outbound_letter(outbound_id: str) -> Any:
    """Draft its letter."""
    form = DeedForm()

    def act() -> Any:
        row = found.the_outbound(outbound_id)
        return verbs.write_letter(row, actor=the_actor(), version=form.version.data)

    if form.is_sent() and form.attempt(act):
        return redirect(url_for("letters.letter", letter_id=form.result.public_id))
    return page(outbound_id, deed=form)


@bp.post("/outbound/<pid:outbound_id>/approve")
@requires(Permission.LETTERS_APPROVE)
def approve_outbound(outbound_id: str) -> Any:
    """The letter is approved; without the client's consent it waits."""
    form = DeedForm()

    def act() -> Any:
        row = found.the_outbound(outbound_id)
        verbs.make_ready(row, actor=the_actor(), version=form.version.data)
        return row.status

    if form.is_sent() and form.attempt(act):
        if form.result == rules.READY:
            flash(gettext("Approved. It can be sent."), "success")
        else:
            flash(gettext("Approved. The client has to agree before it is sent."), "success")
        return to_page(outbound_id)
    return page(outbound_id, deed=form)


@bp.route("/outbound/<pid:outbound_id>/cancel", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def cancel_outbound(outbound_id: str) -> Any:
    """It is not needed, or was a mistake."""
    row = the_treated(outbound_id)
    form = CancelForm(version=row.version)
    form.offer(may_be_mistake="mistake" in rules.may_go(row.status))
    if form.is_sent() and form.attempt(lambda: _cancel(outbound_id, form)):
        flash(gettext("%(number)s has ended.", number=row.number), "success")
        return to_page(outbound_id)
    return show("coordination/outbound_cancel.html", form=form, row=row)


def _cancel(outbound_id: str, form: CancelForm) -> None:
    row, said = found.the_outbound(outbound_id), form.why.data or ""
    told: dict[str, Any] = {"actor": the_actor(), "why": said, "version": form.version.data}
    if form.code.data == form.MISTAKE:
        verbs.mistake(row, **told)
    else:
        verbs.cancel(row, code=form.code.data, **told)


@bp.get("/outbound/<pid:outbound_id>/replies/<pid:reply_id>")
@requires(Permission.CLINICAL_READ)
def reply_scan(outbound_id: str, reply_id: str) -> Any:
    """The scan of an answer, for who treats the client."""
    row = the_treated(outbound_id)
    reply = found.the_reply(row, reply_id)
    if reply.file is None:
        raise NotFound
    return document(read(reply.file), row.number, reply.file.media_type)
