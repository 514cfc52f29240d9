import pytest
from flask import Flask

from clinic.core.permissions import Role
from tests.factories.clients import a_client
from tests.factories.staff import signed_in

PAGES = ("", "/edit", "/preferences", "/standing", "/died", "/care", "/merge")


def _a_client(app: Flask, *args, **facts) -> str:
    with app.app_context():
        return a_client(*args, **facts).public_id


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_client_opens(app: Flask, role: Role) -> None:
    pid = _a_client(app)
    visitor = signed_in(app, role)
    for page in ("/clients", "/clients?q=nak", "/clients/suggest?q=nak", "/clients/new"):
        assert visitor.get(page).status_code == 200, page
    for page in PAGES:
        answer = visitor.get(f"/clients/{pid}{page}")
        assert answer.status_code in ({200, 403} if page == "/merge" else {200}), page
