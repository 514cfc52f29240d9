"""The rows of both logs, each linked to the one before; values stay sealed."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core.db import NAMES, Base, UtcDateTime
from clinic.core.ids import LENGTH


class ChangeEntry(Base):
    """One row changed by one verb: what fields, sealed values, and its link in the chain."""

    __tablename__ = "change_entry"
    __table_args__ = (Index("ix_change_entry_object", "object_table", "object_id"),)
    is_audited = False

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    verb: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    object_table: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[str] = mapped_column(String(60))
    key_id: Mapped[int] = mapped_column("subject_key_id")
    fields: Mapped[str] = mapped_column(Text)
    sealed_values: Mapped[bytes] = mapped_column(LargeBinary)
    request_ref: Mapped[str] = mapped_column(String(LENGTH))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    CHAINED = (
        "seq", "at", "actor_id", "verb", "kind", "object_table", "object_id", "subject_key_id",
        "fields", "sealed_values", "request_ref",
    )  # fmt: skip


access_metadata = MetaData(naming_convention=NAMES)

access_entry = Table(
    "access_entry",
    access_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", Integer),
    Column("place", String(80), nullable=False),
    Column("category", String(20), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("subjects", Text, nullable=False),
    Column("request_ref", String(LENGTH), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""Who saw which clients: on SQLite in a file of its own, so that no reader waits for a writer."""

ACCESS_CHAINED = (
    "seq", "at", "actor_id", "place", "category", "outcome", "subjects", "request_ref",
)  # fmt: skip

SQLITE_GUARDS = {
    table: (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'append_only'); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'append_only'); END",
        # INSERT OR REPLACE would slip past both: the new entry must follow the head.
        f"CREATE TRIGGER {table}_follows BEFORE INSERT ON {table}"  # noqa: S608 - our own names
        f" WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM {table})"
        f" OR NEW.previous <> coalesce((SELECT hash FROM {table} ORDER BY seq DESC LIMIT 1),"
        " zeroblob(32)) BEGIN SELECT RAISE(ABORT, 'append_only'); END",
    )
    for table in ("change_entry", "access_entry")
}
"""Append-only, by the database itself (PostgreSQL's triggers stand in the migration)."""
