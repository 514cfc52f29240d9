from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients import queries, services
from clinic.clients.forms import (
    AlertForm,
    CareForm,
    ClientForm,
    DeathForm,
    DoNotBookForm,
    PreferenceForm,
)
from clinic.clients.models import Client
from clinic.core.clock import today
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.web.framing import framed
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.markup import NOTHING, Markup, Pattern, pattern, words
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import (
    age,
    gettext,
    hue,
    initials,
    locale,
    phone,
    short_day,
    spoken,
    zone,
)

bp = Blueprint("clients", __name__)


def _page(client_id: str) -> Any:
    return redirect(url_for("desk.client", client_id=client_id))


def _shown(client_id: str) -> Client:
    """The record, with a note in the log of reads that it was shown."""
    client = queries.the_client(client_id)
    saw("contact", [client_id])
    return client


@bp.get("/clients")
@requires(Permission.CLIENTS_READ)
def index() -> Any:
    """The list by name; with ``q``, who is found."""
    text, which = asked_text("q"), request.args.get("show", "current")
    which = which if which in queries.FILTERS else "current"
    if text:
        listing = queries.Listing(queries.found(text, queries.PAGE))
    else:
        after, before = asked_id("after") or "", asked_id("before") or ""
        listing = queries.listing(which, after=after, before=before)
    saw("contact", [one.public_id for one in listing.rows])
    pieces: dict[str, Any] = {"lines": _drawn("row", listing.rows), "text": text}
    keys = {"before": listing.before, "after": listing.after}
    pieces |= {name: key for name, key in keys.items() if key}
    facts: dict[str, Any] = {
        "which": which, "is_search": bool(text), "has_rows": bool(listing.rows),
        "has_before": bool(listing.before), "has_after": bool(listing.after),
    }  # fmt: skip
    if listing.rows:
        return framed("clients/index.html", pieces, **facts)
    return show("clients/index.html", **pieces, **facts)


def _line(macro: str) -> Pattern:
    return pattern("clients/rows.html", macro)


def _drawn(macro: str, people: Iterable[queries.Found]) -> Markup:
    """The lines as markup, each found again by all that it says and by what it is said with."""
    said_with = (macro, today(zone()), locale(), request.script_root)
    return NOTHING.join(
        [_line_of(one, place, said_with) for place, one in enumerate(people)]
        if macro.startswith("option")
        else [_line_of(one, 0, said_with) for one in people]
    )


@lru_cache(maxsize=queries.KEPT_AT_MOST)
def _line_of(one: queries.Found, place: int, said_with: tuple[str, Any, str, str]) -> Markup:
    macro = said_with[0]
    return _line(macro).filled(*(_cells(one) if macro == "row" else _choice(place, one)))


def _cells(one: queries.Found) -> tuple[Any, ...]:
    """What a line of the list is filled with."""
    born, tel = short_day(one.birth_date), phone(one.phone)
    return (
        hue(one.public_id), initials(one.name), one.public_id, one.name,
        _line("known_by").filled(one.known_by) if one.known_by else "",
        " · ".join(part for part in (one.number, born, tel) if part), one.number,
        _line("birth").filled(born, age(one.birth_date)) if born else "",
        tel, one.email, _standing_of(one),
    )  # fmt: skip


def _standing_of(one: queries.Found) -> Markup:
    said = NOTHING
    if one.is_not_to_book:
        said += _line("do_not_book").filled()
    if one.status != "active":
        said += words("clients/words.html", "status_badge", one.status)
    if one.missing:
        said += _line("incomplete").filled(words("clients/words.html", "lacking", one.missing))
    return said


@bp.get("/clients/suggest")
@requires(Permission.CLIENTS_READ)
def suggest() -> Any:
    """Search as you type: options as HTML. With ``pick`` they carry no address of their own."""
    text = asked_text("q")
    found = queries.found(text)
    saw("contact", [one.public_id for one in found])
    option = "option" if "pick" in request.args else "option_going"
    options = _drawn(option, found)
    return show("clients/suggest.html", options=options, text=text)


def _choice(index: int, one: queries.Found) -> tuple[Any, ...]:
    """What an option of the list box is filled with."""
    facts = (short_day(one.birth_date), phone(one.phone), one.number)
    tag: Any = ""
    if one.is_not_to_book:
        tag = _line("tag_stop").filled()
    elif one.status in ("archived", "deceased"):
        tag = _line("tag").filled(words("clients/words.html", "status_name", one.status))
    detail = " · ".join(fact for fact in facts if fact)
    return index, one.public_id, one.name, hue(one.public_id), initials(one.name), detail, tag


