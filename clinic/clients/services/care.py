"""How a client likes to be treated, and who takes part in their care."""

from typing import Any

from clinic.anatomy import is_spot
from clinic.audit.services import put
from clinic.clients.models import CareTeamMember, Client, Preference
from clinic.clients.queries import in_care_of, may_read_health
from clinic.clients.rules import split_areas
from clinic.clients.services.register import stand_for_itself, touch
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say

PREFERENCES = frozenset(
    """pressure lubricant scent music talk table_warmth undress therapist_gender
    positions_to_avoid focus_areas avoid_areas draping note""".split()
)
"""What ``prefer`` takes by name."""
SPOTS_MAX = 10
"""Areas to focus on, or to leave out, that a card can still show."""


@verb(Permission.CLIENTS_WRITE)
def prefer(client: Client, *, actor: Actor, version: int | None = None, **likes: Any) -> Preference:
    """Note how a client likes to be treated; pressure from 1 (lightest) to 5 (deepest).

    ``focus_areas`` and ``avoid_areas`` are ``AREA:SIDE`` with commas between them.
    Raises DomainError, StaleEdit.
    """
    unknown = likes.keys() - PREFERENCES
    if unknown:
        raise TypeError(f"no preferences: {', '.join(sorted(unknown))}")
    pressure = likes.get("pressure")
    if pressure is not None and pressure not in range(1, 6):
        raise DomainError(say("Choose a pressure from 1 to 5."), field="pressure")
    _check_areas(likes)
    stand_for_itself(client)
    preference = client.preference
    if preference is None:
        preference = Preference(client=client)
        db.session.add(preference)
        db.session.flush()
    else:
        preference.expect(version, *likes)
    for name, value in likes.items():
        setattr(preference, name, value)
    touch(client.id, actor=actor)
    return preference


def _check_areas(likes: dict[str, Any]) -> None:
    chosen = {name: split_areas(likes.get(name, "")) for name in ("focus_areas", "avoid_areas")}
    for name, spots in chosen.items():
        if not all(is_spot(area, side) for area, side in spots):
            raise DomainError(say("Choose an area and its side."), field=name)
        if len(spots) > SPOTS_MAX:
            raise DomainError(say("Choose at most {count} areas.", count=SPOTS_MAX), field=name)
    if set(chosen["focus_areas"]) & set(chosen["avoid_areas"]):
        raise DomainError(say("An area cannot be both."), field="avoid_areas")


@verb(Permission.CLIENTS_WRITE)
def join_care(
    client: Client,
    staff_id: int | None = None,
    *,
    actor: Actor,
    provider_id: int | None = None,
    role: str = "therapist",
    why: str = "",
    by_visit: bool = False,
    is_asked: bool = False,
) -> CareTeamMember:
    """Let one of our people, or an outside provider, take part in a client's care.

    Who is in it already stays as they are. Being in it opens the client's health facts,
    so nobody lets themselves in: a visit does (``by_visit``), who keeps the schedule, or
    who treats the client already. ``is_asked`` says that the caller has read already that they
    are not in it. Raises NotAllowed for others.
    """
    if staff_id is not None and not by_visit:
        _must_say_who_treats(client, actor)
    if (staff_id is None) == (provider_id is None):
        raise DomainError(say("Choose one person."), field="staff")
    stand_for_itself(client)
    present: CareTeamMember | None = (
        None if is_asked else in_care_of(client.id, staff_id=staff_id, provider_id=provider_id)
    )
    if present is not None:
        return present
    member = CareTeamMember(
        client_id=client.id,
        staff_id=staff_id,
        provider_id=provider_id,
        role=role,
        since=now(),
        why=why,
    )
    member.client = client
    put(member)
    return member


@verb(Permission.CLIENTS_WRITE)
def leave_care(member: CareTeamMember, *, actor: Actor) -> None:
    """Somebody no longer takes part; that they did stays on the record."""
    if member.staff_id not in (None, actor.id):
        _must_say_who_treats(member.client, actor)
    if member.until is None:
        member.until = now()


def _must_say_who_treats(client: Client, actor: Actor) -> None:
    if not (actor.may(Permission.SCHEDULE_WRITE) or may_read_health(actor, client.id)):
        raise NotAllowed(say("The desk, or who treats this client already, says who else does."))
