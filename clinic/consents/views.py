from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from clinic.anatomy import AREAS
from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health, the_client, who_may_care
from clinic.clients.rules import ADULT, age_on
from clinic.consents import queries, services
from clinic.consents.forms import MistakeForm, RefuseForm, TakeForm, TextForm, WithdrawForm
from clinic.consents.models import Consent
from clinic.consents.rules import (
    CHANNELS,
    DATA,
    GROUPS,
    KINDS,
    LASTS,
    PURPOSES,
    Kind,
    blocks,
    read_scope,
    read_why,
    shelf,
    state_of,
)
from clinic.core import clock
from clinic.core.errors import NotAllowed
from clinic.core.marks import mark_of, marked
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.directory.queries import the_provider
from clinic.web.forms import ClinicForm
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext, spoken, zone

bp = Blueprint("consents", __name__)

OF_CLIENT = "/clients/<pid:client_id>/consents"


@bp.context_processor
def _names() -> dict[str, Any]:
    """What codes are called, for every page of this room."""
    return {
        "area_names": {code: area.name for code, area in AREAS.items()},
        "channels": CHANNELS,
        "data_kinds": DATA,
        "groups": GROUPS,
        "kinds": KINDS,
        "lasts": LASTS,
        "purposes": PURPOSES,
    }


def _today() -> Any:
    return clock.today(zone())


def _person(client_id: str) -> tuple[Client, bool]:
    """The record that stands for a client, and whether clinical consents may be read."""
    client = kept_record(the_client(client_id))
    reads = may_read_health(the_actor(), client.id)
    saw("clinical" if reads else "contact", {client_id, client.public_id})
    return client, reads


@bp.app_template_filter("marked")
def marked_for(client_id: str, what: str) -> str:
    """What stands in the address of a client's page in the place of a code."""
    return mark_of(client_id, what)


def _kind(code: str) -> Kind:
    if code not in KINDS:
        abort(404)
    return KINDS[code]


def _typed(form: ClinicForm) -> dict[str, Any]:
    """The values of a form; what was not sent at all is no text."""
    return {name: "" if value is None else value for name, value in form.values().items()}


def _list(client: Client) -> Any:
    return redirect(url_for(".index", client_id=client.public_id))


def _age(client: Client) -> int | None:
    return age_on(client.birth_date, _today()) if client.birth_date else None


@bp.get(OF_CLIENT)
@requires(Permission.CONSENTS_TAKE)
def index(client_id: str) -> Any:
    """What a client agreed to: what is missing first, then what stands, then what is over."""
    client, reads = _person(client_id)
    rows = {row.id: row for row in queries.with_names(client.id)}
    said = queries.consents_of(rows.values(), _today())
    return show(
        "consents/index.html",
        client=client,
        reads=reads,
        rows=rows,
        shelf=shelf(said, _age(client), reads=reads),
        newest=queries.current_numbers(),
    )


# ---- one consent


def _one(client_id: str, consent_id: str) -> tuple[Client, Consent]:
    """A consent that this person may see."""
    client, reads = _person(client_id)
    consent = queries.the_consent(client.id, consent_id)
    if KINDS[consent.kind].is_clinical and not reads:
        raise NotAllowed(say("Who treats this client reads this."))
    return client, consent


@bp.get(f"{OF_CLIENT}/<pid:consent_id>")
@requires(Permission.CONSENTS_TAKE)
def consent(client_id: str, consent_id: str) -> Any:
    """What was agreed to, with its words, as it can be printed."""
    client, row = _one(client_id, consent_id)
    text = queries.text_of(row.kind, row.text_number)
    return show("consents/consent.html", client=client, text=blocks(text.body), **_facts(row))


def _facts(row: Consent) -> dict[str, Any]:
    return {
        "row": row,
        "kind": KINDS[row.kind],
        "scope": read_scope(row.scope),
        "why": read_why(row.why),
        "state": state_of(queries.line_of(row), _today()),
    }


