"""The clinic itself: one row."""

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
