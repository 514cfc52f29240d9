"""What every answer carries, whatever became of the request."""

import pytest
from sqlalchemy.exc import OperationalError

from clinic.core import engines
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.staff import queries
from clinic.web.headers import HEADERS
from tests.engines import configuration, create_app, on_both_engines, release
from tests.factories import staff as people

HTML = {"Accept": "text/html"}


def is_dressed(answer) -> bool:
    return all(answer.headers.get(name) == value for name, value in HEADERS.items())


@pytest.fixture
def broken(app, monkeypatch):
    """A door behind which something unforeseen happens, with a secret in its text."""

    def fail(*_, **__):
        raise ValueError("Jane Doe: HIV positive; SELECT name FROM client")

    monkeypatch.setattr(queries, "everyone", fail)
    return app


def test_every_answer_is_dressed(app):
    browser = people.signed_in(app)
    for path, status in (("/account", 200), ("/", 302), ("/nothing", 404), ("/sign-out", 405),
                         ("/settings", 403), ("/static/nothing.css", 404)):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == status
        assert is_dressed(answer), path
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "Server" not in answer.headers


def test_the_policy_lets_nothing_inline_run(client):
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy


def test_style_is_kept_for_good_under_its_digest_and_asked_for_again_without(client):
    with client.get("/static/css/base.css?v=0a") as kept:
        assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert is_dressed(kept)
    with client.get("/static/css/base.css") as asked:
        assert asked.headers["Cache-Control"] == "no-cache"


def test_html_says_its_charset(client):
    assert client.get("/sign-in").headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_page_that_is_not_there_is_a_404_with_and_without_sign_in(app, client):
    assert client.get("/nothing").status_code == 404
    page = people.signed_in(app).get("/nothing")
    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_an_unforeseen_error_says_nothing_of_what_happened(broken, caplog):
    answer = people.signed_in(broken, Role.OWNER).get("/staff")
    assert answer.status_code == 500
    assert is_dressed(answer)
    for secret in ("Jane", "HIV", "SELECT", "ValueError", "Traceback"):
        assert secret not in answer.text
    assert "Jane" not in caplog.text
    assert "unforeseen ValueError at staff.index" in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("SELECT x", {"name": "Jane"}, Exception("locked")), 503),
     (OverflowError("Jane"), 400)],
)  # fmt: skip
def test_a_database_that_fails_answers_calmly(app, monkeypatch, error, status):
    def fail(*_):
        raise error

    monkeypatch.setattr(queries, "everyone", fail)
    answer = people.signed_in(app, Role.OWNER).get("/staff")
    assert answer.status_code == status
    assert "Jane" not in answer.text
    assert "SELECT" not in answer.text


def test_with_the_database_gone_every_page_is_a_503_without_data(app, tmp_path, monkeypatch):
    gone = tmp_path / "not-there" / "clinic.sqlite"
    config = configuration(tmp_path, f"sqlite:///{gone}", f"sqlite:///{gone}", f"sqlite:///{gone}")
    monkeypatch.setattr(engines, "BUSY_MS", 10)
    other = create_app(config)
    browser = other.test_client()
    browser.set_cookie("sid", "x" * 43, domain="localhost")
    for path in ("/account", "/sign-in", "/nothing"):
        answer = browser.get(path)
        assert answer.status_code == 503, path
        assert is_dressed(answer)
    release(other)


def test_a_body_that_is_too_large_is_a_413(app):
    answer = app.test_client().post("/sign-in", data={"email": "x" * 1_100_000})
    assert answer.status_code == 413
    assert is_dressed(answer)


def test_a_script_gets_json(app):
    answer = app.test_client().get("/account", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.is_json) == (401, True)


def test_a_wrong_host_is_refused_and_named_nowhere(app):
    browser = people.signed_in(app)
    for host in ("evil.example", "localhost.evil.example", "evil.example:80"):
        for path in ("/account", "/nothing", "/sign-in"):
            answer = browser.get(path, headers={"Host": host})
            assert answer.status_code == 400
            assert "evil" not in answer.text
            assert is_dressed(answer)


def test_forwarded_headers_of_a_stranger_change_nothing(app):
    forged = {
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
        "X-Original-URL": "/account", "X-HTTP-Method-Override": "DELETE",
    }  # fmt: skip
    browser = people.signed_in(app)
    plain, answer = browser.get("/account"), browser.get("/account", headers=forged)
    assert "203.0.113.9" not in browser.get("/account", headers=forged).text
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.text.replace("just now", "") == plain.text.replace("just now", "")


def secure_app(tmp_path, **more):
    base = f"sqlite:///{tmp_path / 'clinic.sqlite'}"
    config = configuration(tmp_path, base, base, f"sqlite:///{tmp_path / 'access.sqlite'}")
    config.BASE_URL = "https://clinic.example"
    for name, value in more.items():
        setattr(config, name, value)
    return config


def test_over_https_cookies_are_bound_to_the_host_and_https_is_asked_for(tmp_path):
    config = secure_app(tmp_path)
    from_outside = create_app(config)
    browser = from_outside.test_client()
    answer = browser.get("/static/css/none.css", base_url="https://clinic.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert from_outside.config["SESSION_COOKIE_NAME"] == "__Host-sid"
    assert from_outside.config["SESSION_COOKIE_SECURE"] is True
    release(from_outside)


@on_both_engines
def test_a_failing_log_of_reads_shows_nothing(app, monkeypatch):
    browser = people.signed_in(app)
    with app.app_context():
        db.session.remove()
    access = app.extensions["access"]

    class Broken:
        def __getattr__(self, name):
            raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setitem(app.extensions, "access", Broken())
    answer = browser.get("/settings")  # a refusal is written as well
    assert answer.status_code == 503
    assert is_dressed(answer)
    monkeypatch.setitem(app.extensions, "access", access)
    assert browser.get("/settings").status_code == 403


def test_a_method_that_is_not_there_is_refused_with_those_that_are(client):
    answer = client.delete("/sign-in")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
