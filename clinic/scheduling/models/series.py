"""Visits planned at growing distances; each is booked, moved and cancelled on its own."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import Base, Row
from clinic.referrals.models import Authorisation
from clinic.scheduling.models.visits import Visit
from clinic.staff.models import StaffMember


class Series(Row, Base):
    """A client's plan of visits: what, with whom (None is anyone qualified), at which hour.

    ``wall`` is minutes after midnight on the clinic's clock, whatever the season.
    """

    __tablename__ = "series"
    STATUSES = ("active", "ended")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("wall BETWEEN 0 AND 1439", "wall"),
        Index("ix_series_client", "client_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    therapist_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    authorisation_id: Mapped[int | None] = mapped_column(ForeignKey(Authorisation.id))
    first_on: Mapped[date]
    wall: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="active")
    ended_why: Mapped[str] = mapped_column(String(200), default="")

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    variant: Mapped[ServiceVariant] = relationship(lazy="joined", innerjoin=True)
    therapist: Mapped[StaffMember | None] = relationship(lazy="joined")
    authorisation: Mapped[Authorisation | None] = relationship()
    phases: Mapped[list["SeriesPhase"]] = relationship(
        cascade="all, delete-orphan", order_by="SeriesPhase.position"
    )
    items: Mapped[list["SeriesItem"]] = relationship(
        back_populates="series", order_by="SeriesItem.number"
    )
    add_ons: Mapped[list["SeriesAddOn"]] = relationship(cascade="all, delete-orphan")


class SeriesPhase(Base):
    """So many visits, so many days apart."""

    __tablename__ = "series_phase"
    __table_args__ = (
        UniqueConstraint("series_id", "position"),
        CheckConstraint("every_days BETWEEN 1 AND 182", "every_days"),
        CheckConstraint("visits BETWEEN 1 AND 60", "visits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey(Series.id))
    position: Mapped[int]
    every_days: Mapped[int]
    visits: Mapped[int]


class SeriesAddOn(Base):
    """An add-on of every visit of a series."""

    __tablename__ = "series_add_on"
    __table_args__ = (UniqueConstraint("series_id", "add_on_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey(Series.id))
    add_on_id: Mapped[int] = mapped_column(ForeignKey(AddOn.id))

    add_on: Mapped[AddOn] = relationship(lazy="joined")


class SeriesItem(Row, Base):
    """One visit of the plan. It is "to book" while it has no visit that stands.

    So a cancelled visit returns to the plan by itself, and no state can go stale.
    """

    __tablename__ = "series_item"
    __table_args__ = (
        UniqueConstraint("series_id", "number"),
        CheckConstraint("number > 0", "number"),
    )

    series_id: Mapped[int] = mapped_column(ForeignKey(Series.id))
    number: Mapped[int]
    planned_on: Mapped[date]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey(Visit.id), unique=True)
    is_skipped: Mapped[bool] = mapped_column(default=False)
    """Left out on purpose; it can be booked all the same, later."""

    series: Mapped[Series] = relationship(back_populates="items", lazy="joined", innerjoin=True)
    visit: Mapped[Visit | None] = relationship()
