"""A forgotten password is no locked clinic: whoever is at the console makes a link."""

from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.staff import services
from clinic.staff.queries import actor_of, find_by_email
from tests.factories import staff as people


def test_the_console_prints_a_link_for_a_new_password(app):
    with app.app_context():
        people.member("Olga Reed", Role.OWNER)
    printed = app.test_cli_runner().invoke(args=["owner", "password", "Olga.Reed@Clinic.example "])
    assert printed.exit_code == 0, printed.output
    path = "/link/" + printed.output.strip().rpartition("/")[2]
    browser = app.test_client()
    chosen = people.send(browser, path, {"password": "nine tall poplars lean"}, page=path)
    assert chosen.status_code == 302
    assert people.enter(app.test_client(), "Olga Reed", "nine tall poplars lean").status_code == 302


def test_the_console_says_when_nobody_has_that_address(app):
    printed = app.test_cli_runner().invoke(args=["owner", "password", "nobody@clinic.example"])
    assert printed.exit_code == 1
    assert "nobody signs in" in printed.output


def test_a_changed_password_ends_the_links_to_choose_one(app):
    with app.app_context():
        people.member("Olga Reed", Role.OWNER)
    printed = app.test_cli_runner().invoke(args=["owner", "password", "olga.reed@clinic.example"])
    with app.app_context():
        actor = actor_of(find_by_email("olga.reed@clinic.example"))
        with transaction():
            services.keep_password(actor=actor, password_hash="x", session_ref="")
    path = "/link/" + printed.output.strip().rpartition("/")[2]
    assert app.test_client().get(path).status_code == 404
