"""The people we care for. Health facts are sealed with a key of each client's own."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from clinic.clients.rules import PHONE_KINDS, STATUSES, TERM_MAX, said_name
from clinic.core.db import Base, Numbered, Row, db
from clinic.core.vault import Sealed, SubjectKey
from clinic.directory.models import Provider
from clinic.staff.models import StaffMember


def folded(length: int) -> TypeEngine[str]:
    """Text that both engines compare byte by byte, so that a range of beginnings uses the index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Client(Row, Base):
    """A person the clinic cares for.

    ``person_id`` names the record that was kept when two records turned out to be
    one person; it always leads straight there, while ``merged_into_id`` remembers
    each step, so that undoing a merge leaves those before it standing. Nothing
    else moves. ``touches`` counts changes that a day's board must show.
    """

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("last_name <> ''", "name_given"),
        CheckConstraint("person_id IS NULL OR person_id <> id", "not_its_own_duplicate"),
        CheckConstraint("(person_id IS NULL) = (merged_into_id IS NULL)", "merged_as_a_whole"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        Index("ix_client_by_name", "search_name", "id"),
    )
    NAME_MAX = 80
    EMAIL_MAX = 254
    SORT_MAX = 340

    number: Mapped[str] = mapped_column(String(12), unique=True)
    key_id: Mapped[int] = mapped_column(ForeignKey(SubjectKey.id))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    status: Mapped[str] = mapped_column(String(10), default="prospect")
    touches: Mapped[int] = mapped_column(default=0)

    first_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    last_name: Mapped[str] = mapped_column(String(NAME_MAX))
    preferred_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    search_name: Mapped[str] = mapped_column(folded(SORT_MAX))
    pronouns: Mapped[str] = mapped_column(String(30), default="")
    birth_date: Mapped[date | None] = mapped_column(index=True)
    died_on: Mapped[date | None]
    sex_at_birth: Mapped[str] = mapped_column(String(12), default="undisclosed")
    gender: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(EMAIL_MAX), default="", index=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(60), default="")
    language: Mapped[str] = mapped_column(String(40), default="")
    needs: Mapped[str] = mapped_column(String(120), default="")
    """Accessibility needs, as codes with commas between them."""
    occupation: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[str] = mapped_column(String(20), default="")
    payer: Mapped[str] = mapped_column(String(20), default="")
    emergency_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    emergency_relation: Mapped[str] = mapped_column(String(40), default="")
    emergency_phone: Mapped[str] = mapped_column(String(20), default="")
    guardian_name: Mapped[str] = mapped_column(String(NAME_MAX), default="")
    guardian_relation: Mapped[str] = mapped_column(String(40), default="")
    guardian_phone: Mapped[str] = mapped_column(String(20), default="")

    is_not_to_book: Mapped[bool] = mapped_column(default=False)
    not_to_book_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_prepay_only: Mapped[bool] = mapped_column(default=False)
    alert_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    missing: Mapped[str] = mapped_column(String(120), default="")
    """What an imported record lacks (codes with commas), so that somebody asks."""
    import_ref: Mapped[str | None] = mapped_column(String(80), unique=True)
    archived_at: Mapped[datetime | None]

    not_to_book_reason = Sealed("not_to_book_reason_sealed")
    alert = Sealed("alert_sealed")

    key: Mapped[SubjectKey] = relationship(lazy="joined", innerjoin=True)
    phones: Mapped[list["Phone"]] = relationship(cascade="all, delete-orphan", order_by="Phone.id")
    preference: Mapped["Preference | None"] = relationship(
        cascade="all, delete-orphan", back_populates="client"
    )

    def sealing_key(self) -> SubjectKey:
        """The key of everything that is this client's."""
        return self.key

    def subject_key_id(self) -> int | None:
        return self.key_id or (self.key.id if self.key else None)

    @property
    def name(self) -> str:
        """As it is said at the desk: ``Grace Nakamura``."""
        return said_name(self.first_name, self.last_name, self.preferred_name)

    @property
    def known_as(self) -> int:
        """The id of the record that stands for this person: its own, or the kept one's."""
        return self.person_id or self.id


class OfClient:
    """A row of one client's: its sealed texts and its log are under that client's key."""

    client: Mapped[Client]

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id


