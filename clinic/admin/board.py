"""The board: the day at a glance, on which visits are moved."""

from datetime import date, timedelta
from functools import partial
from typing import Any, cast

from flask import current_app, g, request, session
from flask_admin import BaseView, expose

from clinic.admin import board_answers as answers
from clinic.admin.base import GuardedView
from clinic.admin.board_feed import DrawnBoard, draw
from clinic.admin.board_panel import panel_of
from clinic.audit.queries import THE_LOG
from clinic.audit.services import saw
from clinic.core.clock import epoch, now, today
from clinic.core.permissions import Permission, can
from clinic.desk.queries.board import BOARD_OF, the_board
from clinic.desk.queries.board_ground import GROUND_OF, Ground, the_ground
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.visits import a_visit_to_look_at
from clinic.scheduling.rules import UNDO_SECONDS
from clinic.web.guards import Door, the_actor
from clinic.web.keeping import Kept
from clinic.web.markup import for_a_script
from clinic.web.pages import asked_date, asked_id
from clinic.web.sessions import ServerSession
from clinic.web.wording import gettext, locale
from clinic.web.wording import lazy_gettext as _l

VIEWS = ("day", "week", "rooms")
DRAWN_AT_MOST = 64
SHOWN_AT_MOST = 4096
READS, WRITES = Permission.SCHEDULE_READ, Permission.SCHEDULE_OWN


class BoardAdmin(GuardedView, BaseView):
    """The schedule, therapist by therapist or room by room."""

    read_permission = READS
    section, glyph = _l("Schedule"), "calendar"
    about = _l("The day at a glance: book, move, check in.")

    def __init__(self) -> None:
        super().__init__(name=_l("Schedule"), endpoint="office_board", url="schedule")
        self._shown = Kept(SHOWN_AT_MOST)

    def create_blueprint(self, admin: Any) -> Any:
        admin.app.extensions["boards"] = Kept(DRAWN_AT_MOST)
        return super().create_blueprint(admin)

    def doors(self) -> dict[str, Door]:
        return {
            "index": Door(READS),
            "feed": Door(READS, is_passive=True),
            "panel": Door(READS),
            **dict.fromkeys(
                ("move", "length", "step", "undo", "hold", "release"), Door(None, WRITES)
            ),
        }

    def is_visible(self) -> bool:
        return True

    @expose("/")
    def index(self) -> Any:
        """The page; what it first shows stands in it."""
        view, on = asked_view(), asked_date() or today(the_practice().zone)
        since, days = days_of(view, on)
        drawn = self._board(since, days)
        text, tag = drawn.text_for(the_actor().id)
        self._log(drawn, since, days, tag)
        moment = now()
        return self.render(
            "admin/board.html",
            on=on,
            view=view,
            who=asked_id("who") or "",
            visit=asked_id("visit") or "",
            people=drawn.people,
            tally=drawn.tally(int(moment.timestamp())),
            urls=addresses(),
            first_feed=for_a_script(text.decode()),
            first_tag=tag,
            now_wall=moment.astimezone(the_practice().zone).strftime("%Y-%m-%dT%H:%M:%S"),
            may_write=can(the_actor(), WRITES),
            grid=the_practice().slot_grid,
            undo_seconds=UNDO_SECONDS,
            days=days,
        )

    @expose("/feed")
    def feed(self) -> Any:
        """What is on the board; when nothing changed since, nothing is sent and nothing kept."""
        on = asked_date()
        if (on is None and request.args.get("on")) or request.args.get("view", "day") not in VIEWS:
            return answers.refusal(gettext("There is no such day."), 400)
        since, days = days_of(asked_view(), on or today(the_practice().zone))
        drawn = self._board(since, days)
        text, tag = drawn.text_for(the_actor().id)
        if request.if_none_match.contains(tag):
            answer = current_app.response_class(status=304)
        else:
            self._log(drawn, since, days, tag)
            answer = current_app.response_class(text, mimetype="application/json")
        answer.set_etag(tag)
        return answer

    def _board(self, since: date, days: int) -> DrawnBoard:
        """The board as it was drawn, or drawn anew: two or three statements less where it was."""
        actor, practice = the_actor(), the_practice()
        own_id = None if can(actor, Permission.SCHEDULE_WRITE) else actor.id
        # The settings were read before the marks, and the marks are taken before anything that
        # they stand for is read: a change meanwhile makes the next look draw anew.
        THE_LOG.look()
        settings = practice.zone, practice.no_show_grace, locale()
        key = (since, days, own_id, settings, THE_LOG.mark(*BOARD_OF))
        kept: Kept = current_app.extensions["boards"]
        drawn: DrawnBoard | None = kept.get(key)
        if drawn is None or drawn.good_until <= epoch(now()):
            drawn = draw(the_board(since, days, self._ground(since, days)), own_id)
            kept.keep(key, drawn)
        return drawn

    def _ground(self, since: date, days: int) -> Ground:
        """What these days stand on, as it was read before it last changed."""
        kept: Kept = current_app.extensions["boards"]
        key = ("ground", since, days, the_practice().zone, THE_LOG.mark(*GROUND_OF))
        ground: Ground | None = kept.get(key)
        if ground is None:
            ground = the_ground(since, days)
            kept.keep(key, ground)
        return ground

    def _log(self, drawn: DrawnBoard, since: date, days: int, tag: str) -> None:
        """One entry in the log of reads for a session, its days and what they looked like."""
        seen = (cast(ServerSession, session).reference, since, days, tag)
        if self._shown.get(seen) is None:
            saw("schedule", drawn.clients)
            g.when_written = partial(self._shown.keep, seen, True)

    @expose("/visit/<pid:visit_id>")
    def panel(self, visit_id: str) -> Any:
        """One visit beside the board."""
        visit = a_visit_to_look_at(visit_id)
        panel = panel_of(visit)
        saw("schedule", [one.client.public_id for one in (visit, *panel["partners"])])
        return self.render("admin/board_panel.html", **panel)

    @expose("/move", methods=("POST",))
    def move(self) -> Any:
        return answers.move()

    @expose("/length", methods=("POST",))
    def length(self) -> Any:
        return answers.length()

    @expose("/step", methods=("POST",))
    def step(self) -> Any:
        return answers.step()

    @expose("/undo", methods=("POST",))
    def undo(self) -> Any:
        return answers.undo()

    @expose("/hold", methods=("POST",))
    def hold(self) -> Any:
        return answers.hold()

    @expose("/release", methods=("POST",))
    def release(self) -> Any:
        return answers.release()


def addresses() -> dict[str, str]:
    """Where the page's script asks and sends, by name."""
    root = request.script_root
    here = f"{root}/office/schedule"
    return {
        "board": f"{here}/",
        "feed": f"{here}/feed",
        "panel": f"{here}/visit/VISIT",
        "move": f"{here}/move",
        "length": f"{here}/length",
        "step": f"{here}/step",
        "undo": f"{here}/undo",
        "hold": f"{here}/hold",
        "release": f"{here}/release",
        "book": f"{root}/book",
        "day": f"{root}/day",
        "sheet": f"{root}/day/sheet",
    }


def asked_view() -> str:
    """The view in the address, or the day."""
    view = request.args.get("view", "day")
    return view if view in VIEWS else "day"


def days_of(view: str, on: date) -> tuple[date, int]:
    """The first day of a view and how many it has; a week begins on Monday."""
    return (on - timedelta(days=on.weekday()), 7) if view == "week" else (on, 1)


SCREENS = (BoardAdmin,)
