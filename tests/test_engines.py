"""The ground the other tests stand on."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.postgres import APPLICATION, OWNER, ROOT, Server


@pytest.fixture(scope="module")
def server():
    server = Server.start()
    yield server
    server.stop()


def connect(server: Server, role: str, database: str) -> psycopg.Connection:
    return psycopg.connect(host=str(server.folder), user=role, dbname=database, autocommit=True)


def test_a_copy_has_what_its_template_has_and_nothing_of_the_last_copy(server):
    server.make("template_of_one")
    with connect(server, OWNER, "template_of_one") as connection:
        connection.execute("CREATE TABLE thing (id int)")
    server.make("copy", template="template_of_one")
    with connect(server, OWNER, "copy") as connection:
        connection.execute("INSERT INTO thing VALUES (1)")
        server.make("copy", template="template_of_one")
    with connect(server, OWNER, "copy") as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone() == (0,)


def test_the_owner_may_install_what_exclusion_constraints_need(server):
    server.make("gist")
    with connect(server, OWNER, "gist") as connection:
        connection.execute("CREATE EXTENSION btree_gist")


def test_the_application_role_owns_nothing_and_can_make_nothing(server):
    server.make("bare")
    with (
        connect(server, APPLICATION, "bare") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_the_server_is_gone_when_its_user_is_killed():
    code = (
        "import time; from tests.postgres import Server;"
        "print(Server.start().folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as user:
        folder = Path(user.stdout.readline().strip())
        assert folder.exists()
        user.kill()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_no_test_reaches_beyond_this_machine():
    with socket.socket() as outward, pytest.raises(pytest.fail.Exception):
        outward.connect(("192.0.2.1", 25))
