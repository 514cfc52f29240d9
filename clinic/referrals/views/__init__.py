"""The pages of orders: log one, correct it, say what it allows, end it."""

from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import may_read_health, the_client
from clinic.core import clock
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import Words, say
from clinic.directory.queries import the_organisation, the_provider
from clinic.files import services as files
from clinic.files.rules.kinds import check
from clinic.referrals import queries, services
from clinic.referrals.forms import (
    ALLOWED,
    CAME,
    CLINICAL,
    KIND_CHOICES,
    AmendForm,
    AuthorisationForm,
    EndForm,
    PaperOrderForm,
    ReferralForm,
)
from clinic.referrals.models import Referral, ReportRule
from clinic.referrals.rules import COUNTED, LACKING, Order, lacks, say_lack
from clinic.web.documents import takes_files
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext, short_day, zone

bp = Blueprint("referrals", __name__, url_prefix="/referrals")

OF_PAYERS = ("diagnosis", "reference")
"""What an order lacks only where a payer asks for it."""

PLAIN = (
    "received_on",
    "received_via",
    "urgency",
    "their_reference",
    "frequency",
    "minutes",
    "sent_from",
    "ordered_on",
    "is_signed",
    "wants_report",
    "requested_service",
    "used_elsewhere",
)
RECEIVE = "receive_order"
"""Under this name the room above that looks after referrals leaves how an order is received."""
PAPERS = "order_from_paper"
"""And under this one how an order is typed from a paper that arrived, by the paper's public id."""


def _page(referral: Referral) -> Any:
    return redirect(url_for("desk.referral", referral_id=referral.public_id))


def _today() -> date:
    return clock.today(zone())


@bp.route("/new", methods=["GET", "POST"])
@takes_files
@requires(Permission.REFERRALS_READ, to_write=Permission.REFERRALS_WRITE)
def new() -> Any:
    paper_id = asked_id("paper")
    paper = current_app.extensions[PAPERS](paper_id) if paper_id else None
    begun = {"received_on": _today()} | (paper.begun if paper else {})
    form = (PaperOrderForm if paper else ReferralForm)(
        client=asked_id("client"), provider=asked_id("provider"), **begun
    )
    named = _named(form)
    if form.is_sent() and form.look_over(check) and form.attempt(lambda: _log(form, paper)):
        flash(gettext("Logged as %(number)s.", number=form.result.number), "success")
        return _page(form.result)
    template, shown = (paper.template, paper.shown) if paper else ("referrals/new.html", {})
    return show(template, form=form, named=named, missing=_missing(form, named), **shown)


def _named(form: ReferralForm) -> dict[str, Any]:
    """What the chosen client and provider are called, or what was typed instead of choosing;
    and who they are, as ``whom`` and ``sender``."""
    named: dict[str, Any] = {name: asked_text(f"{name}_text") for name in ("client", "provider")}
    named |= {name: request.form.get(f"{name}_text", text)[:100] for name, text in named.items()}
    client, provider = _known(the_client, form.client), _known(the_provider, form.provider)
    named |= {"whom": client, "sender": provider}
    if client:
        named["client"] = client.name
        saw("contact", [client.public_id])
    if provider:
        named["provider"] = provider.name
        _offer_places(form, provider)
    return named


def _known(find: Any, field: Any) -> Any:
    """Who a field names; an id that names nobody is no choice at all."""
    try:
        return find(field.data) if field.data else None
    except NotFound:
        field.data, field.raw_data = "", [""]
        return None


def _offer_places(form: Any, provider: Any) -> None:
    places = [(at.organisation.public_id, at.organisation.name) for at in provider.places]
    many = [("", gettext("Choose where it was sent from"))] if len(places) > 1 else []
    form.sent_from.choices = many + places


