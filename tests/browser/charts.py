"""A page that holds nothing but a body chart, dressed as the clinic's pages are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string, request

from clinic import anatomy
from clinic.core.errors import DomainError
from clinic.web import assets, headers, markup, wording
from tests.browser.serving import serve

ROOT = Path(__file__).resolve().parents[2]
SHEETS = (
    "tokens base controls forms choices labels lists surfaces overlays shell utilities"
    " body-chart findings"
).split()
PAGE = """{% from 'components/body_chart.html' import body_chart, body_figures %}<!doctype html>
<html lang="en" data-theme="{{ theme }}"><head><title>Note</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{% for sheet in sheets %}
<link rel="stylesheet" href="{{ asset('css/' ~ sheet ~ '.css') }}">
{% endfor %}
<link rel="stylesheet" media="print" href="{{ asset('css/print.css') }}">
</head><body><main class="page"><h1>Note</h1><h2>Objective</h2>
<form method="post" id="note">{{ body_chart(**given) }}<button class="btn">Save</button></form>
<h2>Before</h2>{{ body_chart('signed', given.findings, is_read_only=True, blocked=given.blocked) }}
{{ body_figures('mini', given.findings, is_mini=True) }}
</main><script src="{{ asset('js/body-chart.js') }}"></script></body></html>"""

OWNED = """(svg) => {
  const box = svg.getBoundingClientRect();
  const found = {};
  for (let x = box.left; x < box.right; x += 2) for (let y = box.top; y < box.bottom; y += 2) {
    const { area, side } = document.elementFromPoint(x, y)?.dataset ?? {};
    if (!area) continue;
    const one = (found[`${area} ${side}`] ??= [x, y, x, y]);
    found[`${area} ${side}`] = [
      Math.min(one[0], x), Math.min(one[1], y), Math.max(one[2], x), Math.max(one[3], y)];
  }
  return found;
}"""
"""What can be met of each region, in steps of 2 px: least x and y, most x and y."""
PLACE = """([svg, area, side]) => {
  const hit = svg.querySelector(`[data-area="${area}"][data-side="${side}"]`);
  const near = hit.getBoundingClientRect();
  const points = [];
  for (let x = near.left; x < near.right; x += 3) for (let y = near.top; y < near.bottom; y += 3)
    if (document.elementFromPoint(x, y) === hit) points.push([x, y]);
  return points[points.length >> 1];
}"""
"""Where a region can be met, about its middle."""


@contextmanager
def served() -> Iterator[tuple[str, dict[str, Any]]]:
    """The page's address, and what it shows: ``findings``, ``blocked``, ``needs_consent``,
    ``also``, ``theme``; ``sent`` is what was posted last, as the server reads it."""
    app = Flask(
        "charts",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "clinic" / "static"),
        static_url_path="/static",
    )
    for part in (headers, assets, wording, markup):
        part.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["anatomy"] = anatomy
    shown: dict[str, Any] = {}

    @app.route("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.route("/", methods=["GET", "POST"])
    def page() -> tuple[str, int]:
        status = 200
        given = {key: shown.get(key, ()) for key in GIVEN}
        if request.method == "POST":
            try:
                given["findings"] = shown["sent"] = anatomy.sent_findings(request.form)
            except DomainError as refused:
                given["findings"], status = anatomy.rows_sent(request.form), refused.status
        return render_template_string(
            PAGE, given=given, sheets=SHEETS, theme=shown.get("theme", "light")
        ), status

    with serve(app) as address:
        yield address, shown


GIVEN = ("findings", "blocked", "needs_consent", "also")
