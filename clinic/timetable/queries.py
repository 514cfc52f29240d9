"""What is free and what is taken, as seconds since 1970."""

from sqlalchemy import ColumnElement, select

from clinic.core.db import db
from clinic.timetable.models import Resource


def resource_id_of_staff(staff_id: int) -> int | None:
    """The resource of a member of staff, if they were ever booked."""
    return _resource_id(Resource.staff_id == staff_id)


def resource_id_of_client(client_id: int) -> int | None:
    """The resource of a client, if they were ever booked."""
    return _resource_id(Resource.client_id == client_id)


def resource_id_of_place(place_id: int) -> int | None:
    """The resource of a place, if it was ever taken."""
    return _resource_id(Resource.place_id == place_id)


def _resource_id(what: ColumnElement[bool]) -> int | None:
    return db.session.scalar(select(Resource.id).where(what))
