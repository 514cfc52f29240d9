"""Couples and groups: several visits at one time."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.clock import local_day
from clinic.core.errors import DomainError
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.forms.groups import (
    Asked,
    TogetherCancelForm,
    TogetherForm,
    TogetherMoveForm,
    asked_people,
)
from clinic.scheduling.forms.paying import shown_as
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.gate_of_visit import lacks_reason
from clinic.scheduling.queries.groups import TimeTogether, the_group, times_to_move, visits_of
from clinic.scheduling.queries.together_page import TogetherPage, row_of, together_page
from clinic.scheduling.rules.screening import codes_of, is_treating, waits_for_somebody
from clinic.scheduling.services.groups import (
    Member,
    book_together,
    cancel_together,
    move_together,
)
from clinic.scheduling.views import bp
from clinic.scheduling.views.choosing import (
    after,
    fold_of,
    put_typed,
    second_of,
    typed_of,
    wall_instant,
)
from clinic.scheduling.views.paying import asking
from clinic.staff.queries import the_member
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext


@bp.route("/book/together", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_WRITE)
def together() -> Any:
    """Book two to six people at one time, all or none."""
    form, people = TogetherForm.begun(), asked_people()
    is_last = "book" in request.form
    if (
        is_last
        and form.is_sent()
        and form.attempt(lambda: asking(form, lambda: _book(form, people)))
    ):
        flash(gettext("All are booked."), "success")
        return redirect(after(url_for(".group", group_id=form.result)))
    if form.status != 200:
        refresh()
    if not is_last:
        form.ask(())  # somebody else may be chosen by now
    page = _page(form, people)
    saw("contact", _seen(page))
    return show(
        "scheduling/together.html", form=form, page=page, value_of=value_of,
        asks_why=is_treating(the_actor()) and page.needs_reason,
    )  # fmt: skip


def _page(form: TogetherForm, people: list[Asked]) -> TogetherPage:
    on = form.on.data if form.on.data and 1900 < form.on.data.year < 2200 else None
    rows = [
        row_of(
            one.client, one.who, one.variant, one.therapist, one.note,
            use_referral=one.use_referral,
        )
        for one in people
    ]  # fmt: skip
    page = together_page(rows, on, form.kind.data or "couple", the_actor(), _picked(form))
    form.on.data = page.on
    return page


def _picked(form: TogetherForm) -> datetime | None:
    """The time that was chosen, as far as it can be read."""
    try:
        return second_of((form.opening.data or "").partition(".")[0])
    except DomainError:
        return None


def _seen(page: TogetherPage) -> list[str]:
    clients = [row.client.public_id for row in page.rows if row.client is not None]
    return clients + [one.public_id for row in page.rows for one in row.found]


def value_of(one: TimeTogether) -> str:
    """A time as the form sends it: second, then the therapist of each."""
    return ".".join([str(one.at), *(person.public_id for person in one.therapists)])


def _book(form: TogetherForm, people: list[Asked]) -> str:
    """Book what the form says; the group's public id."""
    at, *therapists = (form.opening.data or "").split(".")
    starts_at = second_of(at)
    if len(therapists) != len(people) or not all(is_public_id(one) for one in therapists):
        raise DomainError(say("Choose a time."), field="opening")
    if not all(one.client for one in people):
        raise DomainError(say("Choose a client for each."))
    if not all(one.variant for one in people):
        raise DomainError(say("Choose a service for each."))
    on = local_day(starts_at, the_practice().zone)
    members = [
        Member(
            the_client(one.client),
            the_variant(one.variant),
            the_member(therapist),
            use_referral=one.use_referral,
            note=one.note,
            override_why=form.override_why.data or "",
            over_why=form.over_why.data or "",
            self_pay=shown_as(one.client, on) in form.agreed,
        )
        for one, therapist in zip(people, therapists, strict=True)
    ]
    group = book_together(
        actor=the_actor(), members=members, starts_at=starts_at, kind=form.kind.data
    )
    return group.public_id


