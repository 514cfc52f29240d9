"""Letters that wait for somebody, those of one client, and what comes from outside."""

from typing import Any

from flask import flash, request

from clinic.audit.services import saw
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health, the_client
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.words import Words, say
from clinic.directory.queries import the_organisation, the_provider
from clinic.files.rules.kinds import check
from clinic.files.services import keep
from clinic.letters import queries, services
from clinic.letters.forms import NewLetterForm, ReceivedForm
from clinic.letters.models import Letter
from clinic.letters.rules.blocks import Content, Paragraph
from clinic.letters.rules.kinds import KINDS
from clinic.letters.views import bp, page_of, this_day
from clinic.web.documents import takes_files
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext

OF_CLIENT = "/clients/<pid:client_id>/letters"


def lines_of(letters: Any) -> list[tuple[Letter, Words]]:
    """Each letter with what it is called for this person, logged as shown."""
    actor = the_actor()
    treated: dict[int, bool] = {}
    lines = []
    for one in letters:
        if one.client_id not in treated:
            treated[one.client_id] = may_read_health(actor, one.client_id)
        kind = KINDS[one.kind]
        reads = treated[one.client_id]
        lines.append((one, kind.name if reads else kind.desk_name))
        saw("clinical" if reads and kind.is_clinical else "contact", [one.client.public_id])
    return lines


@bp.get("/letters")
@requires(Permission.LETTERS_WRITE)
def index() -> Any:
    """What waits: came back, to approve, to send, to file, and unanswered; one's own or all."""
    is_mine = asked_text("whose") == "mine"
    author = the_actor().id if is_mine else None
    groups = {name: lines_of(queries.waiting(name, written_by=author)) for name in queries.WAITING}
    return show("letters/index.html", groups=groups, is_mine=is_mine, today=this_day())


@bp.get(OF_CLIENT)
@requires(Permission.LETTERS_WRITE)
def of_client(client_id: str) -> Any:
    """Every letter about a client, to us and from us."""
    client = kept_record(the_client(client_id))
    saw("contact", [client.public_id])
    return show(
        "letters/of_client.html", client=client, lines=lines_of(queries.of_person(client.id))
    )


@bp.route(f"{OF_CLIENT}/new", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def new(client_id: str) -> Any:
    """A letter in somebody's own words. Those about a referral begin there."""
    client = _client(client_id)
    form = NewLetterForm(provider=asked_id("provider"))
    named = _named(form)
    if form.is_sent() and form.attempt(lambda: _draft(client_id, form)):
        return page_of(form.result.public_id)
    return show("letters/new.html", form=form, client=client, named=named)


def _client(client_id: str) -> Client:
    client = kept_record(the_client(client_id))
    saw("contact", [client.public_id])
    return client


def _named(form: Any) -> str:
    """What the chosen provider is called, or what was typed instead of choosing."""
    named = request.form.get("provider_text", "")[:100]
    try:
        provider = the_provider(form.provider.data) if form.provider.data else None
    except NotFound:
        provider = None
        form.provider.data, form.provider.raw_data = "", [""]
    if provider is None:
        return named
    if "sent_to" in form:
        form.sent_to.choices = [
            ("", gettext("Their own address")),
            *((at.organisation.public_id, at.organisation.name) for at in provider.places),
        ]
    return provider.name


def _draft(client_id: str, form: NewLetterForm) -> Letter:
    provider = the_provider(form.provider.data)
    place = the_organisation(form.sent_to.data) if form.sent_to.data else None
    greeting = gettext("Dear %(name)s", name=provider.name)
    words = Paragraph(form.text.data, is_clinical=True)
    return services.draft(
        actor=the_actor(),
        client=the_client(client_id),
        provider=provider,
        organisation=place or (provider.places[0].organisation if provider.places else None),
        kind="other",
        content=Content(form.subject.data, greeting, (words,), gettext("With kind regards")),
    )


@bp.route(f"{OF_CLIENT}/received", methods=["GET", "POST"])
@takes_files
@requires(Permission.LETTERS_WRITE)
def received(client_id: str) -> Any:
    """A letter that came, with its scan; who treats the client reads it."""
    client = _client(client_id)
    form = ReceivedForm(provider=asked_id("provider"), received_on=this_day())
    named = _named(form)
    awaited = [one for one in queries.of_person(client.id) if _is_awaited(one)]
    form.answers.choices = [
        ("", gettext("None of ours")),
        *((one.public_id, one.reference or one.provider.name) for one in awaited),
    ]
    if form.is_sent() and form.look_over(check) and form.attempt(lambda: _receive(client_id, form)):
        flash(gettext("The letter is kept. Who treats the client reads it."), "success")
        return page_of(form.result.public_id)
    return show("letters/received.html", form=form, client=client, named=named)


def _is_awaited(letter: Letter) -> bool:
    return letter.status in ("sent", "delivered") and letter.replied_on is None


def _ours(client: Client, letter_id: str) -> Letter:
    """The letter that is answered: one about this client. Raises DomainError."""
    letter = queries.the_letter(letter_id)
    if letter.client.known_as != client.id or letter.direction != "out":
        raise DomainError(say("Choose from the list."), field="answers")
    return letter


def _receive(client_id: str, form: ReceivedForm) -> Letter:
    paper = form.checked
    if paper is None:
        raise DomainError(say("Choose a file."), field="file")
    client = kept_record(the_client(client_id))
    ours = _ours(client, form.answers.data) if form.answers.data else None
    return services.receive(
        actor=the_actor(),
        client=client,
        provider=the_provider(form.provider.data),
        about=ours.about if ours else "",
        reference=ours.reference if ours else "",
        file=keep(paper, actor=the_actor(), key=client.key),
        subject=form.subject.data,
        received_on=form.received_on.data,
        answers=ours,
    )
