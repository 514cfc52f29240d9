"""The room card: read before the session, kept open during it, worked with one hand."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.anatomy import POSITIONS, spot
from clinic.audit.services import saw
from clinic.catalogue.queries import techniques
from clinic.clients.queries import may_read_health
from clinic.core.errors import NotAllowed
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.health.rules.rulebook import ALL, CLASS_NAMES
from clinic.health.rules.wording import label_of, topic_words
from clinic.health.services import deciding
from clinic.records.forms.card import FinishForm, PointForm, StartForm
from clinic.records.queries.card import card_of
from clinic.records.rules import adverse
from clinic.records.rules.plans import PHASES
from clinic.records.views import bp
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services import finish, start
from clinic.staff.queries import qualifications
from clinic.web.guards import requires, the_actor
from clinic.web.pages import rows, show
from clinic.web.wording import gettext


@bp.get("/visits/<pid:visit_id>/card")
@requires(Permission.VISITS_TREAT)
def card(visit_id: str) -> Any:
    """Everything the session needs, on one page; printed, it names no condition."""
    return _card(visit_id)


def _visit(visit_id: str) -> Visit:
    """A visit of a client in this therapist's care. Raises NotAllowed."""
    visit = the_visit(visit_id)
    if not may_read_health(the_actor(), visit.client_id):
        raise NotAllowed(say("That is for a therapist in the client’s care."))
    return visit


def _card(visit_id: str, **forms: Any) -> Any:
    visit = _visit(visit_id)
    saw("clinical", [visit.client.public_id])
    found = card_of(visit)
    fresh: dict[str, Any] = {
        "starting": StartForm(formdata=None, version=visit.version),
        "finishing": FinishForm(formdata=None, version=visit.version),
        "point": PointForm(formdata=None),
    } | forms
    names = {one.code: one.name for one in rows(techniques())}
    return show(
        "records/card.html",
        card=found,
        is_mine=the_actor().id == visit.therapist_id,
        status=max(form.status for form in fresh.values()),
        classes=CLASS_NAMES,
        technique_names=names | {ALL: gettext("every technique")},
        trainings={one.code: one.name for one in rows(qualifications())},
        position_names=POSITIONS,
        label_of=label_of,
        topic_words=topic_words,
        topics_of=deciding.open_topics,
        events=adverse,
        phases=PHASES,
        spots_of=lambda verdict: [spot(*one) for one in verdict.areas],
        **fresh,
    )


@bp.post("/visits/<pid:visit_id>/card/start")
@requires(Permission.VISITS_TREAT)
def start_session(visit_id: str) -> Any:
    """Begin, when all that is asked is in order."""
    _visit(visit_id)
    form = StartForm()
    if form.is_sent() and form.attempt(
        lambda: start(
            the_visit(visit_id),
            actor=the_actor(),
            version=form.version.data,
            override_why=form.override_why.data or "",
            is_adult=form.is_adult.data,
        )
    ):
        flash(gettext("The session has begun."), "success")
        return redirect(url_for(".card", visit_id=visit_id))
    return _card(visit_id, starting=form)


@bp.post("/visits/<pid:visit_id>/card/finish")
@requires(Permission.VISITS_TREAT)
def finish_session(visit_id: str) -> Any:
    """The session is over: the note comes next."""
    _visit(visit_id)
    form = FinishForm()
    if form.is_sent() and form.attempt(
        lambda: finish(the_visit(visit_id), actor=the_actor(), version=form.version.data)
    ):
        flash(gettext("The session is finished. Write its note while it is fresh."), "success")
        return redirect(url_for(".card", visit_id=visit_id))
    return _card(visit_id, finishing=form)


@bp.post("/visits/<pid:visit_id>/card/adjust")
@requires(Permission.CLINICAL_DECIDE)
def adjust_session(visit_id: str) -> Any:
    """One tap: this session takes the rule into account."""
    visit, form = _visit(visit_id), PointForm()

    def act() -> Any:
        return deciding.decide(
            visit.client, form.rule.data or "", "adjusted", actor=the_actor(),
            inputs=form.inputs.data or "", on=day_of(visit),
        )  # fmt: skip

    return _pointed(visit_id, form, act, gettext("Marked as adjusted."))


@bp.post("/visits/<pid:visit_id>/card/answer")
@requires(Permission.CLINICAL_DECIDE)
def answer_on_card(visit_id: str) -> Any:
    """The client was asked, and said yes or no."""
    visit, form = _visit(visit_id), PointForm()

    def act() -> Any:
        return deciding.answer(
            visit.client, form.rule.data or "", form.topics.data or (), form.said.data or "",
            actor=the_actor(), inputs=form.inputs.data or "", on=day_of(visit),
        )  # fmt: skip

    return _pointed(visit_id, form, act, gettext("Kept."))


def _pointed(visit_id: str, form: PointForm, act: Any, words: str) -> Any:
    if form.is_sent() and form.attempt(act):
        flash(words, "success")
        return redirect(url_for(".card", visit_id=visit_id))
    return _card(visit_id, point=form)
