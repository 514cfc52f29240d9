"""Whether the database is fit to be worked on: its shape, its rights, its key.

Each answer is a list of faults in words for whoever runs the server; none means fit.
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, column, func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from clinic.core.engines import sqlite_module, wal_is_safe
from clinic.core.vault import HOUSE, CannotOpen, SubjectKey, vault

_RELATIONS = table("pg_class", column("relowner"), column("relkind"), column("relnamespace"))
_SPACES = table("pg_namespace", column("oid"), column("nspname"))
_ROLES = table("pg_roles", column("rolname"), column("rolsuper"), column("rolbypassrls"))
_OWNED_KINDS = ("r", "p", "S", "v", "m")


def is_empty(engine: Engine) -> bool:
    """Whether nothing at all has been made in this database yet."""
    return not inspect(engine).get_table_names()


def shape_faults(engine: Engine, migrations: Path) -> list[str]:
    """Refuse an older shape, and a newer one that this program does not know."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    newest = set(ScriptDirectory.from_config(config).get_heads())
    try:
        with engine.connect() as connection:
            present = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError as error:
        return [f"the database cannot be read ({type(error).__name__})"]
    if present == newest:
        return []
    return ["the database does not have this program's shape: run `make migrate`"]


def rights_faults(engine: Engine) -> list[str]:
    """On PostgreSQL the application's role may own nothing and must be no superuser."""
    if engine.dialect.name != "postgresql":
        return []
    owned = (
        select(func.count())
        .select_from(_RELATIONS.join(_SPACES, _SPACES.c.oid == _RELATIONS.c.relnamespace))
        .where(
            _SPACES.c.nspname == func.current_schema(),
            _RELATIONS.c.relkind.in_(_OWNED_KINDS),
            func.pg_has_role(func.current_user(), _RELATIONS.c.relowner, "MEMBER"),
        )
    )
    strong = select(_ROLES.c.rolsuper | _ROLES.c.rolbypassrls).where(
        _ROLES.c.rolname == func.current_user()
    )
    with engine.connect() as connection:
        if connection.scalar(strong):
            return ["the application's database role is a superuser: give it one that is not"]
        if connection.scalar(owned):
            return ["the application's database role owns tables: name another in CLINIC_DATABASE"]
    return []


def key_faults(engine: Engine) -> list[str]:
    """Whether the master key is the one that this clinic's texts were sealed with."""
    with engine.connect() as connection:
        kept = connection.execute(
            select(SubjectKey.subject, SubjectKey.wrapped)
            .order_by(SubjectKey.subject != HOUSE, SubjectKey.id)
            .limit(1)
        ).first()
    try:
        if kept is not None:
            vault().try_key(kept.subject, kept.wrapped)
    except CannotOpen:
        return ["the master key does not fit this database: bring back the one it was made with"]
    return []


def journal_note(engine: Engine) -> str:
    """What is to be said of an SQLite too old for WAL; nothing otherwise."""
    if engine.dialect.name != "sqlite":
        return ""
    module = sqlite_module()
    if wal_is_safe(module.sqlite_version_info):
        return ""
    return (
        f"SQLite {module.sqlite_version} can damage a WAL file, so the clinic runs with a "
        "rollback journal (synchronous=EXTRA): as safe, and slower when many write at once."
    )
