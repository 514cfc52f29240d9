"""The pages of referrals: the worklist, and one order with what has come of it."""

from datetime import date
from typing import Any

from flask import redirect, url_for

from clinic.audit.services import saw
from clinic.clients.queries import kept_record, may_read_health
from clinic.core import clock
from clinic.core.permissions import Permission
from clinic.desk.queries import referral as orders
from clinic.desk.views import bp
from clinic.referrals.models import Referral
from clinic.referrals.queries import the_referral
from clinic.referrals.rules import state_of
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_text, show
from clinic.web.wording import zone

CLINICAL = ("reason", "diagnosis", "precautions")


def _today() -> date:
    return clock.today(zone())


@bp.get("/referrals")
@requires(Permission.REFERRALS_READ)
def referrals() -> Any:
    """The board is where referrals are listed; an address of the earlier list leads there."""
    kept: dict[str, Any] = {name: asked_text(name) for name in ("q", "show") if asked_text(name)}
    return redirect(url_for("office_cases.index", **kept))


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
