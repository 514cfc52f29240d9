"""The back office is put together here; nothing outside this wing knows Flask-Admin."""

import json
from datetime import date
from typing import Any

from flask import Flask
from flask_admin import Admin, AdminIndexView, expose, helpers
from flask_admin.theme import Bootstrap4Theme

from clinic.admin import (
    absences,
    audit,
    board,
    cases,
    catalogue,
    directory,
    needs,
    practice,
    referrals,
    scheduling,
    staff,
    timetable,
)
from clinic.admin.base import GuardedView
from clinic.audit.services import saw
from clinic.core import clock
from clinic.core.permissions import Permission
from clinic.messages.queries import waiting_since
from clinic.practice.queries import machinery
from clinic.tasks.queries import pressing, this_day
from clinic.web import guards
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import zone

SCREENS: tuple[Any, ...] = (
    *board.SCREENS,
    *cases.SCREENS,
    *scheduling.SCREENS,
    *timetable.SCREENS,
    *absences.SCREENS,
    *referrals.SCREENS,
    *directory.SCREENS,
    *catalogue.SCREENS,
    *needs.SCREENS,
    *staff.SCREENS,
    *practice.SCREENS,
    *audit.SCREENS,
)


def wall(minutes: int | None) -> str:
    """``09:30`` of minutes after midnight."""
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def days_left(day: date) -> int:
    """Days until a day of the clinic's calendar; less than none when it is past."""
    return (day - clock.today(zone())).days


def subjects(listed: str) -> int:
    """How many records an entry of the log of reads names."""
    return len(json.loads(listed))


class OfficeIndex(GuardedView, AdminIndexView):
    """The sections that a person may open, with a sentence about each."""

    read_permission = Permission.OFFICE_ENTER

    def __init__(self) -> None:
        super().__init__(name=_l("Back office"), endpoint="admin", url="/office")
        self.static_folder = None  # the house brings its own style and script

    @expose("/")
    def index(self) -> Any:
        sections: dict[str, list[Any]] = {}
        for view in self.admin._views:
            if view is not self and view.is_accessible():
                sections.setdefault(str(view.section), []).append(view)
        tasks, on = pressing(guards.the_actor(), this_day()), this_day()
        saw("contact", {task.client.public_id for task in tasks if task.client is not None})
        beats = machinery(waiting_since())
        return self.render("admin/index.html", sections=sections, tasks=tasks, on=on, beats=beats)


def init_app(app: Flask) -> None:
    """Mount the wing at /office and declare who may pass each of its doors."""
    # Flask-Admin's own check lets "https:elsewhere" and "//here\\@elsewhere" pass.
    helpers.is_safe_url = guards.is_safe_path
    app.jinja_env.filters |= {
        "wall": wall,
        "days_left": days_left,
        "moment": clock.from_epoch,
        "subjects": subjects,
    }
    theme = Bootstrap4Theme(base_template="admin/clinic_base.html")
    office = Admin(app, url="/office", index_view=OfficeIndex(), theme=theme)
    office.add_views(*(screen() for screen in SCREENS))
    known = guards.doors(app)
    for view in office._views:
        known |= {f"{view.endpoint}.{name}": door for name, door in view.doors().items()}
