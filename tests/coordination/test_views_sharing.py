"""The page of a referral leads to the form that asks whether its sender may be told."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.consents.services import refuse
from clinic.coordination.queries import the_case
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.consents import agree


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """A referral whose first visit is booked."""
    with app.app_context():
        house = made.open_house()
        case = cases.accepted(house)
        cases.booked(case, house)
        return SimpleNamespace(
            id=case.referral.public_id, path=f"/referrals/{case.referral.public_id}"
        )


def _link(page: str) -> str | None:
    found = re.search(r'href="(/clients/[^"]+/consents/new/[^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_the_form_stands_ready_for_this_provider_and_all_that_reports_tell(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    link = _link(desk.get(there.path).text)
    assert link is not None
    assert "visits" not in link
    form = desk.get(link).text
    for code in ("visits", "plan", "measures", "progress", "care"):
        assert re.search(rf'value="{code}" checked', form)
    with app.app_context():
        provider = the_case(there.id).referral.provider.public_id
    assert re.search(rf'<option selected value="{provider}"', form)


@pytest.mark.parametrize("answer", ["given", "refused"])
def test_where_an_answer_is_known_nothing_is_offered(app, there, answer):
    with app.app_context():
        case = the_case(there.id)
        client, provider = case.referral.client, case.referral.provider
        if answer == "given":
            agree(client, "SHARE_PROVIDER", provider=provider, data=("visits", "plan", "measures"))
        else:
            with transaction():
                refuse(client, "SHARE_PROVIDER", actor=SYSTEM, provider=provider)
    desk = people.signed_in(app, name="Robin Vale")
    assert _link(desk.get(there.path).text) is None
