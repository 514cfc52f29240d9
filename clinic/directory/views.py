from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for

from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.directory import queries, services
from clinic.directory.forms import (
    CHANNEL_NAMES,
    KIND_NAMES,
    STATUS_NAMES,
    NewProviderForm,
    OrganisationForm,
    PlaceForm,
    ProviderForm,
)
from clinic.directory.models import Organisation, Provider
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, records, show
from clinic.web.wording import gettext, spoken

bp = Blueprint("directory", __name__, url_prefix="/directory")

READ, WRITE = Permission.DIRECTORY_READ, Permission.DIRECTORY_WRITE


@bp.get("")
@requires(READ)
def index() -> Any:
    """Providers by name; a search finds them by name, workplace or number."""
    text, chosen = asked_text("q"), _asked_choice("status", STATUS_NAMES)
    found = _leaf(Provider, queries.providers(text, chosen))
    return show(
        "directory/index.html",
        found=found,
        text=text,
        chosen=chosen,
        statuses=STATUS_NAMES,
        channels=CHANNEL_NAMES,
    )


@bp.get("/organisations")
@requires(READ)
def organisations() -> Any:
    text, kind = asked_text("q"), _asked_choice("kind", KIND_NAMES)
    found = _leaf(Organisation, queries.organisations(text, kind))
    return show("directory/organisations.html", found=found, text=text, kind=kind, kinds=KIND_NAMES)


def _leaf(kind: type[Any], query: Any) -> queries.Leaf:
    return queries.leaf(kind, query, after=asked_id("after"), before=asked_id("before"))


def _asked_choice(name: str, choices: dict[str, Any]) -> str:
    asked = asked_text(name, 20)
    return asked if asked in choices else ""


@bp.get("/suggest")
@requires(READ)
def suggest() -> Any:
    """Search as you type: providers who may be chosen, as options."""
    return show("directory/suggest.html", found=queries.found_providers(asked_text("q")))


@bp.get("/organisations/suggest")
@requires(READ)
def suggest_organisations() -> Any:
    found = queries.found_organisations(asked_text("q"))
    return show("directory/suggest_organisations.html", found=found, kinds=KIND_NAMES)


@bp.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def new() -> Any:
    form = NewProviderForm()
    if form.is_sent() and form.attempt(lambda: _enter(form.values())):
        flash(gettext("%(name)s is in the directory.", name=form.result.name), "success")
        return redirect(url_for(".provider", provider_id=form.result.public_id))
    return show("directory/provider_form.html", form=form, provider=None)


def _enter(typed: dict[str, Any]) -> Provider:
    place = typed.pop("organisation")
    organisation = queries.the_organisation(place) if place else None
    return services.enter_provider(actor=the_actor(), organisation=organisation, **typed)


@bp.get("/<pid:provider_id>")
@requires(READ)
def provider(provider_id: str) -> Any:
    return _provider_page(provider_id, PlaceForm(formdata=None))


def _provider_page(provider_id: str, form: PlaceForm) -> Any:
    found = queries.the_provider(provider_id)
    return show(
        "directory/provider.html",
        form=form,
        provider=found,
        kept=queries.kept_provider(found) if found.merged_into_id else None,
        merged=queries.merged_into(found),
        alike=[] if found.merged_into_id else queries.likely_same(found),
        more=current_app.extensions["provider_more"](found),
        statuses=STATUS_NAMES,
        channels=CHANNEL_NAMES,
    )


@bp.get("/duplicates")
@requires(READ)
def duplicates() -> Any:
    """Pairs that are likely one person."""
    return show("directory/duplicates.html", pairs=queries.duplicates())


@bp.route("/<pid:provider_id>/merge", methods=["GET", "POST"])
@requires(Permission.DIRECTORY_MERGE)
def merge(provider_id: str) -> Any:
    """First choose the other record, then compare both, then say which is kept."""
    if request.method == "POST":
        kept, _, gone = request.form.get("pair", "").partition(",")
        if provider_id in (kept, gone) and _do(lambda: _merge(kept, gone)):
            flash(gettext("The two records are one now."), "success")
            return redirect(url_for(".provider", provider_id=kept))
        return redirect(url_for(".merge", provider_id=provider_id))
    one, other_id = queries.the_provider(provider_id), asked_id("with")
    other = queries.the_provider(other_id) if other_id else None
    return show("directory/merge.html", one=one, other=other, channels=CHANNEL_NAMES)


