"""Whether a session may begin: what is asked, and how it stands. Three queries."""

from clinic.clients.rules import age_on
from clinic.consents.queries import consents_on
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts, facts_of
from clinic.scheduling.queries.screens import Screen, screen_of
from clinic.scheduling.rules.starting import Check, checks


def start_checks(
    visit: Visit, screen: Screen | None = None, facts: Facts | None = None
) -> tuple[Check, ...]:
    """All that is asked before this visit's session, met or not."""
    person, on = visit.client.known_as, visit.on_date
    screen = screen or screen_of(person)
    facts = facts or facts_of(
        person, visit.variant_id, visit.therapist_id, on,
        [one.add_on_id for one in visit.add_ons], visit.id,
    )  # fmt: skip
    age = age_on(screen.born, on) if screen.born is not None else None
    return checks(
        screen.verdict(on),
        missing=consents_on(person, on).missing_for(age),
        held=facts.held,
        needed=facts.needed,
        name=visit.therapist.name,
        on=on,
    )