@bp.route("/clients/new", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def new() -> Any:
    form = ClientForm.to_begin(asked_text("name"))
    compared = request.form.get("not_these", "").split(",")
    if form.is_sent() and form.attempt(
        lambda: services.register(actor=the_actor(), not_these=compared, **form.values()).public_id
    ):
        flash(gettext("The client is on the books."), "success")
        return _back_with(form.result)
    saw("contact", [one.public_id for one in form.alike])
    return show("clients/new.html", form=form)


def _back_with(client_id: str) -> Any:
    """To where somebody new was asked for, saying who it is; else to their page."""
    wanted = request.args.get("next", "")
    if not is_safe_path(wanted):
        return _page(client_id)
    parts = urlsplit(wanted)
    asked = [one for one in parse_qsl(parts.query) if one[0] != "client"]
    return redirect(
        parts._replace(query=urlencode([*asked, ("client", client_id)]), fragment="").geturl()
    )


@bp.route("/clients/<pid:client_id>/edit", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def edit(client_id: str) -> Any:
    client = _shown(client_id)
    form = ClientForm.of(client)
    if _is_done(form, client_id, services.amend):
        flash(gettext("The record is saved."), "success")
        return _page(client_id)
    return show("clients/edit.html", form=form, client=client)


def _is_done(form: Any, client_id: str, act: Callable[..., Any]) -> bool:
    """Whether the form was sent and ``act`` did what it says to the client."""
    if not form.is_sent():
        return False
    version, typed = form.version.data, form.values()
    return bool(
        form.attempt(
            lambda: act(queries.the_client(client_id), actor=the_actor(), version=version, **typed)
        )
    )


@bp.route("/clients/<pid:client_id>/preferences", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def preferences(client_id: str) -> Any:
    client = _shown(client_id)
    may_read = queries.may_read_health(the_actor(), client.id)
    if may_read:
        saw("clinical", [client_id])
    form = PreferenceForm.of(queries.the_preference(client), with_note=may_read)
    if _is_done(form, client_id, services.prefer):
        flash(gettext("The preferences are saved."), "success")
        return _page(client_id)
    return show("clients/preferences.html", form=form, client=client)


@bp.route("/clients/<pid:client_id>/standing", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def standing(client_id: str) -> Any:
    """The alert and prepayment; below it, for the owner, whether to book at all."""
    client = _shown(client_id)
    form = AlertForm(obj=client)
    if _is_done(form, client_id, services.caution):
        flash(gettext("The record is saved."), "success")
        return _page(client_id)
    return _standing(client, form, DoNotBookForm(formdata=None, obj=client))


def _standing(client: Client, form: AlertForm, stop: DoNotBookForm) -> Any:
    status = max(form.status, stop.status)
    return show("clients/standing.html", form=form, stop=stop, client=client, status=status)


@bp.post("/clients/<pid:client_id>/do-not-book")
@requires(Permission.CLIENTS_STANDING)
def stop_booking(client_id: str) -> Any:
    client = _shown(client_id)
    form = DoNotBookForm()
    if _is_done(form, client_id, services.stop_booking):
        flash(gettext("Nobody can book this client now."), "success")
        return _page(client_id)
    return _standing(client, AlertForm(formdata=None, obj=client), form)


@bp.post("/clients/<pid:client_id>/allow-booking")
@requires(Permission.CLIENTS_STANDING)
def allow_booking(client_id: str) -> Any:
    return _do(client_id, services.allow_booking)


@bp.post("/clients/<pid:client_id>/reopen")
@requires(Permission.CLIENTS_WRITE)
def reopen(client_id: str) -> Any:
    return _do(client_id, services.reopen)


def _do(client_id: str, act: Callable[..., Any]) -> Any:
    """One deed without a form; a broken rule is said on the client's page."""
    try:
        with transaction():
            act(queries.the_client(client_id), actor=the_actor())
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    return _page(client_id)


@bp.route("/clients/<pid:client_id>/died", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def died(client_id: str) -> Any:
    client = _shown(client_id)
    form = DeathForm(data={"version": client.version})
    if _is_done(form, client_id, services.record_death):
        return _page(client_id)
    return show("clients/died.html", form=form, client=client)


@bp.route("/clients/<pid:client_id>/care", methods=["GET", "POST"])
@requires(Permission.CLIENTS_WRITE)
def join_care(client_id: str) -> Any:
    """Let somebody take part in the care."""
    client = _shown(client_id)
    form = CareForm()
    form.offer(*queries.who_may_care())
    if form.is_sent() and form.attempt(lambda: _join(client_id, **form.values())):
        flash(gettext("The care team is changed."), "success")
        return _page(client_id)
    return show("clients/care.html", form=form, client=client)


def _join(client_id: str, *, staff: str, provider: str, role: str, why: str) -> Any:
    return services.join_care(
        queries.the_client(client_id),
        queries.staff_id(staff),
        actor=the_actor(),
        provider_id=queries.provider_id(provider),
        role=role,
        why=why,
    )


@bp.post("/clients/<pid:client_id>/care/<pid:member_id>/end")
@requires(Permission.CLIENTS_WRITE)
def leave_care(client_id: str, member_id: str) -> Any:
    with transaction():
        services.leave_care(queries.the_care_member(client_id, member_id), actor=the_actor())
    flash(gettext("The care team is changed."), "success")
    return _page(client_id)