IS_INCOMPLETE = Client.missing != literal_column("''")
IS_AWAY = Client.status.in_([literal_column("'archived'"), literal_column("'deceased'")])
"""Criteria of the two short lists, written out as their indexes have them."""

_MERGED = Client.person_id.is_not(None)
_BY_NAME = (Client.search_name, Client.id)
# Short indexes of the few: one of all would lure the planner away from the order by name.
Index("ix_client_incomplete", *_BY_NAME, sqlite_where=IS_INCOMPLETE, postgresql_where=IS_INCOMPLETE)
Index("ix_client_away", *_BY_NAME, sqlite_where=IS_AWAY, postgresql_where=IS_AWAY)
Index("ix_client_person_id", Client.person_id, sqlite_where=_MERGED, postgresql_where=_MERGED)


class Phone(Base):
    """A telephone number of a client, in E.164 where it could be understood."""

    __tablename__ = "phone"
    __table_args__ = (
        CheckConstraint(f"kind IN {PHONE_KINDS}", "kind"),
        Index("ix_phone_number", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), index=True)
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10), default="mobile")
    may_text: Mapped[bool] = mapped_column(default=False)

    def subject_key_id(self) -> int | None:
        client = db.session.get(Client, self.client_id)  # at hand whenever its phones change
        return client.key_id if client is not None else None


class SearchTerm(Base):
    """One beginning by which a client can be found: a word of a name, digits, an address."""

    __tablename__ = "search_term"
    __table_args__ = (
        Index("ix_search_term_term", "term", "client_id"),
        {"sqlite_with_rowid": False},
    )
    is_audited = False

    client_id: Mapped[int] = mapped_column(
        ForeignKey(Client.id), primary_key=True, autoincrement=False
    )
    term: Mapped[str] = mapped_column(folded(TERM_MAX), primary_key=True)


class Preference(Row, Base):
    """How a client likes to be treated; pressure runs from 1 (lightest) to 5 (deepest)."""

    __tablename__ = "preference"
    __table_args__ = (CheckConstraint("pressure IS NULL OR pressure BETWEEN 1 AND 5", "pressure"),)

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), unique=True)
    pressure: Mapped[int | None]
    lubricant: Mapped[str] = mapped_column(String(10), default="")
    scent: Mapped[str] = mapped_column(String(10), default="")
    music: Mapped[str] = mapped_column(String(60), default="")
    talk: Mapped[str] = mapped_column(String(10), default="")
    table_warmth: Mapped[str] = mapped_column(String(10), default="")
    undress: Mapped[str] = mapped_column(String(20), default="")
    therapist_gender: Mapped[str] = mapped_column(String(10), default="")
    positions_to_avoid: Mapped[str] = mapped_column(String(40), default="")
    focus_areas: Mapped[str] = mapped_column(String(240), default="", server_default="")
    """Where they would like more: ``AREA:SIDE``, with commas between them."""
    avoid_areas: Mapped[str] = mapped_column(String(240), default="", server_default="")
    draping: Mapped[str] = mapped_column(String(10), default="", server_default="")
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    note = Sealed("note_sealed")
    client: Mapped[Client] = relationship(back_populates="preference")

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id


class CareTeamMember(Numbered, Base):
    """Who takes part in a client's care: our own people and outside providers, with dates."""

    __tablename__ = "care_team_member"
    __table_args__ = (
        CheckConstraint("(staff_id IS NULL) <> (provider_id IS NULL)", "one_person"),
        UniqueConstraint("client_id", "staff_id", "since"),
        UniqueConstraint("client_id", "provider_id", "since"),
        Index("ix_care_team_member_staff", "staff_id", "client_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey(Provider.id))
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(80), default="")

    client: Mapped[Client] = relationship()
    staff: Mapped[StaffMember | None] = relationship(lazy="joined")
    provider: Mapped[Provider | None] = relationship(lazy="joined")

    def subject_key_id(self) -> int | None:
        return self.client.key_id


class ImportedHistoryLine(Numbered, Base):
    """A line of history that another system wrote: kept sealed until it is reviewed."""

    __tablename__ = "imported_history_line"
    KINDS = ("condition", "medication", "allergy")
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", "kind"),)

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), index=True)
    import_ref: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    line_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    line = Sealed("line_sealed")
    client: Mapped[Client] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id