def _merge(kept: str, gone: str) -> None:
    services.merge(queries.the_provider(kept), queries.the_provider(gone), actor=the_actor())


@bp.post("/<pid:provider_id>/part")
@requires(Permission.DIRECTORY_MERGE)
def part(provider_id: str) -> Any:
    """They are two after all."""
    if _do(lambda: services.part(queries.the_provider(provider_id), actor=the_actor())):
        flash(gettext("Each record stands for itself again."), "success")
    return redirect(url_for(".provider", provider_id=provider_id))


@bp.route("/<pid:provider_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit(provider_id: str) -> Any:
    form = ProviderForm(obj=queries.the_provider(provider_id))
    if form.is_sent() and form.attempt(
        lambda: services.amend_provider(
            queries.the_provider(provider_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("Saved."), "success")
        return redirect(url_for(".provider", provider_id=provider_id))
    found = queries.the_provider(provider_id)
    return show("directory/provider_form.html", form=form, provider=found)


@bp.post("/<pid:provider_id>/places")
@requires(WRITE)
def place(provider_id: str) -> Any:
    form = PlaceForm()
    if form.is_sent() and form.attempt(
        lambda: services.place_provider(
            queries.the_provider(provider_id),
            queries.the_organisation(form.organisation.data),
            actor=the_actor(),
        )
    ):
        return redirect(url_for(".provider", provider_id=provider_id))
    return _provider_page(provider_id, form)


@bp.post("/<pid:provider_id>/places/<pid:organisation_id>/leave")
@requires(WRITE)
def leave(provider_id: str, organisation_id: str) -> Any:
    _do(
        lambda: services.leave_place(
            queries.the_provider(provider_id),
            queries.the_organisation(organisation_id),
            actor=the_actor(),
        )
    )
    return redirect(url_for(".provider", provider_id=provider_id))


@bp.route("/organisations/new", methods=["GET", "POST"])
@requires(WRITE)
def new_organisation() -> Any:
    form = OrganisationForm()
    if form.is_sent() and form.attempt(
        lambda: services.enter_organisation(actor=the_actor(), **form.values())
    ):
        flash(gettext("%(name)s is in the directory.", name=form.result.name), "success")
        return _to_organisation(form.result.public_id)
    return show("directory/organisation_form.html", form=form, organisation=None)


@bp.get("/organisations/<pid:organisation_id>")
@requires(READ)
def organisation(organisation_id: str) -> Any:
    found = queries.the_organisation(organisation_id)
    return show(
        "directory/organisation.html",
        organisation=found,
        providers=records(queries.staff_of(found)),
        kinds=KIND_NAMES,
        statuses=STATUS_NAMES,
    )


@bp.route("/organisations/<pid:organisation_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit_organisation(organisation_id: str) -> Any:
    form = OrganisationForm(obj=queries.the_organisation(organisation_id))
    if form.is_sent() and form.attempt(
        lambda: services.amend_organisation(
            queries.the_organisation(organisation_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("Saved."), "success")
        return _to_organisation(organisation_id)
    found = queries.the_organisation(organisation_id)
    return show("directory/organisation_form.html", form=form, organisation=found)


@bp.post("/organisations/<pid:organisation_id>/close")
@requires(WRITE)
def close(organisation_id: str) -> Any:
    _do(
        lambda: services.close_organisation(
            queries.the_organisation(organisation_id), actor=the_actor()
        )
    )
    return _to_organisation(organisation_id)


@bp.post("/organisations/<pid:organisation_id>/reopen")
@requires(WRITE)
def reopen(organisation_id: str) -> Any:
    _do(
        lambda: services.reopen_organisation(
            queries.the_organisation(organisation_id), actor=the_actor()
        )
    )
    return _to_organisation(organisation_id)


def _to_organisation(organisation_id: str) -> Any:
    return redirect(url_for(".organisation", organisation_id=organisation_id))


def _do(act: Callable[[], Any]) -> bool:
    """Do one thing from a button; what a rule says against it is shown above the page."""
    try:
        with transaction():
            act()
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
        return False
    return True
