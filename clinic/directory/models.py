"""Providers and organisations outside, and who works where."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.core.db import Base, Row
from clinic.directory.rules import is_npi

KINDS = ("practice", "hospital", "insurer", "veterans", "employer", "attorney", "other")
CHANNELS = ("fax", "secure_email", "portal", "post", "phone")
STATUSES = ("active", "retired", "deceased", "moved")
CREDENTIALS = (
    "MD", "DO", "NP", "PA", "DC", "PT", "OT", "LCSW", "RD", "DDS", "midwife", "other",
)  # fmt: skip


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Organisation(Row, Base):
    """A practice, hospital, insurer or the like, outside the clinic."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("name <> ''", "name_given"),
        CheckConstraint(_one_of("kind", KINDS), "kind"),
    )
    NAME_MAX = 160

    name: Mapped[str] = mapped_column(String(NAME_MAX))
    search_name: Mapped[str] = mapped_column(String(NAME_MAX), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="practice")
    phone: Mapped[str] = mapped_column(String(40), default="")
    fax: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    referral_contact: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Whom to ask there about a referral."""
    hours: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """When somebody answers, in their own words."""
    is_active: Mapped[bool] = mapped_column(default=True)
    import_ref: Mapped[str | None] = mapped_column(String(80), unique=True)


class Provider(Row, Base):
    """A healthcare provider outside the clinic, who refers or is referred to.

    ``npi`` is the US National Provider Identifier, ten digits with a check digit
    (Luhn over 80840 and the number, 45 CFR 162.406); empty for providers abroad.
    """

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint("last_name <> ''", "name_given"),
        CheckConstraint(_one_of("credentials", CREDENTIALS), "credentials"),
        CheckConstraint(_one_of("preferred_channel", CHANNELS), "preferred_channel"),
        CheckConstraint(_one_of("status", STATUSES), "status"),
        CheckConstraint("merged_into_id <> id", "not_itself"),
        Index("ix_provider_merged_into_id", "merged_into_id"),
        # One number, one provider; those without a number do not clash.
        Index(
            "uq_provider_npi",
            "npi",
            unique=True,
            sqlite_where=text("npi <> ''"),
            postgresql_where=text("npi <> ''"),
        ),
    )
    NAME_MAX = 80

    first_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    last_name: Mapped[str] = mapped_column(String(NAME_MAX))
    search_name: Mapped[str] = mapped_column(String(2 * NAME_MAX), index=True)
    credentials: Mapped[str] = mapped_column(String(20), default="MD")
    specialty: Mapped[str] = mapped_column(String(80), default="")
    npi: Mapped[str] = mapped_column(String(10), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    fax: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    preferred_channel: Mapped[str] = mapped_column(String(20), default="fax")
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Everybody at the desk reads it: nothing of a client."""
    status: Mapped[str] = mapped_column(String(10), default="active")
    import_ref: Mapped[str | None] = mapped_column(String(80), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    """The record that stands for this person, where an owner found that two are one."""

    places: Mapped[list["ProviderAt"]] = relationship(
        cascade="all, delete-orphan", order_by="ProviderAt.id", back_populates="provider"
    )

    merged_into: Mapped["Provider | None"] = relationship(remote_side="Provider.id")

    @property
    def known_as(self) -> int:
        """The id of the record that stands for this person: its own, unless it was merged."""
        return self.merged_into_id or self.id

    @property
    def has_doubtful_npi(self) -> bool:
        """Whether its number is none that the United States give: somebody saved it knowingly."""
        return bool(self.npi) and not is_npi(self.npi)

    @property
    def name(self) -> str:
        """As it is said: ``Samuel Adeyemi, MD``."""
        full = f"{self.first_name} {self.last_name}".strip()
        return full if self.credentials == "other" else f"{full}, {self.credentials}"


class ProviderAt(Base):
    """That a provider works at an organisation; they may work at several."""

    __tablename__ = "provider_at"
    __table_args__ = (UniqueConstraint("provider_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)

    provider: Mapped[Provider] = relationship(back_populates="places")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
