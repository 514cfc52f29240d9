"""Finding whom we already know, so that nobody is entered twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.directory.models import Organisation, Provider, ProviderAt
from clinic.directory.rules import digits_of, search_name

WORDS = 6
"""How many words of a search are looked at."""
FEWEST_DIGITS = 4


def the_provider(public_id: str) -> Provider:
    """Raises NotFound."""
    provider = db.session.scalar(select(Provider).where(Provider.public_id == public_id))
    if provider is None:
        raise NotFound
    return provider


def the_organisation(public_id: str) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def provider_of_npi(npi: str) -> Provider | None:
    """Who has this number."""
    return db.session.scalar(select(Provider).where(Provider.npi == npi)) if npi else None


def is_kept() -> ColumnElement[bool]:
    """Criterion on Provider: stands for itself, not merged into another record."""
    return Provider.merged_into_id.is_(None)


def is_available() -> ColumnElement[bool]:
    """Criterion on Provider: may be chosen for something new (not retired, deceased, moved)."""
    return and_(Provider.status == "active", is_kept())


def kept_provider(provider: Provider) -> Provider:
    """The record that stands for this person."""
    return db.session.get_one(Provider, provider.known_as)


def ids_of_person(provider_id: int) -> tuple[int, ...]:
    """All records of the person of whom this is one; in the order of entry."""
    own = select(func.coalesce(Provider.merged_into_id, Provider.id)).where(
        Provider.id == provider_id
    )
    found = db.session.scalars(
        select(Provider.id)
        .where(func.coalesce(Provider.merged_into_id, Provider.id) == own.scalar_subquery())
        .order_by(Provider.id)
    )
    return tuple(found)


def merged_into(provider: Provider) -> Sequence[Provider]:
    """The records that were merged into this one."""
    return db.session.scalars(
        select(Provider).where(Provider.merged_into_id == provider.id).order_by(Provider.id)
    ).all()


def likely_same(provider: Provider) -> Sequence[Provider]:
    """Other records that may be of the same person: the name, and a number or a workplace.

    Two records cannot have one NPI: who types a number that another has is shown that one.
    """
    places = select(ProviderAt.organisation_id).where(ProviderAt.provider_id == provider.id)
    works = Provider.id.in_(
        select(ProviderAt.provider_id).where(ProviderAt.organisation_id.in_(places))
    )
    shared: list[ColumnElement[bool]] = [works]
    shared += [Provider.phone == provider.phone] if provider.phone else []
    shared += [Provider.fax == provider.fax] if provider.fax else []
    return db.session.scalars(
        select(Provider)
        .where(
            Provider.search_name == provider.search_name,
            Provider.id != provider.known_as,
            is_kept(),
            or_(*shared),
        )
        .order_by(Provider.id)
        .limit(5)
    ).all()


def duplicates(limit: int = 50) -> Sequence[Any]:
    """Pairs that are likely one person, for the whole directory: same name and telephone.

    Rows of ids and names: ``one`` was entered first.
    """
    other = aliased(Provider)
    return db.session.execute(
        select(
            Provider.public_id.label("one_id"),
            Provider.first_name,
            Provider.last_name,
            Provider.credentials,
            Provider.specialty,
            Provider.phone,
            other.public_id.label("other_id"),
        )
        .join(
            other,
            and_(
                other.search_name == Provider.search_name,
                other.phone == Provider.phone,
                other.id > Provider.id,
                other.merged_into_id.is_(None),
            ),
        )
        .where(is_kept(), Provider.phone != "")
        .order_by(Provider.search_name, Provider.id)
        .limit(limit)
    ).all()


def _names_match(column: Any, text: str) -> list[ColumnElement[bool]]:
    """Every word typed begins a word of the name."""
    words = search_name(text).split()[:WORDS]
    return [or_(column.startswith(word), column.contains(f" {word}")) for word in words]


def _has_digits(text: str, *columns: Any) -> ColumnElement[bool] | None:
    """A number typed, or a part of it, is in one of the columns."""
    digits = digits_of(text)
    if len(digits) < FEWEST_DIGITS or any(letter.isalpha() for letter in text):
        return None
    return or_(*(column.contains(digits) for column in columns))


def matches_provider(text: str) -> ColumnElement[bool]:
    """Criterion on Provider: the words are of the name or workplace, or the digits of a number.

    What is known of a record merged into it counts as well.
    """
    merged = aliased(Provider)
    inside = select(merged.merged_into_id).where(
        merged.merged_into_id.is_not(None), _is_found(text, merged)
    )
    return or_(_is_found(text, Provider), Provider.id.in_(inside))


def _is_found(text: str, who: Any) -> ColumnElement[bool]:
    digits = _has_digits(text, who.npi, who.phone, who.fax)
    if digits is not None:
        return digits
    own = _names_match(who.search_name, text)
    places = _names_match(Organisation.search_name, text)
    found = (or_(name, _at(place, who)) for name, place in zip(own, places, strict=True))
    return and_(True, *found)


def _at(criterion: ColumnElement[bool], who: Any = Provider) -> ColumnElement[bool]:
    """Criterion on a provider: works at an organisation that meets another criterion."""
    matching: ColumnElement[bool] = who.id.in_(
        select(ProviderAt.provider_id)
        .join(Organisation, Organisation.id == ProviderAt.organisation_id)
        .where(criterion)
    )
    return matching


def matches_organisation(text: str) -> ColumnElement[bool]:
    """Criterion on Organisation: the typed words are of the name, or the digits of a phone."""
    digits = _has_digits(text, Organisation.phone, Organisation.fax)
    if digits is not None:
        return digits
    return and_(True, *_names_match(Organisation.search_name, text))


_FIRST_PLACE = (
    select(Organisation.name)
    .join(ProviderAt, ProviderAt.organisation_id == Organisation.id)
    .where(ProviderAt.provider_id == Provider.id)
    .order_by(ProviderAt.id)
    .limit(1)
    .correlate(Provider)
    .scalar_subquery()
)
_PLACES = (
    select(func.count())
    .select_from(ProviderAt)
    .where(ProviderAt.provider_id == Provider.id)
    .correlate(Provider)
    .scalar_subquery()
)
_PROVIDER = (
    Provider.id,
    Provider.public_id,
    Provider.search_name,
    Provider.first_name,
    Provider.last_name,
    Provider.credentials,
    Provider.specialty,
    Provider.npi,
    Provider.phone,
    Provider.fax,
    Provider.preferred_channel,
    Provider.status,
    _FIRST_PLACE.label("organisation"),
    _PLACES.label("places"),
)
_STAFFED = (
    select(func.count())
    .select_from(ProviderAt)
    .where(ProviderAt.organisation_id == Organisation.id)
    .correlate(Organisation)
    .scalar_subquery()
)
_ORGANISATION = (
    Organisation.id,
    Organisation.public_id,
    Organisation.search_name,
    Organisation.name,
    Organisation.kind,
    Organisation.city,
    Organisation.region,
    Organisation.phone,
    Organisation.fax,
    Organisation.is_active,
    _STAFFED.label("providers"),
)


def providers(text: str = "", status: str = "") -> Select[Any]:
    """Providers for a list, by name: columns only; who was merged stands under the kept record."""
    query = select(*_PROVIDER).where(is_kept())
    if text:
        query = query.where(matches_provider(text))
    if status:
        query = query.where(Provider.status == status)
    return query.order_by(Provider.search_name, Provider.id)


def organisations(text: str = "", kind: str = "") -> Select[Any]:
    """Organisations for a list, by name: columns only; closed ones are among them."""
    query = select(*_ORGANISATION)
    if text:
        query = query.where(matches_organisation(text))
    if kind:
        query = query.where(Organisation.kind == kind)
    return query.order_by(Organisation.search_name, Organisation.id)


def found_providers(text: str, limit: int = 8, *, available: bool = True) -> Sequence[Any]:
    """Search as you type: rows of columns; only those who may be chosen, unless said."""
    if not search_name(text):
        return []
    query = providers(text)
    if available:
        query = query.where(is_available())
    return db.session.execute(query.limit(limit)).all()


def found_organisations(text: str, limit: int = 8) -> Sequence[Any]:
    """Search as you type: rows of an organisation's columns; closed ones are left out."""
    if not search_name(text):
        return []
    query = organisations(text).where(Organisation.is_active)
    return db.session.execute(query.limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list: its rows, and the lines from which to read on or back."""

    rows: Sequence[Any]
    before: str | None
    after: str | None


def leaf(
    kind: type[Any],
    query: Select[Any],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = 50,
) -> Leaf:
    """The rows of a list after a line, or before one, or its first; one query."""
    if before:
        backwards = query.where(beyond(kind, before, backwards=True)).order_by(None)
        query = backwards.order_by(kind.search_name.desc(), kind.id.desc())
    elif after:
        query = query.where(beyond(kind, after))
    found = db.session.execute(query.limit(size + 1)).all()
    rows = list(reversed(found[:size])) if before else found[:size]
    has_more = len(found) > size
    has_before, has_after = (has_more, True) if before else (bool(after), has_more)
    return Leaf(
        rows,
        rows[0].public_id if rows and has_before else None,
        rows[-1].public_id if rows and has_after else None,
    )


def beyond(kind: type[Any], public_id: str, *, backwards: bool = False) -> ColumnElement[bool]:
    """Criterion on Provider or Organisation: comes after (or before) this one in the list.

    An id that is nobody's matches nothing.
    """
    place = tuple_(kind.search_name, kind.id)
    mark = select(kind.search_name, kind.id).where(kind.public_id == public_id).scalar_subquery()
    return place < mark if backwards else place > mark


def twins(
    *, first_name: str, last_name: str, phone: str, organisation_id: int | None, besides: int
) -> Sequence[Provider]:
    """Providers of the same name who share the phone or the organisation."""
    shared: list[ColumnElement[bool]] = []
    if phone:
        shared.append(Provider.phone == phone)
    if organisation_id is not None:
        shared.append(_works_at(organisation_id))
    if not shared:
        return []
    return db.session.scalars(
        select(Provider)
        .where(
            Provider.search_name == search_name(last_name, first_name),
            Provider.id != besides,
            or_(*shared),
        )
        .limit(3)
    ).all()


def _works_at(organisation_id: int) -> ColumnElement[bool]:
    return _at(Organisation.id == organisation_id)


def organisation_twins(name: str, city: str, phone: str, *, besides: int) -> Sequence[Organisation]:
    """Organisations of the same name in the same town, or with the same phone."""
    town = and_(func.lower(Organisation.city) == city.lower(), Organisation.city != "")
    shared = or_(town, and_(Organisation.phone == phone, Organisation.phone != ""))
    return db.session.scalars(
        select(Organisation)
        .where(
            Organisation.search_name == search_name(name)[: Organisation.NAME_MAX],
            Organisation.id != besides,
            shared,
        )
        .limit(3)
    ).all()


def staff_of(organisation: Organisation) -> Select[Any]:
    """Who works at an organisation, by name: columns only."""
    return (
        select(*_PROVIDER)
        .join(ProviderAt, ProviderAt.provider_id == Provider.id)
        .where(ProviderAt.organisation_id == organisation.id, is_kept())
        .order_by(Provider.search_name, Provider.id)
    )


def place_of(provider: Provider, organisation: Organisation) -> ProviderAt | None:
    """That a provider works there, if they do."""
    return db.session.scalar(
        select(ProviderAt).where(
            ProviderAt.provider_id == provider.id, ProviderAt.organisation_id == organisation.id
        )
    )
