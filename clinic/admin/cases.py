"""The board of referrals: what stands where, what is overdue, whose it is."""

from collections.abc import Hashable
from functools import partial
from typing import Any, cast

from flask import current_app, g, request, session
from flask_admin import BaseView, expose

from clinic.admin.base import GuardedView
from clinic.admin.cases_drawn import Drawn, draw, filter_of
from clinic.admin.cases_lines import WAYS, address_of
from clinic.audit.queries import THE_LOG
from clinic.audit.services import saw
from clinic.core.clock import today
from clinic.core.permissions import Permission, can
from clinic.desk.queries.cases import READ_OF, Card, Pieces, read
from clinic.desk.queries.cases_choices import the_choices
from clinic.desk.queries.cases_ended import ended
from clinic.desk.queries.cases_known import Known
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.rules import cases as rules
from clinic.practice.queries import the_practice
from clinic.referrals.models import URGENCIES
from clinic.web.framing import framed
from clinic.web.guards import Door, the_actor
from clinic.web.keeping import Kept
from clinic.web.pages import asked_id, asked_page, asked_text, page_of
from clinic.web.sessions import ServerSession
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import locale

DRAWN_AT_MOST = 128
SHOWN_AT_MOST = 4096
READS = Permission.REFERRALS_READ
ALL = Wish()


class ReferralBoard(GuardedView, BaseView):
    """Referrals by state, in and out, the overdue ones first."""

    read_permission = READS
    section, glyph = _l("Referrals"), "transfer"
    about = _l("Who was sent to us and by us, what is next, and what is overdue.")

    def __init__(self) -> None:
        super().__init__(name=_l("Referrals"), endpoint="office_cases", url="referrals")
        self._shown = Kept(SHOWN_AT_MOST)

    def create_blueprint(self, admin: Any) -> Any:
        admin.app.extensions |= {"case_boards": Kept(DRAWN_AT_MOST), "cases_known": Known()}
        return super().create_blueprint(admin)

    def doors(self) -> dict[str, Door]:
        return {"index": Door(READS), "choose": Door(READS)}

    @expose("/")
    def index(self) -> Any:
        """The board, a column of it, or what has ended."""
        wish = asked()
        if request.args.get("show") == "ended":
            return self._ended(wish)
        present = today(the_practice().zone)
        rights = (can(the_actor(), Permission.REFERRALS_WRITE),
                  can(the_actor(), Permission.REFERRALS_COUNT))  # fmt: skip
        kept: Kept = current_app.extensions["case_boards"]
        THE_LOG.look()
        asked_for = (wish, present, request.script_root, the_practice(), locale(), rights)
        key = (asked_for, THE_LOG.mark(*READ_OF))
        drawn: Drawn | None = kept.get(key)
        if drawn is None:
            known: Known = current_app.extensions["cases_known"]
            found = read(wish, present, Pieces(kept, THE_LOG, known))
            drawn = draw(found, wish, present, rights)
            kept.keep(key, drawn)
        self._log(drawn, asked_for)
        pieces = {"head": drawn.head, "body": drawn.body, "keys": drawn.keys}
        return framed("admin/cases.html", pieces)

    @expose("/filter")
    def choose(self) -> Any:
        """What narrows the board: the form alone for the board itself, or a page of its own."""
        form = filter_of(the_choices(), asked())
        return form if "form" in request.args else self.render("admin/cases_filter.html", form=form)

    def _ended(self, wish: Wish) -> Any:
        page = page_of(ended(wish), number=asked_page())
        saw("contact", [row.client_public_id for row in page.rows])
        return self.render(
            "admin/cases_ended.html",
            page=page,
            wish=wish,
            address=partial(address_of, wish, show="ended"),
            state_words=rules.state_words,
            name_of=lambda row: Card(row, None, 0, 0, None, False, today(the_practice().zone)),
        )

    def _log(self, drawn: Drawn, asked_for: Hashable) -> None:
        """One entry in the log of reads for a session, a board and what it looked like."""
        seen = (cast(ServerSession, session).reference, asked_for, drawn.look)
        if self._shown.get(seen) is None:
            saw("contact", drawn.clients)
            g.when_written = partial(self._shown.keep, seen, True)


def asked() -> Wish:
    """What the address asks for; what makes no sense asks for nothing."""
    args = request.args
    if not args:
        return ALL
    way, column, urgency = args.get("way", ""), args.get("column", ""), args.get("urgency", "")
    is_mine = args.get("mine") == "1"
    ways = (way,) if way in WAYS else WAYS
    known = {one.key for one in rules.COLUMNS if one.way in ways}
    return Wish(
        way=way if way in WAYS else "",
        owner_id=the_actor().id if is_mine else None,
        text=asked_text("q"),
        provider=asked_id("provider") or "",
        payer=asked_text("payer"),
        urgency=urgency if urgency in URGENCIES else "",
        is_overdue=args.get("overdue") == "1",
        owes_report=args.get("report") == "1",
        column=column if column in known else "",
        page=asked_page() if column in known else 1,
    )


SCREENS = (ReferralBoard,)
