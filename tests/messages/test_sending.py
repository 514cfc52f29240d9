"""The way out, to a mail server on this machine; and the folder where none is set."""

import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clinic.core.db import db
from clinic.core.transactions import refresh
from clinic.messages.models import OutboxMessage
from clinic.messages.rules import WHYS, masked
from clinic.practice.queries import heartbeats
from clinic.practice.rules import OUTBOX
from tests.engines import ROOT
from tests.factories.files import a_file
from tests.factories.messages import TO, a_message
from tests.messages.mailhost import MailHost


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine, that vouches for itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def all_sent(port, tls="none", user="", authority=""):
    done = subprocess.run(
        [sys.executable, "-m", "tests.messages.sender", str(port), tls, user, str(authority)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "canary" not in done.stdout + done.stderr
    return done.stdout.splitlines()[:-1]


def send(*args):
    """One attempt, and what came of it."""
    (came_of_it,) = all_sent(*args)
    return came_of_it


def test_over_a_private_way_with_a_name_and_a_password(certificate):
    with MailHost(certificate=certificate) as host:
        assert send(host.port, "starttls", "clinic", certificate) == "sent"
    assert host.told.index("STARTTLS") < host.told.index("AUTH") < host.told.index("MAIL")
    assert "Subject: canary-subject" in host.mails[0]


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(certificate):
    with MailHost(certificate=certificate) as host:
        assert send(host.port, "starttls", "clinic") == "later not_private"
    assert "AUTH" not in host.told
    assert host.mails == []


def test_a_server_without_a_private_way_gets_no_mail():
    with MailHost() as host:
        assert send(host.port, "starttls", "clinic") == "later not_private"
    assert "AUTH" not in host.told
    assert host.mails == []


ANSWERS = (
    ({"RCPT": "550 canary is not here"}, "final address"),
    ({"RCPT": "451 canary later"}, "later put_off"),
    ({"MAIL": "550 who is canary"}, "later put_off"),
    ({"DATA": "554 canary no"}, "final declined"),
    ({"END": "552 canary too large"}, "final declined"),
    ({"END": "451 canary later"}, "later put_off"),
    ({"AUTH": "535 canary wrong"}, "later not_let_in"),
    ({"QUIT": "500 canary stay"}, "sent"),
)


def test_what_a_server_answers_decides_whether_it_is_tried_again():
    with ExitStack() as stack:
        hosts = [stack.enter_context(MailHost(**answers)) for answers, _ in ANSWERS]
        came_of_it = all_sent(",".join(str(host.port) for host in hosts), user="clinic")
    assert came_of_it == [expected for _, expected in ANSWERS]


def test_a_server_that_is_not_there_is_tried_again():
    with MailHost() as host:
        pass
    assert send(host.port) == "later not_reached"


def test_every_reason_has_words():
    said = {"kept_here", "not_reached", "not_private", "not_let_in", "put_off", "address",
            "declined", "not_allowed", "file_damaged", "interrupted", "unforeseen"}  # fmt: skip
    assert said == set(WHYS)


def test_an_address_is_masked_for_who_only_looks():
    assert masked("office@northside.example") == "o•••@northside.example"
    assert masked("odd") == "•••"


def test_without_a_mail_server_a_message_lies_in_a_folder_and_that_is_said(inside):
    message = a_message(file=a_file(name="canary.pdf"))
    said = inside.test_cli_runner().invoke(args=["outbox", "run"])
    assert said.exit_code == 0
    assert "1 sent, 0 put off, 0 given up" in said.output
    assert "reached nobody" in said.output
    assert TO not in said.output
    (kept,) = (inside.config["DATA_DIR"] / "outbox-sink").iterdir()
    assert kept.name == f"{message.public_id}.eml"
    assert kept.stat().st_mode & 0o077 == 0
    mail = message_from_bytes(kept.read_bytes(), policy=policy.default)
    assert mail["To"] == TO
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain", "application/pdf",
    ]  # fmt: skip
    refresh()
    assert db.session.get_one(OutboxMessage, message.id).status == "sent"
    assert heartbeats()[OUTBOX].did == "1 sent, 0 put off, 0 given up"
    again = inside.test_cli_runner().invoke(args=["outbox", "run"])
    assert again.output == "outbox: 0 sent, 0 put off, 0 given up\n"


def test_the_command_asks_the_checks_that_the_house_names(inside, monkeypatch):
    a_message(kind="letter")
    monkeypatch.setitem(inside.extensions, "message_checks", {"letter": lambda _: False})
    said = inside.test_cli_runner().invoke(args=["outbox", "run"])
    assert "0 sent, 0 put off, 1 given up" in said.output
    assert not (inside.config["DATA_DIR"] / "outbox-sink").exists()


def test_the_command_uses_the_mail_server_that_is_set(inside, monkeypatch):
    a_message()
    with MailHost() as host:
        pass
    settings = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": host.port, "SMTP_FROM": "a@b.example"}
    for name, value in settings.items():
        monkeypatch.setitem(inside.config, name, value)
    monkeypatch.setattr("clinic.messages.services.sending._server", lambda _: _unreachable)
    said = inside.test_cli_runner().invoke(args=["outbox", "run"])
    assert said.output == "outbox: 0 sent, 1 put off, 0 given up\n"


def _unreachable(host, port, **_):
    raise OSError(f"{host}:{port} does not answer")
