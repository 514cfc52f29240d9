"""People who work at a made-up clinic, and their browsers."""

import re
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.staff import queries, services
from clinic.staff.models import StaffMember

PASSWORD = "seven grey herons wade"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def address_of(name: str) -> str:
    """The e-mail address by which a made-up person signs in."""
    return name.lower().replace(" ", ".") + "@clinic.example"


def member(name: str = "Robin Vale", *roles: Role) -> StaffMember:
    """Somebody on the staff who can sign in with ``PASSWORD``; a receptionist unless said."""
    held = frozenset(roles or {Role.RECEPTIONIST})
    with transaction():
        person = services.hire(actor=SYSTEM, name=name, email=address_of(name), roles=held)
    hashed = services.hashed(PASSWORD)
    with transaction():
        actor = queries.actor_of(person)
        services.keep_password(actor=actor, password_hash=hashed, session_ref="")
    return person


def receptionist(name: str = "Robin Vale") -> Actor:
    """A receptionist, as somebody who acts."""
    return queries.actor_of(member(name, Role.RECEPTIONIST))


def therapist(name: str = "Teo Marsh") -> Actor:
    """A therapist, as somebody who acts; without any licence yet."""
    return queries.actor_of(member(name, Role.THERAPIST))


def owner(name: str = "Olga Reed") -> Actor:
    """An owner, as somebody who acts."""
    return queries.actor_of(member(name, Role.OWNER))


def licence(person: StaffMember, *, until: date | None = None, code: str = "LMT_LICENSE") -> None:
    """Give somebody a licence or training that counts from 2020 on."""
    with transaction():
        known = next((q for q in _all() if q.code == code), None)
        kept = known or services.name_qualification(actor=SYSTEM, code=code, name=code)
        services.qualify(person, kept, actor=SYSTEM, valid_from=date(2020, 1, 1), valid_until=until)


def _all() -> list:
    return list(db.session.scalars(queries.qualifications()))


def set_up(**figures: Any) -> None:
    """Give the clinic its settings, so that the front page is the day and not the set-up."""
    with transaction():
        settle(actor=SYSTEM, **({"name": "Harbour Lane"} | figures))


def token_of(client: FlaskClient, page: str) -> str:
    """The token that a form on this page sends along."""
    found = _TOKEN.search(client.get(page).text)
    assert found, f"no form on {page}"
    return found[1]


def send(client: FlaskClient, path: str, data: Any = None, *, page: str = "/account") -> Any:
    """Post a form as a browser does, with the token of a page that shows one."""
    token = token_of(client, page)
    return client.post(path, data={"csrf_token": token, **(data or {})})


def enter(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    """Sign somebody in at this browser; the answer."""
    typed = {"email": address_of(name), "password": password, **more}
    return send(client, "/sign-in", typed, page="/sign-in")


def signed_in(app: Flask, *roles: Role, name: str = "") -> FlaskClient:
    """A browser at which somebody of these roles is signed in; made if there is no such person."""
    held = roles or (Role.RECEPTIONIST,)
    name = name or " ".join(role.value.title() for role in held)
    with app.app_context():
        if db.session.scalar(select(StaffMember.id).where(StaffMember.name == name)) is None:
            member(name, *held)
    client = app.test_client()
    assert enter(client, name).status_code == 302
    return client
