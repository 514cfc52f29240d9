"""The inbox of papers: what arrived and is not entered yet, and what is done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import may_read_health
from clinic.coordination.forms.papers import (
    ArriveForm,
    AsideForm,
    BelongsForm,
    StepForm,
)
from clinic.coordination.models import ArrivedPaper
from clinic.coordination.queries import papers as found
from clinic.coordination.queries.facts import day_of
from clinic.coordination.queries.outbound import the_outbound
from clinic.coordination.services import papers as verbs
from clinic.coordination.views import bp
from clinic.core import clock
from clinic.core.errors import DomainError, NotAllowed, NotFound
from clinic.core.permissions import Permission, can
from clinic.core.picturing import picture
from clinic.core.words import say
from clinic.files.queries import read
from clinic.files.rules.kinds import PDF, check
from clinic.referrals.forms import CHANNEL_CHOICES, KIND_CHOICES
from clinic.referrals.models import Referral
from clinic.referrals.queries import the_referral
from clinic.web.documents import document, takes_files
from clinic.web.guards import READING, passive, requires, the_actor
from clinic.web.pages import asked_page, asked_text, page_of, records, rows, show
from clinic.web.wording import gettext, ngettext, zone

PUTS_IN = Permission.REFERRALS_WRITE
"""Who logs orders enters what arrived, and sees a paper until it is somebody's."""
STATES = ("waiting", "filed", "set_aside")
PAGES_SHOWN = 20
"""More of a longer paper is seen in the file itself."""


def _to_list() -> Any:
    return redirect(url_for(".papers"))


@bp.get("/papers")
@requires(PUTS_IN)
def papers() -> Any:
    """What waits, the oldest first; or what was entered or set aside, the newest first."""
    state = asked_text("show", 10)
    state = state if state in STATES else "waiting"
    page = page_of(found.papers_in(state), number=asked_page())
    shown = [row for (row,) in page.rows]
    saw("contact", [row.client.public_id for row in shown if row.client is not None])
    return show("coordination/papers.html", page=page, papers=shown, state=state, age=found.age_now)


@bp.get("/papers/waiting")
@passive
@requires(PUTS_IN)
def papers_waiting() -> Any:
    """How many wait and since when: what start pages fetch once they are drawn."""
    return show("coordination/papers_waiting.html", waiting=found.waiting_now())


@bp.route("/papers/new", methods=["GET", "POST"])
@takes_files
@requires(PUTS_IN)
def new_papers() -> Any:
    """Put scans in as they came."""
    now = clock.now().astimezone(zone())
    form = ArriveForm(on=now.date(), time=now.time().replace(second=0, microsecond=0))
    form.arrived_via.choices = CHANNEL_CHOICES
    if form.is_sent() and form.look_over(check) and form.attempt(lambda: _arrive(form)):
        count = len(form.looked_over)
        flash(ngettext("%(num)s paper is put in.", "%(num)s papers are put in.", count), "success")
        return _to_list()
    return show("coordination/papers_new.html", form=form)


def _arrive(form: ArriveForm) -> None:
    at = _moment(form)
    for checked in form.looked_over:
        verbs.arrive(
            checked,
            actor=the_actor(),
            arrived_at=at,
            arrived_via=form.arrived_via.data,
            note=form.note.data or "",
        )


def _moment(form: ArriveForm) -> datetime:
    on, at = form.on.data, form.time.data
    if on is None or not isinstance(at, time):
        raise DomainError(say("Enter the day it came."), field="on")
    return clock.instant(on, at, zone(), 0)


# --- one paper ---


def _seen(paper_id: str) -> ArrivedPaper:
    """A paper; that it is shown is logged, by its own id while nobody knows whose it is."""
    paper = found.the_paper(paper_id)
    if paper.client is not None:
        saw("contact", [paper.client.public_id])
    else:
        saw("clinical", [paper.public_id])
    return paper


def open_paper(paper_id: str) -> ArrivedPaper:
    """A paper that is nobody's yet. Raises NotFound: what is filed is opened where it lies.

    A form that was sent is answered by the verb, which says that somebody else was faster, and
    what was typed stays.
    """
    paper = _seen(paper_id)
    if paper.status == "filed" and request.method in READING:
        raise NotFound(say("This paper is entered. It is opened where it lies now."))
    return paper


def beside(paper: ArrivedPaper) -> dict[str, Any]:
    """What a page needs to show a paper in place."""
    return {"paper": paper, "most_pages": PAGES_SHOWN, "age": found.age_now(paper.arrived_at)}


@bp.get("/papers/<pid:paper_id>")
@requires(PUTS_IN)
def paper(paper_id: str) -> Any:
    """A paper in place, and what can be done with it; or what became of it."""
    return _page(paper_id)


def _page(paper_id: str, form: StepForm | None = None) -> Any:
    """The page, with a step that could not be taken."""
    return show("coordination/paper.html", form=form or StepForm(), **beside(_seen(paper_id)))


@bp.get("/papers/<pid:paper_id>/file")
@requires(PUTS_IN)
def paper_file(paper_id: str) -> Any:
    """The scan as it came, to open outside our pages."""
    row = open_paper(paper_id)
    return document(read(row.file), "paper", row.file.media_type)


