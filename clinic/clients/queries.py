from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from clinic.clients.models import (
    IS_AWAY,
    IS_INCOMPLETE,
    CareTeamMember,
    Client,
    Phone,
    Preference,
    SearchTerm,
)
from clinic.clients.rules import TERM_MAX, asked_words, is_similar_name, said_name
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, NotFound
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.staff.models import StaffMember
from clinic.staff.queries import has_role

PAGE = 50
LAST = "\U0010ffff"
"""Behind every letter: a beginning and this letter bound all that begins so."""
FILTERS = ("current", "incomplete", "archived", "all")


@dataclass(frozen=True, slots=True)
class Found:
    """One client as a list shows them; ``known_by`` is the number of a merged record found."""

    id: int
    public_id: str
    name: str
    number: str
    birth_date: date | None
    phone: str
    email: str
    status: str
    is_not_to_book: bool
    missing: str
    known_by: str = ""


_PHONE = (
    select(Phone.number)
    .where(Phone.client_id == Client.id)
    .order_by(Phone.id)
    .limit(1)
    .correlate(Client)
    .scalar_subquery()
    .label("phone")
)
_SHOWN = (
    Client.id, Client.public_id, Client.first_name, Client.last_name, Client.preferred_name,
    Client.number, Client.birth_date, _PHONE, Client.email, Client.status, Client.is_not_to_book,
    Client.missing,
)  # fmt: skip


def _as_found(row: Any, known_by: str = "") -> Found:
    name = said_name(row.first_name, row.last_name, row.preferred_name)
    phone = row.phone or ""
    return Found(
        row.id, row.public_id, name, row.number, row.birth_date, phone, row.email, row.status,
        row.is_not_to_book, row.missing, known_by,
    )  # fmt: skip


def the_client(public_id: str) -> Client:
    """The record of this id itself, merged or not. Raises NotFound."""
    client = db.session.scalar(select(Client).where(Client.public_id == public_id))
    if client is None:
        raise NotFound
    return client


def the_phones(client_id: int) -> list[Phone]:
    """A client's telephone numbers, the first one first."""
    return list(
        db.session.scalars(select(Phone).where(Phone.client_id == client_id).order_by(Phone.id))
    )


def kept_record(client: Client) -> Client:
    """The record that stands for this person."""
    return db.session.get_one(Client, client.known_as)


def is_of_person(column: Any, person_id: int) -> ColumnElement[bool]:
    """Criterion on a column of client ids: the kept record, and every one merged into it."""
    merged = select(Client.id).where(Client.person_id == person_id)
    return or_(column == person_id, column.in_(merged))


def records_of(person_id: int) -> Select[Client]:
    """The kept record and those merged into it, the kept one first."""
    return (
        select(Client)
        .where(or_(Client.id == person_id, Client.person_id == person_id))
        .order_by(Client.person_id.is_not(None), Client.id)
    )


# ---- search as you type


def _begins(term: Any, beginning: str) -> ColumnElement[bool]:
    """Criterion: a range of the index, the same on both engines."""
    return and_(term >= beginning, term < beginning[:TERM_MAX] + LAST)


def found(text: str, limit: int = 10) -> Sequence[Found]:
    """Clients by any words of name, phone, e-mail, number or birth date, best first.

    One query: the longest word walks its range of the index, and the others are
    looked up for each record so met. A merged record leads to the kept one.
    """
    asked = asked_words(text)
    if not asked:
        return []
    met = _met(asked).limit(limit * 4).subquery()  # a client may be met by several terms
    matched = aliased(Client)
    rows = db.session.execute(
        select(*_SHOWN, matched.person_id, matched.number.label("met_number"), met.c.term)
        .select_from(met)
        .join(matched, matched.id == met.c.client_id)
        .join(Client, Client.id == func.coalesce(matched.person_id, matched.id))
        .order_by(met.c.term, met.c.client_id)
    ).all()
    people: dict[int, Found] = {}
    for row in rows:
        people.setdefault(row.id, _as_found(row, row.met_number if row.person_id else ""))
    return list(people.values())[:limit]


