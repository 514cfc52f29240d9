"""What a client agrees to, refuses or takes back: their referrals go with it."""

from clinic.clients.models import Client
from clinic.consents.events import ConsentChanged
from clinic.coordination.queries.cases import of_client
from clinic.coordination.queries.facts import this_day
from clinic.coordination.rules.sharing import ASKING
from clinic.coordination.services.expiring import see_to_consents
from clinic.coordination.services.inbound.stepping import settle
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor


def hear_consent(event: ConsentChanged) -> None:
    """Somebody said whether something may be shared: whether to ask for it is looked at anew."""
    client = db.session.get_one(Client, event.client_id)
    _follow(client.known_as, actor=SYSTEM)


@verb(None)
def _follow(person_id: int, *, actor: Actor) -> None:
    """Part of the consents' own verbs, which have asked for their permission."""
    see_to_consents(actor=actor, today=this_day(), person_id=person_id)
    for case in db.session.scalars(of_client(person_id)).unique().all():
        if case.status in ASKING:
            settle(case, actor=actor)
