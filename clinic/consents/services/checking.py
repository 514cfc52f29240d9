"""What is asked of a consent before it is written down."""

from collections.abc import Iterable
from datetime import date

from clinic.anatomy import AREAS
from clinic.clients.models import Client
from clinic.clients.queries import may_read_health
from clinic.clients.rules import ADULT, age_on
from clinic.consents import queries
from clinic.consents.models import Consent
from clinic.consents.rules import (
    DATA,
    KINDS,
    PURPOSES,
    Kind,
    Scope,
)
from clinic.core.clock import local_day, today
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import Actor
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.practice.queries import the_practice


def this_day() -> date:
    return today(the_practice().zone)


def kind_of(code: str) -> Kind:
    if code not in KINDS:
        raise DomainError(say("There is no such kind of consent."), field="kind")
    return KINDS[code]


def must_be_theirs(client: Client, kind: Kind, actor: Actor) -> None:
    if kind.is_clinical and not (actor.is_system or may_read_health(actor, client.id)):
        raise NotAllowed(say("Who treats this client asks for this consent."))


def must_be_trained(kind: Kind, actor: Actor, on: date) -> None:
    wanted = kind.qualification
    if wanted and not (actor.is_system or queries.holds(actor.id, wanted, on)):
        raise NotAllowed(say("Only somebody trained for this work can take this consent."))


def check_day(day: date) -> None:
    if day > this_day():
        raise DomainError(say("This day has not come yet."), field="given_on")


def check_until(until: date | None, day: date) -> None:
    if until is not None and until < day:
        raise DomainError(say("It cannot end before it begins."), field="until")


def check_giver(client: Client, kind: Kind, given_by: str, day: date) -> None:
    if given_by not in Consent.GIVERS:
        raise DomainError(say("Choose who agrees."), field="given_by")
    is_minor = client.birth_date is not None and age_on(client.birth_date, day) < ADULT
    if given_by == "client" and (is_minor or kind.is_guardians):
        raise DomainError(say("A guardian agrees for who is not of age."), field="given_by")
    if given_by == "guardian" and not (is_minor or client.guardian_name):
        raise DomainError(say("No guardian is named on this record."), field="given_by")


def check_signed(kind: Kind, method: str, signature: str) -> None:
    if method not in Consent.METHODS:
        raise DomainError(say("Choose how it was given."), field="method")
    if method == "verbal" and kind.is_written:
        raise DomainError(say("This consent is given in writing."), field="method")
    if not signature.strip():
        is_spoken = method == "verbal"
        text = say("Say who witnessed it.") if is_spoken else say("Enter the name that was signed.")
        raise DomainError(text, field="signature")


def check_scope(kind: Kind, scope: Scope, provider: Provider | None) -> None:
    if "areas" in kind.asks and not _are_sensitive(scope.areas):
        raise DomainError(say("Choose the areas it is about."), field="areas")
    if "reason" in kind.asks and not scope.reason.strip():
        raise DomainError(say("Write the reason."), field="reason")
    if "purposes" in kind.asks and not _are_of(scope.purposes, PURPOSES):
        raise DomainError(say("Choose what it is for."), field="purposes")
    if "data" in kind.asks and not _are_of(scope.data, DATA):
        raise DomainError(say("Choose what may be shared."), field="shared")
    check_party(kind, scope, provider)


def check_party(kind: Kind, scope: Scope, provider: Provider | None) -> None:
    if "provider" in kind.asks and provider is None:
        raise DomainError(say("Choose a provider from the list."), field="provider")
    if "whom" in kind.asks and not scope.whom.strip():
        raise DomainError(say("Say with whom."), field="whom")


def _are_sensitive(areas: Iterable[str]) -> bool:
    chosen = set(areas)
    return bool(chosen) and all(code in AREAS and AREAS[code].is_sensitive for code in chosen)


def _are_of(codes: Iterable[str], known: Iterable[str]) -> bool:
    chosen = set(codes)
    return bool(chosen) and chosen <= set(known)


def only_asked(kind: Kind, scope: Scope) -> Scope:
    """The parts that a kind asks for, and no others."""
    asked = {name: getattr(scope, name) for name in kind.asks if name != "provider"}
    return Scope(**asked)


def words_shown(kind: str, number: int | None, day: date) -> int:
    """Which words were agreed to: those that held on that day."""
    newest = queries.current_text(kind).number
    if number is None or number == newest == 0:
        return newest
    days = {
        row.number: local_day(row.published_at, the_practice().zone)
        for row in queries.published(kind)
    }
    if number != 0 and number not in days:
        raise DomainError(say("There are no such words."), field="text_number")
    if number in days and days[number] > day:
        text = "These words were published later. Choose those that were signed."
        raise DomainError(say(text), field="given_on")
    if number < newest and days[number + 1] < day:
        raise Conflict(say("There are newer words. Show those, and ask again."))
    return number
