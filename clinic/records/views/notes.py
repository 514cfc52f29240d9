"""Session notes: written in one tab, signed, read, added to."""

from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import may_read_health, the_client
from clinic.core.errors import NotAllowed
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.records.forms.notes import AddendumForm, ErrorForm, NoteForm, PenForm
from clinic.records.models import Note
from clinic.records.queries.next_visit import next_visit
from clinic.records.queries.note_measures import movement_rows, movements_of
from clinic.records.queries.note_page import NotePage, note_page, technique_names
from clinic.records.queries.notes import (
    addenda_of,
    note_of,
    notes_of,
    the_note,
    to_sign,
    unsigned_by,
)
from clinic.records.queries.today import vitals_place
from clinic.records.rules import notes as rules
from clinic.records.rules.measures import GROUPS, MOVES
from clinic.records.rules.notes import Body, read_body
from clinic.records.services import notes as services
from clinic.records.views import bp
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.visits import the_visit
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import clock_time, gettext, spoken


@bp.get("/visits/<pid:visit_id>/note")
@requires(Permission.NOTES_WRITE)
def note(visit_id: str) -> Any:
    """The draft of a visit beside the note before; a signed one is shown as it is."""
    visit = _mine(visit_id)
    known = note_of(visit.id)
    if known is not None and known.status != "draft":
        return redirect(url_for(".read_note", note_id=known.public_id))
    page = note_page(visit, asked_id("earlier") or "")
    form = NoteForm(formdata=None, kind=known.kind if known else None)
    form.offer(page.techniques)
    form.fill(page.body)
    if known is None:
        form.kind.data = "return" if page.earlier else "initial"
    return _editor(page, form)


def _mine(visit_id: str) -> Visit:
    """A visit that this person treats, of a client in their care. Raises NotAllowed."""
    visit, actor = the_visit(visit_id), the_actor()
    if actor.id != visit.therapist_id:
        raise NotAllowed(say("Only who gave the treatment writes its note."))
    if not may_read_health(actor, visit.client_id):
        raise NotAllowed
    return visit


def _editor(page: NotePage, form: NoteForm) -> Any:
    saw("clinical", [page.visit.client.public_id])
    names = technique_names() if page.earlier else {}
    typed = request.form if form.movements.errors else None
    rows = movement_rows(page.visit, page.note.id if page.note else None, typed)
    earlier = movements_of(page.earlier.note.id) if page.earlier else []
    return show(
        "records/note.html", form=form, page=page, rules=rules, names=names, movements=rows,
        groups=GROUPS, moves=MOVES, moved=earlier, coming=next_visit(page.visit),
        house=the_practice().name,
    )  # fmt: skip


@bp.post("/visits/<pid:visit_id>/note")
@requires(Permission.NOTES_WRITE)
def write_note(visit_id: str) -> Any:
    """Save; and then, as the button says, copy a part, sign, or take the draft over."""
    visit = _mine(visit_id)
    form = _sent(visit)
    if "take" in request.form:
        return _take_over(visit_id, form)
    was_signed = _is_signed(visit)
    is_kept = form.is_submitted() and _keep(visit_id, form) and not form.errors
    if is_kept and _go_on(visit_id, form):
        return _after(visit_id)
    if was_signed:
        flash(gettext("This note is signed. Add an addendum instead."), "error")
        return redirect(url_for(".note", visit_id=visit_id))
    if is_kept:
        _stand(visit_id, form)
    if form.status < 400:
        form.status = 422
    return _editor(note_page(the_visit(visit_id), _earlier()), form)


def _is_signed(visit: Visit) -> bool:
    known = note_of(visit.id)
    return known is not None and known.status != "draft"


def _sent(visit: Visit) -> NoteForm:
    form = NoteForm()
    form.offer(note_page(visit).techniques)
    form.validate()
    if "kind" not in request.form:
        form.kind.data, form.kind.errors = "", []
    return form


