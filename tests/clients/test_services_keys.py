"""What the log of changes says of a client is sealed with that client's own key."""

from sqlalchemy import select

from clinic.audit.models import ChangeEntry
from clinic.clients import services
from clinic.clients.rules import GivenPhone
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories.clients import a_client, facts


def keys_of(table):
    """The keys under which changes of a table's rows are sealed."""
    entries = select(ChangeEntry.key_id).where(ChangeEntry.object_table == table)
    return set(db.session.scalars(entries))


def test_a_phone_number_in_the_log_is_sealed_with_its_clients_key(inside):
    client = a_client()
    with transaction():
        given = facts() | {"phones": [GivenPhone("+15550142276"), GivenPhone("+15550142277")]}
        services.amend(client, actor=SYSTEM, **given)
    assert keys_of("phone") == keys_of("client") == {client.key_id}


def test_so_is_one_that_goes_with_its_client(inside):
    client = a_client()
    key = client.key_id
    with transaction():
        services.take_out([client.id], actor=SYSTEM)
    assert keys_of("phone") == {key}
