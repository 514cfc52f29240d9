"""A view that knows no rule: it asks a service, and shows the answer.

Flask-Admin reads and draws; it never writes. Its three writing methods call the
service that a screen names, inside one transaction, with the form's values and
nothing else of the request.
"""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, g, jsonify, request
from flask import redirect as to
from flask_admin import expose
from flask_admin.helpers import get_redirect_target
from wtforms import EmailField, StringField, TextAreaField

from clinic.admin.fields import Lookup, LookupField
from clinic.admin.parts import Deed
from clinic.admin.reading import ReadingView
from clinic.core.db import db
from clinic.core.ids import LENGTH, is_public_id
from clinic.core.permissions import Permission, can
from clinic.web import aftermath
from clinic.web.forms import ClinicForm
from clinic.web.guards import CLOSED, Door, me, the_actor
from clinic.web.pages import asked_id, asked_text
from clinic.web.wording import gettext

TEXTS = (StringField, EmailField, TextAreaField, LookupField)
MOST_AT_ONCE = 100
MOST_REASONS = 5


class GuardedView:
    """What every view of the wing is: shut, until a permission is named."""

    read_permission: Permission | None = None
    section: Any = ""
    about: Any = ""
    glyph = "list-details"

    def is_accessible(self) -> bool:
        return self.read_permission is not None and can(me(), self.read_permission)

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        """The doors were asked before; this is the second lock."""
        return None if self.is_accessible() else abort(403)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(self, *args, **kwargs)

    def doors(self) -> dict[str, Door]:
        """Who may pass, by the name of the method behind the door."""
        return {"index": Door(self.read_permission), "index_view": Door(self.read_permission)}


class Shown:
    """A row as its form shows it, where the two differ."""

    def __init__(self, row: Any, **instead: Any) -> None:
        self.__dict__.update(instead)
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def typed(form: ClinicForm) -> dict[str, Any]:
    """The form's values; a text that was not sent at all is an empty one."""
    return {
        name: "" if value is None and type(form[name]) in TEXTS else value
        for name, value in form.values().items()
    }


