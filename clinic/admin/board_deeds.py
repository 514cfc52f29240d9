"""What the board's script sends, and the service that does it: one deed a request."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.clock import instant
from clinic.core.errors import DomainError, NotFound
from clinic.core.ids import is_public_id
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling import services
from clinic.scheduling.models import Hold, Visit
from clinic.scheduling.queries.changes import the_change
from clinic.scheduling.queries.holding import the_hold
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.rules import OVERLAP_WHY_MAX, WHY_MAX
from clinic.scheduling.rules.screening import REASON_MAX
from clinic.staff.models import StaffMember
from clinic.staff.queries import the_member
from clinic.timetable.models import Place
from clinic.timetable.queries import the_place
from clinic.web.fields import Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.guards import the_actor

STEPS: dict[str, Callable[..., Any]] = {
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
    "cancel": services.cancel,
    "fee": services.settle_fee,
    "length": services.resize,
}
_WITH_REASON = ("finish", "send-home", "decline", "cancel", "fee")
_OVERRIDDEN = ("approve", "start", "undo", "length")
_WALL = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00)?", re.ASCII)
_YEARS = range(2000, 2200)


class Said(ClinicForm):
    """What the script sends; a broken rule is kept as it was raised."""

    refusal: DomainError | None = None

    def blame(self, error: DomainError) -> None:
        self.refusal = error
        super().blame(error)


class OfVisit(VersionedForm, Said):
    """Something about one visit, begun on one version of it."""

    visit = StringField()


class MoveTo(OfVisit):
    start = StringField()
    staff = StringField()
    place = StringField()
    fold = StringField()
    outside_hours = BooleanField()
    overlap_why = StringField(validators=[Length(max=OVERLAP_WHY_MAX)])
    self_pay = BooleanField()
    override_why = StringField(validators=[Length(max=REASON_MAX)])


class LengthTo(OfVisit):
    minutes = Whole()
    outside_hours = BooleanField()
    override_why = StringField(validators=[Length(max=REASON_MAX)])


class StepTo(OfVisit):
    step = StringField()
    why = StringField(validators=[Length(max=WHY_MAX)])
    by = StringField(validators=[Length(max=10)])
    decision = StringField(validators=[Length(max=10)])
    minutes = Whole()
    override_why = StringField(validators=[Length(max=REASON_MAX)])


class UndoOf(Said):
    change = StringField()


class HoldAt(Said):
    variant = StringField()
    staff = StringField()
    start = StringField()
    place = StringField()
    client = StringField()
    fold = StringField()


class ReleaseOf(Said):
    hold = StringField()


# ---- what was sent, as the house knows it


def known_id(field: Any) -> str:
    """A public id that was sent. Raises NotFound for what cannot be one."""
    text = field.data or ""
    if not is_public_id(text):
        raise NotFound
    return str(text)


def wall_time(typed: str | None, fold: str | None) -> datetime:
    """The instant of a wall time such as ``2026-11-19T10:30``.

    Raises DomainError for what is no time, for a year far off, for a time that the clocks
    jump over, and for one that comes twice where ``fold`` does not say which.
    """
    found = _WALL.fullmatch(typed or "")
    if found is None:
        raise DomainError(say("Enter a day and a time."), field="time")
    try:
        day, wall = date.fromisoformat(found[1]), time.fromisoformat(found[2])
    except ValueError:
        raise DomainError(say("There is no such day or time."), field="time") from None
    if day.year not in _YEARS:
        raise DomainError(say("Look at the year again."), field="time")
    return instant(day, wall, the_practice().zone, int(fold) if fold in ("0", "1") else None)


def visit_of(form: OfVisit) -> Visit:
    """The visit that is meant. Raises NotFound."""
    return the_visit(known_id(form.visit))


def staff_of(field: Any) -> StaffMember | None:
    """The therapist that is meant; none where nothing was sent. Raises NotFound."""
    return the_member(known_id(field)) if field.data else None


def place_of(field: Any) -> Place | None:
    """The place that is meant; none where nothing was sent. Raises NotFound."""
    return the_place(known_id(field)) if field.data else None


# ---- the deeds


def move(form: MoveTo) -> Visit:
    """Move a visit to another time, therapist or place."""
    visit = visit_of(form)
    services.move(
        visit,
        actor=the_actor(),
        starts_at=wall_time(form.start.data, form.fold.data),
        therapist=staff_of(form.staff),
        place=place_of(form.place),
        version=form.version.data,
        outside_hours=form.outside_hours.data,
        overlap_why=form.overlap_why.data or "",
        override_why=form.override_why.data or "",
        self_pay=form.self_pay.data,
    )
    return visit


def length(form: LengthTo) -> Visit:
    """Give a visit another length."""
    if not form.minutes.data:
        raise DomainError(say("Say how many minutes."), field="minutes")
    visit = visit_of(form)
    services.resize(
        visit,
        actor=the_actor(),
        minutes=form.minutes.data,
        version=form.version.data,
        outside_hours=form.outside_hours.data,
        override_why=form.override_why.data or "",
    )
    return visit


def step(form: StepTo) -> Visit:
    """Take one step: checked in, begun, cancelled, and so on."""
    name = form.step.data or ""
    act = STEPS.get(name)
    if act is None:
        raise NotFound
    more: dict[str, Any] = {"why": form.why.data or ""} if name in _WITH_REASON else {}
    if name in _OVERRIDDEN:
        more["override_why"] = form.override_why.data or ""
    if name == "cancel":
        more["by"] = form.by.data or "client"
    elif name == "fee":
        more["is_charged"] = form.decision.data == "charge"
    elif name == "length":
        more["minutes"] = form.minutes.data or 0
    visit = visit_of(form)
    act(visit, actor=the_actor(), version=form.version.data, **more)
    return visit


def undo(form: UndoOf) -> Visit:
    """Take a change back."""
    return services.take_back(the_change(known_id(form.change)), actor=the_actor())


def hold(form: HoldAt) -> Hold:
    """Keep a time for a caller."""
    therapist = staff_of(form.staff)
    if therapist is None:
        raise DomainError(say("Choose a therapist."), field="therapist")
    return services.hold_time(
        actor=the_actor(),
        variant=the_variant(known_id(form.variant)),
        therapist=therapist,
        starts_at=wall_time(form.start.data, form.fold.data),
        place=place_of(form.place),
        client=the_client(known_id(form.client)) if form.client.data else None,
    )


def release(form: ReleaseOf) -> None:
    """Give a kept time back."""
    services.let_go(the_hold(known_id(form.hold)), actor=the_actor())
