"""Single facts, for therapists in a client's care: write one down, change it, end it."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.anatomy import AREAS, GROUPS, SIDES
from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health, the_client
from clinic.core import clock
from clinic.core.errors import DomainError, NotAllowed, NotFound
from clinic.core.marks import marked
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.health import services
from clinic.health.forms.intake import AnswersForm, FactForm
from clinic.health.models import HealthFact
from clinic.health.queries.facts import fact_of, the_fact
from clinic.health.rules import asking
from clinic.health.rules.facts import Answer, Fact
from clinic.health.rules.reading import approximate_day
from clinic.health.rules.telling import ANSWER
from clinic.health.rules.vocabulary import CODES, DETAILS, READINGS
from clinic.health.rules.wording import KIND_NAMES, SOURCE_NAMES
from clinic.health.views import bp
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, show
from clinic.web.wording import gettext, zone

HIDDEN = frozenset({"sorted", "verification", "severity", "criticality"})
"""Details that other pages ask for, or nobody does."""


def _page(client: Client) -> Any:
    return redirect(url_for("health.history", client_id=kept_record(client).public_id))


def _treated(client: Client) -> Client:
    """A client whom this person treats; their facts are shown. Raises NotAllowed."""
    if not may_read_health(the_actor(), client.id):
        raise NotAllowed(say("Only therapists in this client’s care write health facts."))
    saw("clinical", [client.public_id])
    return client


@bp.route("/clients/<pid:client_id>/health/facts/new", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def fact_new(client_id: str) -> Any:
    """Write down what is known: a mark in the address says of what kind, or what, it is."""
    client = _treated(kept_record(the_client(client_id)))
    kind, _, code = _topic_asked(client.public_id).partition(":")
    form = FactForm()
    if form.is_sent() and form.attempt(
        lambda: services.record_fact(
            the_client(client.public_id),
            _typed(kind, form),
            actor=the_actor(),
            source=form.source.data,
        )
    ):
        flash(gettext("Written down."), "success")
        return _page(client)
    return _fact_page(form, client, kind, {"code": code} | _given(form, kind))


@bp.route("/health/facts/<pid:fact_id>", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def fact_edit(fact_id: str) -> Any:
    """Put what is known better in the place of a fact; the earlier one is kept as ended."""
    row = the_fact(fact_id)
    client, fact = _treated(row.client), fact_of(row)
    if fact.kind == ANSWER:
        raise NotFound
    form = FactForm(version=row.version, source=row.source)
    if form.is_sent() and form.attempt(lambda: _change(fact_id, fact.kind, form)):
        flash(gettext("Saved. What stood before is kept in the history."), "success")
        return _page(client)
    given = _given(form, fact.kind) if request.method == "POST" else _shown(fact)
    return _fact_page(form, client, fact.kind, given, row=the_fact(fact_id))


def _change(fact_id: str, kind: str, form: FactForm) -> HealthFact:
    row = the_fact(fact_id)
    row.expect(form.version.data)
    return services.change_fact(row, _typed(kind, form), actor=the_actor(), source=form.source.data)


@bp.post("/health/facts/<pid:fact_id>/end")
@requires(Permission.CLINICAL_DECIDE)
def fact_end(fact_id: str) -> Any:
    """A fact counts no more: it is over (``review``), or it was an error (``error``)."""
    client = _treated(the_fact(fact_id).client)
    why = "error" if request.form.get("why") == "error" else "review"
    form = AnswersForm()
    if form.attempt(lambda: services.end_fact(the_fact(fact_id), actor=the_actor(), why=why)):
        flash(gettext("It counts no more."), "success")
    else:
        flash(str(form.form_errors[0]), "error")
    return _page(client)


@bp.post("/health/facts/<pid:fact_id>/confirm")
@requires(Permission.CLINICAL_DECIDE)
def fact_confirm(fact_id: str) -> Any:
    """A therapist has read what a client or another system said, and it stands."""
    client = _treated(the_fact(fact_id).client)
    form = AnswersForm()
    if form.attempt(lambda: services.confirm_fact(the_fact(fact_id), actor=the_actor())):
        flash(gettext("Confirmed."), "success")
    else:
        flash(str(form.form_errors[0]), "error")
    return _page(client)


@bp.post("/clients/<pid:client_id>/health/none-known")
@requires(Permission.CLINICAL_DECIDE)
def none_known(client_id: str) -> Any:
    """Asked for a kind of facts, a client said that there are none."""
    client = _treated(kept_record(the_client(client_id)))
    kind = request.form.get("kind", "")
    form = AnswersForm()
    answer = Answer(kind, "no", clock.today(zone()))
    if form.attempt(
        lambda: services.record_answers(the_client(client.public_id), [answer], actor=the_actor())
    ):
        flash(gettext("Noted: none known."), "success")
    else:
        flash(str(form.form_errors[0]), "error")
    return _page(client)


def _topic_asked(client_id: str) -> str:
    """What the mark in the address stands for; a condition where there is none."""
    if "of" not in request.args:
        return "condition"
    found = marked(client_id, asked_id("of") or "", _topics())
    if found is None:
        raise NotFound
    return found


def _topics() -> list[str]:
    """Each kind of fact, and each thing of a kind."""
    things = [f"{kind}:{code}" for kind in KIND_NAMES for code, _ in _codes(kind)]
    return [*KIND_NAMES, *things]


def _given(form: FactForm, kind: str) -> dict[str, str]:
    names = {*DETAILS[kind], "code", "text", "value", "on", "until", "area", "side"}
    return {name: text for name, text in request.form.items() if name in names}


def _shown(fact: Fact) -> dict[str, str]:
    value = f"{fact.value:g}" if fact.value is not None else ""
    on, until = (day.isoformat() if day else "" for day in (fact.on, fact.until))
    given = {"code": fact.code, "text": fact.text, "value": value, "on": on, "until": until}
    return given | {"area": fact.area, "side": fact.side} | dict(fact.details)


def _typed(kind: str, form: FactForm) -> Fact:
    """The fact as it was typed. Raises DomainError beside its field."""
    given = _given(form, kind)
    if not given.get("code") and not given.get("text"):
        raise DomainError(say("Say what it is."), field="code")
    details = ((name, given[name]) for name in DETAILS[kind] if given.get(name))
    area = given.get("area", "")
    return Fact(
        kind,
        given.get("code") or "OTHER",
        text=given.get("text", ""),
        on=_day(given, "on"),
        until=_day(given, "until"),
        area=area,
        side=(given.get("side") or "N") if area else "",
        value=_figure(given.get("value", "")),
        details=tuple(sorted(details)),
    )


def _day(given: dict[str, str], name: str) -> date | None:
    try:
        return approximate_day(given.get(name, ""), clock.today(zone()))
    except ValueError:
        text = "Enter a day, a month or a year that is over, such as 2024-03."
        raise DomainError(say(text), field=name) from None


def _figure(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if text.strip() else None
    except ValueError:
        raise DomainError(say("Enter a number."), field="value") from None


def _fact_page(
    form: FactForm, client: Client, kind: str, given: dict[str, str], row: HealthFact | None = None
) -> Any:
    return show(
        "health/fact.html",
        form=form,
        client=client,
        kind=kind,
        given=given,
        row=row,
        kinds=KIND_NAMES,
        source_names=SOURCE_NAMES,
        codes=_codes(kind),
        details={name: of for name, of in DETAILS[kind].items() if name not in HIDDEN},
        asking=asking,
        area_groups=[
            (name, [one for one in AREAS.values() if one.group == code])
            for code, name in GROUPS.items()
        ],
        sides=SIDES,
    )


def _codes(kind: str) -> list[tuple[str, Any]]:
    if kind == "reading":
        return [(one.name, one.label) for one in READINGS.values()]
    return [(one.code, one.label) for one in CODES[kind].values()]
