from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for

from clinic.catalogue import queries, services
from clinic.catalogue.forms import (
    FAMILY_NAMES,
    AddOnForm,
    LengthForm,
    NewAddOnForm,
    NewServiceForm,
    NewTechniqueForm,
    PriceForm,
    ServiceForm,
    TechniqueForm,
)
from clinic.catalogue.queries import needs
from clinic.catalogue.queries.ladder import the_ladder
from clinic.core.clock import today
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.staff.queries import qualifications
from clinic.web import aftermath
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_date, rows, show
from clinic.web.wording import gettext, spoken, zone

bp = Blueprint("catalogue", __name__, url_prefix="/services")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


@bp.get("")
@requires(READ)
def index() -> Any:
    """Services by family, with a price for each length, today or on a day to come."""
    present = today(zone())
    day = max(asked_date() or present, present)
    ladder = the_ladder(present, day)
    return show(
        "catalogue/index.html", ladder=ladder, day=day, present=present, families=FAMILY_NAMES
    )


@bp.post("/starter")
@requires(WRITE)
def starter() -> Any:
    with transaction():
        count = services.stock_starter(actor=the_actor())
    flash(gettext("%(count)s services added. Look over the prices.", count=count), "success")
    return redirect(url_for(".index"))


@bp.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def new() -> Any:
    form = NewServiceForm(position=queries.last_position() + 10)
    _offer_lists(form)
    if form.is_sent() and form.attempt(
        lambda: services.offer_service(actor=the_actor(), **form.values())
    ):
        flash(gettext("The service is saved. Give it a length and a price."), "success")
        return _to_service(form.result.public_id)
    return show("catalogue/service_form.html", form=form, service=None)


@bp.get("/<pid:service_id>")
@requires(READ)
def service(service_id: str) -> Any:
    found = queries.the_service(service_id)
    history: dict[int, list[Any]] = defaultdict(list)
    for price in rows(queries.prices_of_service(found)):
        history[price.variant_id].append(price)
    return show(
        "catalogue/service.html",
        service=found,
        policy=found.late_policy or needs.default_policy(),
        history=history,
        present=today(zone()),
        families=FAMILY_NAMES,
    )


