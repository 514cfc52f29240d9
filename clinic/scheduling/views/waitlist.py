"""The waitlist: who waits, what came free, what is offered to whom."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import bookable_variants, the_variant
from clinic.clients.queries import found, kept_record, the_client
from clinic.core.clock import from_epoch, today
from clinic.core.errors import NotFound
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission
from clinic.practice.queries import the_practice
from clinic.referrals.queries import open_authorisations
from clinic.scheduling.forms.waitlist import (
    AmendForm,
    AnswerForm,
    OfferForm,
    WaitForm,
    WithdrawForm,
    bits,
)
from clinic.scheduling.queries.waitlist import the_entry, the_offer
from clinic.scheduling.queries.waitlist_page import DAYS, Freed, entry_page, freed, waitlist_page
from clinic.scheduling.rules.waiting import PARTS_ALL, WEEKDAYS_ALL
from clinic.scheduling.services import waiting
from clinic.scheduling.views import bp
from clinic.staff.models import StaffMember
from clinic.staff.queries import the_member, therapists
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import asked_date, asked_id, asked_text, rows, show
from clinic.web.wording import gettext, spoken

FOUND = 8
"""Clients that a search lists at most."""


@bp.app_template_filter("bits_of_week")
def bits_of_week(number: int) -> list[int]:
    """Which days of the week a number names (0 is Monday); none where it names all."""
    return [] if number == WEEKDAYS_ALL else [one.bit_length() - 1 for one in bits(number, 127)]


@bp.app_template_filter("bits_of_day")
def bits_of_day(number: int) -> list[int]:
    """Which parts of the day a number names; none where it names all."""
    return [] if number == PARTS_ALL else [one.bit_length() - 1 for one in bits(number, 7)]


@bp.get("/waitlist")
@requires(Permission.SCHEDULE_OWN)
def waitlist() -> Any:
    """Open offers, and who waits."""
    return _waitlist()


def _waitlist(wrong: Any = None, asks_for: str = "") -> Any:
    service, therapist = asked_id("service") or "", asked_id("therapist") or ""
    page = waitlist_page(service, therapist, the_actor())
    saw("contact", page.client_ids)
    status = wrong.status if wrong is not None else None
    return show(
        "scheduling/waitlist.html", page=page, service=service, therapist=therapist, wrong=wrong,
        status=status, asks_for=asks_for,
    )  # fmt: skip


# ---- to wait


@bp.route("/waitlist/new", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def wait() -> Any:
    """Put somebody on the list: first who, then what they wait for."""
    form = WaitForm()
    client = _client(form.client.data or _picked())
    if client is None:
        return _whom()
    form.client.data = client.public_id
    _offer_choices(form)
    if request.method == "GET":
        form.begin(request.args, _today())
        _prefer_length(form)
    if form.is_sent() and form.attempt(lambda: _wait(form)):
        flash(gettext("They are on the waitlist."), "success")
        return redirect(_after(url_for(".waitlist_entry", entry_id=form.result)))
    saw("contact", [client.public_id])
    return show(
        "scheduling/waitlist_new.html", form=form, client=client,
        has_referral=bool(open_authorisations(client.id, _today())),
    )  # fmt: skip


def _today() -> date:
    return today(the_practice().zone)


def _picked() -> str:
    """The client of the address: several controls of the page send one, filled in or not."""
    return next((one for one in request.args.getlist("client") if one), "")


def _client(public_id: str) -> Any:
    try:
        return kept_record(the_client(public_id)) if is_public_id(public_id) else None
    except NotFound:
        return None


def _whom() -> Any:
    who = asked_text("who")
    people = found(who, FOUND) if who else ()
    saw("contact", [one.public_id for one in people])
    kept = [(name, value) for name, value in request.args.items() if name not in ("who", "client")]
    return show("scheduling/waitlist_whom.html", who=who, people=people, kept=kept)


def _offer_choices(form: Any) -> None:
    actor = the_actor()
    is_keeper = actor.may(Permission.SCHEDULE_WRITE)
    people: list[StaffMember] = list(rows(therapists()))
    if not is_keeper:
        people = [one for one in people if one.id == actor.id]
    form.offer(bookable_variants(_today()), people, is_keeper=is_keeper)


def _prefer_length(form: WaitForm) -> None:
    """Where an address names a service only, its first length."""
    service = asked_id("service")
    if form.variant.data or not service:
        return
    offered = [one for one in bookable_variants(_today()) if one.service_public_id == service]
    form.variant.data = offered[0].public_id if offered else ""


def _wait(form: WaitForm) -> str:
    return waiting.wait(
        actor=the_actor(), client=the_client(form.client.data), **_wishes(form)
    ).public_id


def _wishes(form: Any) -> dict[str, Any]:
    return form.wishes() | {
        "variant": the_variant(form.variant.data),
        "therapists": [the_member(one) for one in form.therapists.data or ()],
    }


def _after(otherwise: str) -> str:
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else otherwise


# ---- one entry


@bp.route("/waitlist/<pid:entry_id>", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def waitlist_entry(entry_id: str) -> Any:
    """One entry: what is waited for, to be amended, and what was offered."""
    form = AmendForm() if request.method == "POST" else AmendForm.of(the_entry(entry_id))
    _offer_choices(form)
    if form.is_sent() and form.attempt(lambda: _amend(entry_id, form)):
        flash(gettext("The entry is changed."), "success")
        return redirect(url_for(".waitlist_entry", entry_id=entry_id))
    return _entry(entry_id, form)


def _amend(entry_id: str, form: AmendForm) -> None:
    waiting.amend(
        the_entry(entry_id), actor=the_actor(), version=form.version.data, **_wishes(form)
    )


def _entry(entry_id: str, form: AmendForm, wrong: Any = None) -> Any:
    page = entry_page(the_entry(entry_id), the_actor())
    saw("schedule", [page.client.public_id])
    status = max(form.status, wrong.status if wrong is not None else 200)
    return show(
        "scheduling/waitlist_entry.html", form=form, page=page, wrong=wrong, status=status,
        has_referral=bool(open_authorisations(page.client.id, _today())),
    )  # fmt: skip


@bp.post("/waitlist/<pid:entry_id>/withdraw")
@requires(Permission.SCHEDULE_OWN)
def withdraw_entry(entry_id: str) -> Any:
    form = WithdrawForm()
    if form.is_sent() and form.attempt(
        lambda: waiting.withdraw(
            the_entry(entry_id), actor=the_actor(), version=form.version.data
        )
    ):  # fmt: skip
        flash(gettext("They are off the waitlist."), "success")
        return redirect(url_for(".waitlist"))
    amend = AmendForm.of(the_entry(entry_id))
    _offer_choices(amend)
    return _entry(entry_id, amend, form)


# ---- what came free


@bp.get("/waitlist/free")
@requires(Permission.SCHEDULE_OWN)
def waitlist_free() -> Any:
    """What cancelled visits left, and whom it would suit."""
    return _free()


def _free(wrong: Any = None) -> Any:
    present = _today()
    on = max(asked_date() or present, present)
    gaps = freed(on, the_actor())
    saw("schedule", {visit.client_id for gap in gaps for visit in gap.visits})
    saw("contact", _waiting(gaps))
    return show(
        "scheduling/waitlist_free.html", gaps=gaps, on=on, present=present, wrong=wrong,
        last=on + timedelta(days=DAYS - 1), status=wrong.status if wrong is not None else None,
    )  # fmt: skip


def _waiting(gaps: list[Freed]) -> set[str]:
    """The records of those whom the gaps would suit, or who were offered a time in them."""
    found = {one.line.client_id for gap in gaps for one in gap.matches}
    return found | {one.client.public_id for gap in gaps for one in gap.offers}


@bp.post("/waitlist/<pid:entry_id>/offer")
@requires(Permission.SCHEDULE_OWN)
def offer_time(entry_id: str) -> Any:
    """One click: the time is offered, and what to say is shown."""
    form = OfferForm()
    if form.is_sent() and form.attempt(lambda: _offer(entry_id, form)):
        flash(gettext("Offered. Call them now."), "success")
        return redirect(_after(url_for(".waitlist")))
    return _free(form)


def _offer(entry_id: str, form: OfferForm) -> None:
    at, therapist = form.at.data or "", form.therapist.data or ""
    if not (at.isascii() and at.isdigit() and len(at) < 12 and is_public_id(therapist)):
        raise NotFound
    waiting.offer(
        the_entry(entry_id),
        actor=the_actor(),
        therapist=the_member(therapist),
        starts_at=from_epoch(int(at)),
    )


@bp.post("/waitlist/offers/<pid:offer_id>/accept")
@requires(Permission.SCHEDULE_OWN)
def accept_offer(offer_id: str) -> Any:
    """They take it. Where they cannot have it, the words say why, and they wait again."""
    form = AnswerForm()
    if not (form.is_sent() and form.attempt(lambda: _accept(offer_id, form))):
        asks = form.override_why.errors or form.over_why.errors or form.self_pay.errors
        return _waitlist(form, asks_for=offer_id if asks else "")
    visit_id, refused = form.result
    if visit_id is None:
        flash(gettext("Not booked. %(why)s They wait again.", why=spoken(refused)), "warning")
        return redirect(_after(url_for(".waitlist")))
    flash(gettext("The visit is booked."), "success")
    return redirect(url_for(".visit", visit_id=visit_id))


def _accept(offer_id: str, form: AnswerForm) -> tuple[str | None, Any]:
    done = waiting.accept(
        the_offer(offer_id),
        actor=the_actor(),
        override_why=form.override_why.data or "",
        over_why=form.over_why.data or "",
        self_pay=form.self_pay.data,
    )
    return _accepted(done)


def _accepted(done: waiting.Acceptance) -> tuple[str | None, Any]:
    return (done.visit.public_id if done.visit is not None else None, done.refused)


@bp.post("/waitlist/offers/<pid:offer_id>/<any('decline', 'retract'):answer>")
@requires(Permission.SCHEDULE_OWN)
def answer_offer(offer_id: str, answer: str) -> Any:
    """They do not take it, or it was offered by mistake: they wait on."""
    form = AnswerForm()
    act = waiting.decline if answer == "decline" else waiting.retract
    if form.is_sent() and form.attempt(lambda: act(the_offer(offer_id), actor=the_actor())):
        said = gettext("Declined.") if answer == "decline" else gettext("The offer is taken back.")
        flash(said, "success")
        return redirect(_after(url_for(".waitlist_free")))
    return _waitlist(form)