def _keep(visit_id: str, form: NoteForm) -> bool:
    """Save what can be read; what cannot is said beside its field and left as it stood."""
    unread = {name: list(field.errors) for name, field in form._fields.items() if field.errors}
    done = form.attempt(lambda: _save(visit_id, form))
    for name, errors in unread.items():
        form[name].errors = list(dict.fromkeys([*errors, *form[name].errors]))
    if unread and done:
        form.status = 422
    return done


def _save(visit_id: str, form: NoteForm) -> Note:
    visit = the_visit(visit_id)
    known = note_of(visit.id)
    stood = read_body(known.body) if known is not None else Body()
    body = form.body(stood, request.form)
    return services.save_draft(
        visit,
        actor=the_actor(),
        body=body,
        movements=form.moved,
        tells_history="save" in request.form,
        seq=form.saving,
        pen=form.pen.data or "",
        kind="" if form.kind.errors else form.kind.data or "",
    )


def _copy(visit_id: str, form: NoteForm) -> bool:
    """After saving: take a part over, if one was asked for."""
    part = request.form.get("copy", "")
    return not part or form.attempt(
        lambda: services.copy_part(
            the_visit(visit_id), actor=the_actor(), part=part, earlier_id=_earlier()
        )
    )


def _go_on(visit_id: str, form: NoteForm) -> bool:
    """After saving: the other thing that was asked for."""
    if not _copy(visit_id, form):
        return False
    if "sign" in request.form:
        return form.attempt(
            lambda: services.sign(
                the_visit(visit_id), actor=the_actor(), is_confirmed=form.is_confirmed.data
            )
        )
    return True


def _after(visit_id: str) -> Any:
    part = request.form.get("copy", "")
    if "sign" in request.form:
        flash(gettext("The note is signed."), "success")
    elif not part:
        flash(gettext("The draft is saved."), "success")
    return redirect(
        url_for(".note", visit_id=visit_id, earlier=_earlier() or None,
                _anchor=f"note-{part}" if part in rules.SECTIONS else None)
    )  # fmt: skip


def _earlier() -> str:
    """Which earlier note is shown beside."""
    return request.form.get("earlier", "")[:20]


def _stand(visit_id: str, form: NoteForm) -> None:
    """After a refused signature the draft is saved all the same: the next one follows it."""
    known = note_of(the_visit(visit_id).id)
    if known is not None:
        form.seq.data = str(read_body(known.body).seq)


def _take_over(visit_id: str, form: NoteForm) -> Any:
    if form.attempt(
        lambda: services.take_pen(the_visit(visit_id), actor=the_actor(), pen="", is_forced=True)
    ):
        return redirect(url_for(".note", visit_id=visit_id))
    return _editor(note_page(the_visit(visit_id)), form)


@bp.post("/visits/<pid:visit_id>/note/draft")
@requires(Permission.NOTES_WRITE)
def save_note(visit_id: str) -> Any:
    """What the page sends by itself every few seconds; answers when it was saved."""
    form = _sent(_mine(visit_id))
    if not _keep(visit_id, form):
        return jsonify(error=" ".join(map(spoken, form.form_errors))), form.status
    part = request.form.get("copy", "")
    is_copied = _copy(visit_id, form)
    page = note_page(the_visit(visit_id))
    return jsonify(
        saved=clock_time(page.note.saved_at if page.note else None),
        fields=rules.of_part(page.body, part) if part and is_copied else {},
        error=" ".join(map(spoken, form.form_errors)),
        seq=page.body.seq,
        copied=page.copied,
        confirm=[spoken(one) for one in page.to_confirm],
        wrong=[str(field.label.text) for field in form if field.errors],
        warnings=[spoken(one) for one in page.warnings],
        unagreed=[spoken(one) for one in page.unagreed],
        vitals=_vitals(page.vitals),
    )


def _vitals(place: Any) -> str:
    macros: Any = current_app.jinja_env.get_template("records/vitals.html").module
    return str(macros.vitals(place))


