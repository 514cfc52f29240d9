"""Documents that go with a letter: put to a draft, opened, taken off again."""

from typing import Any

from flask import current_app, flash

from clinic.clients.queries import may_read_health
from clinic.consents.rules import DATA
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.files.queries import Offered, read, the_file
from clinic.files.rules.kinds import check
from clinic.files.services import keep
from clinic.letters import queries, services
from clinic.letters.forms import EncloseForm
from clinic.letters.models import Letter, LetterAttachment
from clinic.letters.rules.enclosing import PLAIN
from clinic.letters.rules.kinds import KINDS
from clinic.letters.views import bp, page_of, seen
from clinic.web.documents import document, takes_files
from clinic.web.forms import VersionedForm
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, short_day, spoken


@bp.route("/letters/<pid:letter_id>/documents", methods=["GET", "POST"])
@takes_files
@requires(Permission.LETTERS_WRITE)
def enclose(letter_id: str) -> Any:
    """One of the client's documents, or a new one, goes with a draft."""
    row, reads = seen(letter_id)
    if not reads:
        raise NotAllowed(say("Who treats this client reads and writes this letter."))
    if row.status != "draft" or KINDS[row.kind].is_bare:
        flash(gettext("Documents go with a draft, of a letter that asks for consent."), "warning")
        return page_of(letter_id)
    form = EncloseForm(version=row.version)
    form.paper.choices = [("", gettext("None of them: a new file")), *_choices(row)]
    treats = may_read_health(the_actor(), row.client_id)
    form.tells.choices = [
        (code, spoken(name)) for code, name in DATA.items() if treats or code in PLAIN
    ]
    if form.is_sent() and form.look_over(check) and form.attempt(lambda: _enclose(letter_id, form)):
        flash(gettext("It goes with the letter."), "success")
        return page_of(letter_id)
    return show("letters/enclose.html", form=form, letter=row, called=KINDS[row.kind].name)


def _choices(row: Letter) -> list[tuple[str, str]]:
    """The documents of this person that whoever is signed in may open, by their public ids."""
    known: dict[str, Offered] = {}
    for papers in current_app.extensions["offered_papers"]:
        for one in papers(the_actor(), row.client.known_as):
            known.setdefault(one.file.public_id, one)
    there = {one.file.public_id for one in row.attachments}
    return [
        (name, f"{spoken(one.called)}, {short_day(one.on)}")
        for name, one in known.items()
        if name not in there
    ]


def _enclose(letter_id: str, form: EncloseForm) -> LetterAttachment:
    row, chosen = queries.the_letter(letter_id), form.paper.data
    if bool(chosen) == bool(form.checked):
        raise DomainError(
            say("Choose one: a document that is kept here, or a new file."), field="paper"
        )
    row.expect(form.version.data)
    file = the_file(chosen) if chosen else keep(form.checked, actor=the_actor(), key=row.client.key)
    return services.attach(row, actor=the_actor(), file=file, tells=form.tells.data)


@bp.get("/letters/<pid:letter_id>/documents/<pid:enclosed_id>")
@requires(Permission.LETTERS_WRITE)
def enclosed(letter_id: str, enclosed_id: str) -> Any:
    """A document that goes with a letter, for who may read the letter, who prints it."""
    row, reads = seen(letter_id)
    if not reads:
        raise NotAllowed(say("Who treats this client opens and prints this letter."))
    kept = queries.the_attachment(row, enclosed_id)
    number = row.attachments.index(kept) + 1
    name = f"{row.reference or 'letter'}-enclosed-{number}"
    return document(read(kept.file), name, kept.file.media_type)


@bp.post("/letters/<pid:letter_id>/documents/<pid:enclosed_id>/take-off")
@requires(Permission.LETTERS_WRITE)
def take_off(letter_id: str, enclosed_id: str) -> Any:
    """It does not go with the draft after all."""
    row, _ = seen(letter_id)
    form = VersionedForm(version=row.version)
    if not form.is_sent():
        return page_of(letter_id)
    shown = form.version.data
    try:
        with transaction():
            kept = queries.the_attachment(queries.the_letter(letter_id), enclosed_id)
            services.take_off(kept, actor=the_actor(), version=shown)
    except NotAllowed:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        flash(gettext("It does not go with the letter any longer."), "success")
    return page_of(letter_id)
