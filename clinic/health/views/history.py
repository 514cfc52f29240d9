"""A client's health on one page: what holds now, what is known, and what is decided about it."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.anatomy import POSITIONS, spot
from clinic.audit.services import saw
from clinic.catalogue.queries import techniques
from clinic.clients.models import Client
from clinic.clients.queries import (
    care_team,
    kept_record,
    may_read_health,
    the_client,
    the_preference,
)
from clinic.core.clock import today
from clinic.core.errors import NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.directory.queries import the_provider
from clinic.health.forms.clearing import HOW_NAMES
from clinic.health.forms.deciding import (
    EVIDENCE_CHOICES,
    SAYS_NAMES,
    AnswerForm,
    AskForm,
    DecideForm,
    DeedForm,
)
from clinic.health.queries.clearances import asking_of, clearances_of, the_decision
from clinic.health.queries.facts import facts_of
from clinic.health.queries.history import (
    Standing,
    point_of,
    standing_of,
)
from clinic.health.queries.intake import responses_of, waits_for_review
from clinic.health.rules.effects import effects, say_effect
from clinic.health.rules.rulebook import ALL, CLASS_NAMES
from clinic.health.rules.telling import said_of
from clinic.health.rules.wording import (
    KIND_NAMES,
    SOURCE_NAMES,
    label_of,
    parts_of,
    topic_words,
)
from clinic.health.services import clearing, deciding
from clinic.health.views import bp
from clinic.practice.queries import the_practice
from clinic.staff.queries import qualifications
from clinic.web.guards import requires, the_actor
from clinic.web.pages import rows, show
from clinic.web.wording import gettext

BOXES = (
    ("condition", "stethoscope", ("condition",)),
    ("medicine", "medical-cross", ("medicine",)),
    ("allergy", "alert-triangle", ("allergy",)),
    ("injury", "history", ("injury", "surgery")),
    ("device", "heart", ("device",)),
    ("pregnancy", "user", ("pregnancy",)),
    ("treatment", "calendar-event", ("treatment",)),
)
"""The parts of a history: the kind that is added there, its picture, the kinds it shows."""


@bp.get("/clients/<pid:client_id>/health")
@requires(Permission.CLIENTS_READ)
def history(client_id: str) -> Any:
    """For a therapist in the client's care the whole; for everybody else what to do, not why."""
    return _page(client_id)


def _page(client_id: str, form: Any = None) -> Any:
    client = kept_record(the_client(client_id))
    if not may_read_health(the_actor(), client.id):
        return _status_page(client)
    saw("clinical", [client.public_id])
    on = _today()
    standing = standing_of(client, on)
    return show(
        "health/history.html",
        client=client,
        standing=standing,
        boxes=_boxes(client, standing),
        spots=[spot(*one) for one in standing.verdict.areas],
        forms=[(one, waits_for_review(one)) for one in responses_of(client.id)],
        clearances=[(one, asking_of(one)) for one in clearances_of(client.id)],
        preference=the_preference(client),
        wrong=form,
        status=form.status if form is not None else 200,
        today=on,
        **_words(),
    )


def _status_page(client: Client) -> Any:
    """What reception and an owner who does not treat may know: status and effects."""
    saw("contact", [client.public_id])
    standing = standing_of(client, _today())
    latest = next((one for one in responses_of(client.id) if one.form != "check"), None)
    return show(
        "health/status.html",
        client=client,
        effects=[say_effect(code) for code in effects(standing.verdict)],
        latest=latest,
    )


def _boxes(client: Client, standing: Standing) -> list[dict[str, Any]]:
    kept = facts_of(client.id)
    hits = {point.hit for point in (*standing.open, *standing.seen)}
    marks = _marks(hits)
    said = standing.known.sheet.answers
    return [
        {
            "kind": kind,
            "glyph": glyph,
            "title": KIND_NAMES[kind] if kind != "injury" else say("Injuries and operations"),
            "facts": [(one, marks.get(one.fact.ref, "")) for one in kept if one.fact.kind in kinds],
            "said": [said_of(one, said) for one in kinds],
        }
        for kind, glyph, kinds in BOXES
    ]


def _marks(hits: Any) -> dict[str, str]:
    """Which facts a rule was hit for: ``stop`` where it stops or holds, else ``care``."""
    marks: dict[str, str] = {}
    for hit in hits:
        for cause in hit.because:
            if cause.fact is not None and hit.state != "not_applicable":
                is_grave = (
                    hit.klass in ("ABSOLUTE", "CLEARANCE") or marks.get(cause.fact.ref) == "stop"
                )
                marks[cause.fact.ref] = "stop" if is_grave else "care"
    return marks


# --- deeds ---


