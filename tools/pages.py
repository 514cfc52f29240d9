"""The pages worth a picture, and how to reach them.

Addresses with a name in braces lead to something that the demonstration clinic has:
what that is, ``places`` finds.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import and_, func, select

from clinic.catalogue.models import Service, ServiceVariant
from clinic.cli.demonstration import ACCOUNTS, fill
from clinic.clients.models import Client
from clinic.coordination.models import OutboundReferral
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.marks import mark_of
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.health.models import IntakeResponse
from clinic.practice.queries import the_practice
from clinic.records.models import AdverseEvent, Note, TreatmentPlan
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Series, Visit, WaitlistEntry
from clinic.staff import queries as staff_queries
from clinic.staff import services as staff
from clinic.staff.models import StaffMember
from clinic.tasks.models import Task
from clinic.timetable.models import TimeOff
from tests.engines import configuration, create_app, migrate

PASSWORD = "pictures of a made-up clinic"  # noqa: S105 - of accounts that live for a minute


@dataclass(frozen=True)
class Shot:
    """One page: the picture's name, the path, and who looks (None: nobody signed in)."""

    name: str
    path: str
    role: str | None = "receptionist"
    is_dark_too: bool = False
    script: str = ""
    """What is changed on the page before ``key`` is pressed; nothing if only looked at."""
    key: str = "Control+s"
    sees: str = ""
    """What is waited for: a page that draws itself does so after it has come."""
    click: str = ""
    """What is pressed on the page first; nothing where it is left alone."""
    size: str = ""
    """The only size in which it is worth a picture; both, if none is named."""


