"""Every setting of the installation: read once, typed, refused when unknown or wrong.

What the owner sets in the application itself (name, time zone, currency, limits)
is not here but in the database. Each setting is an environment variable:

CLINIC_DATA          folder of the data (SQLite files, stored documents)
CLINIC_DATABASE      SQLAlchemy address of the database the application uses
CLINIC_MIGRATIONS    the same database as its owner, for migrations (PostgreSQL)
CLINIC_MASTER_KEY    file of the master key; keep it, and its copy, away from the data
CLINIC_URL           where browsers reach the clinic, such as https://clinic.example
CLINIC_LISTEN        address and port that the server listens on
CLINIC_PROXIES       how many proxies stand in front and set X-Forwarded headers

What leaves by e-mail goes through a mail server of the clinic's own choice; without one it is
put into a folder of the data and reaches nobody:

CLINIC_SMTP_HOST     the mail server
CLINIC_SMTP_PORT     its port; 587, or 465 with CLINIC_SMTP_TLS=tls
CLINIC_SMTP_TLS      starttls, tls, or none (to this machine alone)
CLINIC_SMTP_USER     who signs in there, and
CLINIC_SMTP_PASSWORD with what
CLINIC_SMTP_FROM     the address that messages come from
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
INSTANCE = ROOT / "instance"

KNOWN = frozenset(
    {
        "CLINIC_DATA", "CLINIC_DATABASE", "CLINIC_MIGRATIONS", "CLINIC_MASTER_KEY",
        "CLINIC_URL", "CLINIC_LISTEN", "CLINIC_PROXIES",
        "CLINIC_SMTP_HOST", "CLINIC_SMTP_PORT", "CLINIC_SMTP_TLS", "CLINIC_SMTP_USER",
        "CLINIC_SMTP_PASSWORD", "CLINIC_SMTP_FROM",
    }
)  # fmt: skip

HERE = ("127.0.0.1", "localhost", "::1")
"""This machine, as addresses call it."""
TLS = ("starttls", "tls", "none")
"""How the way to the mail server is kept private."""


class ConfigurationError(ValueError):
    """Settings that are unknown, missing or wrong: all of them in one message."""


class Config:
    """What holds for every installation."""

    TESTING = False
    DEBUG = False
    DATA_DIR = INSTANCE / "data"
    FILES_DIR: Path | None = None
    """Where documents lie, sealed; within the data folder."""
    MASTER_KEY_FILE = INSTANCE / "keys" / "master.key"
    MASTER_KEY: bytes | None = None
    """The key itself, where there is no file (tests)."""
    SQLALCHEMY_DATABASE_URI = ""
    MIGRATION_DATABASE_URI = ""
    ACCESS_DATABASE_URI = ""
    BASE_URL = "http://127.0.0.1:8000"
    LISTEN = "127.0.0.1:8000"
    PROXIES = 0
    SMTP_HOST = ""
    SMTP_PORT = 0
    SMTP_TLS = "starttls"
    SMTP_USER = ""
    SMTP_PASSWORD = ""
    SMTP_FROM = ""

    MAX_CONTENT_LENGTH = 1_000_000
    MAX_FORM_MEMORY_SIZE = 500_000
    MAX_FORM_PARTS = 300
    WTF_CSRF_TIME_LIMIT = None  # a form left open over lunch can still be sent
    BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "clinic" / "translations")

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = {k: v for k, v in (environment or {}).items() if k.startswith("CLINIC_") and v}
        wrong = [f"{name} is not a setting" for name in sorted(set(given) - KNOWN)]
        # Flask-SQLAlchemy would look for a relative path below the instance folder.
        self.DATA_DIR = Path(given.get("CLINIC_DATA", self.DATA_DIR)).absolute()
        self.FILES_DIR = self.DATA_DIR / "files"
        self.MASTER_KEY_FILE = Path(given.get("CLINIC_MASTER_KEY", self.MASTER_KEY_FILE)).absolute()
        own = given.get("CLINIC_DATABASE", f"sqlite:///{self.DATA_DIR / 'clinic.sqlite'}")
        self.SQLALCHEMY_DATABASE_URI = database_address(own)
        self.MIGRATION_DATABASE_URI = database_address(given.get("CLINIC_MIGRATIONS", own))
        self.ACCESS_DATABASE_URI = access_address(self.SQLALCHEMY_DATABASE_URI)
        self.BASE_URL = given.get("CLINIC_URL", self.BASE_URL).rstrip("/")
        self.LISTEN = given.get("CLINIC_LISTEN", self.LISTEN)
        proxies = given.get("CLINIC_PROXIES", "0")
        self.PROXIES = int(proxies) if proxies.isdigit() else 0
        wrong += self._faults(proxies) + self._take_smtp(given)
        if wrong:
            raise ConfigurationError("; ".join(wrong))

    def _take_smtp(self, given: Mapping[str, str]) -> list[str]:
        self.SMTP_HOST = given.get("CLINIC_SMTP_HOST", "")
        self.SMTP_TLS = given.get("CLINIC_SMTP_TLS", "starttls")
        port = given.get("CLINIC_SMTP_PORT", "465" if self.SMTP_TLS == "tls" else "587")
        self.SMTP_PORT = int(port) if port.isdigit() else 0
        self.SMTP_USER = given.get("CLINIC_SMTP_USER", "")
        self.SMTP_PASSWORD = given.get("CLINIC_SMTP_PASSWORD", "")
        self.SMTP_FROM = given.get("CLINIC_SMTP_FROM", "")
        if not self.SMTP_HOST:
            return []
        faults = {
            "CLINIC_SMTP_FROM must be the address that messages come from": (
                "@" in self.SMTP_FROM and not set(self.SMTP_FROM) & set(" \r\n<>")
            ),
            "CLINIC_SMTP_TLS must be starttls, tls or none": self.SMTP_TLS in TLS,
            "CLINIC_SMTP_TLS may be none only on this machine": (
                self.SMTP_TLS != "none" or self.SMTP_HOST in HERE
            ),
            "CLINIC_SMTP_PORT must be a number": 0 < self.SMTP_PORT < 65536,
            "CLINIC_SMTP_USER and CLINIC_SMTP_PASSWORD belong together": (
                bool(self.SMTP_USER) == bool(self.SMTP_PASSWORD)
            ),
        }
        return [fault for fault, is_right in faults.items() if not is_right]

    def _faults(self, proxies: str) -> list[str]:
        faults = []
        parts = urlsplit(self.BASE_URL)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            faults.append("CLINIC_URL must look like https://clinic.example")
        elif parts.scheme == "http" and parts.hostname not in HERE:
            faults.append("CLINIC_URL must be https, except on this machine alone")
        if not proxies.isdigit():
            faults.append("CLINIC_PROXIES must be a number")
        if self.SQLALCHEMY_DATABASE_URI.split(":")[0] not in ("sqlite", "postgresql+psycopg"):
            faults.append("CLINIC_DATABASE must be an address of SQLite or PostgreSQL")
        if self.MASTER_KEY_FILE.resolve().is_relative_to(self.DATA_DIR.resolve()):
            faults.append("CLINIC_MASTER_KEY must lie outside the data folder")
        host, _, port = self.LISTEN.rpartition(":")
        if not host or not port.isdigit():
            faults.append("CLINIC_LISTEN must look like 127.0.0.1:8000")
        return faults


def database_address(address: str) -> str:
    """The address with our driver (psycopg 3), or with the whole path of the SQLite file."""
    if address.startswith("sqlite:///"):
        return f"sqlite:///{Path(address.removeprefix('sqlite:///')).absolute()}"
    for spelling in ("postgres://", "postgresql://"):
        if address.startswith(spelling):
            return "postgresql+psycopg://" + address.removeprefix(spelling)
    return address


def access_address(address: str) -> str:
    """Where the log of reads is kept: beside a SQLite file, within the same PostgreSQL."""
    if not address.startswith("sqlite:///"):
        return address
    return f"sqlite:///{Path(address.removeprefix('sqlite:///')).with_name('access.sqlite')}"


class TestConfig(Config):
    """Tests give the addresses; passwords cost nothing and the key is no secret."""

    __test__ = False
    TESTING = True
    MASTER_KEY = b"only for tests, never for clients"[:32]
    BASE_URL = "http://localhost"

    def __init__(self) -> None:
        """Take the class's own addresses: nothing comes from the environment."""


def from_environment() -> Any:
    """The configuration of this machine."""
    return Config(os.environ)
