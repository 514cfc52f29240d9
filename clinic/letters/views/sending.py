"""How a letter leaves, and what becomes of it."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for

from clinic.core.errors import DomainError
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.directory.queries import kept_provider
from clinic.letters import queries, services
from clinic.letters.forms import (
    AcknowledgedForm,
    AnsweredForm,
    DeliveredForm,
    FailedForm,
    FaxForm,
    SendForm,
)
from clinic.letters.models import Dispatch, Letter
from clinic.letters.rules.enclosing import pages_of
from clinic.letters.rules.kinds import KINDS
from clinic.letters.views import asking_url, bp, documents_with, page_of, seen, this_day
from clinic.practice.queries import the_practice
from clinic.web.forms import ClinicForm
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, spoken
from clinic.web.wording import lazy_gettext as _l

LIKES = {"secure_email": "email", "portal": "print"}
"""How a provider likes to be reached, as one of the ways there are."""
SENT = {
    "print": _l("Printed and handed over. It is kept as sent."),
    "post": _l("Posted. It is kept as sent."),
    "fax": _l("The fax is prepared. Send it, then type the number once more."),
    "email": _l("The e-mail waits in the outbox and leaves with the next round."),
    "phone": _l("The call is written down."),
}


@bp.route("/letters/<pid:letter_id>/send", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def send(letter_id: str) -> Any:
    """By which way; without the client's consent there is none, and this says what to ask for."""
    row, reads = seen(letter_id)
    ways = queries.ways_to(row.provider, row.organisation)
    if not reads or row.attachments:
        ways = ways | {"phone": ()}  # who cannot read it cannot say it, and documents say nothing
    likes = row.provider.preferred_channel
    form = SendForm(version=row.version, channel=LIKES.get(likes, likes))
    form.offer(ways)
    if form.is_sent() and form.attempt(_sending(row, form)):
        flash(str(SENT[form.result.channel]), "success")
        if form.result.channel == "fax":
            return redirect(url_for(".fax", letter_id=letter_id, dispatch_id=form.result.public_id))
        return page_of(letter_id)
    _, needs = queries.consent_for(row, this_day())
    kind = KINDS[row.kind]
    return show(
        "letters/send.html",
        form=form,
        letter=row,
        called=kind.name if reads else kind.desk_name,
        needs=needs,
        asking=asking_url(row, needs) if needs else "",
        is_gone=kept_provider(row.provider).status != "active",
        reads=reads,
        documents=documents_with(row),
    )


def _sending(row: Letter, form: SendForm) -> Callable[[], Dispatch]:
    """What sends it. It is set in type first, while nobody waits for the database."""
    letter_id, channel, to = row.public_id, form.channel.data, form.to()
    made = _prepared(row, channel, to)
    return lambda: services.send(
        queries.the_letter(letter_id),
        actor=the_actor(),
        channel=channel,
        to=to,
        note=(form.note.data or "") if "note" in form else "",
        version=form.version.data,
        prepared=made,
    )


def _prepared(row: Letter, channel: str, to: str) -> services.Prepared | None:
    """The letter in type; of one that will not leave nothing is set."""
    _, needs = queries.consent_for(row, this_day())
    if needs is not None or row.status not in ("approved", "failed"):
        return None
    try:
        return services.prepare(row, channel=channel, to=to)
    except DomainError:
        return None  # sending says what is wrong, beside its field


# ---- a fax: the number once more


def _dispatch(letter_id: str, dispatch_id: str) -> tuple[Letter, bool, Dispatch]:
    row, reads = seen(letter_id)
    return row, reads, queries.the_dispatch(row, dispatch_id)


