"""Entering providers and organisations, amending them, and who works where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import Words, say
from clinic.directory.models import (
    CHANNELS,
    CREDENTIALS,
    KINDS,
    STATUSES,
    Organisation,
    Provider,
    ProviderAt,
)
from clinic.directory.queries import (
    merged_into,
    organisation_twins,
    place_of,
    provider_of_npi,
    twins,
)
from clinic.directory.rules import has_npi_shape, is_npi, kept_phone, search_name
from clinic.practice.queries import the_practice

NPI_MAX = 10
MERGES = 9
"""Which of the house's locks guards merges: two at once must not meet in a circle."""
PROVIDER_FIELDS = (
    "first_name", "last_name", "credentials", "specialty", "npi", "phone", "fax", "email",
    "preferred_channel", "note",
)  # fmt: skip
ORGANISATION_FIELDS = (
    "name", "kind", "phone", "fax", "email", "address", "city", "region", "postcode",
    "referral_contact", "hours",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Twin:
    """Somebody who may be the same: shown as a link."""

    public_id: str
    name: str
    detail: str = ""


class NumberTaken(Conflict):
    """Another provider has this NPI: the two are one person, or one number is wrong."""

    def __init__(self, twin: Provider) -> None:
        super().__init__(say("{name} has this number already.", name=twin.name), field="npi")
        self.twins = (_provider_twin(twin),)


class DoubtfulNumber(DomainError):
    """Not an NPI as the United States give them; saving it knowingly is allowed."""

    is_doubtful = True


class LikelyTwin(Conflict):
    """The same name stands in the directory; saving it knowingly is allowed."""

    def __init__(self, words: Words, twins: Sequence[Twin]) -> None:
        super().__init__(words)
        self.twins = tuple(twins)


@verb(Permission.DIRECTORY_WRITE)
def enter_provider(
    *,
    actor: Actor,
    last_name: str,
    organisation: Organisation | None = None,
    despite_twins: bool = False,
    despite_npi: str = "",
    import_ref: str | None = None,
    **facts: Any,
) -> Provider:
    """Enter a provider of healthcare outside the clinic (fields of ``PROVIDER_FIELDS``).

    Raises NumberTaken for an NPI that somebody has, LikelyTwin for a name that
    stands here with the same phone or organisation, unless ``despite_twins``, and
    DoubtfulNumber for one that is no NPI, unless ``despite_npi`` is that very number.
    """
    provider = Provider(import_ref=import_ref)
    facts = _provider_facts(provider, {**facts, "last_name": last_name}, despite_npi)
    _check_twins(provider, facts, organisation, despite_twins=despite_twins)
    _state(provider, facts)
    db.session.add(provider)
    db.session.flush()
    if organisation is not None:
        place_provider(provider, organisation, actor=actor)
    return provider


@verb(Permission.DIRECTORY_WRITE)
def amend_provider(
    provider: Provider,
    *,
    actor: Actor,
    version: int | None = None,
    despite_twins: bool = True,
    despite_npi: str = "",
    **facts: Any,
) -> None:
    """Change what is known of a provider. Raises as ``enter_provider``, and StaleEdit."""
    provider.expect(version, *facts)
    facts = _provider_facts(provider, facts, despite_npi)
    _check_twins(provider, facts, None, despite_twins=despite_twins)
    _state(provider, facts)


@verb(Permission.DIRECTORY_WRITE)
def set_status(provider: Provider, *, actor: Actor, status: str) -> None:
    """Say that a provider works, retired, died or moved away; only who works can be chosen.

    Called by the desk's verb alone, which says to whom something is to be reassigned.
    """
    _check_choice("status", status, STATUSES)
    provider.status = status


@verb(Permission.DIRECTORY_MERGE)
def merge(kept: Provider, duplicate: Provider, *, actor: Actor) -> None:
    """Two records are of one person: from now on ``kept`` stands for both.

    Nothing moves: orders, letters and consents keep what they say, and whoever asks for the
    person finds those of both. What was merged into the duplicate follows it. Raises Conflict
    for a record that was merged already, and for two that have different numbers.
    """
    _hold(kept, duplicate)
    _check_pair(kept, duplicate)
    for other in merged_into(duplicate):
        other.merged_into_id = kept.id
    duplicate.merged_into_id = kept.id


def _hold(*providers: Provider) -> None:
    """Nobody else joins or parts until the end; what somebody did just before is read again."""
    lock(Lock.HOUSE, MERGES)
    for provider in providers:
        db.session.refresh(provider)


def _check_pair(kept: Provider, duplicate: Provider) -> None:
    if kept.id == duplicate.id:
        raise DomainError(say("This is the same record. Choose another."))
    if kept.merged_into_id is not None or duplicate.merged_into_id is not None:
        raise Conflict(say("One of the two is merged into another already. Look at that one."))
    if kept.npi and duplicate.npi:
        raise Conflict(say("The two have different NPIs: they are two people, or one is wrong."))
    if duplicate.npi:
        raise DomainError(say("Keep the record that has the NPI."))


@verb(Permission.DIRECTORY_MERGE)
def part(duplicate: Provider, *, actor: Actor) -> None:
    """The two are not one person after all: each stands for itself again."""
    _hold(duplicate)
    if duplicate.merged_into_id is None:
        raise Conflict(say("This record is not merged into another."))
    duplicate.merged_into_id = None


@verb(Permission.DIRECTORY_WRITE)
def place_provider(provider: Provider, organisation: Organisation, *, actor: Actor) -> ProviderAt:
    """Say that a provider works at an organisation; saying it again changes nothing."""
    there = place_of(provider, organisation)
    if there is not None:
        return there
    if not organisation.is_active:
        raise DomainError(
            say("{name} is closed. Choose another organisation.", name=organisation.name),
            field="organisation",
        )
    there = ProviderAt(provider=provider, organisation=organisation)
    provider.updated_at = now()
    db.session.add(there)
    return there


@verb(Permission.DIRECTORY_WRITE)
def leave_place(provider: Provider, organisation: Organisation, *, actor: Actor) -> None:
    """A provider works there no more; referrals keep what they say."""
    there = place_of(provider, organisation)
    if there is not None:
        provider.places.remove(there)
        provider.updated_at = now()


@verb(Permission.DIRECTORY_WRITE)
def enter_organisation(
    *,
    actor: Actor,
    name: str,
    despite_twins: bool = False,
    import_ref: str | None = None,
    **facts: Any,
) -> Organisation:
    """Enter a practice, hospital, insurer or the like (fields of ``ORGANISATION_FIELDS``).

    Raises LikelyTwin where the name stands here with the same town or phone, unless
    ``despite_twins``.
    """
    organisation = Organisation(import_ref=import_ref)
    _state_organisation(organisation, {**facts, "name": name}, despite_twins=despite_twins)
    db.session.add(organisation)
    return organisation


@verb(Permission.DIRECTORY_WRITE)
def amend_organisation(
    organisation: Organisation,
    *,
    actor: Actor,
    version: int | None = None,
    despite_twins: bool = True,
    **facts: Any,
) -> None:
    """Change what is known of an organisation. Raises as ``enter_organisation``, and StaleEdit."""
    organisation.expect(version, *facts)
    _state_organisation(organisation, facts, despite_twins=despite_twins)


@verb(Permission.DIRECTORY_WRITE)
def close_organisation(organisation: Organisation, *, actor: Actor) -> None:
    """It exists no more, or no longer matters: nobody new is placed there."""
    organisation.is_active = False


@verb(Permission.DIRECTORY_WRITE)
def reopen_organisation(organisation: Organisation, *, actor: Actor) -> None:
    """It matters again."""
    organisation.is_active = True


@verb(Permission.PRACTICE_WRITE)
def take_out(rows: Sequence[Provider | Organisation], *, actor: Actor) -> None:
    """Remove providers, with where they work, or organisations that an import just wrote.

    Whoever calls has seen that nothing else points to them.
    """
    with db.session.no_autoflush:
        for row in rows:
            db.session.delete(row)


def _provider_facts(
    provider: Provider, facts: dict[str, Any], despite_npi: str = ""
) -> dict[str, Any]:
    """The facts as they are kept, checked."""
    _check_known(facts, PROVIDER_FIELDS)
    facts = _with_kept_phones(facts)
    if not facts.get("last_name", "given"):
        raise DomainError(say("Enter a last name."), field="last_name")
    _check_choice("credentials", facts.get("credentials"), CREDENTIALS)
    _check_choice("preferred_channel", facts.get("preferred_channel"), CHANNELS)
    npi = facts.get("npi") or ""
    if npi and npi != provider.npi:
        _check_npi(provider, npi, is_seen=despite_npi == npi)
    return facts


def _check_npi(provider: Provider, npi: str, *, is_seen: bool) -> None:
    if len(npi) > NPI_MAX:
        raise DomainError(say("Use at most {most} characters.", most=NPI_MAX), field="npi")
    if not is_seen and not has_npi_shape(npi):
        raise DoubtfulNumber(
            say("An NPI has ten digits. Leave it empty for a provider abroad."), field="npi"
        )
    if not is_seen and not is_npi(npi):
        raise DoubtfulNumber(
            say("The last digit does not fit the others: a digit was mistyped."), field="npi"
        )
    twin = provider_of_npi(npi)
    if twin is not None and twin.id != provider.id:
        raise NumberTaken(twin)


def _check_twins(
    provider: Provider,
    facts: dict[str, Any],
    organisation: Organisation | None,
    *,
    despite_twins: bool,
) -> None:
    if despite_twins:
        return
    found = twins(
        first_name=facts.get("first_name", provider.first_name or ""),
        last_name=facts.get("last_name", provider.last_name),
        phone=facts.get("phone", provider.phone or ""),
        organisation_id=organisation.id if organisation else None,
        besides=provider.id or 0,
    )
    if found:
        raise LikelyTwin(
            say("A provider with this name is here already. Look before saving a second one."),
            [_provider_twin(twin) for twin in found],
        )


def _state(provider: Provider, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(provider, name, value)
    # Last name first, as lists are read.
    name = search_name(provider.last_name, provider.first_name or "")
    provider.search_name = name[: 2 * Provider.NAME_MAX]


def _state_organisation(
    organisation: Organisation, facts: dict[str, Any], *, despite_twins: bool
) -> None:
    _check_known(facts, ORGANISATION_FIELDS)
    facts = _with_kept_phones(facts)
    if not facts.get("name", "given"):
        raise DomainError(say("Enter a name."), field="name")
    _check_choice("kind", facts.get("kind"), KINDS)
    name = facts.get("name", organisation.name)
    if not despite_twins:
        _check_organisation_twins(organisation, name, facts)
    for field, value in facts.items():
        setattr(organisation, field, value)
    organisation.search_name = search_name(name)[: Organisation.NAME_MAX]


def _check_organisation_twins(organisation: Organisation, name: str, facts: dict[str, Any]) -> None:
    found = organisation_twins(
        name,
        facts.get("city", organisation.city or ""),
        facts.get("phone", organisation.phone or ""),
        besides=organisation.id or 0,
    )
    if found:
        raise LikelyTwin(
            say("An organisation with this name is here already. Look before saving a second one."),
            [Twin(twin.public_id, twin.name, twin.city) for twin in found],
        )


def _with_kept_phones(facts: dict[str, Any]) -> dict[str, Any]:
    region = the_practice().region
    kept = {name: kept_phone(facts[name], region) for name in ("phone", "fax") if facts.get(name)}
    return {**facts, **kept}


def _check_known(facts: dict[str, Any], fields: Sequence[str]) -> None:
    unknown = set(facts) - set(fields)
    if unknown:
        raise TypeError(f"the directory has no {sorted(unknown)}")


def _check_choice(field: str, value: str | None, values: Sequence[str]) -> None:
    if value is not None and value not in values:
        raise DomainError(say("Choose one of the list."), field=field)


def _provider_twin(twin: Provider) -> Twin:
    places = ", ".join(place.organisation.name for place in twin.places)
    return Twin(twin.public_id, twin.name, places)
