"""What is known of somebody changed, or a rule or a service: visits to come are judged at once.

In the same transaction, so that no verdict is older than what it was made by. A verdict is
written only where it says something else than before.
"""

from clinic.catalogue.events import TechniquesChanged
from clinic.clients.events import PersonChanged
from clinic.clients.models import Client
from clinic.clients.services import keys_of
from clinic.core.db import db
from clinic.core.guard import current_verb, verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import RULES_ALONE, lock_all, tally
from clinic.health.events import FactsChanged, RulesChanged
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.screens import Screen
from clinic.scheduling.queries.standing import (
    Standing,
    screens_of,
    standing_visits,
    visits_numbered,
)
from clinic.scheduling.rules.screening import Screened, reason_from_text
from clinic.scheduling.services.gate import verdict_row
from clinic.scheduling.services.noting import noted

CHANGED = "rescreened"
"""Under this name a request keeps how many visits were judged otherwise, for who tells it."""


def hear(event: FactsChanged | RulesChanged | PersonChanged | TechniquesChanged) -> None:
    """Judge anew what this changes."""
    at_work = current_verb()
    actor = at_work[1] if at_work else SYSTEM
    if isinstance(event, RulesChanged | TechniquesChanged):
        lock_all([RULES_ALONE])
        rescreen(None, actor=actor)
        return
    client = db.session.get_one(Client, event.client_id)
    lock_all(keys_of(client))
    rescreen(client.known_as, actor=actor)


@verb(None)
def rescreen(person_id: int | None, *, actor: Actor) -> list[Visit]:
    """Judge the visits to come of one person, or of everybody; those that changed.

    Part of other verbs, which have asked for their own permission, and hold the locks.
    """
    db.session.flush()
    standing = standing_visits(person_id)
    if not standing:
        return []
    screens = screens_of(standing.keys())
    found = {
        one.visit_id: (screen, case)
        for person, visits in standing.items()
        for one, screen, case in _judged(visits, screens[person])
        if one.has_reason or _is_other(one, case)
    }
    changed = _written(found, actor) if found else []
    tally(CHANGED, len(changed))
    return changed


def _judged(visits: list[Standing], screen: Screen) -> list[tuple[Standing, Screen, Screened]]:
    days = [one.on for one in visits]
    verdicts = {day: screen.verdict(day) for day in set(days)}
    return [
        (one, screen, screen.judged(verdicts[one.on], one.primary, one.add_ons)) for one in visits
    ]


def _is_other(one: Standing, case: Screened) -> bool:
    before = (one.outcome, one.is_misfit, one.effects)
    return before != (case.outcome(), case.is_misfit, case.told())


def _written(found: dict[int, tuple[Screen, Screened]], actor: Actor) -> list[Visit]:
    visits = visits_numbered(found.keys())
    verdicts: dict[int, VisitVerdict] = {}
    for number, visit in visits.items():
        screen, case = found[number]
        verdict = anew(visit, screen, case, actor)
        if verdict is not None:
            verdicts[number] = verdict
    db.session.add_all(verdicts.values())
    db.session.flush()
    for number, verdict in verdicts.items():
        screening(visits[number], actor=actor, verdict=verdict)
    return [visits[number] for number in verdicts]


def anew(visit: Visit, screen: Screen, case: Screened, actor: Actor) -> VisitVerdict | None:
    """Another verdict for a visit that stands; None where it says what it said before.

    A therapist's reason counts on as long as exactly the same stands in the way.
    """
    before = visit.verdict
    why = before.why if before.why_sealed and (case.is_stopped or case.is_held) else ""
    if why and reason_from_text(why)[1] != case.mark:
        why = ""
    is_excused = bool(why)
    said = (case.outcome(is_excused=is_excused), case.is_misfit, case.told(is_excused=is_excused))
    if said == (before.outcome, before.is_misfit, before.effects) and bool(why) == bool(
        before.why_sealed
    ):
        return None
    return verdict_row(
        visit.client, visit.variant_id, visit.therapist_id, visit.on_date, actor, case, screen,
        why=why,
    )  # fmt: skip


@noted
def screening(visit: Visit, *, actor: Actor, verdict: VisitVerdict) -> None:
    """Let a visit rest on another verdict."""
    visit.verdict_id = verdict.id