def _is_there(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


class ServiceModelView(GuardedView, ReadingView):
    """One table's screens. A subclass names; it does not decide."""

    slug = ""
    label: Any = ""
    create_label: Any = ""
    write_permission: Permission | None = None
    create_with: Callable[..., Any] | None = None
    update_with: Callable[..., Any] | None = None
    deeds: tuple[Deed, ...] = ()
    form: type[ClinicForm] | None = None
    new_form: type[ClinicForm] | None = None
    """Where a new row is asked for more, or less, than a standing one."""
    new_endpoint = ""
    """The house's own page that makes a new one, where there is one."""
    new_permission: Permission | None = None
    row_endpoint = ""
    """The house's own page of one row, where there is one."""

    lookups: dict[str, Lookup] = {}
    """How the fields that name rows of large tables find them."""
    may_hurt = False
    """Whether visits that are booked may no longer fit after a change here."""
    widths: dict[str, str] = {}
    """How many of twelve columns a field takes, where not all."""

    form_base_class = ClinicForm
    can_delete = False
    can_export = False
    can_view_details = True
    column_editable_list = ()
    inline_models = None

    # These doors of Flask-Admin do not exist here.
    delete_view = export = ajax_update = None

    def __init__(self) -> None:
        if not (self.slug and self.columns and self.order and self.read_permission):
            raise RuntimeError(f"{type(self).__name__} does not say what it shows, to whom")
        super().__init__(
            self.model, db, name=self.label, endpoint=f"office_{self.slug}", url=self.slug
        )

    # -- who may

    def _may(self, service: Any) -> bool:
        return (
            bool(service) and self.write_permission is not None and can(me(), self.write_permission)
        )

    @property
    def can_create(self) -> bool:
        return self._may(self.create_with)

    @property
    def can_edit(self) -> bool:
        return self._may(self.update_with)

    @property
    def deeds_allowed(self) -> list[Deed]:
        """What this person may do with rows."""
        return [
            deed
            for deed in self.deeds
            if self.write_permission and can(me(), self.write_permission)
        ]

    def deeds_for(self, row: Any) -> list[Deed]:
        """Those of them that make sense for one row, as its columns are."""
        return [
            deed
            for deed in self.deeds_allowed
            if deed.at is None or row._mapping[deed.at[0]] in deed.at[1]
        ]

    def new_address(self, return_url: str) -> str:
        """Where a new row is made: here, on a page of the house's own, or nowhere for them."""
        if self.new_endpoint:
            asked = self.new_permission or self.write_permission
            may = asked is not None and can(me(), asked)
            return self.get_url(self.new_endpoint) if may and _is_there(self.new_endpoint) else ""
        return self.get_url(".create_view", url=return_url) if self.can_create else ""

    def row_address(self) -> str:
        """Where the house shows a row itself, but for the row's id at the end; or nothing."""
        if not _is_there(self.row_endpoint):
            return ""
        blank = "x" * LENGTH
        named = next(current_app.url_map.iter_rules(self.row_endpoint)).arguments
        return self.get_url(self.row_endpoint, **dict.fromkeys(named, blank)).removesuffix(blank)

    def doors(self) -> dict[str, Door]:
        writing = self.write_permission
        return {
            "index_view": Door(self.read_permission),
            "details_view": Door(self.read_permission) if self.can_view_details else CLOSED,
            "create_view": Door(writing, writing) if self.create_with else CLOSED,
            "edit_view": Door(writing, writing) if self.update_with else CLOSED,
            "action_view": Door(None, writing) if self.deeds else CLOSED,
            "ajax_lookup": Door(writing) if self.lookups else CLOSED,
        }

    # -- forms

    def get_form(self) -> type[ClinicForm]:
        return self.form or ClinicForm

    def get_create_form(self) -> type[ClinicForm]:
        return self.new_form or self.get_form()

    def choices(self, form: Any, row: Any = None) -> None:
        """Fill the lists that a form lets one choose from; ``row`` is the one edited."""

    def shown(self, row: Any) -> Any:
        """The row as the form shows it."""
        return row

    def _made(self, form: Any, row: Any = None) -> Any:
        self.choices(form, row)
        for name, lookup in self.lookups.items():
            if name in form:
                form[name].lookup = lookup
                form[name].address = self.get_url(".ajax_lookup", name=name)
        return form

    # -- actions of Flask-Admin, which are our deeds

    def init_actions(self) -> None:
        self._actions: list[Any] = [(deed.name, deed.label) for deed in self.deeds]
        self._actions_data = {
            deed.name: (deed.act, deed.label, deed.confirm) for deed in self.deeds
        }

    def is_action_allowed(self, name: str) -> bool:
        return name in {deed.name for deed in self.deeds_allowed}

    # -- what is done: by the service that was named, and by nothing else

    def create_model(self, form: ClinicForm) -> bool:
        service, values = self.create_with, typed(form)
        return form.attempt(lambda: service(actor=the_actor(), **values))  # type: ignore[misc]

    def update_model(self, form: ClinicForm, model: Any) -> bool:
        service, values, public_id = self.update_with, typed(form), model.public_id
        if "version" in form:
            values["version"] = form["version"].data
        # Looked up anew inside: what was out of scope meanwhile is not changed.
        return form.attempt(
            lambda: service(self.get_one(public_id), actor=the_actor(), **values)  # type: ignore[misc]
        )

    def delete_model(self, model: Any) -> bool:
        """Nothing is deleted here: what is over is archived, ended or switched off."""
        abort(404)

    def handle_view_exception(self, exc: Exception) -> bool:
        """No text of an exception is ever shown."""
        raise exc

    # -- pages

    @expose("/")
    def index_view(self) -> Any:
        page = super().index_view()
        return page, 400 if g.get("refused_filters") else 200

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        form = self._made(self._create_form_class())
        if form.is_sent() and self.create_model(form):
            flash(gettext("Added."), "success")
            self._tell_what_follows()
            again = "_add_another" in request.form
            return to(self.get_url(".create_view", url=self.back()) if again else self.back())
        return self._form_page(self.create_template, form)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        row = self.get_one(asked_id("id"))
        form = self._made(self._edit_form_class(obj=self.shown(row)), row)
        if form.is_sent() and self.update_model(form, row):
            flash(gettext("Saved."), "success")
            self._tell_what_follows()
            return to(self.back())
        return self._form_page(self.edit_template, form, model=self.record(asked_id("id") or ""))

    @expose("/details/")
    def details_view(self) -> Any:
        return self.render(
            self.details_template,
            model=self.record(asked_id("id") or ""),
            return_url=self.back(),
        )

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """Rows to choose from, as somebody types: public ids and names, nothing else."""
        lookup = self.lookups.get(request.args.get("name", ""))
        if lookup is None:
            abort(404)
        limit = request.args.get("limit", "")
        wanted = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 4 else 10
        return jsonify(lookup.options(asked_text("query"), wanted))

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Do one thing with each of the rows, one transaction a row; say what was refused."""
        name = request.form.get("action", "")
        deed = next((one for one in self.deeds_allowed if one.name == name), None)
        if deed is None:
            abort(403 if name in self._actions_data else 404)
        asked = request.form.getlist("rowid")[:MOST_AT_ONCE]
        known = self.titles([one for one in asked if is_public_id(one)])
        if not known:
            abort(404 if asked else 400)
        self._tell(deed, *self._do(deed, known))
        self._tell_what_follows()
        return to(self.back())

    def _do(self, deed: Deed, known: dict[str, str]) -> tuple[int, list[tuple[str, str]]]:
        done, refused = 0, []
        for public_id, title in known.items():
            form = ClinicForm(formdata=None)
            if form.attempt(lambda pid=public_id: deed.act(self.get_one(pid), actor=the_actor())):  # type: ignore[misc]
                done += 1
            else:
                refused.append((title, " ".join(form.form_errors)))
        return done, refused

    def _tell_what_follows(self) -> None:
        if self.may_hurt:
            aftermath.tell()

    def _tell(self, deed: Deed, done: int, refused: list[tuple[str, str]]) -> None:
        if done:
            flash(gettext("%(what)s: %(count)s done.", what=str(deed.label), count=done), "success")
        for title, why in refused[:MOST_REASONS]:
            flash(gettext("%(name)s stays as it was. %(why)s", name=title, why=why), "error")
        if len(refused) > MOST_REASONS:
            left = len(refused) - MOST_REASONS
            flash(gettext("%(count)s more stay as they were.", count=left), "error")

    def back(self) -> str:
        """Where to go next: the list as it was, or the list."""
        return get_redirect_target() or self.get_url(".index_view")

    def _form_page(self, template: str, form: ClinicForm, **values: Any) -> Any:
        page = self.render(template, form=form, form_opts=None, return_url=self.back(), **values)
        return page, form.status