def _missing(form: ReferralForm, named: dict[str, Any]) -> list[tuple[Words, bool]]:
    """Everything that an order must say, and whether what was typed so far lacks it."""
    rule = _rule(form.reports_by.data)
    order = Order(
        **queries.contacts(named["whom"], named["sender"], None),
        is_signed=form.is_signed.data,
        has_day=form.ordered_on.data is not None,
        has_reason=bool(form.reason.data),
        has_diagnosis=bool(form.diagnosis.data),
        has_visits=bool(form.visits.data or form.frequency.data or (rule and rule.visits)),
        has_service=bool(form.requested_service.data),
        has_payer=bool(form.payer.data or (rule and rule.payer)),
        has_reference=bool(form.reference.data),
    )
    lacking = lacks(order)
    asked = [code for code in LACKING if code in lacking or code not in OF_PAYERS]
    return [(say_lack(code), code in lacking) for code in asked]


def _rule(public_id: str | None) -> ReportRule | None:
    try:
        return queries.rule_if_any(public_id)
    except DomainError:
        return None


def filled_in(allowed: dict[str, Any], rule: ReportRule | None) -> dict[str, Any]:
    """What was typed of an authorisation; what was left empty is as its payer's rule says."""
    allowed = dict(allowed)
    if rule is not None:
        allowed["visits"] = allowed["visits"] or rule.visits
        allowed["payer"] = allowed["payer"] or rule.payer
        is_plain = allowed["basis"] == "fixed_date" and allowed["valid_until"] is None
        if is_plain and rule.basis in COUNTED:
            allowed["basis"] = rule.basis
        if allowed["basis"] == rule.basis:
            allowed["days"] = allowed["days"] or rule.days
        for name in ("counts_missed", "counts_late_cancelled", "counts_cancelled"):
            allowed[name] = allowed[name] or getattr(rule, name)
    return allowed | {"report_rule": rule}


def _allowed(values: dict[str, Any]) -> dict[str, Any]:
    rule = queries.rule_if_any(values.pop("reports_by"))
    return filled_in(values, rule)


def _log(form: ReferralForm, paper: Any) -> Referral:
    """The order, its scan, and the visits that it allows where it says so."""
    values = form.values()
    allowed = _allowed({name: values.pop(name) for name in ALLOWED})
    values.pop("file", None)
    client, provider = the_client(values.pop("client")), the_provider(values.pop("provider"))
    values["organisation"] = _organisation(values.pop("sent_from"))
    receive = current_app.extensions[RECEIVE]
    referral: Referral = receive(
        actor=the_actor(), client=client, provider=provider, **values
    ).referral
    if form.checked:
        kept = files.keep(form.checked, actor=the_actor(), key=referral.client.key)
        allowed["document"] = services.attach(
            referral, actor=the_actor(), file=kept, received_on=referral.received_on
        )
    elif paper is not None:
        allowed["document"] = paper.become(referral)
    if allowed["visits"]:
        allowed["valid_from"] = allowed["valid_from"] or referral.received_on
        allowed |= {"received_on": referral.received_on, "frequency": referral.frequency}
        services.authorise(referral, actor=the_actor(), **allowed)
    return referral


def _organisation(public_id: str | None) -> Any:
    try:
        return the_organisation(public_id) if public_id else None
    except NotFound:
        raise DomainError(say("Choose one of the places."), field="sent_from") from None


