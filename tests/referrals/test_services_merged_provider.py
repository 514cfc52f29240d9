"""Orders of a provider who was entered twice."""

import pytest

from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.referrals import services
from tests.factories import clients, directory
from tests.factories import referrals as orders


@pytest.fixture
def pair(inside):
    kept, twin = directory.provider(), directory.provider()
    with transaction():
        outside.merge(kept, twin, actor=SYSTEM)
    return kept, twin


def test_one_sheet_is_logged_once_under_whichever_record(pair):
    kept, twin = pair
    client = clients.a_client()
    orders.order(client, twin)
    with pytest.raises(services.LoggedAlready):
        orders.order(client, kept)


def test_who_is_gone_is_gone_under_both_records(pair):
    kept, twin = pair
    with transaction():
        outside.set_status(kept, actor=SYSTEM, status="retired")
    with pytest.raises(DomainError, match="no longer practises"):
        orders.order(clients.a_client(), twin)
