"""How referrals go, in numbers: each opens the list behind it, and all of them leave as CSV."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import abort, current_app

from clinic.audit.services import saw
from clinic.clients.rules import said_name
from clinic.core import clock
from clinic.core.permissions import Permission
from clinic.desk.queries import figures as queries
from clinic.desk.rules import figures as rules
from clinic.desk.views import bp
from clinic.web.guards import requires
from clinic.web.pages import asked_date, asked_id, asked_text, show
from clinic.web.wording import gettext, spoken, zone

A_QUARTER = timedelta(days=90)
LONGEST = timedelta(days=366 * 2)
LISTED_MOST = 500


def _period() -> rules.Period:
    """The days that are asked for; without any, the last ninety."""
    today = clock.today(zone())
    until = asked_date("until") or today
    since = asked_date("since") or until - A_QUARTER
    since, until = min(since, until), max(since, until)
    return rules.Period(max(since, until - LONGEST), until, today, zone())


@bp.get("/referrals/numbers")
@requires(Permission.REFERRALS_COUNT)
def numbers() -> Any:
    """Every number of a period, with its definition beside it."""
    period = _period()
    found, sources = queries.figures(period)
    return show(
        "desk/numbers.html",
        period=period,
        figures=found,
        sources=sources,
        rules=rules,
        said=said_value,
        more=len(found[0].among) >= queries.MOST,
    )


@bp.get("/referrals/numbers/list")
@requires(Permission.REFERRALS_COUNT)
def numbers_list() -> Any:
    """What stands behind one number."""
    period, code, part = _period(), asked_text("number"), asked_text("part")
    provider = asked_id("provider")
    if provider:
        title, things = _of_provider(provider, part, period)
    else:
        title, things = _of_number(code, part, period)
    saw("contact", [one.row.client_public_id for one in things[:LISTED_MOST]])
    return show(
        "desk/numbers_list.html", title=title, things=things[:LISTED_MOST], count=len(things),
        period=period, named=_named, provided=_provided,
    )  # fmt: skip


def _of_number(code: str, part: str, period: rules.Period) -> tuple[str, Any]:
    if code not in rules.BY_CODE or part not in ("", "hit"):
        abort(404)
    return spoken(rules.BY_CODE[code].name), queries.the_figure(code, period).behind(part)


def _of_provider(provider: str, part: str, period: rules.Period) -> tuple[str, Any]:
    names = {"due": gettext("Reports due"), "on_time": gettext("Reports on time")}
    names |= {code: spoken(words) for code, (words, _) in rules.FROM_PROVIDER.items()}
    if part not in names:
        abort(404)
    return names[part], queries.source_of(provider, part, period)


def _named(one: Any) -> str:
    return said_name(one.row.first_name, one.row.last_name, one.row.preferred_name)


def _provided(one: Any) -> str:
    name = f"{one.row.provider_first_name} {one.row.provider_last_name}".strip()
    return name if one.row.credentials == "other" else f"{name}, {one.row.credentials}"


def said_value(figure: rules.Figure) -> str:
    """A number as it is read: with its unit, or that there was nothing to count."""
    value = figure.value
    if value is None:
        return "–"
    unit = figure.number.unit
    if unit in ("share", "used"):
        return f"{value * 100:.0f} %"
    if unit == "hours":
        return gettext("%(value)s h", value=f"{value:.1f}")
    if unit == "days" and value == 1:
        return gettext("1 day")
    if unit == "days":
        return gettext("%(value)s days", value=f"{value:g}")
    return f"{value:g}"


# ---- as a file


@bp.get("/referrals/numbers.csv")
@requires(Permission.REFERRALS_COUNT)
def numbers_file() -> Any:
    """The same as a file: small counts are only told to be small, and no cell is a formula."""
    period = _period()
    found, sources = queries.figures(period)
    saw("contact", [one.row.client_public_id for figure in found for one in figure.among])
    text = io.StringIO()
    csv.writer(text).writerows([rules.safe_cell(cell) for cell in line]
                               for line in _lines(found, sources, period))  # fmt: skip
    name = f"referrals-{period.since.isoformat()}-{period.until.isoformat()}.csv"
    return current_app.response_class(
        text.getvalue(),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _lines(found: Any, sources: Any, period: rules.Period) -> Iterable[list[Any]]:
    yield [gettext("From"), _iso(period.since), gettext("To"), _iso(period.until)]
    yield [gettext("Number"), gettext("Value"), gettext("Of"), gettext("Definition")]
    for figure in found:
        number = figure.number
        yield [spoken(number.name), _told(figure), rules.told(len(figure.among)),
               spoken(number.definition)]  # fmt: skip
    yield []
    parts = [spoken(words) for words, _ in rules.FROM_PROVIDER.values()]
    yield [gettext("Provider"), *parts, gettext("Reports due"), gettext("Reports on time")]
    for one in sources:
        counts = [*(len(some) for some in one.loops.values()), len(one.due), len(one.on_time)]
        yield [one.name, *map(rules.told, counts)]


def _told(figure: rules.Figure) -> str:
    """A value that leaves the clinic: what few things come to is not told."""
    is_small = len(figure.among) < rules.FEW
    if figure.number.hit is not None:
        is_small |= min(len(figure.hits), len(figure.among) - len(figure.hits)) in range(1, 5)
    if figure.number.unit == "visits":
        is_small |= (figure.value or 0) < rules.FEW
    return f"<{rules.FEW}" if is_small else said_value(figure)


def _iso(day: date) -> str:
    return day.isoformat()