@bp.route("/<pid:referral_id>/edit", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def edit(referral_id: str) -> Any:
    referral = queries.the_referral(referral_id)
    opens = may_read_health(the_actor(), referral.client_id)
    saw("clinical" if opens else "contact", [referral.client.public_id])
    shown = PLAIN + (CLINICAL if opens else ())
    form = AmendForm(version=referral.version, **{name: getattr(referral, name) for name in shown})
    _offer_places(form, referral.provider)
    if form.is_sent() and form.attempt(lambda: _amend(referral_id, form)):
        flash(gettext("Saved."), "success")
        return _page(queries.the_referral(referral_id))
    kept = {name for name in CLINICAL if getattr(referral, f"{name}_sealed") and not opens}
    return show("referrals/edit.html", form=form, referral=referral, kept=kept)


def _amend(referral_id: str, form: AmendForm) -> None:
    values = form.values()
    values["organisation"] = _organisation(values.pop("sent_from"))
    services.amend(
        queries.the_referral(referral_id),
        actor=the_actor(),
        version=form.version.data,
        **values,
    )


@bp.route("/<pid:referral_id>/authorise", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def authorise(referral_id: str) -> Any:
    referral = queries.the_referral(referral_id)
    saw("contact", [referral.client.public_id])
    form = AuthorisationForm(valid_from=_today(), received_on=_today())
    _offer_papers(form, referral)
    if form.is_sent() and form.attempt(
        lambda: services.authorise(
            queries.the_referral(referral_id), actor=the_actor(), **_new(form)
        )
    ):
        flash(gettext("The visits are added."), "success")
        return _page(referral)
    return show("referrals/authorisation.html", form=form, referral=referral, is_new=True)


def _new(form: AuthorisationForm) -> dict[str, Any]:
    values = form.values()
    values.pop("is_closed")
    paper = queries.paper_if_any(values.pop("paper"))
    return _allowed(values) | {"document": paper}


def _offer_papers(form: AuthorisationForm, referral: Referral, now: Any = None) -> None:
    """The order's papers; one that was removed only where it is the one chosen."""
    names = dict(KIND_CHOICES)
    form.offer_papers(
        (one.public_id, f"{names[one.kind]}, {short_day(one.received_on)}")
        for one in queries.documents_of(referral)
        if not one.removed_why or one is now
    )


@bp.route("/authorisations/<pid:authorisation_id>", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def authorisation(authorisation_id: str) -> Any:
    allowed = queries.the_authorisation(authorisation_id)
    referral = allowed.referral
    saw("contact", [referral.client.public_id])
    form = AuthorisationForm(
        version=allowed.version,
        is_closed=allowed.is_closed,
        **{name: getattr(allowed, name) for name in (*ALLOWED, *CAME)}
        | ({"valid_until": None} if allowed.basis in COUNTED else {}),  # it is worked out
    )
    form.offer(allowed.report_rule)
    _offer_papers(form, referral, allowed.document)
    if form.is_sent() and form.attempt(lambda: _amend_authorisation(authorisation_id, form)):
        flash(gettext("Saved."), "success")
        return _page(queries.the_authorisation(authorisation_id).referral)
    return show("referrals/authorisation.html", form=form, referral=referral, is_new=False)


def _amend_authorisation(authorisation_id: str, form: AuthorisationForm) -> None:
    values = form.values()
    rule = queries.rule_if_any(values.pop("reports_by"))
    values["document"] = queries.paper_if_any(values.pop("paper"))
    services.amend_authorisation(
        queries.the_authorisation(authorisation_id),
        actor=the_actor(),
        count=current_app.extensions["count_visits"],
        version=form.version.data,
        report_rule=rule,
        **values,
    )


@bp.route("/<pid:referral_id>/end", methods=["GET", "POST"])
@requires(Permission.REFERRALS_WRITE)
def end(referral_id: str) -> Any:
    referral = queries.the_referral(referral_id)
    saw("contact", [referral.client.public_id])
    form = EndForm(version=referral.version)
    if form.is_sent() and form.attempt(
        lambda: services.end(
            queries.the_referral(referral_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("%(number)s has ended.", number=referral.number), "success")
        return _page(referral)
    return show("referrals/end.html", form=form, referral=referral)


@bp.post("/<pid:referral_id>/reopen")
@requires(Permission.REFERRALS_WRITE)
def reopen(referral_id: str) -> Any:
    with transaction():
        referral = queries.the_referral(referral_id)
        services.reopen(referral, actor=the_actor())
    flash(gettext("%(number)s is open again.", number=referral.number), "success")
    return _page(referral)