@bp.route(f"{OF_CLIENT}/new/<pid:mark>", methods=["GET", "POST"])
@requires(Permission.CONSENTS_TAKE)
def take(client_id: str, mark: str) -> Any:
    """The exact words, and below them who agrees, how, and to what in particular."""
    client, asked = _asked(client_id, mark)
    kind = asked.code
    earlier = _earlier(client, kind)
    scope = read_scope(earlier.scope) if earlier else None
    text = _words(kind)
    givers = _givers(client)
    form = TakeForm(
        given_on=_today(),
        text_number=text.number,
        given_by=givers[0],
        method="signed",
        provider=asked_id("provider"),
        purposes=_wanted(client, "purpose", PURPOSES, scope.purposes if scope else ()),
        shared=_wanted(client, "share", DATA, scope.data if scope else ()),
    )
    form.ask_only(asked, providers=_providers(asked), is_again=bool(earlier), givers=givers)
    if form.is_sent() and form.attempt(lambda: _take(client.public_id, kind, form, earlier)):
        flash(gettext("%(kind)s: agreed.", kind=spoken(asked.name)), "success")
        return _back(client)
    return show(
        "consents/take.html",
        form=form,
        client=client,
        kind=asked,
        number=text.number,
        text=blocks(text.body),
        others=[row.number for row in queries.published(kind)],
        earlier=earlier,
        whom=scope.whom if scope else "",
    )


def _asked(client_id: str, code: str) -> tuple[Client, Kind]:
    """The client and a kind that this person may ask them about, by its mark."""
    client, reads = _person(client_id)
    kind = _kind(marked(client.public_id, code, KINDS) or "")
    if kind.is_clinical and not reads:
        raise NotAllowed(say("Who treats this client asks for this consent."))
    return client, kind


def _wanted(client: Client, name: str, known: dict[str, Any], agreed: Any) -> list[str]:
    """What is asked for from the start: what was agreed to, and what the address asks besides.

    The address says it in marks, which tell nothing to whoever reads it.
    """
    marks = request.args.getlist(name)[: len(known)]
    asked = {marked(client.public_id, mark, known) for mark in marks}
    return [code for code in known if code in asked or code in agreed]


def _back(client: Client) -> Any:
    """To the page of this house that asked for the consent, or to the list."""
    path = asked_text("back")
    return redirect(path) if path and is_safe_path(path) else _list(client)


def _earlier(client: Client, kind: str) -> Consent | None:
    """The consent that is answered anew, where the address names one."""
    public_id = asked_id("again")
    row = queries.the_consent(client.id, public_id) if public_id else None
    return row if row is not None and row.kind == kind else None


def _words(kind: str) -> queries.Text:
    """The words that were sent with the form, or that the address asks for, or the newest."""
    asked = request.form.get("text_number") or asked_text("words")
    if asked.isascii() and asked.isdigit() and len(asked) < 5:
        return queries.text_of(kind, int(asked))
    return queries.current_text(kind)


def _providers(kind: Kind) -> list[tuple[str, str]]:
    return who_may_care()[1] if "provider" in kind.asks else []


def _givers(client: Client) -> tuple[str, ...]:
    age = _age(client)
    if age is not None and age < ADULT:
        return ("guardian",)
    return ("client", "guardian") if client.guardian_name else ("client",)


def _take(client_id: str, kind: str, form: TakeForm, earlier: Consent | None) -> Consent:
    typed = form.values()
    facts: dict[str, Any] = {
        name: typed.get(name) for name in ("method", "signature", "given_by", "given_on")
    }
    facts |= {"until": typed.get("until"), "text_number": _words(kind).number}
    if earlier is not None:
        before = queries.the_consent(earlier.client.known_as, earlier.public_id)
        scope = form.scope(read_scope(before.scope).whom)
        return services.replace(before, actor=the_actor(), scope=scope, **facts)
    provider = the_provider(typed["provider"]) if typed.get("provider") else None
    return services.take_consent(
        the_client(client_id),
        kind,
        actor=the_actor(),
        provider=provider,
        scope=form.scope(),
        **facts,
    )


@bp.route(f"{OF_CLIENT}/refuse/<pid:mark>", methods=["GET", "POST"])
@requires(Permission.CONSENTS_TAKE)
def refuse(client_id: str, mark: str) -> Any:
    """Somebody said no."""
    client, asked = _asked(client_id, mark)
    form = RefuseForm(given_on=_today())
    form.ask_only(asked, providers=_providers(asked), is_again=False)
    if form.is_sent() and form.attempt(lambda: _refuse(client.public_id, asked.code, form)):
        flash(gettext("%(kind)s: refused.", kind=spoken(asked.name)), "success")
        return _list(client)
    return show("consents/refuse.html", form=form, client=client, kind=asked)


