"""What a made-up clinic offers."""

from datetime import date

from clinic.catalogue import services
from clinic.catalogue.models import AddOn, Service, ServiceVariant
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.models import Qualification
from clinic.staff.services import name_qualification

SINCE = date(2000, 1, 1)


def qualification(code: str = "LMT_LICENSE") -> str:
    """See that a qualification is known, and give its code back."""
    if not db.session.query(Qualification).filter_by(code=code).first():
        with transaction():
            name_qualification(actor=SYSTEM, code=code, name=code.replace("_", " ").title())
    return code


def service(code: str = "SWEDISH", *, requires: tuple[str, ...] = (), **facts: object) -> Service:
    """A service without a length yet; it asks for nothing unless said."""
    facts = {"name": code.replace("_", " ").capitalize(), "family": "relaxation", **facts}
    codes = [qualification(needed) for needed in requires]
    with transaction():
        return services.offer_service(actor=SYSTEM, code=code, requires=codes, **facts)


def variant(
    minutes: int = 60, price: int | None = 8500, *, of: Service | None = None, **facts: object
) -> ServiceVariant:
    """A length that can be booked, of the given service or of one made for it."""
    kept = of or service(**facts)
    with transaction():
        return services.offer_length(
            kept, actor=SYSTEM, minutes=minutes, amount_minor=price, effective_from=SINCE
        )


def add_on(
    code: str = "ADD_AROMA", price: int | None = 1000, *, requires: str = "", minutes: int = 0
) -> AddOn:
    """An add-on that can be booked."""
    if requires:
        qualification(requires)
    with transaction():
        return services.offer_add_on(
            actor=SYSTEM,
            code=code,
            name=code.removeprefix("ADD_").capitalize(),
            extra_minutes=minutes,
            qualification=requires,
            amount_minor=price,
            effective_from=SINCE,
        )


def starter() -> None:
    """The whole starter catalogue."""
    with transaction():
        services.stock_starter(actor=SYSTEM)