def _met(asked: tuple[str, ...]) -> Select[int, str]:
    """The ids of records that have all these words, in the order of the longest word's term."""
    driver, others = SearchTerm, asked[1:]
    query = select(driver.client_id, driver.term).where(_begins(driver.term, asked[0]))
    for word in others:
        also = aliased(SearchTerm)
        query = query.where(
            exists().where(also.client_id == driver.client_id, _begins(also.term, word))
        )
    return query.order_by(driver.term, driver.client_id)


def is_met_by(column: Any, text: str, limit: int = 200) -> ColumnElement[bool]:
    """Criterion on a column of client ids: a record that has all the words typed."""
    asked = asked_words(text)
    if not asked:
        return false()
    met = _met(asked).limit(limit).subquery()
    return column.in_(select(met.c.client_id))  # type: ignore[no-any-return]


# ---- the list


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list and the keys of its neighbours; an empty key is no neighbour."""

    rows: Sequence[Found]
    before: str = ""
    after: str = ""


_LISTED = {
    "current": Client.status.in_(("prospect", "active", "inactive")),
    "incomplete": and_(IS_INCOMPLETE, Client.status != "archived"),
    "archived": IS_AWAY,
}


def listing(which: str, *, after: str = "", before: str = "", size: int = PAGE) -> Listing:
    """Clients by family name. ``after`` and ``before`` are public ids of a page's ends.

    By key: no page is counted and none skipped, so the last one costs what the first does.
    """
    key, backwards = after or before, bool(before and not after)
    query = select(*_SHOWN).where(Client.person_id.is_(None))
    if which in _LISTED:
        query = query.where(_LISTED[which])
    order = tuple_(Client.search_name, Client.id)
    if key:
        end = aliased(Client)
        at = (
            select(end.search_name).where(end.public_id == key).scalar_subquery(),
            select(end.id).where(end.public_id == key).scalar_subquery(),
        )
        query = query.where(order < tuple_(*at) if backwards else order > tuple_(*at))
    columns = (Client.search_name, Client.id)
    sorting = [column.desc() for column in columns] if backwards else columns
    rows = db.session.execute(query.order_by(*sorting).limit(size + 1)).all()
    has_more, rows = len(rows) > size, rows[:size]
    people = [_as_found(row) for row in (reversed(rows) if backwards else rows)]
    if not people:
        return Listing([])
    has_before, has_after = (has_more, True) if backwards else (bool(key), has_more)
    return Listing(
        people,
        before=people[0].public_id if has_before else "",
        after=people[-1].public_id if has_after else "",
    )


# ---- two records, one person?


class LooksLike(Conflict):
    """There are records that may be the same person; ``candidates`` holds them."""

    def __init__(self, candidates: Sequence[Found]) -> None:
        super().__init__(say("Somebody like this is on the books already. Compare, then decide."))
        self.candidates = candidates


def look_alikes(
    *,
    names: str,
    birth_date: date | None,
    phones: Iterable[str],
    email: str,
    but: int | None = None,
) -> list[Found]:
    """Records that may be the same person: same birth date and a similar name, or the same
    phone or e-mail."""
    numbers = list(phones)
    same: list[ColumnElement[bool]] = []
    if birth_date is not None:
        same.append(Client.birth_date == birth_date)
    if email:
        same.append(Client.email == email)
    if numbers:
        same.append(Client.id.in_(select(Phone.client_id).where(Phone.number.in_(numbers))))
    if not same:
        return []
    people = db.session.scalars(
        select(Client)
        .where(or_(*same), Client.person_id.is_(None), Client.id != (but or 0))
        .order_by(Client.search_name, Client.id)
        .limit(200)
    )
    return [_of(one) for one in people if _is_alike(one, names, numbers, email)]


def _of(one: Client) -> Found:
    phone = one.phones[0].number if one.phones else ""
    return Found(
        one.id, one.public_id, one.name, one.number, one.birth_date, phone, one.email, one.status,
        one.is_not_to_book, one.missing,
    )  # fmt: skip


def _is_alike(one: Client, names: str, numbers: list[str], email: str) -> bool:
    if (email and one.email == email) or any(phone.number in numbers for phone in one.phones):
        return True
    return is_similar_name(f"{one.first_name} {one.preferred_name} {one.last_name}", names)


# ---- preferences and care team


def the_preference(client: Client) -> Preference | None:
    """How a client likes to be treated, once somebody has asked."""
    return db.session.scalar(select(Preference).where(Preference.client_id == client.id))


def is_current() -> ColumnElement[bool]:
    """Criterion on CareTeamMember: takes part in the care now."""
    return or_(CareTeamMember.until.is_(None), CareTeamMember.until > now())


def care_team(person_id: int) -> Select[*tuple[Any, ...]]:
    """Who cares for this person now: columns, our own people first."""
    return (
        select(
            CareTeamMember.public_id,
            CareTeamMember.role,
            CareTeamMember.since,
            CareTeamMember.staff_id,
            StaffMember.name.label("staff_name"),
            StaffMember.public_id.label("staff_public_id"),
            Provider.first_name,
            Provider.last_name,
            Provider.credentials,
            Provider.public_id.label("provider_public_id"),
        )
        .outerjoin(StaffMember, StaffMember.id == CareTeamMember.staff_id)
        .outerjoin(Provider, Provider.id == CareTeamMember.provider_id)
        .where(is_of_person(CareTeamMember.client_id, person_id), is_current())
        .order_by(CareTeamMember.staff_id.is_(None), CareTeamMember.since, CareTeamMember.id)
    )


def the_care_member(client_id: str, member_id: str) -> CareTeamMember:
    """One membership in the care team of a person, by public ids. Raises NotFound."""
    member = db.session.scalar(
        select(CareTeamMember).where(
            CareTeamMember.public_id == member_id,
            is_of_person(CareTeamMember.client_id, the_client(client_id).known_as),
        )
    )
    if member is None:
        raise NotFound
    return member


def who_may_care() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Our people who treat, and outside providers in practice: (public id, name) by name."""
    staff = db.session.execute(
        select(StaffMember.public_id, StaffMember.name)
        .where(StaffMember.disabled_at.is_(None), has_role(Role.THERAPIST))
        .order_by(StaffMember.name)
    )
    providers = db.session.execute(
        select(Provider.public_id, Provider.last_name, Provider.first_name, Provider.credentials)
        .where(Provider.status == "active")
        .order_by(Provider.search_name)
    )
    names = [
        (row.public_id, f"{row.last_name}, {row.first_name} {row.credentials}") for row in providers
    ]
    return [(row.public_id, row.name) for row in staff], names


