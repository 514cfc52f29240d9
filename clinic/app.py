"""Where the house is put together: the one module that knows every room."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_login import UserMixin
from jinja2 import StrictUndefined
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from clinic import anatomy, cli
from clinic.admin import office
from clinic.audit import services as audit
from clinic.catalogue.events import TechniquesChanged
from clinic.catalogue.services import stock_starter
from clinic.catalogue.views import bp as catalogue_bp
from clinic.clients.events import PersonChanged
from clinic.clients.views import bp as clients_bp
from clinic.consents.events import ConsentChanged
from clinic.consents.views import bp as consents_bp
from clinic.coordination.events import GivenElsewhere
from clinic.coordination.queries.outbound import offered_answers
from clinic.coordination.services import inbound, outbound
from clinic.coordination.services.enclosing import hear_attached
from clinic.coordination.services.telling import hear_grave
from clinic.coordination.views import bp as coordination_bp
from clinic.coordination.views import cases as coordination_cases
from clinic.coordination.views import copying as coordination_copying
from clinic.coordination.views import following as coordination_following
from clinic.coordination.views import outbound as coordination_outbound
from clinic.coordination.views import papers as coordination_papers
from clinic.coordination.views import sender as coordination_sender
from clinic.core import announcements, engines, guard, tracing, vault
from clinic.core.db import db
from clinic.core.ids import LENGTH
from clinic.core.permissions import Actor, Permission, can
from clinic.desk.services import hear_given
from clinic.desk.views import asking as desk_asking
from clinic.desk.views import bp as desk_bp
from clinic.desk.views import client as desk_client
from clinic.desk.views import day as desk_day
from clinic.desk.views import numbers as desk_numbers
from clinic.desk.views import prints as desk_prints
from clinic.desk.views import provider as desk_provider
from clinic.desk.views import referral as desk_referral
from clinic.directory.views import bp as directory_bp
from clinic.health.events import ClearanceMoved, FactsChanged, RulesChanged
from clinic.health.services import hear_consent, hear_person
from clinic.health.views import bp as health_bp
from clinic.health.views import clearances as health_clearances
from clinic.health.views import facts as health_facts
from clinic.health.views import history as health_history
from clinic.health.views import intake as health_intake
from clinic.health.views import rules as health_rules
from clinic.letters.events import DocumentAttached, LetterMoved
from clinic.letters.services import (
    files_of_message,
    hear_message,
    hear_touched,
    may_still_leave,
    offered,
)
from clinic.letters.views import bp as letters_bp
from clinic.letters.views import enclosing as letters_enclosing
from clinic.letters.views import letter as letters_letter
from clinic.letters.views import lists as letters_lists
from clinic.letters.views import sending as letters_sending
from clinic.messages.events import MessageEnded, MessageTouched
from clinic.messages.views import bp as messages_bp
from clinic.messages.views import pages as messages_pages
from clinic.practice.queries import the_practice
from clinic.practice.rules import Practice
from clinic.practice.views import STARTER
from clinic.practice.views import bp as practice_bp
from clinic.records.events import GraveEventMoved
from clinic.records.queries.adverse import unseen_grave
from clinic.records.views import adverse as records_adverse
from clinic.records.views import bp as records_bp
from clinic.records.views import card as records_card
from clinic.records.views import measures as records_measures
from clinic.records.views import notes as records_notes
from clinic.records.views import plans as records_plans
from clinic.referrals.events import Authorised, OrderEnds, PrecautionsChanged
from clinic.referrals.queries import offered_scans
from clinic.referrals.services import stock_rules
from clinic.referrals.views import PAPERS, RECEIVE
from clinic.referrals.views import bp as referrals_bp
from clinic.referrals.views import papers as referrals_papers
from clinic.referrals.views import payers as referrals_payers
from clinic.scheduling.events import VisitChanged
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.services import rescreen
from clinic.scheduling.views import booking as scheduling_booking
from clinic.scheduling.views import bp as scheduling_bp
from clinic.scheduling.views import feeds as scheduling_feeds
from clinic.scheduling.views import groups as scheduling_groups
from clinic.scheduling.views import holding as scheduling_holding
from clinic.scheduling.views import rearranging as scheduling_rearranging
from clinic.scheduling.views import series as scheduling_series
from clinic.scheduling.views import visits as scheduling_visits
from clinic.scheduling.views import waitlist as scheduling_waitlist
from clinic.staff import queries as staff_queries
from clinic.staff import services as staff
from clinic.staff.rules import SEEN_EVERY, new_token
from clinic.staff.services.passwords import use_cheap_hashes
from clinic.staff.views import bp as staff_bp
from clinic.tasks.views import bp as tasks_bp
from clinic.tasks.views import pages as tasks_pages
from clinic.timetable.views import bp as timetable_bp
from clinic.web import (
    answers,
    assets,
    documents,
    framing,
    guards,
    headers,
    markup,
    navigation,
    wording,
)
from clinic.web.extensions import csrf, csrf_token, login_manager, migrate
from clinic.web.sessions import ServerSessions, SessionStore

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = (
    practice_bp, messages_bp, staff_bp, catalogue_bp, directory_bp, clients_bp, tasks_bp,
    consents_bp, referrals_bp, letters_bp, health_bp, scheduling_bp, records_bp, coordination_bp,
    desk_bp, timetable_bp,
)  # fmt: skip
PAGES = (
    coordination_cases,
    coordination_copying,
    coordination_following,
    coordination_outbound,
    coordination_papers,
    coordination_sender,
    desk_client,
    desk_asking,
    desk_day,
    desk_numbers,
    desk_prints,
    desk_provider,
    desk_referral,
    health_clearances,
    health_facts,
    health_history,
    health_intake,
    health_rules,
    letters_enclosing,
    letters_letter,
    letters_lists,
    letters_sending,
    messages_pages,
    records_measures,
    records_adverse,
    records_card,
    records_notes,
    records_plans,
    referrals_papers,
    referrals_payers,
    scheduling_booking,
    scheduling_feeds,
    scheduling_groups,
    scheduling_holding,
    scheduling_rearranging,
    scheduling_series,
    scheduling_visits,
    scheduling_waitlist,
    tasks_pages,
)
"""Modules that register their pages on a room's blueprint by being imported."""
HEARERS: tuple[tuple[type, announcements.Hearer], ...] = (
    (MessageTouched, hear_touched),
    (MessageEnded, hear_message),
    (ConsentChanged, hear_consent),
    (ConsentChanged, inbound.hear_consent),
    (ConsentChanged, outbound.hear_consent),
    (DocumentAttached, hear_attached),
    (LetterMoved, inbound.hear_letter),
    (LetterMoved, outbound.hear_letter),
    (OrderEnds, inbound.hear_order),
    (PrecautionsChanged, inbound.hear_precautions),
    (Authorised, inbound.hear_authorised),
    (VisitChanged, inbound.hear_visit),
    (ClearanceMoved, outbound.hear_clearance),
    (FactsChanged, rescreen.hear),
    (RulesChanged, rescreen.hear),
    (PersonChanged, hear_person),
    (PersonChanged, rescreen.hear),
    (TechniquesChanged, rescreen.hear),
    (GraveEventMoved, hear_grave),
    (GivenElsewhere, hear_given),
)
"""Who hears which announcement, in the order of the floors."""
ABOUTS = {
    "referral": ("desk.referral", "referral_id"),
    "outbound": ("coordination.outbound", "outbound_id"),
    "letter": ("letters.letter", "letter_id"),
    "provider": ("directory.provider", "provider_id"),
    "visit": ("scheduling.visit", "visit_id"),
    "event": ("records.event", "event_id"),
    "papers": ("coordination.papers", "since"),
}
"""Where the thing is that a task is about: its word, the page, and the argument it is named by."""


