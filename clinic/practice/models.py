"""The clinic itself: one row."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core.db import Base, Row


class Setting(Row, Base):
    """The one row of settings."""

    __tablename__ = "setting"
    __table_args__ = (
        CheckConstraint("id = 1", "only_one"),
        CheckConstraint("slot_grid IN (5, 10, 15, 20, 30)", "slot_grid"),
        CheckConstraint("idle BETWEEN 5 AND 30", "idle"),
        CheckConstraint("over_authorisation IN ('refuse', 'warn')", "over_authorisation"),
    )
    NAME_MAX = 120

    name: Mapped[str] = mapped_column(String(NAME_MAX))
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(400), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    locale: Mapped[str] = mapped_column(String(20), default="en")
    region: Mapped[str] = mapped_column(String(2), default="US")
    slot_grid: Mapped[int] = mapped_column(default=15)
    horizon: Mapped[int] = mapped_column(default=180)
    min_lead: Mapped[int] = mapped_column(default=60)
    late_cancel: Mapped[int] = mapped_column(default=24)
    no_show_grace: Mapped[int] = mapped_column(default=15)
    hands_on_limit: Mapped[int] = mapped_column(default=300)
    idle: Mapped[int] = mapped_column(default=15)
    over_authorisation: Mapped[str] = mapped_column(String(6), default="refuse")
    """What happens when more visits are booked than a payer allowed."""
    desk_sees_diagnosis: Mapped[bool] = mapped_column(default=False)
    """Whether reception reads what an order says of a client's health."""


class Heartbeat(Base):
    """When a piece of the clinic's own machinery last ran, and how it ended."""

    __tablename__ = "heartbeat"
    is_audited = False  # it beats every few minutes
    __table_args__ = (CheckConstraint("outcome IN ('', 'done', 'failed')", "outcome"),)

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(6), default="")
    did: Mapped[str] = mapped_column(String(200), default="")
    """What it did, in figures: no person is named."""
