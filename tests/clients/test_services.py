from flask import Flask

from clinic.clients import queries
from tests.factories.clients import a_client


def test_a_registered_client_is_found(inside: Flask) -> None:
    client = a_client()
    assert [one.id for one in queries.found("nak gra", 5)] == [client.id]
    assert [one.id for one in queries.found("014 88", 5)] == [client.id]
    assert [one.id for one in queries.listing("current").rows] == [client.id]
