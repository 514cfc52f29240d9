"""Words and pictures that are drawn once: never shown for what only reads the same."""

import pytest
from flask import Flask, g, render_template_string, request
from jinja2 import DictLoader
from markupsafe import Markup

from clinic.web import markup, wording

TEMPLATES = {
    "components/badges.html": "{% macro badge(text, tone='') %}"
    "<b class='{{ tone }}'>{{ text }}</b>{% endmacro %}",
    "other.html": "{% macro whose(text) %}{{ text }} {{ seen() }}{% endmacro %}",
    "page.html": "{% from 'components/badges.html' import badge %}{{ badge(text, tone=tone) }}",
}


@pytest.fixture
def site():
    app = Flask("site")
    wording.init_app(app)
    markup.init_app(app)
    app.jinja_loader = DictLoader(TEMPLATES)
    return app


def drawn(app: Flask, text: object, tone: str = "", **environ: str) -> str:
    with app.test_request_context(**environ):
        template = app.jinja_env.get_template("page.html")
        return template.render(text=text, tone=tone, g=g, request=request)


def test_a_text_that_reads_like_markup_that_was_drawn_is_escaped(site):
    evil = "<script>alert(1)</script>"
    assert evil in drawn(site, Markup(evil))
    assert evil not in drawn(site, evil)
    assert evil in drawn(site, Markup(evil))


def test_what_is_kept_is_found_by_all_arguments(site):
    assert "class='danger'" in drawn(site, "Late", "danger")
    assert "class='info'" in drawn(site, "Late", "info")
    assert ">Early<" in drawn(site, "Early", "info")
    assert "True" in drawn(site, text=True)
    assert ">1<" in drawn(site, 1)


def test_what_cannot_be_found_again_is_drawn_each_time(site):
    assert "[1]" in drawn(site, [1])


def test_a_macro_of_any_other_template_is_drawn_each_time(site):
    turns = iter(range(9))
    site.jinja_env.globals["seen"] = lambda: next(turns)
    with site.test_request_context():
        page = "{% from 'other.html' import whose %}{{ whose('x') }},{{ whose('x') }}"
        assert render_template_string(page) == "x 0,x 1"
