"""The database: one session, one naming convention, and what every row has."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry

from clinic.core.clock import now
from clinic.core.errors import StaleEdit
from clinic.core.ids import LENGTH, new_public_id

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: refuses naive times, keeps UTC, gives aware UTC back."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the house; rooms inherit from it, and from no other model base."""

    metadata = MetaData(naming_convention=NAMES)
    registry = registry(type_annotation_map={datetime: UtcDateTime}, metadata=metadata)

    is_audited: ClassVar[bool] = True
    """Whether changes of these rows go into the change log."""
    kept_from_audit: ClassVar[frozenset[str]] = frozenset()
    """Columns of which the log says that they changed, and not what they are."""

    def subject_key_id(self) -> int | None:
        """The key under which the log seals this row's values; None is the house's own."""
        return None


class Numbered:
    """An integer inside, a public id outside."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(LENGTH), unique=True)

    def __init__(self, **values: Any) -> None:
        # The public id is there from the first moment: sealed values are bound to it.
        values.setdefault("public_id", new_public_id())
        super().__init__(**values)


class Timed:
    """When a row was made, and when it was last changed."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class Row(Numbered, Timed):
    """What every row that people change has: ids, times, and a version that guards edits."""

    version: Mapped[int] = mapped_column(Integer)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def expect(self, version: int | None, *fields: str) -> None:
        """Refuse an edit that was begun on an older version than the one that stands.

        ``fields`` are those the form shows; their standing values go with the refusal.
        None means that no form was involved. Raises StaleEdit.
        """
        if version is not None and version != self.version:
            saved = {name: getattr(self, name) for name in fields}
            raise StaleEdit(saved=saved, version=self.version)


def plain(value: Any) -> Any:
    """A value as JSON can hold it, for the change log."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


class HouseSession(FlaskSession):
    """A session that can be read by without a transaction being begun for it.

    What a page asks first, and an unchanged page asks alone, is one statement that needs
    no other to agree with it: to begin and to end a transaction around it would cost more
    than it does. A transaction begun later goes on with the same connection.
    """

    _at_hand: Connection | None = None

    def at_hand(self) -> Connection:
        """The connection for one statement that reads: the transaction's, where one is begun."""
        if self.in_transaction():
            return self.connection()
        if self._at_hand is None:
            self._at_hand = self._db.engine.connect()
        return self._at_hand

    def get_bind(self, *args: Any, bind: Any = None, **kwargs: Any) -> Any:
        """The connection that is at hand already, or the one engine there is."""
        return bind or self._at_hand or self._db.engine

    def let_go(self) -> None:
        """Give back the connection at hand."""
        held, self._at_hand = self._at_hand, None
        if held is not None:
            held.close()

    def close(self) -> None:
        """Also what was at hand."""
        try:
            super().close()
        finally:
            self.let_go()


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True, "class_": HouseSession})


def session() -> Any:
    """The session of the work at hand."""
    return cast("Any", db.session())


def at_hand() -> Connection:
    """For one statement that reads, and needs no other to agree with it."""
    return cast("HouseSession", db.session()).at_hand()


def read_at_first() -> dict[str, Any]:
    """What was read before all else in this piece of work, and is not to be read again.

    It is older than all that is read later, so what is kept under it may only be read too often.
    It is forgotten with the first transaction that writes, and where things are read afresh.
    """
    found: dict[str, Any] = db.session().info.setdefault("at_first", {})
    return found


def let_go() -> None:
    """Give back what is at hand: a transaction that writes is begun on a connection of its own."""
    cast("HouseSession", db.session()).let_go()
