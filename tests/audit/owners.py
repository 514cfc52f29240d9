"""What only somebody with the database's files or its owner's password can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url


@contextmanager
def as_owner(app: Flask, key: str = "MIGRATION_DATABASE_URI") -> Iterator[Connection]:
    """A connection without the application's limits, with the triggers switched off."""
    engine = create_engine(app.config[key])
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for table in ("change_entry", "access_entry"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            for table in ("change_entry", "access_entry"):
                for name in ("no_update", "no_delete", "follows"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}")
        yield connection
    engine.dispose()


def bytes_of(app: Flask) -> bytes:
    """Everything that stands in the SQLite files, journals among them."""
    path = Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or "")
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