@bp.route("/clients/<pid:client_id>/health/found/<pid:mark>", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def decide(client_id: str, mark: str) -> Any:
    """What was found, and what a therapist decides about it."""
    client = _treated(client_id)
    point = point_of(client, mark, _today())
    if point is None:
        raise NotFound(say("This rule finds nothing now."))
    form = DecideForm(inputs=point.hit.inputs)
    allowed = deciding.decidable(point.hit.klass)
    if point.hit.state == "ask":
        allowed = ("not_applicable",)
    form.says.choices = [(name, SAYS_NAMES[name]) for name in allowed]
    if form.is_sent() and form.attempt(lambda: _decide(client_id, point.hit.rule, form)):
        flash(gettext("Kept."), "success")
        return _back(client_id)
    return show(
        "health/decide.html",
        form=form,
        client=client,
        point=point,
        topics=deciding.open_topics(point.hit),
        **_words(),
    )


def _decide(client_id: str, code: str, form: DecideForm) -> Any:
    return deciding.decide(the_client(client_id), code, actor=the_actor(), **form.values())


@bp.post("/clients/<pid:client_id>/health/adjust")
@requires(Permission.CLINICAL_DECIDE)
def adjust(client_id: str) -> Any:
    """One tap: the session takes it into account."""
    form = DeedForm()

    def act() -> Any:
        client = the_client(client_id)
        return deciding.decide(client, says="adjusted", actor=the_actor(), **form.values())

    return _done(client_id, form, act, gettext("Marked as adjusted."))


@bp.post("/clients/<pid:client_id>/health/answer")
@requires(Permission.CLINICAL_DECIDE)
def answer(client_id: str) -> Any:
    """The client was asked, and said yes or no."""
    form = AnswerForm()

    def act() -> Any:
        return deciding.answer(the_client(client_id), actor=the_actor(), **form.values())

    return _done(client_id, form, act, gettext("Kept."))


@bp.post("/clients/<pid:client_id>/health/ask")
@requires(Permission.CLINICAL_DECIDE)
def ask(client_id: str) -> Any:
    """One click asks for a clearance; what is answered is written down on its own page."""
    form = AskForm()
    client = _treated(client_id)
    on = form.for_day.data or _today()
    held = [one for one in standing_of(client, on).open if one.hit.klass == "CLEARANCE"]
    named = form.rules.data or [one.hit.rule for one in held if one.waiting is None]
    waiting = [one.waiting for one in held if one.waiting is not None]
    if waiting and not named:
        flash(gettext("A provider is asked already."), "success")
        return redirect(url_for(".clearance", clearance_id=waiting[0].public_id))
    labels = [one.rule.label for one in held if one.hit.rule in named]

    def act() -> Any:
        return clearing.ask_clearance(
            the_client(client_id),
            named,
            actor=the_actor(),
            provider=_doctor(client),
            on=on,
            question=gettext(
                "May massage be given, and with which limits? It is about: %(what)s",
                what="; ".join(labels),
            ),
        )

    if form.is_sent() and form.attempt(act):
        row = form.result
        flash(gettext("Asked. Write down the answer here when it comes."), "success")
        page = url_for(".clearance", clearance_id=row.public_id)
        return redirect(page if row.provider is not None else f"{page}/provider")
    return _page(client_id, form)


def _doctor(client: Client) -> Any:
    """The client's doctor from the care team, where there is just one provider in it."""
    outside = [one.provider_public_id for one in care_team(client.id) if one.provider_public_id]
    return the_provider(outside[0]) if len(outside) == 1 else None


@bp.post("/clients/<pid:client_id>/health/decisions/<pid:decision_id>/withdraw")
@requires(Permission.CLINICAL_DECIDE)
def withdraw_decision(client_id: str, decision_id: str) -> Any:
    """A decision counts no more."""
    form = DeedForm()

    def act() -> Any:
        decision = the_decision(decision_id)
        if decision.client.known_as != the_client(client_id).known_as:
            raise NotFound
        return deciding.withdraw_decision(decision, actor=the_actor())

    return _done(client_id, form, act, gettext("Taken back. The rule is open again."))


def _done(client_id: str, form: Any, act: Any, words: str) -> Any:
    if form.is_sent() and form.attempt(act):
        flash(words, "success")
        return _back(client_id)
    return _page(client_id, form)


def _back(client_id: str) -> Any:
    return redirect(url_for(".history", client_id=client_id))


def _treated(client_id: str) -> Client:
    """A client whom this therapist treats; it is noted that their health is shown."""
    client = kept_record(the_client(client_id))
    deciding.must_treat(the_actor(), client)
    saw("clinical", [client.public_id])
    return client


def _words() -> dict[str, Any]:
    names = {one.code: one.name for one in rows(techniques())}
    return {
        "classes": CLASS_NAMES,
        "technique_names": names | {ALL: gettext("every technique")},
        "trainings": {one.code: one.name for one in rows(qualifications())},
        "position_names": POSITIONS,
        "how_names": HOW_NAMES,
        "says_names": SAYS_NAMES,
        "evidence_names": dict(EVIDENCE_CHOICES),
        "label_of": label_of,
        "parts_of": parts_of,
        "source_names": SOURCE_NAMES,
        "topic_words": topic_words,
    }


def _today() -> Any:
    return today(the_practice().zone)