PAGES: list[Shot] = [
    Shot("sign-in", "/sign-in", role=None, is_dark_too=True),
    Shot("board", "/office/schedule/?on={busy}", is_dark_too=True, sees=".appt"),
    Shot("board-visit", "/office/schedule/?on={busy}&visit={here}", is_dark_too=True, sees=".appt"),
    Shot(
        "board-booking",
        "/office/schedule/?on={busy}",
        script="window.openBooking('/book?client={client}&service={general}')",
        key="",
        sees=".slots .slot",
        size="desktop",
    ),
    Shot("board-week", "/office/schedule/?on={busy}&view=week", sees=".appt"),
    Shot("board-rooms", "/office/schedule/?on={busy}&view=rooms", sees=".appt"),
    Shot("day", "/day?on={busy}", is_dark_too=True),
    Shot("day-sheet", "/day/sheet?on={busy}"),
    Shot("my-day", "/my-day?on={busy}", role="therapist"),
    Shot("booking", "/book?client={referred}&service={general}", is_dark_too=True),
    Shot("booking-empty", "/book"),
    Shot("intake", "/clients/{client}/intake"),
    Shot("visit-check", "/clients/{client}/check", key=""),
    Shot(
        "booking-together",
        "/book/together?client-0={client}&client-1={partner}&variant-0={hour}&variant-1={hour}",
    ),
    Shot(
        "series-new",
        "/series/new?client={client}&service={general}&therapist={therapist}&on={later}&time=10:45",
        click="[name=preset][value=taper]",
        sees="#date-13",
    ),
    Shot("series", "/series/{series}", is_dark_too=True),
    Shot("waitlist", "/waitlist"),
    Shot("waitlist-free", "/waitlist/free"),
    Shot("waitlist-entry", "/waitlist/{offered}"),
    Shot("waitlist-new", "/waitlist/new?client={client}&service={general}"),
    Shot("tasks", "/tasks?whose=all", is_dark_too=True),
    Shot("task", "/tasks/{task}"),
    Shot("task-new", "/tasks/new"),
    Shot("visit", "/visits/{visit}"),
    Shot("clients", "/clients", is_dark_too=True),
    Shot("client", "/clients/{referred}", is_dark_too=True),
    Shot("client-therapist", "/clients/{referred}", role="therapist"),
    Shot("client-new", "/clients/new"),
    Shot("client-merge", "/clients/{referred}/merge?with={client}"),
    Shot(
        "client-stale",
        "/clients/{referred}/edit",
        script="document.querySelector('#city').value = 'Evanston';"
        "document.querySelector('[name=version]').value = '1'",
    ),
    Shot(
        "booking-clash",
        "/book?client={referred}&service={general}",
        script="const one = document.querySelector('[name=opening]');"
        "one.value = '{clash}'; one.checked = true",
    ),
    Shot("services", "/services", role="owner"),
    Shot("service", "/services/{service}", role="owner"),
    Shot("letters", "/letters", role="therapist"),
    Shot("letters-client", "/clients/{client}/letters", role="therapist"),
    Shot("referrals", "/office/referrals/", is_dark_too=True),
    Shot("referrals-ended", "/office/referrals/?show=ended"),
    Shot("referral", "/referrals/{referral}", is_dark_too=True),
    Shot("referral-numbers", "/referrals/numbers", role="owner"),
    Shot("referral-numbers-list", "/referrals/numbers/list?number=open", role="owner"),
    Shot("referral-therapist", "/referrals/{referral}", role="therapist"),
    Shot("outbound", "/outbound/{outbound}", role="therapist", is_dark_too=True),
    Shot("outbound-desk", "/outbound/{outbound}"),
    Shot("outbound-new", "/outbound/new?client={known}", role="therapist"),
    Shot("outbound-answer", "/outbound/{outbound}/answer", role="therapist"),
    Shot("outbound-happened", "/outbound/{outbound}/happened"),
    Shot("referral-next", "/referrals/{referral}/steps/plan"),
    Shot("referral-sender", "/referrals/{referral}/sender?provider={provider}"),
    Shot("referral-new", "/referrals/new"),
    Shot("papers", "/papers"),
    Shot("papers-new", "/papers/new"),
    Shot("referral-paper", "/referrals/{referral}/documents"),
    Shot("payers", "/referrals/payers", role="owner"),
    Shot("payer-new", "/referrals/payers/new", role="owner"),
    Shot("directory", "/directory"),
    Shot("provider", "/directory/{provider}"),
    Shot("health", "/clients/{known}/health", role="therapist", is_dark_too=True),
    Shot("health-desk", "/clients/{client}/health"),
    Shot("outcomes", "/clients/{cared}/outcomes", role="therapist", is_dark_too=True),
    Shot("measure-new", "/clients/{cared}/outcomes/new?group=movement", role="therapist"),
    Shot("plan", "/clients/{cared}/plan", role="therapist", is_dark_too=True),
    Shot("plan-new", "/clients/{known}/plan/new", role="therapist"),
    Shot("intake-review", "/intake/{unread}/review", role="therapist"),
    Shot("card", "/visits/{here}/card", role="therapist", is_dark_too=True),
    Shot("note", "/visits/{drafted}/note", role="therapist", is_dark_too=True),
    Shot("note-signed", "/notes/{note}", role="therapist"),
    Shot("notes", "/clients/{cared}/notes", role="therapist"),
    Shot("notes-to-sign", "/notes", role="therapist"),
    Shot("plan-review", "/plans/{plan}/review", role="therapist"),
    Shot("consents", "/clients/{cared}/consents"),
    Shot("consent-new", "/clients/{cared}/consents/new/{agree}"),
    Shot("consent-texts", "/settings/consents", role="owner"),
    Shot("events", "/events", role="owner"),
    Shot("event", "/events/{event}", role="owner"),
    Shot("event-counts", "/events/counts", role="owner"),
    Shot("event-new", "/events/new?client={cared}"),
    Shot("plans-due", "/plans", role="therapist"),
    Shot("screening", "/screening", role="therapist"),
    Shot("clearances", "/screening/clearances"),
    Shot("rules", "/screening/rules", role="owner", is_dark_too=True),
    Shot("rule", "/screening/rules/CANCER_ACTIVE", role="owner"),
    Shot("rule-change", "/screening/rules/CANCER_ACTIVE/change", role="owner"),
    Shot("event-new", "/events/new"),
    Shot("event-form", "/events/new?client={client}", is_dark_too=True),
    Shot("events", "/events", role="owner"),
    Shot("event-counts", "/events/counts", role="owner"),
    Shot("outbox", "/messages", is_dark_too=True),
    Shot("time-off", "/time-off", role="owner"),
    Shot("hurt", "/schedule/hurt", role="owner"),
    Shot("screened", "/schedule/screened"),
    Shot("time-off-visits", "/time-off/{away}/visits", role="owner"),
    Shot("calendars", "/calendars", role="therapist"),
    Shot("staff", "/staff", role="owner"),
    Shot("account", "/account"),
    Shot("settings", "/settings", role="owner"),
    Shot("office", "/office/", role="owner", is_dark_too=True),
    Shot("office-appointments", "/office/appointments/", role="owner"),
    Shot("office-rooms", "/office/rooms/", role="owner"),
    Shot("office-services", "/office/services/", role="owner"),
    Shot("office-services-edit", "/office/services/edit/?id={service}", role="owner"),
    Shot("office-late-policies", "/office/late-policies/", role="owner"),
    Shot("office-equipment", "/office/equipment/", role="owner"),
    Shot("office-orders", "/office/orders/"),
    Shot("office-providers-new", "/office/providers/new/", role="owner"),
    Shot("not-found", "/nowhere"),
]


