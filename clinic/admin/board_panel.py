"""The panel beside the board: one visit, what is to be minded, what can be done next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import request

from clinic.admin.board_card import wall_stamp
from clinic.core.clock import now, today
from clinic.core.permissions import Permission, can
from clinic.desk.queries.beside import Beside, beside
from clinic.desk.rules import effects_said, is_fee_open, tint
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.gate_of_visit import AtTheGate, gate_of_visit
from clinic.scheduling.queries.groups import partners
from clinic.scheduling.queries.openings import Opening
from clinic.scheduling.queries.visit_page import VisitPage, visit_beside
from clinic.scheduling.queries.waitlist_page import might_come
from clinic.scheduling.rules.starting import path_to
from clinic.web.guards import the_actor
from clinic.web.wording import clock_time, day, gettext, money, short_day, spoken, weekday

CHIPS = 5
DAYS_KNOWN_BY_NAME = 7


@dataclass(frozen=True, slots=True)
class Minded:
    """Something to be minded: what it is, what to do, where it is seen to."""

    icon: str
    tone: str
    title: str
    text: str = ""
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that one button takes."""

    name: str
    label: str
    icon: str
    key: str = ""


def panel_of(visit: Visit) -> dict[str, Any]:
    """What the panel's template is drawn of."""
    page, found = visit_beside(visit, the_actor()), beside(visit)
    steps, gate = steps_of(page), gate_of_visit(visit, the_actor())
    first = next_step(page, steps)
    here = f"/office/schedule/?on={visit.on_date}&visit={visit.public_id}"
    return {
        "visit": visit,
        "page": page,
        "found": found,
        "since": since_when(visit),
        "partners": partners(visit),
        "flags": minded(page, found, gate),
        "first": first,
        "others": [step for step in steps.values() if step is not first],
        "chips": [chip(one) for one in page.soon[:CHIPS]],
        "lengths": [one for one in page.sizes if one[0] != visit.minutes],
        "family": tint(visit.variant.service.family),
        "back": request.script_root + here,
        "here": here,
        "gate": gate,
        "path_to": path_to,
        "fee": fee_of(page),
        "might_come": might_come(visit) if visit.held_slot_id is None else 0,
    }


def since_when(visit: Visit) -> datetime | None:
    """When the visit came into its present state, as far as that is known."""
    moments = {
        "booked": visit.confirmed_at,
        "arrived": visit.arrived_at,
        "in_session": visit.started_at,
        "completed": visit.finished_at,
    }
    return moments.get(visit.status, visit.cancelled_at)


# ---- steps


def steps_of(page: VisitPage) -> dict[str, Step]:
    """The steps that this person may take now, by the verb behind each."""
    words = {
        "approve": Step("approve", gettext("Approve"), "check", "s"),
        "confirm": Step("confirm", gettext("Confirm"), "circle-check", "c"),
        "check_in": Step("check-in", gettext("Check in"), "user-check", "s"),
        "start": Step("start", gettext("Start session"), "player-play", "s"),
        "finish": Step("finish", gettext("Finish"), "check", "s"),
        "undo": Step("undo", _taken_back(page.visit.status), "arrow-back-up"),
        "reopen": Step("reopen", gettext("Open again"), "lock-open"),
        "mark_no_show": Step("no-show", gettext("No-show"), "user-x", "x"),
        "send_home": Step("send-home", gettext("Send home"), "home"),
        "decline": Step("decline", gettext("Decline"), "x"),
        "release": Step("release", gettext("Release"), "x"),
    }
    found = {verb: step for verb, step in words.items() if verb in page.may}
    if page.visit.confirmed_at is not None:
        found.pop("confirm", None)
    return found


def _taken_back(status: str) -> str:
    return {
        "arrived": gettext("Back to booked"),
        "in_session": gettext("Back to arrived"),
        "no_show": gettext("It was no no-show"),
    }.get(status, gettext("Take the cancel back"))


def next_step(page: VisitPage, steps: dict[str, Step]) -> Step | None:
    """The one step that comes next; None where there is none to take."""
    order = ["approve", "start", "finish", "check_in", "confirm"]
    if page.on != today(the_practice().zone):
        order = ["approve", "start", "finish", "confirm", "check_in"]
    return next((steps[verb] for verb in order if verb in steps), None)


# ---- times and lengths


def chip(one: Opening) -> dict[str, Any]:
    """A time to which the visit could go, as a button says it and as the board takes it."""
    return {
        "label": time_label(one.starts_at),
        "staff_name": one.therapist.name.split()[0],
        "value": f"{one.at}.{one.therapist.public_id}.{one.place.public_id}",
        "move": move_to(one),
    }


