"""The settings of an installation: read once, typed, refused when unknown or wrong."""

from pathlib import Path

import pytest

from config import Config, ConfigurationError


def test_a_relative_folder_is_meant_from_where_one_stands():
    config = Config({"CLINIC_DATA": "somewhere/demo", "CLINIC_MASTER_KEY": "keys/master.key"})
    data = Path.cwd() / "somewhere" / "demo"
    assert data == config.DATA_DIR
    assert Path.cwd() / "keys" / "master.key" == config.MASTER_KEY_FILE
    assert f"sqlite:///{data / 'clinic.sqlite'}" == config.SQLALCHEMY_DATABASE_URI
    assert f"sqlite:///{data / 'access.sqlite'}" == config.ACCESS_DATABASE_URI


def test_a_relative_sqlite_address_is_meant_from_where_one_stands():
    config = Config({"CLINIC_DATABASE": "sqlite:///mine.sqlite"})
    assert f"sqlite:///{Path.cwd() / 'mine.sqlite'}" == config.SQLALCHEMY_DATABASE_URI


MAIL = {"CLINIC_SMTP_HOST": "mail.example", "CLINIC_SMTP_FROM": "clinic@clinic.example"}


@pytest.mark.parametrize("spelling", ["postgres", "postgresql"])
def test_any_spelling_of_postgresql_means_our_driver_and_one_log(spelling):
    config = Config({"CLINIC_DATABASE": f"{spelling}://clinic_app@/clinic"})
    assert config.SQLALCHEMY_DATABASE_URI == "postgresql+psycopg://clinic_app@/clinic"
    assert config.ACCESS_DATABASE_URI == config.SQLALCHEMY_DATABASE_URI


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLINIC_COLOUR", "green", "CLINIC_COLOUR is not a setting"),
        ("CLINIC_URL", "clinic.example", "must look like"),
        ("CLINIC_URL", "http://clinic.example", "must be https"),
        ("CLINIC_PROXIES", "some", "must be a number"),
        ("CLINIC_DATABASE", "mysql://clinic", "SQLite or PostgreSQL"),
        ("CLINIC_LISTEN", "8000", "must look like 127.0.0.1:8000"),
    ],
)
def test_a_setting_that_is_unknown_or_wrong_is_refused(name, value, said):
    with pytest.raises(ConfigurationError, match=said):
        Config({name: value})


def test_the_master_key_may_not_lie_among_the_data():
    with pytest.raises(ConfigurationError, match="outside the data folder"):
        Config({"CLINIC_DATA": "data", "CLINIC_MASTER_KEY": "data/master.key"})


def test_everything_wrong_is_said_at_once():
    with pytest.raises(ConfigurationError, match=r"NEW is not.*must be a number"):
        Config({"CLINIC_NEW": "1", "CLINIC_PROXIES": "x"})


def test_a_mail_server_is_used_only_as_it_was_described():
    config = Config(MAIL | {"CLINIC_SMTP_TLS": "tls"})
    assert (config.SMTP_HOST, config.SMTP_PORT, config.SMTP_TLS) == ("mail.example", 465, "tls")
    assert Config(MAIL).SMTP_PORT == 587
    assert Config({}).SMTP_HOST == ""
    assert Config(MAIL | {"CLINIC_SMTP_HOST": "localhost", "CLINIC_SMTP_TLS": "none"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLINIC_SMTP_FROM", "", "must be the address"),
        ("CLINIC_SMTP_FROM", "Clinic <a@b.example>", "must be the address"),
        ("CLINIC_SMTP_TLS", "perhaps", "must be starttls, tls or none"),
        ("CLINIC_SMTP_TLS", "none", "only on this machine"),
        ("CLINIC_SMTP_PORT", "many", "PORT must be a number"),
        ("CLINIC_SMTP_USER", "clinic", "belong together"),
    ],
)
def test_a_mail_server_described_wrongly_is_refused(name, value, said):
    with pytest.raises(ConfigurationError, match=said):
        Config(MAIL | {name: value})
