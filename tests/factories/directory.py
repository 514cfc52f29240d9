"""The made-up outside world: practices and those who work there."""

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services
from clinic.directory.models import Organisation, Provider

NPI = "1234567893"
"""A number that carries the right check digit; it is the example of the standard."""


def organisation(name: str = "Northside Family Practice", **facts: object) -> Organisation:
    """A practice in Ripon."""
    facts = {"city": "Ripon", **facts}
    with transaction():
        return services.enter_organisation(actor=SYSTEM, name=name, **facts)


def provider(
    first_name: str = "Samuel",
    last_name: str = "Adeyemi",
    *,
    at: Organisation | None = None,
    **facts: object,
) -> Provider:
    """Somebody who may send clients."""
    with transaction():
        return services.enter_provider(
            actor=SYSTEM,
            first_name=first_name,
            last_name=last_name,
            organisation=at,
            despite_twins=True,
            **facts,
        )
