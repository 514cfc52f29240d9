"""What was read in from elsewhere: each import, and every row that it wrote."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core.db import Base, Row

FORMATS = ("clients", "synthea")
STATES = ("writing", "done", "undoing", "undone")
"""``writing`` and ``undoing`` of a process that is gone: it was interrupted."""
KINDS = ("client", "history", "organisation", "provider")
ROW_STATES = ("written", "kept", "removed", "forgotten")
"""``removed``: the row is gone, its key not yet; ``forgotten``: the key is gone as well."""


class Import(Row, Base):
    """One reading-in of one file or folder."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(f"format IN {FORMATS}", "format"),
        CheckConstraint(f"state IN {STATES}", "state"),
    )
    SOURCE_MAX = 120

    format: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(SOURCE_MAX))
    """The name of the file or folder, without where it lay."""
    state: Mapped[str] = mapped_column(String(10), default="writing")
    refused: Mapped[int] = mapped_column(default=0)
    """Rows of the files that were not taken."""
    ended_at: Mapped[datetime | None]


class ImportRow(Base):
    """One row that an import wrote: enough to know it again, and to take it back.

    ``version`` and ``touches`` are those of the row just written: others mean that
    somebody changed it since. ``digest`` is keyed: it tells whether a row of a file
    changed, and nothing of what it said. ``object_id`` is no foreign key, since
    the row it names goes when the import is undone.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint(f"state IN {ROW_STATES}", "state"),
        Index("ix_import_row_import", "import_id", "kind", "state", "id"),
        Index("ix_import_row_ref", "ref"),
        Index("ix_import_row_object", "kind", "object_id"),
    )
    is_audited = False

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey(Import.id))
    kind: Mapped[str] = mapped_column(String(12))
    object_id: Mapped[int]
    key_id: Mapped[int | None]
    """The subject key made for it, which goes with it."""
    ref: Mapped[str] = mapped_column(String(160))
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    version: Mapped[int] = mapped_column(default=0)
    touches: Mapped[int] = mapped_column(default=0)
    line: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="written")
