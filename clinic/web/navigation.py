"""Where a person can go: the rail, the tab bar and the two verbs above them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, request, url_for

from clinic.core.permissions import Actor, Permission, Role, can
from clinic.web.wording import clinic_settings, locale
from clinic.web.wording import lazy_gettext as _l

MAIN = "main"
MANAGE = "manage"


@dataclass(frozen=True)
class Entry:
    """One place: where it is, what it is called, who may go there."""

    endpoint: str
    label: Any  # a lazy translation
    icon: str
    permission: Permission
    group: str = MAIN
    role: Role | None = None  # shown to this role only
    short: Any = None  # what the tab bar calls it
    tab: bool = False  # one of the few in the tab bar of a phone
    rooms: tuple[str, ...] = ()  # blueprints whose pages belong here, besides the endpoint's own
    pages: tuple[str, ...] = ()  # endpoints of another room's blueprint that belong here
    key: str = ""  # what opens it, where letters do
    count: str = ""  # an endpoint that says how many wait there; asked for once a page is drawn

    @property
    def room(self) -> str:
        """The blueprint it leads into."""
        return self.endpoint.partition(".")[0]


_P = Permission
ENTRIES = (
    Entry("desk.my_day", _l("My day"), "sun", _P.SCHEDULE_OWN, role=Role.THERAPIST, tab=True),
    Entry(
        "office_board.index",
        _l("Schedule"),
        "calendar",
        _P.SCHEDULE_READ,
        tab=True,
        rooms=("scheduling",),
        pages=("desk.day", "desk.sheet"),
    ),
    Entry(
        "scheduling.waitlist",
        _l("Waitlist"),
        "hourglass",
        _P.SCHEDULE_OWN,
        pages=(
            "scheduling.wait",
            "scheduling.waitlist_entry",
            "scheduling.waitlist_free",
            "scheduling.withdraw_entry",
            "scheduling.offer_time",
            "scheduling.accept_offer",
            "scheduling.answer_offer",
        ),
    ),
    Entry("tasks.index", _l("Tasks"), "clipboard-list", _P.TASKS_DO, count="tasks.count"),
    Entry(
        "clients.index",
        _l("Clients"),
        "users",
        _P.CLIENTS_READ,
        tab=True,
        rooms=("consents",),
        pages=(
            "desk.client",
            "health.history",
            "health.decide",
            "health.fact_new",
            "records.outcomes",
            "records.measure_new",
            "records.client_plan",
            "records.plan",
            "records.plan_new",
            "records.plan_edit",
            "records.plan_end",
            "records.plan_review",
        ),
    ),
    Entry(
        "records.notes_to_sign",
        _l("Notes to sign"),
        "signature",
        _P.NOTES_WRITE,
        pages=(
            "records.note",
            "records.write_note",
            "records.read_note",
            "records.notes",
            "records.plans_due",
        ),
        count="records.count_to_sign",
    ),
    Entry(
        "office_cases.index",
        _l("Referrals"),
        "transfer",
        _P.REFERRALS_READ,
        tab=True,
        rooms=("referrals", "coordination"),
        pages=("office_cases.choose", "desk.referral", "desk.numbers", "desk.numbers_list"),
        count="desk.count_overdue",
    ),
    Entry(
        "coordination.papers",
        _l("Papers that arrived"),
        "inbox",
        _P.REFERRALS_WRITE,
        pages=(
            "coordination.new_papers",
            "coordination.paper",
            "coordination.paper_document",
            "coordination.paper_answer",
            "coordination.paper_aside",
        ),
    ),
    Entry("letters.index", _l("Letters"), "mail", _P.LETTERS_WRITE),
    Entry(
        "health.worklist",
        _l("Screening"),
        "stethoscope",
        _P.CLINICAL_READ,
        pages=(
            "health.clearances",
            "health.clearance",
            "desk.whom_to_ask",
            "health.withdraw_clearance",
        ),
    ),
    Entry(
        "records.report_event",
        _l("Report an event"),
        "alert-octagon",
        _P.EVENTS_REPORT,
        pages=("records.draft_event", "records.event_receipt"),
        key="!",
    ),
    Entry("directory.index", _l("Providers directory"), "address-book", _P.DIRECTORY_READ),
    Entry("catalogue.index", _l("Services & prices"), "tag", _P.CATALOGUE_READ),
    Entry(
        "timetable.time_off",
        _l("Time off"),
        "beach",
        _P.TIME_OFF_ASK,
        pages=("scheduling.hurt_by_absence",),
    ),
    Entry(
        "health.rules",
        _l("Screening rules"),
        "shield-check",
        _P.SCREENING_READ,
        MANAGE,
        pages=("health.rule", "health.change_rule"),
    ),
    Entry(
        "records.events",
        _l("Safety events"),
        "list-details",
        _P.EVENTS_REVIEW,
        MANAGE,
        pages=("records.event", "records.event_counts"),
    ),
    Entry("messages.index", _l("Outbox"), "mail", _P.MESSAGES_READ, MANAGE),
    Entry("staff.index", _l("Staff"), "id-badge-2", _P.STAFF_READ, MANAGE),
    Entry("admin.index", _l("Back office"), "layout-dashboard", _P.OFFICE_ENTER, MANAGE),
    Entry(
        "practice.settings",
        _l("Settings"),
        "adjustments",
        _P.PRACTICE_WRITE,
        MANAGE,
        pages=("consents.texts", "consents.text", "consents.earlier_text"),
    ),
    Entry("staff.account", _l("My account"), "user-circle", _P.ACCOUNT_OWN, MANAGE),
)

SEARCH = "clients.index"
SUGGEST = "clients.suggest"
NEW_BOOKING = "scheduling.new"
SIGN_OUT = "staff.sign_out"


KEPT_AT_MOST = 1000
"""Drawn frames to keep: ten places for a hundred people; then begin again."""


@dataclass
class Kept:
    """What is the same from request to request, while the process lives."""

    urls: dict[tuple[str, str], str] = field(default_factory=dict)
    entries: dict[object, tuple[Entry, ...]] = field(default_factory=dict)
    here: dict[object, str] = field(default_factory=dict)
    drawn: dict[tuple[object, ...], dict[str, Any]] = field(default_factory=dict)


class Navigation:
    """What one person sees on one request."""

    def __init__(self, actor: Actor | None) -> None:
        self._actor = actor
        self._kept: Kept = current_app.extensions["navigation"]

    @property
    def root(self) -> str:
        """Where the application is mounted."""
        return request.script_root

    def drawn(self, part: str) -> Any:
        """A part of the frame as markup, drawn once for a person, a place and a language."""
        parts = self._parts
        if part not in parts or current_app.debug:
            frame = current_app.jinja_env.get_template("layouts/frame.html").module
            parts[part] = getattr(frame, part)(self, self._actor, clinic_settings().name)
        return parts[part]

    @cached_property
    def _parts(self) -> dict[str, Any]:
        """What was drawn for whoever is shown the same."""
        kept = self._kept.drawn
        if self.shown_to not in kept and len(kept) >= KEPT_AT_MOST:
            kept.clear()
        return kept.setdefault(self.shown_to, {})

    @cached_property
    def shown_to(self) -> tuple[object, ...]:
        """All that a part of the frame may depend on: the place, the clinic, the person."""
        actor = self._actor
        who = (actor.public_id, actor.name, actor.roles, actor.by_name) if actor else None
        return self.root, locale(), clinic_settings().name, who, self.here

    @cached_property
    def _rights(self) -> object:
        """What the places that are shown follow from: roles, and what was given by name."""
        return (self._actor.roles, self._actor.by_name) if self._actor else None

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The places this person may go to, of those that exist."""
        if self._rights not in self._kept.entries:
            seen = tuple(entry for entry in ENTRIES if self._may_see(entry))
            self._kept.entries[self._rights] = seen
        return self._kept.entries[self._rights]

    def _may_see(self, entry: Entry) -> bool:
        if self._actor is None or entry.endpoint not in current_app.view_functions:
            return False
        if entry.role is not None and entry.role not in self._actor.roles:
            return False
        return can(self._actor, entry.permission)

    def group(self, name: str) -> Iterator[Entry]:
        """The entries of one group, in their order."""
        return (entry for entry in self.entries if entry.group == name)

    @property
    def tabs(self) -> Iterator[Entry]:
        """The few places in the tab bar of a phone; the rest is behind "More"."""
        return (entry for entry in self.entries if entry.tab)

    @cached_property
    def here(self) -> str:
        """The endpoint of the entry that the present page belongs to, or nothing."""
        if request.endpoint is None:
            return self._look_where()
        key = (self._rights, request.endpoint, self.root)
        if key not in self._kept.here:
            self._kept.here[key] = self._look_where()
        return self._kept.here[key]

    def _look_where(self) -> str:
        endpoint, room = request.endpoint or "", request.blueprint or ""
        shown = {entry.endpoint for entry in self.entries}
        if endpoint in shown:
            return endpoint
        for entry in self.entries:
            if endpoint in entry.pages:
                return entry.endpoint
        office = self.url("admin.index")
        if office and (self.root + request.path).startswith(office):
            return "admin.index"
        homes = (entry for entry in self.entries if room in (*entry.rooms, entry.room))
        return next((entry.endpoint for entry in homes if entry.endpoint != "desk.my_day"), "")

    def url(self, endpoint: str) -> str:
        """The address of a page without arguments, or nothing when there is no such page."""
        if endpoint not in current_app.view_functions:
            return ""
        key = (self.root, endpoint)
        if key not in self._kept.urls:
            self._kept.urls[key] = url_for(endpoint)
        return self._kept.urls[key]

    @property
    def search_url(self) -> str:
        """The list of clients, which takes ``q``."""
        return self._if(Permission.CLIENTS_READ, SEARCH)

    @property
    def suggest_url(self) -> str:
        """Search as you type: options of a list box as HTML, for ``q``."""
        return self._if(Permission.CLIENTS_READ, SUGGEST)

    @property
    def new_url(self) -> str:
        """The booking page."""
        return self._if(Permission.SCHEDULE_OWN, NEW_BOOKING)

    @property
    def sign_out_url(self) -> str:
        """Where signing out is posted to."""
        return self.url(SIGN_OUT)

    def _if(self, permission: Permission, endpoint: str) -> str:
        return self.url(endpoint) if can(self._actor, permission) else ""


def of(actor: Actor | None) -> Navigation:
    """The one of this request, as long as the same person is signed in."""
    known: tuple[Actor | None, Navigation] | None = g.get("navigation")
    if known is None or known[0] is not actor:
        known = g.navigation = (actor, Navigation(actor))
    return known[1]


def init_app(app: Flask) -> None:
    """Let templates say ``nav(me)``."""
    app.extensions["navigation"] = Kept()
    app.jinja_env.globals["nav"] = of