def move_to(one: Opening) -> dict[str, str]:
    """Where a time is, in the clinic's wall time."""
    return {
        "start": wall_stamp(one.at, the_practice().zone),
        "staff": one.therapist.public_id,
        "place": one.place.public_id,
    }


def time_label(moment: datetime) -> str:
    """``Today 15:00``, ``Fri 09:30`` of the days that follow, ``Fri 27 Nov 09:30`` after these."""
    zone = the_practice().zone
    on = moment.astimezone(zone).date()
    ahead = (on - today(zone)).days
    near = gettext("Today") if not ahead else weekday(on)
    name = near if 0 <= ahead < DAYS_KNOWN_BY_NAME else day(on)
    return f"{name} {clock_time(moment)}"


# ---- what is to be minded


def minded(page: VisitPage, found: Beside, gate: AtTheGate) -> list[Minded]:
    """Do not, then adapt, then paperwork: each with what to do. Actions only."""
    visit = page.visit
    paperwork = [*_order(visit, found), *_papers(found), *_money(page, found)]
    return [*_stop(found), *_care(visit, gate), *_late(visit), *paperwork]


def _stop(found: Beside) -> list[Minded]:
    if not found.client.is_not_to_book:
        return []
    text = gettext("Ask the owner before another visit is booked.")
    return [Minded("hand-stop", "stop", gettext("Do not book"), text)]


def _care(visit: Visit, gate: AtTheGate) -> list[Minded]:
    said = effects_said(visit.verdict.effects) if gate.effects else []
    flags = [Minded(one.icon, one.tone, spoken(one.words)) for one in said]
    if flags and gate.may_read:
        flags[0] = replace(flags[0], url=_health_of(visit), link=gettext("Why"))
    if visit.overlap_why:
        flags.append(
            Minded("arrows-join", "care", gettext("Overlaps on purpose"), visit.overlap_why)
        )
    if visit.is_outside_hours:
        flags.append(Minded("clock", "care", gettext("Outside working hours")))
    return flags


def _health_of(visit: Visit) -> str:
    return f"{request.script_root}/clients/{visit.client.public_id}/health"


def _late(visit: Visit) -> list[Minded]:
    """Nobody came within the grace: somebody has to say so."""
    grace = timedelta(minutes=the_practice().no_show_grace)
    if visit.status != "booked" or now() < visit.starts_at + grace:
        return []
    text = gettext("Check the client in, or say it was a no-show.")
    return [Minded("user-x", "care", gettext("No-show?"), text)]


def _order(visit: Visit, found: Beside) -> list[Minded]:
    authorisation = visit.authorisation
    if authorisation is None:
        return []
    order = authorisation.referral
    text = order.provider.name
    if authorisation.valid_until:
        until = gettext("until %(day)s", day=short_day(authorisation.valid_until))
        text = f"{text} · {until}"
    may_open = can(the_actor(), Permission.REFERRALS_READ)
    url = f"{request.script_root}/referrals/{order.public_id}" if may_open else ""
    title = gettext(
        "Visit %(number)s of %(allowed)s", number=found.number, allowed=authorisation.visits
    )
    return [Minded("transfer", "", title, text, url, gettext("Open"))]


def _papers(found: Beside) -> list[Minded]:
    flags = []
    if found.client.is_prepay_only:
        text = gettext("Take the payment before the session.")
        flags.append(Minded("cash", "", gettext("Prepay"), text))
    if found.client.missing:
        text = gettext("Ask for what is missing.")
        url = f"{request.script_root}/clients/{found.client.public_id}"
        flags.append(
            Minded("clipboard-list", "", gettext("Record incomplete"), text, url, gettext("Open"))
        )
    return flags


def _money(page: VisitPage, found: Beside) -> list[Minded]:
    flags, visit = [], page.visit
    own = page.fee_due if is_fee_open(visit) else 0
    if own:
        text = gettext("Charge it or waive it.")
        title = gettext("%(amount)s fee to be decided", amount=money(own, visit.currency))
        flags.append(Minded("receipt", "", title, text))
    others = found.open_fees - bool(own)
    if others > 0:
        amount = money(found.open_minor - own, visit.currency)
        title = gettext("%(amount)s of earlier fees to be decided", amount=amount)
        url = f"{request.script_root}/clients/{found.client.public_id}#visits"
        flags.append(Minded("receipt", "", title, "", url, gettext("Open")))
    return flags


def fee_of(page: VisitPage) -> str:
    """What is to be charged or waived, as money; nothing where that is decided."""
    may = "settle_fee" in page.may and is_fee_open(page.visit)
    return money(page.fee_due, page.visit.currency) if may else ""