@bp.post("/visits/<pid:visit_id>/note/pen")
@requires(Permission.NOTES_WRITE)
def hold_pen(visit_id: str) -> Any:
    """A tab asks to write the draft, or hands it back when it is closed."""
    _mine(visit_id)
    form = PenForm()
    pen = (form.pen.data or "").strip()
    act = services.give_pen if form.give.data else services.take_pen
    more = {"is_forced": True} if form.force.data and not form.give.data else {}
    if not form.is_sent() or not form.attempt(
        lambda: act(the_visit(visit_id), actor=the_actor(), pen=pen, **more)
    ):
        return jsonify(error=" ".join(map(spoken, form.form_errors))), form.status
    return jsonify(seq=form.result or 0)


@bp.get("/notes")
@requires(Permission.NOTES_WRITE)
def notes_to_sign() -> Any:
    """What this therapist has still to sign, the oldest first."""
    waiting = to_sign(the_actor())
    saw("schedule", [one.client_id for one in waiting])
    return show("records/notes_to_sign.html", waiting=waiting)


@bp.get("/notes/count")
@requires(Permission.NOTES_WRITE)
def count_to_sign() -> Any:
    """How many those are: the rail asks for it once a page is drawn."""
    return jsonify(count=unsigned_by(the_actor()))


@bp.get("/clients/<pid:client_id>/notes")
@requires(Permission.CLINICAL_READ)
def notes(client_id: str) -> Any:
    """The notes of one client; a search opens and reads those, and no others."""
    client = the_client(client_id)
    if not may_read_health(the_actor(), client.id):
        raise NotAllowed
    saw("clinical", [client.public_id])
    text = asked_text("q")
    listed = notes_of(client.known_as, text)
    return show("records/notes.html", client=client, listed=listed, q=text, rules=rules)


@bp.get("/notes/<pid:note_id>")
@requires(Permission.SCHEDULE_READ)
def read_note(note_id: str) -> Any:
    """A note as it stands. Who may only correct the record sees whose it is, not what it says."""
    known = the_note(note_id)
    if known.status == "draft" and known.author_id == the_actor().id:
        return redirect(url_for(".note", visit_id=known.visit.public_id))
    return _read(known)


def _read(known: Note, **forms: Any) -> Any:
    actor = the_actor()
    opens = may_read_health(actor, known.client_id) and known.status != "draft"
    corrects = actor.may(Permission.NOTES_CORRECT)
    if not opens and not corrects:
        raise NotAllowed
    saw("clinical" if opens else "schedule", [known.client.public_id])
    fresh = {"addendum": AddendumForm(formdata=None), "error": ErrorForm(formdata=None)} | forms
    return show(
        "records/note_signed.html", note=known, opens=opens, corrects=corrects, rules=rules,
        body=read_body(known.body) if opens else Body(), names=technique_names(),
        addenda=addenda_of(known) if opens else (),
        movements=movements_of(known.id) if opens else (),
        vitals=vitals_place(known.visit, read_body(known.body)) if opens else None,
        status=max(one.status for one in fresh.values()), **fresh,
    )  # fmt: skip


@bp.post("/notes/<pid:note_id>/addenda")
@requires(Permission.NOTES_WRITE)
def add_addendum(note_id: str) -> Any:
    """Add to a signed note."""
    form = AddendumForm()
    if form.is_sent() and form.attempt(
        lambda: services.add_addendum(
            the_note(note_id), actor=the_actor(), text=form.text.data, why=form.why.data
        )
    ):
        flash(gettext("The addendum is signed."), "success")
        return redirect(url_for(".read_note", note_id=note_id))
    return _read(the_note(note_id), addendum=form)


@bp.post("/notes/<pid:note_id>/error")
@requires(Permission.NOTES_CORRECT)
def mark_note_in_error(note_id: str) -> Any:
    """The owner says that a note belongs elsewhere."""
    form = ErrorForm()
    if form.is_sent() and form.attempt(
        lambda: services.mark_in_error(the_note(note_id), actor=the_actor(), why=form.why.data)
    ):
        flash(gettext("The note is marked as entered in error."), "success")
        return redirect(url_for(".read_note", note_id=note_id))
    return _read(the_note(note_id), error=form)
