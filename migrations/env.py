"""Migrations run as the database's owner, on an engine of their own, all or nothing."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine

from clinic.app import engine_options
from clinic.audit.services import install_reads
from clinic.consents import models as _consents  # noqa: F401 - these bring every table with them
from clinic.coordination import models as _coordination  # noqa: F401
from clinic.core import engines
from clinic.core.db import Base
from clinic.core.migrating import application_role
from clinic.health import models as _health  # noqa: F401
from clinic.imports import models as _imports  # noqa: F401
from clinic.records import models as _records  # noqa: F401
from clinic.tasks import models as _tasks  # noqa: F401


def owner_engine(address: str):
    engine = create_engine(address, **engine_options(address))
    engines.set_up(engine, may_alter=True)
    return engine


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    raw = connection.connection.dbapi_connection
    if sqlite:
        raw.execute("PRAGMA foreign_keys=OFF")  # before any BEGIN: altering copies tables
    try:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transactional_ddl=True,
            transaction_per_migration=False,
            render_as_batch=False,
            user_module_prefix="",
            compare_type=True,
            include_name=lambda name, *_: name != "access_entry",
        )
        with context.begin_transaction():
            context.run_migrations()
            if not sqlite and application_role():
                role = connection.dialect.identifier_preparer.quote(application_role())
                # So that the application can see, and refuse, a shape that is not its own.
                connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"{len(broken)} rows would lose what they belong to")
    finally:
        if sqlite:
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=ON")


def main() -> None:
    config = current_app.config
    engine = owner_engine(config["MIGRATION_DATABASE_URI"])
    with engine.connect() as connection:
        run(connection)
    engine.dispose()
    if config["ACCESS_DATABASE_URI"].startswith("sqlite"):
        log = owner_engine(config["ACCESS_DATABASE_URI"])
        install_reads(log)
        log.dispose()


main()