def _stock(*, actor: Actor) -> None:
    """What a new clinic begins with: services and prices, and what usual payers ask for."""
    stock_starter(actor=actor)
    stock_rules(actor=actor)


class PublicId(BaseConverter):
    """``<pid:...>`` in a route: anything else is no page at all."""

    regex = f"[a-z0-9]{{{LENGTH}}}"


class House(Flask):
    """Flask, in a house in which everything answers at once: nothing is awaited."""

    def ensure_sync(self, func: Any) -> Any:
        """The function itself; asked for each hook of each request."""
        return func


def create_app(config: object) -> Flask:
    """The application on the databases that ``config`` names."""
    app = House(
        "clinic", template_folder=str(ROOT / "templates"), instance_path=str(ROOT / "instance")
    )
    app.config.from_object(config)
    app.url_map.converters["pid"] = PublicId
    _open_the_vault(app)
    _set_up_databases(app)
    _set_up_web(app)
    app.extensions[STARTER] = _stock
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    office.init_app(app)
    app.extensions["abouts"] = ABOUTS
    app.extensions["provider_more"] = desk_provider.provider_more
    app.extensions[RECEIVE] = inbound.receive  # so that no order is without somebody
    app.extensions[PAPERS] = coordination_papers.order_from
    app.extensions["count_visits"] = counted  # the schedule counts, for rooms below it
    app.extensions["message_checks"] = {"letter": may_still_leave}
    app.extensions["message_along"] = {"letter": files_of_message}
    app.extensions["offered_papers"] = (offered_scans, offered_answers, offered)
    announcements.listed(HEARERS)
    cli.init_app(app)
    guards.shut_undeclared(app)
    return app


