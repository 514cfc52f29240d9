"""A throwaway PostgreSQL server: made when first asked for, gone with whoever asked.

The server belongs to a keeper process (this file, run as a program). It lives as
long as the pipe to its standard input: when the asking process ends, be it by
the end of the run, Ctrl-C or kill -9, the keeper stops the server and removes
its folder. The server listens on a Unix socket only and promises nothing about
power cuts (fsync off), so it is quick.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.folders import fast_folder

ROOT = Path(__file__).resolve().parent.parent
SUPERUSER = "superuser"
OWNER = "clinic_owner"
"""The role that migrates and owns every table."""
APPLICATION = "clinic_app"
"""The role the application runs as; it owns nothing."""

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    # Fifty who meet in one bare constraint wait for each other by design: told of it sooner,
    # they are done sooner. The services' own locks never come to that.
    "deadlock_timeout": "100ms",
    "timezone": "UTC",
}


def binaries() -> Path:
    """The folder of the newest PostgreSQL server programs."""
    given = os.environ.get("POSTGRES_BIN")
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".")],
        reverse=True,
    )
    found = shutil.which("initdb")
    folders = [
        *([Path(given)] if given else []),
        *debian,
        *([Path(found).parent] if found else []),
    ]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise RuntimeError("PostgreSQL's server programs are missing: sudo apt-get install postgresql")


def _as_postgres() -> dict[str, Any]:
    """What makes a subprocess run as the postgres user; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        check=False,
        text=True,
        **_as_postgres(),
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")


def _start(folder: Path) -> None:
    data, log = folder / "data", folder / "log"
    options = [f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items()]
    _run(
        *(binaries() / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust"),
        *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
    )
    _run(
        *(binaries() / "pg_ctl", "-D", data, "-w", "-l", log),
        *("-o", " ".join([f"-k {folder}", *options]), "start"),
    )


def keep() -> None:
    """Run a server until standard input closes; prints its folder when it is up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Not under pytest's folders: they are closed to the postgres user. Short, since
    # a socket's path may have 107 characters only.
    folder = Path(tempfile.mkdtemp(prefix="clinic-pg-", dir=fast_folder() or "/tmp"))
    try:
        if user := _as_postgres():
            os.chown(folder, user["user"], user["group"])
            folder.chmod(0o711)
        _start(folder)
        print(folder, flush=True)
        sys.stdin.buffer.read()
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _run(binaries() / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Server:
    """A running server, and what tests do to its databases."""

    folder: Path
    keeper: subprocess.Popen[str]

    @classmethod
    def start(cls) -> "Server":
        """Start one, with the two roles. Raises RuntimeError saying why it could not."""
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert keeper.stdout is not None
        folder = keeper.stdout.readline().strip()
        if not folder:
            raise RuntimeError(f"PostgreSQL did not start:\n{keeper.communicate()[1]}")
        server = cls(Path(folder), keeper)
        for role in (OWNER, APPLICATION):
            server.command(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        return server

    def stop(self) -> None:
        """Stop the server and wait until its folder is gone."""
        self.keeper.communicate()

    def command(self, *statements: sql.Composable) -> None:
        """Run statements as the superuser, outside any transaction."""
        with psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def make(self, database: str, *, template: str = "template0") -> None:
        """Make a database anew, as a copy of the template; open connections are cut."""
        name, source = sql.Identifier(database), sql.Identifier(template)
        self.command(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name),
            # By files, not through the log: the quicker way, for what is so small.
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                name, source, sql.Identifier(OWNER)
            ),
        )

    def uri(self, database: str, role: str = APPLICATION) -> str:
        """Where the database is, for SQLAlchemy."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"


if __name__ == "__main__":
    keep()
