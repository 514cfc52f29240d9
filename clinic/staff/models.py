"""People who work here, what they may treat, and where they are signed in."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.core.db import Base, Numbered, Row
from clinic.core.permissions import Role


class StaffMember(Row, Base):
    """Somebody who works here; left, they are disabled and never removed."""

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint("name <> ''", "name_given"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", "theme"),
        CheckConstraint("gender IN ('', 'female', 'male', 'other')", "gender"),
        CheckConstraint("hands_on_limit BETWEEN 30 AND 720", "hands_on_limit"),
    )
    kept_from_audit = frozenset({"password_hash"})
    NAME_MAX = 80
    EMAIL_MAX = 254

    name: Mapped[str] = mapped_column(String(NAME_MAX))
    email: Mapped[str] = mapped_column(String(EMAIL_MAX), unique=True)
    phone: Mapped[str] = mapped_column(String(20), default="")
    gender: Mapped[str] = mapped_column(String(10), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    hands_on_limit: Mapped[int | None]
    """Weighted minutes of treatment in a day; None is the clinic's own limit."""
    is_lead: Mapped[bool] = mapped_column(default=False)
    """The lead therapist, named by the owner: may read, switch and tighten screening rules."""
    theme: Mapped[str] = mapped_column(String(5), default="auto")
    has_shortcuts: Mapped[bool] = mapped_column(default=True)
    """Whether single letters act as keyboard shortcuts (WCAG 2.1.4: can be switched off)."""

    grants: Mapped[list["RoleGrant"]] = relationship(cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(grant.role) for grant in self.grants)

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


class RoleGrant(Base):
    """One role of one person; a person may hold several."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("staff_id", "role"),
        CheckConstraint("role IN ('receptionist', 'therapist', 'owner')", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    role: Mapped[str] = mapped_column(String(20))


class Qualification(Numbered, Base):
    """A licence, cover or training that a service may require."""

    __tablename__ = "qualification"
    CODE_MAX = 30

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(120))


class StaffQualification(Row, Base):
    """That a person holds a qualification, and from when until when it counts."""

    __tablename__ = "staff_qualification"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", "order"),
        Index("ix_staff_qualification_staff", "staff_id", "qualification_id"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    qualification_id: Mapped[int] = mapped_column(ForeignKey(Qualification.id))
    number: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    revoked_on: Mapped[date | None]

    staff: Mapped[StaffMember] = relationship()
    qualification: Mapped[Qualification] = relationship(lazy="joined")


class WebSession(Base):
    """A browser that is known to us; the cookie's token is kept only as its hash."""

    __tablename__ = "web_session"
    is_audited = False

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id), index=True)
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))


class OneTimeLink(Numbered, Base):
    """A link that works once: to become the first owner, join the staff, or set a new password."""

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("kind IN ('bootstrap', 'invite', 'reset')", "kind"),)
    kept_from_audit = frozenset({"token_hash"})

    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """How often something was tried in a window of time."""

    __tablename__ = "throttle"
    is_audited = False

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tries: Mapped[int]