@bp.route("/letters/<pid:letter_id>/sendings/<pid:dispatch_id>/fax", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def fax(letter_id: str, dispatch_id: str) -> Any:
    """The number is shown again, and typed, before it is written down as sent."""
    row, reads, dispatch = _dispatch(letter_id, dispatch_id)
    form = FaxForm()
    if form.is_sent() and form.attempt(
        lambda: services.mark_sent(
            queries.the_dispatch(queries.the_letter(letter_id), dispatch_id),
            actor=the_actor(),
            number=form.number.data,
        )
    ):
        flash(gettext("The fax is written down as sent."), "success")
        return page_of(letter_id)
    return show(
        "letters/fax.html",
        form=form,
        letter=row,
        reads=reads,
        dispatch=dispatch,
        sheet=dispatch.letter_version,
        pages=_pages(dispatch),
        documents=documents_with(row),
    )


def _pages(dispatch: Dispatch) -> int | None:
    """Everything that goes into the machine: cover sheet, letter and documents."""
    of_letter = dispatch.letter_version.file.pages
    more = pages_of(queries.enclosed_with(dispatch.letter))
    return of_letter + more if of_letter else None


@bp.get("/letters/<pid:letter_id>/sendings/<pid:dispatch_id>/cover")
@requires(Permission.LETTERS_WRITE)
def cover(letter_id: str, dispatch_id: str) -> Any:
    """The sheet in front of a fax, to be printed: to whom, from whom, how many pages; no more."""
    row, _, dispatch = _dispatch(letter_id, dispatch_id)
    return show(
        "letters/cover.html",
        letter=row,
        dispatch=dispatch,
        pages=_pages(dispatch),
        documents=documents_with(row),
        practice=the_practice(),
    )


@bp.post("/letters/<pid:letter_id>/sendings/<pid:dispatch_id>/call-off")
@requires(Permission.LETTERS_WRITE)
def call_off(letter_id: str, dispatch_id: str) -> Any:
    """What is prepared does not leave."""
    seen(letter_id)
    try:
        with transaction():
            dispatch = queries.the_dispatch(queries.the_letter(letter_id), dispatch_id)
            services.take_back(dispatch, actor=the_actor())
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        flash(gettext("Called off. The letter can be sent again."), "success")
    return page_of(letter_id)


# ---- what becomes of it


@bp.route("/letters/<pid:letter_id>/arrived", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def arrived(letter_id: str) -> Any:
    """A report of the fax, a receipt, a call: it is there."""
    form = DeliveredForm(on=this_day())
    return _follow(
        letter_id,
        form,
        lambda row: services.mark_delivered(_last(row), actor=the_actor(), on=form.on.data),
        gettext("It arrived"),
    )


@bp.route("/letters/<pid:letter_id>/returned", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def returned(letter_id: str) -> Any:
    """It did not arrive."""
    form = FailedForm()
    return _follow(
        letter_id,
        form,
        lambda row: services.mark_failed(_last(row), actor=the_actor(), **form.values()),
        gettext("It did not arrive"),
        gettext("It can be sent again. The number and the consent are looked at anew."),
    )


@bp.route("/letters/<pid:letter_id>/acknowledged", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def acknowledged(letter_id: str) -> Any:
    """Somebody there says that it came."""
    form = AcknowledgedForm(on=this_day())
    return _follow(
        letter_id,
        form,
        lambda row: services.acknowledge(
            row, actor=the_actor(), on=form.on.data, by=form.by.data or ""
        ),
        gettext("They say it came"),
    )


@bp.route("/letters/<pid:letter_id>/answered", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def answered(letter_id: str) -> Any:
    """The answer has come; its paper is kept with the client's letters."""
    form = AnsweredForm(on=this_day())
    return _follow(
        letter_id,
        form,
        lambda row: services.mark_replied(row, actor=the_actor(), on=form.on.data),
        gettext("They answered"),
        gettext("An answer on paper is kept with the client’s letters."),
    )


def _last(row: Letter) -> Dispatch:
    dispatch = queries.last_dispatch(row)
    if dispatch is None:
        raise DomainError(say("This letter has not left."))
    return dispatch


def _follow(
    letter_id: str, form: ClinicForm, act: Callable[[Letter], None], title: str, text: str = ""
) -> Any:
    """One deed with a letter that left, asked for on a page of its own."""
    row, _ = seen(letter_id)
    if form.is_sent() and form.attempt(lambda: act(queries.the_letter(letter_id))):
        flash(gettext("Written down."), "success")
        return page_of(letter_id)
    return show(
        "letters/deed.html",
        form=form,
        letter=row,
        title=title,
        label=gettext("Write it down"),
        text=text,
    )
