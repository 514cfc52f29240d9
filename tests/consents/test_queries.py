"""What a person agreed to is read in one statement, whichever record it lies with."""

from datetime import date, timedelta

import pytest

from clinic.consents import queries
from clinic.core.clock import today
from clinic.core.errors import NotFound
from clinic.practice.queries import the_practice
from tests.factories import directory
from tests.factories.clients import a_client
from tests.factories.consents import agree
from tests.statements import counted


def test_all_that_a_person_said_is_one_statement(inside):
    client, provider = a_client(), directory.provider()
    for kind in ("TREATMENT", "SMS", "SENSITIVE_AREA"):
        agree(client, kind)
    agree(client, "SHARE_PROVIDER", provider=provider)
    on, person, outside = today(the_practice().zone), client.id, provider.id
    with counted() as statements:
        said = queries.consents_on(person, on)
        assert said.may_share(outside, "visits")
        assert said.areas() == {"GLUTEAL"}
        assert said.missing_for(30) == ()
    assert len(statements) == 1


def test_a_consent_of_somebody_else_is_not_found(inside):
    client, other = a_client(), a_client("Ida Hall")
    given = agree(client)
    assert queries.the_consent(client.id, given.public_id) is given
    with pytest.raises(NotFound):
        queries.the_consent(other.id, given.public_id)
    assert not queries.has_consent(other.id, "TREATMENT", date(2030, 1, 1) - timedelta(days=1))


def test_words_that_are_not_there_are_not_found(inside):
    for kind, number in (("TREATMENT", 4), ("TREATMNT", 0)):
        with pytest.raises(NotFound):
            queries.text_of(kind, number)
