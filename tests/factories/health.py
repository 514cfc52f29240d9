"""Forms that people of a made-up clinic filled in."""

from datetime import date

from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health import services
from clinic.health.models import IntakeResponse
from clinic.health.rules.asking import Form, Item
from clinic.health.rules.forms_1 import FORMS

ON = date(2026, 11, 2)


def _mild(item: Item) -> str:
    if item.kind == "conditions":
        return "none"
    if item.kind in {"yesno", "rows", "pregnancy", "birth"}:
        return "no"
    if item.kind == "choice":
        return item.options[0][0]
    return "Grace Nakamura" if item.kind == "sign" else "words"


def all_no(form: Form | str, **more: str) -> dict[str, str]:
    """A form on which every question is answered with no; dots are ``__`` in names."""
    form = FORMS[form] if isinstance(form, str) else form
    given = {item.key: _mild(item) for item in form.items() if item.is_required}
    return given | {name.replace("__", "."): text for name, text in more.items()}


def in_care(client: Client, therapist: Actor) -> None:
    """Let a therapist take part in a client's care."""
    with transaction():
        join_care(client, therapist.id, actor=SYSTEM, by_visit=True)


def filled(
    client: Client, form: str = "full", *, actor: Actor = SYSTEM, on: date = ON, **more: str
) -> IntakeResponse:
    """A form that was sent: all no, but for ``more``."""
    with transaction():
        response = services.begin(client, actor=actor, form=form, on=on)
        services.keep(response, all_no(form, **more), actor=actor)
        return services.complete(response, actor=actor)
