"""What is to be done: the list, one task with what can be done about it, and a new one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import the_client
from clinic.core.errors import NotFound
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission, Role, can
from clinic.staff.queries import everyone, is_active, the_member
from clinic.tasks import queries, services
from clinic.tasks.forms import CancelForm, FinishForm, HandForm, NewForm, SnoozeForm, StepForm
from clinic.tasks.models import Task
from clinic.tasks.rules import KINDS, NAMES, SNOOZED, may_go
from clinic.tasks.views import bp
from clinic.web.forms import VersionedForm
from clinic.web.guards import doors, is_safe_path, requires, the_actor
from clinic.web.pages import asked_id, asked_text, rows, show
from clinic.web.wording import gettext

DO = Permission.TASKS_DO
ROLES = frozenset(role.value for role in Role)


@bp.app_template_filter("about_url")
def about_url(about: str) -> str:
    """Where the thing is that a task is about; nothing where this person may not go there."""
    word, _, public_id = about.partition(":")
    endpoint, argument = current_app.extensions.get("abouts", {}).get(word, ("", ""))
    if endpoint not in current_app.view_functions or not is_public_id(public_id):
        return ""
    door = doors(current_app)[endpoint]
    if door.reading is None or not can(the_actor(), door.reading):
        return ""
    named: dict[str, Any] = {argument: public_id}
    return url_for(endpoint, **named)


@bp.app_template_filter("task_kind")
def task_kind(code: str) -> Any:
    """What a task is, in words."""
    return KINDS[code].name


@bp.get("/tasks")
@requires(DO)
def index() -> Any:
    """What is to be done: the overdue first, by consequence and then age."""
    actor, on = the_actor(), queries.this_day()
    number = queries.counts(actor)
    whose = asked_text("whose", 8)
    if whose not in queries.WHOSE:
        whose = "mine" if number["mine"] else "role"
    kind = asked_text("kind", 24)
    kind = kind if kind in KINDS else ""
    state = SNOOZED if request.args.get("put_off") else ""
    found = queries.to_do(actor, on, whose=whose, kind=kind, state=state)
    _saw(found)
    return show(
        "tasks/index.html",
        tasks=found,
        on=on,
        whose=whose,
        kind=kind,
        state=state,
        number=number,
        kinds=KINDS,
        here=request.full_path.rstrip("?"),
        most=queries.CAME,
    )


def _saw(found: list[Task]) -> None:
    saw("contact", {task.client.public_id for task in found if task.client is not None})


@bp.get("/tasks/count")
@requires(DO)
def count() -> Any:
    """How many concern this person and are due or late: the rail asks once a page is drawn."""
    return jsonify(count=queries.count_of(the_actor(), queries.this_day()))


@bp.get("/tasks/pressing")
@requires(DO)
def pressing() -> Any:
    """Late and today's, for a page that is drawn for everybody alike: it asks for it by itself."""
    actor, on = the_actor(), queries.this_day()
    found = queries.pressing(actor, on)
    _saw(found)
    late = queries.count_of(actor, on - timedelta(days=1))
    count = queries.count_of(actor, on)
    return show("tasks/pressing.html", tasks=found, on=on, late=late, count=count)


@bp.route("/tasks/new", methods=["GET", "POST"])
@requires(DO)
def new() -> Any:
    """Something to be done that nothing else asks for."""
    form = NewForm(client=asked_id("client"))
    form.offer(list(rows(everyone().where(is_active()))), queries.this_day() + timedelta(days=1))
    client = _client(form)
    if form.is_sent() and form.attempt(lambda: _open(form)):
        flash(gettext("It is on the list."), "success")
        return redirect(url_for(".index", whose="all" if form.whom.data else None))
    named = client.name if client else request.form.get("client_text", "")[:100]
    return show("tasks/new.html", form=form, named=named)


def _client(form: NewForm) -> Any:
    try:
        client = the_client(form.client.data) if is_public_id(form.client.data or "") else None
    except NotFound:
        client = None
    if client is None:
        form.client.data = ""
    else:
        saw("contact", [client.public_id])
    return client


