"""Health forms: begin one, fill it in section by section, send it, review it."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.anatomy import AREAS, GROUPS, SIDES
from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health, the_client
from clinic.core import clock
from clinic.core.errors import NotAllowed, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.health import services
from clinic.health.forms.intake import AnswersForm, ReviewForm, StartForm, WhyForm
from clinic.health.models import IntakeResponse
from clinic.health.queries import intake as queries
from clinic.health.rules import asking
from clinic.health.rules.forms_1 import CHECK, FORMS
from clinic.health.rules.reading import Read, is_shown
from clinic.health.rules.vocabulary import CODES, DETAILS
from clinic.health.rules.wording import (
    KIND_NAMES,
    SAID_NAMES,
    SOURCE_NAMES,
    answer_words,
    label_of,
    parts_of,
    topic_words,
)
from clinic.health.views import bp
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import asked_date, asked_text, show
from clinic.web.wording import gettext, zone

ROWS_FREE = 2
"""Empty lines offered below those that were filled in."""


def _client_page(client: Client) -> Any:
    """The history for who may read it, the record for others."""
    if may_read_health(the_actor(), client.id):
        return redirect(url_for("health.history", client_id=client.public_id))
    return redirect(url_for("desk.client", client_id=client.public_id))


def _here(client_id: str) -> Client:
    """The record that stands for the person; its name is shown."""
    client = kept_record(the_client(client_id))
    saw("contact", [client.public_id])
    return client


def _words() -> dict[str, Any]:
    """What the macros of a form need to draw any item."""
    groups = {code: (name, [one for one in AREAS.values() if one.group == code])
              for code, name in GROUPS.items()}  # fmt: skip
    return {
        "asking": asking,
        "codes": CODES,
        "details": DETAILS,
        "kind_names": KIND_NAMES,
        "area_groups": groups,
        "sides": SIDES,
        "answer_words": answer_words,
        "label_of": label_of,
        "parts_of": parts_of,
        "topic_words": topic_words,
        "said_names": SAID_NAMES,
        "source_names": SOURCE_NAMES,
        "is_shown": is_shown,
        "rows_free": ROWS_FREE,
    }


@bp.route("/clients/<pid:client_id>/intake", methods=["GET", "POST"])
@requires(Permission.CLINICAL_ENTER)
def intake(client_id: str) -> Any:
    """Begin a form, or go on with a draft; who does not treat the client sees only states."""
    client, actor = _here(client_id), the_actor()
    treats = may_read_health(actor, client.id)
    form = StartForm(is_on_paper=not treats)
    if form.is_sent() and form.attempt(
        lambda: services.begin(the_client(client.public_id), actor=actor, **form.values())
    ):
        return redirect(url_for("health.intake_step", response_id=form.result.public_id, step=1))
    forms = queries.responses_of(client.id)
    drafts = [one for one in forms if queries.may_fill(actor, one)]
    sent = [one for one in forms if one.status != "in_progress"]
    return show(
        "health/intake.html", form=form, client=client, drafts=drafts, sent=sent, treats=treats
    )


def _draft(response_id: str) -> IntakeResponse:
    """A draft that this person may see. Raises NotFound for others: the two look the same."""
    response = queries.the_response(response_id)
    if not queries.may_fill(the_actor(), response):
        raise NotFound(say("There is no such form, or it was sent already."))
    saw("clinical", [response.client.public_id])
    return response


@bp.route("/intake/<pid:response_id>/<int:step>", methods=["GET", "POST"])
@requires(Permission.CLINICAL_ENTER)
def intake_step(response_id: str, step: int) -> Any:
    """One section of a draft; the last one sends it."""
    response = _draft(response_id)
    questions = queries.form_of(response)
    if not 1 <= step <= len(questions.sections):
        raise NotFound
    form = AnswersForm()
    if form.is_sent() and form.attempt(lambda: _keep(response_id, step)):
        return _onward(response_id, step, len(questions.sections), form)
    return _step_page(response_id, step, form)


def _keep(response_id: str, step: int) -> None:
    response = queries.the_response(response_id)
    services.keep(response, request.form, actor=the_actor(), section=step)


def _onward(response_id: str, step: int, last: int, form: AnswersForm) -> Any:
    """Where the button that was pressed leads to."""
    to = request.form.get("to", "next")
    if to == "leave":
        flash(gettext("Kept. You can go on with it later."), "success")
        return _client_page(queries.the_response(response_id).client)
    if to == "send":
        if form.attempt(lambda: _send(response_id)):
            return _sent(queries.the_response(response_id))
        return _step_page(response_id, step, form)
    way = {"back": -1, "stay": 0}.get(to, 1)
    to_step = min(max(step + way, 1), last)
    return redirect(url_for("health.intake_step", response_id=response_id, step=to_step))


def _send(response_id: str) -> None:
    services.complete(queries.the_response(response_id), actor=the_actor())


def _sent(response: IntakeResponse) -> Any:
    if may_read_health(the_actor(), response.client_id):
        flash(gettext("The form is complete. Read what is new."), "success")
        return redirect(url_for("health.intake_review", response_id=response.public_id))
    flash(gettext("The form is complete. A therapist reads it before the visit."), "success")
    return _client_page(response.client)


def _step_page(response_id: str, step: int, form: AnswersForm) -> Any:
    response = queries.the_response(response_id)
    questions = queries.form_of(response)
    wrong = form.wrong or (tuple(queries.read(response).wrong) if "fix" in request.args else ())
    return show(
        "health/intake_step.html",
        form=form,
        client=response.client,
        response=response,
        questions=questions,
        section=questions.sections[step - 1],
        step=step,
        given=queries.given_to(response),
        wrong=wrong,
        **_words(),
    )


@bp.route("/intake/<pid:response_id>/stop", methods=["POST"])
@requires(Permission.CLINICAL_ENTER)
def intake_stop(response_id: str) -> Any:
    """Give a draft up."""
    response = _draft(response_id)
    form = AnswersForm()
    if form.attempt(lambda: services.stop(queries.the_response(response_id), actor=the_actor())):
        flash(gettext("The draft was given up."), "success")
    return _client_page(response.client)


# --- the check of a visit's day ---


@bp.route("/clients/<pid:client_id>/check", methods=["GET", "POST"])
@requires(Permission.CLINICAL_ENTER)
def check(client_id: str) -> Any:
    """A few questions on the day of a visit: one press when nothing is new."""
    client = _here(client_id)
    back = asked_text("back", 300)
    form = AnswersForm(back=back if is_safe_path(back) else "")
    if form.is_sent() and form.attempt(lambda: _check(client_id)):
        return _checked(form.result, form.back.data or "")
    given = {name: text for name, text in request.form.items() if name != "csrf_token"}
    return show(
        "health/intake_check.html",
        form=form,
        client=client,
        questions=CHECK,
        section=CHECK.sections[0],
        on=_day(),
        given=given,
        wrong=form.wrong,
        is_minor=_is_minor(client),
        **_words(),
    )


def _day() -> Any:
    return asked_date() or clock.today(zone())


def _is_minor(client: Client) -> bool:
    return services.is_minor(client, _day())


def _check(client_id: str) -> IntakeResponse:
    client, actor = kept_record(the_client(client_id)), the_actor()
    given_by = "guardian" if _is_minor(client) else "client"
    response = services.begin(client, actor=actor, form="check", on=_day(), given_by=given_by)
    given = {item.key: "no" for item in CHECK.items() if not item.show_if}
    if "all_no" not in request.form:
        given = dict(request.form.items())
    services.keep(response, given, actor=actor)
    return services.complete(response, actor=actor)


def _checked(response: IntakeResponse, back: str) -> Any:
    response = queries.the_response(response.public_id)
    if not queries.waits_for_review(response):
        flash(gettext("Nothing new today. Thank you."), "success")
    elif may_read_health(the_actor(), response.client_id):
        return redirect(url_for("health.intake_review", response_id=response.public_id))
    else:
        flash(gettext("Thank you. A therapist reads this before the visit begins."), "success")
    return (
        redirect(request.script_root + back)
        if is_safe_path(back)
        else _client_page(response.client)
    )


# --- review ---


@bp.route("/intake/<pid:response_id>/review", methods=["GET", "POST"])
@requires(Permission.CLINICAL_READ, to_write=Permission.CLINICAL_DECIDE)
def intake_review(response_id: str) -> Any:
    """What a form changes first, then all of it, then what came from elsewhere."""
    response = _readable(response_id)
    form = ReviewForm(version=response.version)
    if form.is_sent() and form.attempt(lambda: _review(response_id, form)):
        flash(gettext("Reviewed."), "success")
        return _client_page(queries.the_response(response_id).client)
    response = queries.the_response(response_id)
    return show(
        "health/intake_review.html",
        form=form,
        client=response.client,
        response=response,
        questions=queries.form_of(response),
        given=queries.given_to(response),
        found=queries.review_of(response) if response.status == "completed" else None,
        read=queries.read(response) if response.status != "in_progress" else Read(),
        **_words(),
    )


def _readable(response_id: str) -> IntakeResponse:
    response = queries.the_response(response_id)
    if not may_read_health(the_actor(), response.client_id):
        raise NotAllowed(say("Only therapists in this client’s care read their forms."))
    saw("clinical", [response.client.public_id])
    return response


def _review(response_id: str, form: ReviewForm) -> None:
    response = queries.the_response(response_id)
    response.expect(form.version.data)
    services.review(response, actor=the_actor(), ended=request.form.getlist("ended"))


@bp.route("/intake/<pid:response_id>/correct", methods=["POST"])
@requires(Permission.CLINICAL_DECIDE)
def intake_correct(response_id: str) -> Any:
    """Begin another form in the place of one that was sent; what it says stands in it already."""
    response = _readable(response_id)
    form = AnswersForm()
    if form.attempt(lambda: _correct(response_id)):
        return redirect(url_for("health.intake_step", response_id=form.result.public_id, step=1))
    return redirect(url_for("health.intake_review", response_id=response.public_id))


def _correct(response_id: str) -> IntakeResponse:
    response = queries.the_response(response_id)
    return services.begin(
        response.client,
        actor=the_actor(),
        form=response.form,
        on=response.on_date,
        given_by=response.given_by,
        supersedes=response,
    )


@bp.route("/intake/<pid:response_id>/error", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def intake_error(response_id: str) -> Any:
    """Say that a form was filled in for somebody else."""
    response = _readable(response_id)
    form = WhyForm()
    if form.is_sent() and form.attempt(
        lambda: services.mark_in_error(
            queries.the_response(response_id), actor=the_actor(), **form.values()
        )
    ):
        flash(gettext("The form counts no more, nor does what it said."), "success")
        return _client_page(queries.the_response(response_id).client)
    response = queries.the_response(response_id)
    return show("health/intake_error.html", form=form, response=response, client=response.client,
                title=FORMS[response.form].title)  # fmt: skip