def _refuse(client_id: str, kind: str, form: RefuseForm) -> Consent:
    typed = _typed(form)
    named = typed.pop("provider", "")
    return services.refuse(
        the_client(client_id),
        kind,
        actor=the_actor(),
        provider=the_provider(named) if named else None,
        **typed,
    )


@bp.route(f"{OF_CLIENT}/<pid:consent_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.CONSENTS_TAKE)
def withdraw(client_id: str, consent_id: str) -> Any:
    """Taken back, in whatever way it was said."""
    client, row = _one(client_id, consent_id)
    form = WithdrawForm(version=row.version)
    if form.is_sent() and form.attempt(
        lambda: services.withdraw(
            queries.the_consent(client.known_as, consent_id),
            actor=the_actor(),
            version=form.version.data,
            **_typed(form),
        )
    ):
        flash(gettext("It is withdrawn from now on."), "success")
        return _list(client)
    return show("consents/withdraw.html", form=form, client=client, **_facts(row))


@bp.route(f"{OF_CLIENT}/withdraw", methods=["GET", "POST"])
@requires(Permission.CONSENTS_TAKE)
def withdraw_clinical(client_id: str) -> Any:
    """All that the care team keeps, taken back by somebody who does not see which it is."""
    client, _ = _person(client_id)
    form = WithdrawForm()
    del form.version
    if form.is_sent() and form.attempt(
        lambda: services.withdraw_clinical(the_client(client_id), actor=the_actor(), **_typed(form))
    ):
        flash(gettext("What the care team kept is withdrawn from now on."), "success")
        return _list(client)
    return show("consents/withdraw_clinical.html", form=form, client=client)


@bp.route(f"{OF_CLIENT}/<pid:consent_id>/mistake", methods=["GET", "POST"])
@requires(Permission.CONSENTS_TAKE)
def mistake(client_id: str, consent_id: str) -> Any:
    """Written down for the wrong person, or never said."""
    client, row = _one(client_id, consent_id)
    form = MistakeForm(version=row.version)
    if form.is_sent() and form.attempt(
        lambda: services.mark_in_error(
            queries.the_consent(client.known_as, consent_id),
            actor=the_actor(),
            version=form.version.data,
            **_typed(form),
        )
    ):
        flash(gettext("It never counted."), "success")
        return _list(client)
    return show("consents/mistake.html", form=form, client=client, **_facts(row))


# ---- the clinic's words


@bp.get("/settings/consents")
@requires(Permission.PRACTICE_WRITE)
def texts() -> Any:
    """The words of every kind."""
    return show("consents/texts.html", newest=queries.newest_texts())


@bp.route("/settings/consents/<kind>", methods=["GET", "POST"])
@requires(Permission.PRACTICE_WRITE)
def text(kind: str) -> Any:
    """The words that stand, those before them, and new ones: looked at first, then published."""
    asked, current = _kind(kind), queries.current_text(kind)
    form = TextForm(body=current.body, after=current.number)
    is_sent, looks = form.is_sent(), "look" in request.form
    if is_sent and not looks and form.attempt(lambda: _publish(kind, form)):
        flash(gettext("The words are published. They are agreed to from now on."), "success")
        return redirect(url_for(".text", kind=kind))
    return show(
        "consents/text.html",
        form=form,
        kind=asked,
        current=current,
        text=blocks(current.body),
        seen=blocks(form.body.data or "") if is_sent and looks else (),
        published=queries.published(kind),
    )


def _publish(kind: str, form: TextForm) -> Any:
    after = form.after.data or ""
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else -1
    return services.publish_text(kind, actor=the_actor(), after=number, **form.values())


@bp.get("/settings/consents/<kind>/<int:number>")
@requires(Permission.PRACTICE_WRITE)
def earlier_text(kind: str, number: int) -> Any:
    """Words as they were agreed to once."""
    asked = _kind(kind)
    text = queries.text_of(kind, number)
    return show("consents/earlier_text.html", kind=asked, number=number, text=blocks(text.body))