def _open(form: NewForm) -> Task:
    values = form.values()
    client = values.pop("client")
    return services.open_task(
        actor=the_actor(),
        client=the_client(client) if client else None,
        about="",
        **_owner(values.pop("whom")),
        **values,
    )


def _owner(chosen: str) -> dict[str, Any]:
    """Who was chosen: a role, a person, or nobody in particular."""
    if chosen in ROLES:
        return {"role": chosen}
    return {"assignee": the_member(chosen)} if chosen else {}


@bp.get("/tasks/<pid:task_id>")
@requires(DO)
def task(task_id: str) -> Any:
    """One task, and whatever can be done about it."""
    return _page(task_id)


def _page(task_id: str, sent: VersionedForm | None = None) -> Any:
    found = queries.the_task(task_id)
    made: list[VersionedForm] = [
        sent if isinstance(sent, kind) else kind(formdata=None, version=found.version)
        for kind in (FinishForm, SnoozeForm, HandForm, CancelForm)
    ]
    hand = made[2]
    assert isinstance(hand, HandForm)  # noqa: S101 - for the types
    hand.offer(list(rows(everyone().where(is_active()))))
    if sent is None or not isinstance(sent, HandForm):
        hand.whom.data = found.role or (found.assignee.public_id if found.assignee else None)
    _saw([found])
    return show(
        "tasks/task.html",
        task=found,
        on=queries.this_day(),
        finish=made[0],
        snooze=made[1],
        hand=made[2],
        cancel=made[3],
        sent=sent,
        may=may_go(found.status),
        state=NAMES[found.status],
        status=sent.status if sent is not None else None,
        next=_next(""),
    )


def _next(otherwise: str) -> str:
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else otherwise


def _do(task_id: str, form: VersionedForm, act: Callable[[Task], Any], said: str) -> Any:
    """One step: done, and back to the list; or the page again, with what was typed."""
    if form.is_sent() and form.attempt(lambda: act(queries.the_task(task_id))):
        flash(said, "success")
        return redirect(_next(url_for(".index")))
    return _page(task_id, form)


STEPS: dict[str, Callable[..., None]] = {
    "take": services.take,
    "back": services.hand_back,
    "wake": services.wake,
}


@bp.post("/tasks/<pid:task_id>/<any('take', 'back', 'wake'):step>")
@requires(DO)
def step(task_id: str, step: str) -> Any:
    """I do it; I do not do it after all; it is looked at today."""
    form = StepForm()
    said = {
        "take": gettext("It is yours."),
        "back": gettext("It waits for its role again."),
        "wake": gettext("It is back on the list."),
    }[step]
    return _do(
        task_id,
        form,
        lambda task: STEPS[step](task, actor=the_actor(), version=form.version.data),
        said,
    )


@bp.post("/tasks/<pid:task_id>/finish")
@requires(DO)
def finish(task_id: str) -> Any:
    form = FinishForm()
    return _do(task_id, form, lambda task: _said(services.finish, task, form), gettext("Done."))


@bp.post("/tasks/<pid:task_id>/snooze")
@requires(DO)
def snooze(task_id: str) -> Any:
    form = SnoozeForm()
    return _do(task_id, form, lambda task: _said(services.snooze, task, form), gettext("Put off."))


@bp.post("/tasks/<pid:task_id>/cancel")
@requires(DO)
def cancel(task_id: str) -> Any:
    form = CancelForm()
    return _do(
        task_id, form, lambda task: _said(services.cancel, task, form), gettext("Cancelled.")
    )


def _said(act: Callable[..., None], task: Task, form: VersionedForm) -> None:
    act(task, actor=the_actor(), version=form.version.data, **form.values())


@bp.post("/tasks/<pid:task_id>/hand")
@requires(DO)
def hand(task_id: str) -> Any:
    form = HandForm()
    form.offer(list(rows(everyone().where(is_active()))))
    return _do(
        task_id,
        form,
        lambda task: services.hand_to(
            task, actor=the_actor(), version=form.version.data, **_owner(form.whom.data)
        ),
        gettext("Handed on."),
    )