def demonstration(folder: Path) -> Flask:
    """The application on a migrated SQLite clinic in ``folder``, with its demonstration data."""
    main = f"sqlite:///{folder / 'clinic.sqlite'}"
    config = configuration(folder, main, main, f"sqlite:///{folder / 'access.sqlite'}")
    migrate(config)
    app = create_app(config)
    with app.app_context():
        fill(now())
        for email in ACCOUNTS.values():
            _give_password(email)
    return app


def _give_password(email: str) -> None:
    hashed = staff.hashed(PASSWORD)
    with transaction():
        member = staff_queries.find_by_email(email)
        if member is not None:
            token = staff.reset_link(member, actor=SYSTEM)
            staff.accept(actor=SYSTEM, token=token, password_hash=hashed)


def found(app: Flask) -> list[Shot]:
    """The shots, their addresses leading to what this clinic has."""
    with app.app_context():
        known = places()
    return [
        replace(shot, path=shot.path.format(**known), script=shot.script.format(**known))
        for shot in PAGES
    ]


def places() -> dict[str, str]:
    """Public ids (and a busy day) that the addresses need."""
    present = today(the_practice().zone)
    busiest = (
        select(Visit.on_date)
        .where(Visit.on_date >= present)
        .group_by(Visit.on_date)
        .order_by((Visit.on_date != present), func.count().desc())
    )
    used = (
        select(Referral.id)
        .join(Authorisation)
        .join(Visit, Visit.authorisation_id == Authorisation.id)
        .group_by(Referral.id)
        .order_by(func.count().desc())
    )
    day = db.session.scalars(busiest).first()
    order = db.session.get_one(Referral, db.session.scalars(used).first())
    visit = db.session.scalars(select(Visit).where(Visit.on_date > present)).first()
    standing = select(Visit).where(Visit.on_date > present, Visit.held_slot_id.is_not(None))
    taken = db.session.scalars(standing.where(Visit.client_id != order.client_id)).first()
    called = _called(present)
    return {
        "busy": str(day),
        "later": str(present + timedelta(days=4)),
        "visit": visit.public_id if visit else "",
        "clash": _opening(taken) if taken else "",
        "referral": order.public_id,
        "referred": order.client.public_id,
        **called,
        "agree": mark_of(called["cared"], "TREATMENT"),
    }


def _called(on: date) -> dict[str, str]:
    """Public ids of what is found by its name, its code or its state."""
    found: dict[str, tuple[Any, Any]] = {
        "client": (Client, Client.last_name == "Osei"),
        "hour": (
            ServiceVariant,
            (ServiceVariant.minutes == 60) & ServiceVariant.service.has(code="SWEDISH"),
        ),
        "cared": (Client, Client.last_name == "Haddad"),
        "known": (Client, Client.last_name == "Becker"),
        "unread": (IntakeResponse, _of("Kobayashi", IntakeResponse, "completed", form="full")),
        "drafted": (Visit, (Visit.on_date == on) & Visit.client.has(last_name="Diallo")),
        "note": (Note, _of("Becker", Note, "signed") & Note.visit.has(on_date=on)),
        "plan": (TreatmentPlan, TreatmentPlan.status == "active"),
        "event": (AdverseEvent, AdverseEvent.status == "reported"),
        "partner": (Client, Client.last_name == "Laurent"),
        "therapist": (StaffMember, StaffMember.name == "Marek Dvorak"),
        "general": (Service, Service.code == "THERAPEUTIC"),
        "service": (Service, Service.code == "PRENATAL"),
        "provider": (Provider, Provider.last_name == "Mehta"),
        "here": (Visit, (Visit.on_date == on) & Visit.client.has(last_name="Kobayashi")),
        "series": (Series, Series.status == "active"),
        "offered": (WaitlistEntry, WaitlistEntry.status == "offered"),
        "task": (Task, Task.status == "open"),
        "outbound": (OutboundReferral, OutboundReferral.client.has(last_name="Becker")),
        "away": (TimeOff, TimeOff.status + TimeOff.kind == "requestedother"),
    }
    return {
        name: str(db.session.scalar(select(kind.public_id).where(what)))
        for name, (kind, what) in found.items()
    }


def _of(last_name: str, kind: Any, status: str, **more: str) -> Any:
    """That something is of this client, in this state, and more."""
    said = [getattr(kind, name) == value for name, value in (more | {"status": status}).items()]
    return and_(kind.client.has(last_name=last_name), *said)


def _opening(visit: Visit) -> str:
    """A visit's time as the booking form would send it."""
    return f"{visit.slot.starts_s}.{visit.therapist.public_id}.{visit.place.public_id}"


def sign_in(page: Page, role: str) -> None:
    """Sign in as the demonstration clinic's account of a role."""
    page.goto("/sign-in")
    page.fill("#email", ACCOUNTS[role])
    page.fill("#password", PASSWORD)
    page.click("form button.btn--primary")
    page.wait_for_url(lambda url: "sign-in" not in url)