def staff_id(public_id: str) -> int | None:
    """The id of somebody here; None where nobody was chosen."""
    return db.session.scalar(select(StaffMember.id).where(StaffMember.public_id == public_id))


def provider_id(public_id: str) -> int | None:
    """The id of an outside provider; None where nobody was chosen."""
    return db.session.scalar(select(Provider.id).where(Provider.public_id == public_id))


def in_care_of(client_id: int, *, staff_id: int | None, provider_id: int | None) -> Any:
    """The present membership of one person in one record's care team, if there is one."""
    return db.session.scalar(
        select(CareTeamMember).where(
            CareTeamMember.client_id == client_id,
            CareTeamMember.staff_id == staff_id,
            CareTeamMember.provider_id == provider_id,
            is_current(),
        )
    )


def may_read_health(actor: Actor, client_id: int) -> bool:
    """Whether this person treats this client: only then is a health fact shown to them."""
    if actor.id is None or not actor.may(Permission.CLINICAL_READ):
        return False
    person = select(func.coalesce(Client.person_id, Client.id)).where(Client.id == client_id)
    records = select(Client.id).where(
        func.coalesce(Client.person_id, Client.id) == person.scalar_subquery()
    )
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    CareTeamMember.staff_id == actor.id,
                    CareTeamMember.client_id.in_(records),
                    is_current(),
                )
            )
        )
    )