@bp.get("/papers/<pid:paper_id>/pages/<int:nth>")
@requires(PUTS_IN)
def paper_page(paper_id: str, nth: int) -> Any:
    """One page as a picture."""
    row = open_paper(paper_id)
    file = row.file
    if not 1 <= nth <= min(file.pages or 1, PAGES_SHOWN):
        raise NotFound
    data = read(file)
    if file.media_type != PDF:
        return document(data, "paper", file.media_type)
    return document(picture(data, nth), f"paper-{nth}", "image/png")


# --- what it becomes ---


@dataclass(frozen=True, slots=True)
class OrderFrom:
    """A paper from which an order is typed: the page with it beside the form, what it says of its
    arrival, and what makes it the order's scan, in the transaction that logs the order."""

    template: str
    shown: dict[str, Any]
    begun: dict[str, Any]
    become: Callable[[Referral], Any]


def order_from(paper_id: str) -> OrderFrom:
    """For the page that logs orders, in the room below. Raises NotFound, NotAllowed."""
    if not can(the_actor(), PUTS_IN):
        raise NotAllowed
    row = open_paper(paper_id)
    return OrderFrom(
        "coordination/paper_order.html",
        beside(row),
        {"received_on": day_of(row.arrived_at), "received_via": row.arrived_via},
        lambda referral: verbs.make_document(
            found.the_paper(paper_id), actor=the_actor(), referral=referral, is_new=True
        ),
    )


@bp.route("/papers/<pid:paper_id>/document", methods=["GET", "POST"])
@requires(PUTS_IN)
def paper_document(paper_id: str) -> Any:
    """It belongs to an order that stands."""
    row, typed = open_paper(paper_id), asked_text("q")
    orders = records(found.live_orders(typed))
    saw("contact", [one.client_public_id for one in orders])
    form = BelongsForm(version=row.version)
    form.kind.choices = KIND_CHOICES
    form.referral.choices = [(one.public_id, one.number) for one in orders]
    if form.is_sent() and form.attempt(lambda: _belongs(paper_id, form)):
        flash(gettext("The document is attached."), "success")
        return redirect(url_for("desk.referral", referral_id=form.referral.data))
    return show(
        "coordination/paper_document.html", form=form, orders=orders, q=typed, **beside(row)
    )


def _belongs(paper_id: str, form: BelongsForm) -> None:
    verbs.make_document(
        found.the_paper(paper_id),
        actor=the_actor(),
        referral=the_referral(form.referral.data),
        kind=form.kind.data,
        version=form.version.data,
    )


@bp.get("/papers/<pid:paper_id>/answer")
@requires(PUTS_IN)
def paper_answer(paper_id: str) -> Any:
    """Which question it answers: who treats the client writes the answer down at once, others
    keep it for them to read."""
    row, typed = open_paper(paper_id), asked_text("q")
    asked = rows(found.asked_outside(typed))
    saw("contact", [one.client.public_id for one in asked])
    reads = {one.id for one in asked if may_read_health(the_actor(), one.client_id)}
    return show("coordination/paper_answer.html", asked=asked, reads=reads, q=typed, **beside(row))


@bp.post("/papers/<pid:paper_id>/answer/<pid:outbound_id>")
@requires(PUTS_IN)
def paper_answered(paper_id: str, outbound_id: str) -> Any:
    """The desk keeps it as an answer that a therapist is to read."""
    saw("contact", [the_outbound(outbound_id).client.public_id])
    form = StepForm()

    def act() -> None:
        verbs.keep_answer(
            found.the_paper(paper_id),
            actor=the_actor(),
            outbound=the_outbound(outbound_id),
            version=form.version.data,
        )

    if form.is_sent() and form.attempt(act):
        flash(gettext("The letter is kept. Who treats the client reads it."), "success")
        return redirect(url_for(".outbound", outbound_id=outbound_id))
    return _page(paper_id, form)


@bp.route("/papers/<pid:paper_id>/aside", methods=["GET", "POST"])
@requires(PUTS_IN)
def paper_aside(paper_id: str) -> Any:
    """It is not for us, or nothing is to be done with it."""
    row = open_paper(paper_id)
    form = AsideForm(version=row.version)
    if form.is_sent() and form.attempt(
        lambda: verbs.set_aside(
            found.the_paper(paper_id),
            actor=the_actor(),
            why=form.why.data,
            version=form.version.data,
        )
    ):
        flash(gettext("Set aside. It can be taken up again."), "success")
        return _to_list()
    return show("coordination/paper_aside.html", form=form, **beside(row))


@bp.post("/papers/<pid:paper_id>/up")
@requires(PUTS_IN)
def paper_up(paper_id: str) -> Any:
    """What was set aside waits again."""
    form = StepForm()

    def act() -> None:
        row = found.the_paper(paper_id)
        verbs.take_up(row, actor=the_actor(), version=form.version.data)

    if form.is_sent() and form.attempt(act):
        flash(gettext("It waits again."), "success")
        return redirect(url_for(".paper", paper_id=paper_id))
    return _page(paper_id, form)
