"""One letter: what it says, where it stands, and what can be done with it."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.directory.queries import kept_provider
from clinic.letters import queries, services
from clinic.letters.forms import CancelForm, LetterForm, parts_of
from clinic.letters.models import Letter
from clinic.letters.rules.blocks import Content
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.moving import may_move
from clinic.letters.services.setting import set_pdf
from clinic.letters.views import asking_url, bp, documents_with, page_of, seen, this_day
from clinic.web.documents import document
from clinic.web.forms import VersionedForm
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, spoken

PDF = "application/pdf"


@bp.get("/letters/<pid:letter_id>")
@requires(Permission.LETTERS_WRITE)
def letter(letter_id: str) -> Any:
    """A letter as it will look, how far it has come, and whether the client agrees."""
    row, reads = seen(letter_id)
    _, needs = queries.consent_for(row, this_day()) if row.direction == "out" else (None, None)
    kind = KINDS[row.kind]
    return show(
        "letters/letter.html",
        letter=row,
        reads=reads,
        kind=kind,
        called=kind.name if reads else kind.desk_name,
        content=queries.content_of(row) if reads else None,
        needs=needs,
        gone=kept_provider(row.provider).status,
        asking=asking_url(row, needs) if needs else "",
        dispatches=queries.dispatches_of(row),
        documents=documents_with(row),
        may=_deeds(row, reads),
    )


def _deeds(row: Letter, reads: bool) -> dict[str, bool]:
    """What this person may do with a letter that stands so."""
    actor = the_actor()
    waits = queries.live_dispatch(row) is not None
    is_there = kept_provider(row.provider).status == "active"
    approves = not queries.is_clinical_letter(row) or (
        reads and actor.may(Permission.LETTERS_APPROVE)
    )
    return {
        "edit": row.status == "draft" and reads,
        "enclose": row.status == "draft" and reads and not KINDS[row.kind].is_bare,
        "approve": row.status == "draft" and approves and is_there,
        "send": may_move(row.status, "sent") and not waits and is_there,
        "reopen": may_move(row.status, "sent") and reads and is_there,
        "cancel": may_move(row.status, "cancelled"),
        "follow": row.status in ("sent", "delivered") and row.direction == "out",
        "file": row.status == "received" and reads,
    }


@bp.route("/letters/<pid:letter_id>/edit", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def edit(letter_id: str) -> Any:
    """A draft's words."""
    row, reads = seen(letter_id)
    if not reads:
        raise NotAllowed(say("Who treats this client reads and writes this letter."))
    if row.status != "draft":
        flash(gettext("Only a draft can be changed."), "warning")
        return page_of(letter_id)
    standing = queries.content_of(row) or Content("", "")
    form = LetterForm(
        version=row.version,
        subject=standing.subject,
        salutation=standing.salutation,
        closing=standing.closing,
        parts=parts_of(standing),
    )
    if form.is_sent() and form.attempt(lambda: _edit(letter_id, form)):
        flash(gettext("Saved."), "success")
        return page_of(letter_id)
    return show("letters/edit.html", form=form, letter=row, **_filled(standing, row))


def _filled(standing: Content, row: Letter) -> dict[str, Any]:
    """What the record filled in, by the name under which the form keeps it."""
    parts = zip(parts_of(standing), standing.blocks, strict=True)
    known = {part["ref"]: block for part, block in parts if "ref" in part}
    return {"known": known, "called": KINDS[row.kind].name}


def _edit(letter_id: str, form: LetterForm) -> None:
    row = queries.the_letter(letter_id)
    standing = queries.content_of(row) or Content("", "")
    services.edit(
        row,
        actor=the_actor(),
        content=form.content(standing, is_clinical=queries.is_clinical_letter(row)),
        version=form.version.data,
    )


@bp.post("/letters/<pid:letter_id>/approve")
@requires(Permission.LETTERS_WRITE)
def approve(letter_id: str) -> Any:
    """From now on it says what it says."""
    return _do(letter_id, services.approve, gettext("Approved. It can be sent."))


@bp.post("/letters/<pid:letter_id>/file")
@requires(Permission.LETTERS_WRITE)
def file(letter_id: str) -> Any:
    """It is read."""
    return _do(letter_id, services.file_letter, gettext("Filed."))


@bp.post("/letters/<pid:letter_id>/reopen")
@requires(Permission.LETTERS_WRITE)
def reopen(letter_id: str) -> Any:
    """A draft with the same words takes its place."""
    return _do(
        letter_id, services.reopen, gettext("Here is a new draft. The letter before is cancelled.")
    )


def _do(letter_id: str, act: Any, done: str) -> Any:
    """One deed on the version that was shown; a broken rule is said on the letter's page."""
    row, _ = seen(letter_id)
    form = VersionedForm(version=row.version)
    if not form.is_sent():
        return page_of(letter_id)
    shown, made = form.version.data, None
    try:
        with transaction():
            made = act(queries.the_letter(letter_id), actor=the_actor(), version=shown)
    except NotAllowed:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        flash(done, "success")
    return page_of(made.public_id if isinstance(made, Letter) else letter_id)


@bp.route("/letters/<pid:letter_id>/cancel", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def cancel(letter_id: str) -> Any:
    """It is not needed, or not sent again."""
    row, _ = seen(letter_id)
    form = CancelForm(version=row.version)
    if form.is_sent() and form.attempt(
        lambda: services.cancel(
            queries.the_letter(letter_id),
            actor=the_actor(),
            version=form.version.data,
            why=form.why.data or "",
        )
    ):
        flash(gettext("The letter is cancelled."), "success")
        return page_of(letter_id)
    return show(
        "letters/deed.html",
        form=form,
        letter=row,
        title=gettext("Cancel letter"),
        label=gettext("Cancel letter"),
        text=gettext("It does not leave. It stays on the record."),
    )


@bp.get("/letters/<pid:letter_id>/preview")
@requires(Permission.LETTERS_WRITE)
def preview(letter_id: str) -> Any:
    """The letter set as it would leave."""
    row = _readable(letter_id)
    if row.direction == "in":
        return redirect(url_for(".version", letter_id=letter_id, nth=1))
    return document(set_pdf(row), row.reference or "letter", PDF)


@bp.get("/letters/<pid:letter_id>/versions/<int:nth>")
@requires(Permission.LETTERS_WRITE)
def version(letter_id: str, nth: int) -> Any:
    """The letter exactly as it was sent, or as it came."""
    row = _readable(letter_id)
    kept = queries.the_version(row, nth)
    data = services.open_version(kept)
    return document(data, f"{row.reference or 'letter'}-{nth}", kept.file.media_type)


def _readable(letter_id: str) -> Letter:
    """A letter of which this person may have the paper. Raises NotAllowed."""
    row, reads = seen(letter_id)
    if not reads:
        raise NotAllowed(say("Who treats this client opens and prints this letter."))
    return row