def _open_the_vault(app: Flask) -> None:
    master = app.config["MASTER_KEY"] or vault.read_or_make_key(app.config["MASTER_KEY_FILE"])
    vault.use(master)
    app.config["SECRET_KEY"] = vault.vault().derive("signing forms").hex()


def _set_up_databases(app: Flask) -> None:
    options = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    app.config["DATA_DIR"].mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config["FILES_DIR"] = app.config["FILES_DIR"] or app.config["DATA_DIR"] / "files"
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=False)
    with app.app_context():
        engines.set_up(db.engine)
        guard.guard(db.engine)
        app.extensions["access"] = _access_engine(app)
    audit.watch()


def engine_options(address: str) -> dict[str, Any]:
    """How engines are made: no values in error texts, and the newest SQLite at hand."""
    # The connection given back last is the one whose pages and statements are at hand.
    options: dict[str, Any] = {"hide_parameters": True, "pool_use_lifo": True}
    if address.startswith("sqlite"):
        options["module"] = engines.sqlite_module()
    else:
        options["pool_pre_ping"] = True
    return options


def _access_engine(app: Flask) -> Engine:
    """The engine of the log of reads: its own on SQLite, the same on PostgreSQL."""
    address = app.config["ACCESS_DATABASE_URI"]
    if address == app.config["SQLALCHEMY_DATABASE_URI"]:
        return db.engine
    engine = create_engine(address, **engine_options(address))
    engines.set_up(engine)
    guard.guard(engine)
    return engine


def _set_up_web(app: Flask) -> None:
    if app.testing:
        use_cheap_hashes()
    address = urlsplit(app.config["BASE_URL"])
    is_https = address.scheme == "https"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-sid" if is_https else "sid",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME=address.scheme,
        TRUSTED_HOSTS=[address.hostname],
    )
    if app.config["PROXIES"]:
        hops = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    store = SessionStore(staff_queries.sitting, staff.keep, staff.touch, staff.forget, new_token)
    app.session_interface = ServerSessions(store, SEEN_EVERY)
    app.extensions["practice"] = _the_clinic
    app.before_request(_begin)
    app.extensions["grave_events"] = _grave_events
    for part in (
        guards, documents, headers, assets, wording, markup, navigation, framing, answers
    ):  # fmt: skip
        part.init_app(app)
    login_manager.init_app(app, add_context_processor=False)
    app.extensions["signed_in"] = SignedIn
    csrf.init_app(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["anatomy"] = anatomy
    app.context_processor(_furnish)
    app.after_request(_log_reads)


def _begin() -> None:
    tracing.begin()
    audit.begin_reading()


def _the_clinic() -> Practice:
    """The clinic's settings; the plain ones for a page that says the database is gone."""
    try:
        return the_practice()
    except SQLAlchemyError:
        return Practice()


class SignedIn(UserMixin):
    """A member of staff as Flask-Login wants them."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.id = str(actor.id)


@login_manager.user_loader
def load_user(user_id: str) -> SignedIn | None:
    """Who the server's session says is there; the cookie itself says nothing."""
    actor = guards.me()
    return SignedIn(actor) if actor and str(actor.id) == user_id else None


def _furnish() -> dict[str, Any]:
    actor = guards.me()
    return {
        "me": actor,
        "clinic": wording.clinic_settings(),
        "csrf_token": csrf_token,
        "can": lambda permission: can(actor, permission),
    }


def _grave_events(actor: Actor | None) -> list[Any]:
    """What an owner is told on every page; a page about a broken database is told nothing."""
    if not can(actor, Permission.EVENTS_REVIEW):
        return []
    try:
        return unseen_grave()
    except SQLAlchemyError:
        return []


def _log_reads(response: Any) -> Any:
    """Nobody's record leaves before it is written down who asked to see it."""
    if g.get("reads_written"):
        return response
    g.reads_written = True
    outcome = "denied" if response.status_code in (401, 403) and guards.me() else "shown"
    reader = g.get("let_in") or guards.me()  # whose secret address it was, or who is signed in
    try:
        audit.write_reads(
            current_app.extensions["access"], reader, request.endpoint or "", outcome=outcome
        )
    except Exception:  # noqa: BLE001 - whatever it was, what could not be logged is not shown
        current_app.logger.error("the log of reads could not be written")  # noqa: TRY400
        return current_app.make_response(answers.answer(503))
    if "when_written" in g:
        g.when_written()
    return response
