"""Verbs for facts that another system wrote: taken in for many clients, and taken out again.

Only facts that nobody has looked at since may ever be taken out; whoever calls that has seen to
it. What is known of a client goes altogether only together with the client.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select

from clinic.clients.models import Client
from clinic.clients.services import hold_person
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.health.models import FactSheet, HealthFact
from clinic.health.rules.facts import Fact
from clinic.health.services.facts import add_facts
from clinic.health.services.sheets import refresh


@verb(Permission.CLIENTS_WRITE)
def take_imported(facts: Mapping[Client, Sequence[Fact]], *, actor: Actor) -> dict[str, HealthFact]:
    """Write down facts of many clients, by the ``ref`` of each; a ref that is here is left out.

    Each sheet is made anew once. Raises DomainError.
    """
    hold_person(*facts)
    rows = [
        row
        for client, known in facts.items()
        for row in add_facts(client, known, actor=actor, source="import")
    ]
    db.session.flush()
    _refresh(facts, actor)
    return {row.import_ref or "": row for row in rows}


@verb(Permission.PRACTICE_WRITE)
def take_out_facts(rows: Iterable[HealthFact], *, actor: Actor) -> None:
    """Remove just-imported facts of clients who stay."""
    gone = list(rows)
    clients = {row.client for row in gone}
    hold_person(*clients)
    for row in gone:
        db.session.delete(row)
    db.session.flush()
    _refresh(clients, actor)


@verb(Permission.PRACTICE_WRITE)
def take_out_all(client_ids: Sequence[int], *, actor: Actor) -> int:
    """Remove what is known of just-imported clients, who go next: how many facts."""
    rows = db.session.scalars(select(HealthFact).where(HealthFact.client_id.in_(client_ids))).all()
    db.session.execute(
        delete(FactSheet)
        .where(FactSheet.client_id.in_(client_ids))
        .execution_options(synchronize_session=False)
    )
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _refresh(clients: Iterable[Client], actor: Actor) -> None:
    for client in sorted(clients, key=lambda one: one.id):
        refresh(client, actor=actor)
