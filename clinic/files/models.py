"""What is known of a stored document; its bytes lie sealed beside the database."""

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.core.db import Base, Row
from clinic.core.vault import Sealed, SubjectKey

TYPES = ("application/pdf", "image/png", "image/jpeg")


class StoredFile(Row, Base):
    """A document: what it is, how long in bytes, and the SHA-256 of what was stored.

    Its bytes lie in the folder of files under ``kept_as``, a random name, sealed under the
    key of whom it is about.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint(f"media_type IN {TYPES}", "media_type"),
        CheckConstraint("size > 0", "size"),
    )

    key_id: Mapped[int] = mapped_column(ForeignKey(SubjectKey.id), index=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    kept_as: Mapped[str] = mapped_column(String(40), unique=True)
    pages: Mapped[int | None]
    """Pages of a PDF."""

    name = Sealed("name_sealed")
    key: Mapped[SubjectKey] = relationship(lazy="joined", innerjoin=True)

    def sealing_key(self) -> SubjectKey:
        return self.key

    def subject_key_id(self) -> int | None:
        return self.key_id