@bp.get("/groups/<pid:group_id>")
@requires(Permission.SCHEDULE_READ)
def group(group_id: str) -> Any:
    """Those who come together, and where they could all move."""
    return _group(group_id)


def _group(group_id: str, **forms: Any) -> Any:
    one = the_group(group_id)
    visits = visits_of(one)
    saw("schedule", [visit.client.public_id for visit in visits])
    shown = ",".join(f"{visit.public_id}:{visit.version}" for visit in visits)
    first = visits[0].starts_at.astimezone(the_practice().zone) if visits else None
    begun = {"on": first.date(), "time": first.strftime("%H:%M")} if first is not None else {}
    begun |= typed_of(request.args.get("to", "").partition(".")[0])
    fresh = {
        "move": TogetherMoveForm(formdata=None, versions=shown, **begun),
        "cancel": TogetherCancelForm(formdata=None, versions=shown),
    } | forms
    return show(
        "scheduling/together_group.html", group=one, visits=visits,
        soon=times_to_move(visits, one.kind, the_actor()) if visits else [],
        asks_why=_asks_why(visits), must_say=_must_say(visits),
        status=max(form.status for form in fresh.values()), **fresh,
    )  # fmt: skip


def _asks_why(visits: list[Visit]) -> bool:
    """Whether a reason of who moves them would count for any."""
    return is_treating(the_actor()) and any(
        waits_for_somebody(codes_of(visit.verdict.effects)) for visit in visits
    )


def _must_say(visits: list[Visit]) -> bool:
    """Whether they cannot be moved without one."""
    return is_treating(the_actor()) and any(lacks_reason(visit) for visit in visits)


@bp.post("/groups/<pid:group_id>/move")
@requires(Permission.SCHEDULE_WRITE)
def move_group(group_id: str) -> Any:
    """Move all, or none."""
    form = TogetherMoveForm()
    if form.is_sent() and form.attempt(lambda: asking(form, lambda: _move(group_id, form))):
        flash(gettext("All are moved."), "success")
        return redirect(after(url_for(".group", group_id=group_id)))
    refresh()
    put_typed(form)
    return _group(group_id, move=form)


def _move(group_id: str, form: TogetherMoveForm) -> None:
    group, starts_at = the_group(group_id), _when(form)
    on = local_day(starts_at, the_practice().zone)
    clients = {visit.client.public_id for visit in visits_of(group)}
    move_together(
        group,
        actor=the_actor(),
        starts_at=starts_at,
        versions=_versions(form.versions.data),
        outside_hours=form.outside_hours.data,
        override_why=form.override_why.data or "",
        self_pay={one for one in clients if shown_as(one, on) in form.agreed},
    )


def _when(form: TogetherMoveForm) -> datetime:
    if form.opening.data:
        return second_of(form.opening.data)
    return wall_instant(form.on.data, form.time.data, fold_of(form))


def _versions(sent: str | None) -> dict[str, int]:
    """Which version of each visit was shown."""
    pairs = [one.partition(":") for one in (sent or "").split(",")]
    return {
        visit: int(number)
        for visit, _, number in pairs
        if number.isascii() and number.isdigit() and len(number) < 10
    }


@bp.post("/groups/<pid:group_id>/cancel")
@requires(Permission.SCHEDULE_WRITE)
def cancel_group(group_id: str) -> Any:
    """Cancel all, or none."""
    form = TogetherCancelForm()
    typed = {"by": form.by.data, "why": form.why.data or ""}
    if form.is_sent() and form.attempt(
        lambda: cancel_together(
            the_group(group_id), actor=the_actor(), versions=_versions(form.versions.data), **typed
        )
    ):
        flash(gettext("All are cancelled."), "success")
        return redirect(after(url_for(".group", group_id=group_id)))
    refresh()
    return _group(group_id, cancel=form)
