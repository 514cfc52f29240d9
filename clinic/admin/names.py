"""How people are called in a list, as columns: never fetched row by row."""

from typing import Any

from sqlalchemy import func, select

from clinic.clients.models import Client
from clinic.directory.models import Provider
from clinic.staff.models import RoleGrant, StaffMember


def client_name() -> Any:
    """``Grace Nakamura``, by the name they like best."""
    first = func.coalesce(func.nullif(Client.preferred_name, ""), Client.first_name)
    return func.trim(first + " " + Client.last_name)


def provider_name() -> Any:
    """``Adeyemi, Samuel``: last name first, as the list is ordered."""
    return func.trim(Provider.last_name + ", " + Provider.first_name, ", ")


def roles_held() -> Any:
    """The roles of a member of the staff, with commas between."""
    return (
        select(func.aggregate_strings(RoleGrant.role, ","))
        .where(RoleGrant.staff_id == StaffMember.id)
        .scalar_subquery()
    )
