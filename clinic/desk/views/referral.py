"""The pages of referrals: the worklist, and one order with what has come of it."""

from datetime import date
from typing import Any

from clinic.audit.services import saw
from clinic.clients.queries import kept_record, may_read_health
from clinic.core import clock
from clinic.core.permissions import Permission
from clinic.desk.queries import referral as orders
from clinic.desk.views import bp
from clinic.referrals.models import Referral
from clinic.referrals.queries import the_referral
from clinic.referrals.rules import State, state_of
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_page, asked_text, page_of, show
from clinic.web.wording import zone

CLINICAL = ("reason", "diagnosis", "precautions")


def _today() -> date:
    return clock.today(zone())


@bp.get("/referrals")
@requires(Permission.REFERRALS_READ)
def referrals() -> Any:
    text = asked_text("q")
    if asked_text("show") == "ended":
        return _ended(text)
    groups, has_more = orders.worklist(text, _today())
    return show("desk/referrals.html", groups=groups, has_more=has_more, text=text, page=None)


def _ended(text: str) -> Any:
    page = page_of(orders.ended(text), number=asked_page())
    lines = orders.lines_of(page.rows, _today())
    lines.sort(key=lambda line: (line.row.ended_on, line.row.id), reverse=True)
    groups = [(State.ENDED, lines)] if lines else []
    return show("desk/referrals.html", groups=groups, has_more=False, text=text, page=page)


@bp.get("/referrals/<pid:referral_id>")
@requires(Permission.REFERRALS_READ)
def referral(referral_id: str) -> Any:
    order = the_referral(referral_id)
    person = kept_record(order.client)
    clinical = _clinical(order)
    saw("clinical" if clinical is not None else "schedule", [person.public_id])
    allowed = orders.allowed_of(order, _today())
    pairs = [(one.authorisation, one.counts) for one in allowed]
    return show(
        "desk/referral.html",
        order=order,
        person=person,
        clinical=clinical,
        allowed=allowed,
        state=state_of(pairs, _today(), is_ended=order.ended_on is not None),
        history=orders.history_of(order),
    )


def _clinical(order: Referral) -> dict[str, str] | None:
    """What the order says of the client's health, for those who treat them; None for others."""
    if not may_read_health(the_actor(), order.client_id):
        return None
    return {name: getattr(order, name) for name in CLINICAL}