@bp.route("/<pid:service_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit(service_id: str) -> Any:
    found = queries.the_service(service_id)
    form = ServiceForm(data=queries.facts_of(found))
    _offer_lists(form)
    if form.is_sent() and form.attempt(
        lambda: services.amend_service(
            queries.the_service(service_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("Saved."), "success")
        aftermath.tell()
        return _to_service(service_id)
    return show("catalogue/service_form.html", form=form, service=queries.the_service(service_id))


@bp.post("/<pid:service_id>/retire")
@requires(WRITE)
def retire(service_id: str) -> Any:
    _do(lambda: services.retire_service(queries.the_service(service_id), actor=the_actor()))
    return _to_service(service_id)


@bp.post("/<pid:service_id>/restore")
@requires(WRITE)
def restore(service_id: str) -> Any:
    _do(lambda: services.restore_service(queries.the_service(service_id), actor=the_actor()))
    return _to_service(service_id)


@bp.route("/<pid:service_id>/lengths/new", methods=["GET", "POST"])
@requires(WRITE)
def new_length(service_id: str) -> Any:
    form = LengthForm(minutes=60, effective_from=today(zone()))
    if form.is_sent() and form.attempt(
        lambda: services.offer_length(
            queries.the_service(service_id), actor=the_actor(), **form.values()
        )
    ):
        flash(gettext("The length is saved."), "success")
        return _to_service(service_id)
    return show("catalogue/length_form.html", form=form, service=queries.the_service(service_id))


@bp.post("/lengths/<pid:variant_id>/withdraw")
@requires(WRITE)
def withdraw_length(variant_id: str) -> Any:
    _do(lambda: services.withdraw_length(queries.the_variant(variant_id), actor=the_actor()))
    return _to_service(queries.the_variant(variant_id).service.public_id)


@bp.post("/lengths/<pid:variant_id>/resume")
@requires(WRITE)
def resume_length(variant_id: str) -> Any:
    _do(lambda: services.resume_length(queries.the_variant(variant_id), actor=the_actor()))
    return _to_service(queries.the_variant(variant_id).service.public_id)


@bp.route("/lengths/<pid:variant_id>/prices/new", methods=["GET", "POST"])
@requires(WRITE)
def new_price(variant_id: str) -> Any:
    return _new_price(lambda: queries.the_variant(variant_id))


@bp.route("/add-ons/<pid:add_on_id>/prices/new", methods=["GET", "POST"])
@requires(WRITE)
def new_add_on_price(add_on_id: str) -> Any:
    return _new_price(lambda: queries.the_add_on(add_on_id))


def _new_price(find: Callable[[], Any]) -> Any:
    form = PriceForm()
    if form.is_sent() and form.attempt(
        lambda: services.set_price(find(), actor=the_actor(), **form.values())
    ):
        flash(gettext("The price is saved."), "success")
        return redirect(_address_of(find()))
    thing = find()
    current = queries.current_price(thing, today(zone()))
    return _price_page(form, thing, price=None, current=current)


@bp.route("/prices/<pid:price_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit_price(price_id: str) -> Any:
    form = PriceForm(obj=queries.the_price(price_id))
    if form.is_sent() and form.attempt(
        lambda: services.change_price(
            queries.the_price(price_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("The price is saved."), "success")
        return redirect(_address_of(queries.thing_of(queries.the_price(price_id))))
    price = queries.the_price(price_id)
    return _price_page(form, queries.thing_of(price), price=price, current=None)


def _price_page(form: PriceForm, thing: Any, *, price: Any, current: int | None) -> Any:
    return show(
        "catalogue/price_form.html",
        form=form,
        thing=thing,
        price=price,
        current=current,
        back=_address_of(thing),
    )


@bp.post("/prices/<pid:price_id>/withdraw")
@requires(WRITE)
def withdraw_price(price_id: str) -> Any:
    back = _address_of(queries.thing_of(queries.the_price(price_id)))
    _do(lambda: services.withdraw_price(queries.the_price(price_id), actor=the_actor()))
    return redirect(back)


@bp.route("/add-ons/new", methods=["GET", "POST"])
@requires(WRITE)
def new_add_on() -> Any:
    form = NewAddOnForm(effective_from=today(zone()))
    _offer_lists(form)
    if form.is_sent() and form.attempt(
        lambda: services.offer_add_on(actor=the_actor(), **form.values())
    ):
        flash(gettext("The add-on is saved."), "success")
        return redirect(url_for(".add_on", add_on_id=form.result.public_id))
    return show("catalogue/add_on_form.html", form=form, add_on=None)


@bp.get("/add-ons/<pid:add_on_id>")
@requires(READ)
def add_on(add_on_id: str) -> Any:
    found = queries.the_add_on(add_on_id)
    prices = rows(queries.history_of(found))
    return show("catalogue/add_on.html", add_on=found, prices=prices, present=today(zone()))


@bp.route("/add-ons/<pid:add_on_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit_add_on(add_on_id: str) -> Any:
    form = AddOnForm(data=_facts_of(queries.the_add_on(add_on_id)))
    _offer_lists(form)
    if form.is_sent() and form.attempt(
        lambda: services.amend_add_on(
            queries.the_add_on(add_on_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("Saved."), "success")
        return redirect(url_for(".add_on", add_on_id=add_on_id))
    return show("catalogue/add_on_form.html", form=form, add_on=queries.the_add_on(add_on_id))


def _facts_of(found: Any) -> dict[str, Any]:
    """An add-on as its form shows it: by the codes of what belongs to it."""
    return {
        "name": found.name,
        "extra_minutes": found.extra_minutes,
        "technique": found.technique.code if found.technique else "",
        "qualification": found.qualification.code if found.qualification else "",
        "equipment": found.equipment_kind.code if found.equipment_kind else "",
        "version": found.version,
    }


@bp.post("/add-ons/<pid:add_on_id>/retire")
@requires(WRITE)
def retire_add_on(add_on_id: str) -> Any:
    _do(lambda: services.retire_add_on(queries.the_add_on(add_on_id), actor=the_actor()))
    return redirect(url_for(".add_on", add_on_id=add_on_id))


@bp.post("/add-ons/<pid:add_on_id>/restore")
@requires(WRITE)
def restore_add_on(add_on_id: str) -> Any:
    _do(lambda: services.restore_add_on(queries.the_add_on(add_on_id), actor=the_actor()))
    return redirect(url_for(".add_on", add_on_id=add_on_id))


@bp.get("/techniques")
@requires(READ)
def techniques() -> Any:
    return show("catalogue/techniques.html", techniques=rows(queries.techniques()))


@bp.route("/techniques/new", methods=["GET", "POST"])
@requires(WRITE)
def new_technique() -> Any:
    form = NewTechniqueForm()
    if form.is_sent() and form.attempt(
        lambda: services.name_technique(actor=the_actor(), **form.values())
    ):
        flash(gettext("The technique is saved."), "success")
        return redirect(url_for(".techniques"))
    return show("catalogue/technique_form.html", form=form, technique=None)


@bp.route("/techniques/<pid:technique_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit_technique(technique_id: str) -> Any:
    form = TechniqueForm(obj=queries.the_technique(technique_id))
    if form.is_sent() and form.attempt(
        lambda: services.amend_technique(
            queries.the_technique(technique_id),
            actor=the_actor(),
            version=form.version.data,
            **form.values(),
        )
    ):
        flash(gettext("Saved."), "success")
        return redirect(url_for(".techniques"))
    found = queries.the_technique(technique_id)
    return show("catalogue/technique_form.html", form=form, technique=found)


@bp.post("/techniques/<pid:technique_id>/retire")
@requires(WRITE)
def retire_technique(technique_id: str) -> Any:
    _do(lambda: services.retire_technique(queries.the_technique(technique_id), actor=the_actor()))
    return redirect(url_for(".techniques"))


@bp.post("/techniques/<pid:technique_id>/restore")
@requires(WRITE)
def restore_technique(technique_id: str) -> Any:
    _do(lambda: services.restore_technique(queries.the_technique(technique_id), actor=the_actor()))
    return redirect(url_for(".techniques"))


def _offer_lists(form: Any) -> None:
    form.offer(rows(qualifications()), rows(queries.techniques()))
    form.offer_needs(
        rows(needs.room_features()), rows(needs.equipment_kinds()), rows(needs.late_policies())
    )


def _do(act: Callable[[], Any]) -> None:
    """Do one thing from a button; what a rule says against it is shown above the page."""
    try:
        with transaction():
            act()
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")


def _to_service(service_id: str) -> Any:
    return redirect(url_for(".service", service_id=service_id))


def _address_of(thing: Any) -> str:
    """The page on which the prices of a length or an add-on stand."""
    if queries.is_length(thing):
        return url_for(".service", service_id=thing.service.public_id)
    return url_for(".add_on", add_on_id=thing.public_id)
