"""Consents of made-up clients."""

from typing import Any

from clinic.clients.models import Client
from clinic.consents import services
from clinic.consents.models import Consent
from clinic.consents.rules import KINDS, Scope
from clinic.core.marks import mark_of
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Provider

SCOPES = {
    "areas": ("GLUTEAL",),
    "reason": "pain at the side of the hip",
    "whom": "Ken Nakamura",
    "purposes": ("progress",),
    "data": ("visits", "measures"),
}
"""What a consent says where a test does not care."""


def scope_of(kind: str, **more: Any) -> Scope:
    """A scope that says all that the kind asks for."""
    asked = {name: SCOPES[name] for name in KINDS[kind].asks if name in SCOPES}
    return Scope(**(asked | more))


def agree(client: Client, kind: str = "TREATMENT", **more: Any) -> Consent:
    """A consent, signed today; ``more`` is what ``take_consent`` takes, and parts of its scope."""
    with transaction():
        return new_consent(client, kind, **more)


def new_consent(
    client: Client,
    kind: str = "TREATMENT",
    *,
    provider: Provider | None = None,
    **more: Any,
) -> Consent:
    """The same, inside a transaction that is open already."""
    parts = {name: more.pop(name) for name in SCOPES if name in more}
    facts = {"actor": SYSTEM, "method": "signed", "signature": client.name} | more
    return services.take_consent(
        client, kind, provider=provider, scope=scope_of(kind, **parts), **facts
    )


def door(own: str, deed: str, kind: str) -> str:
    """The address below a client's consents at which a kind is asked for (new), or refused."""
    return f"{own}/{deed}/{mark_of(own.split('/')[2], kind)}"
