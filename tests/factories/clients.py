"""Clients of a made-up clinic."""

from datetime import date
from typing import Any

from clinic.clients import services
from clinic.clients.models import Client
from clinic.clients.rules import GivenPhone
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction

MOBILE = "+15550148812"


def facts(name: str = "Grace Nakamura", **more: Any) -> dict[str, Any]:
    """What ``register`` needs to know of an adult."""
    first, _, last = name.rpartition(" ")
    plain = {"first_name": first, "last_name": last, "birth_date": date(1985, 4, 8)}
    return plain | {"phones": [GivenPhone(MOBILE)]} | more


def a_client(name: str = "Grace Nakamura", **more: Any) -> Client:
    """Somebody on the books, whoever else looks like them."""
    with transaction():
        return new_client(name, **more)


def new_client(name: str = "Grace Nakamura", **more: Any) -> Client:
    """The same, inside a transaction that is open already."""
    try:
        return services.register(actor=SYSTEM, **facts(name, **more))
    except services.LooksLike as others:
        known = [one.public_id for one in others.candidates]
        return services.register(actor=SYSTEM, not_these=known, **facts(name, **more))
