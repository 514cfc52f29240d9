"""What an order must say, and what is missing."""

from dataclasses import fields, replace

import pytest

from clinic.referrals.rules import LACKING, Order, lacks, say_lack

WHOLE = Order(**{field.name: True for field in fields(Order)})


def test_a_whole_order_lacks_nothing_and_an_empty_one_all_but_what_payers_ask():
    assert lacks(WHOLE) == ()
    assert lacks(Order()) == tuple(one for one in LACKING if one not in ("diagnosis", "reference"))


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ("has_client_contact", ("client_contact",)),
        ("has_birth_date", ("birth_date",)),
        ("has_provider_contact", ("provider_contact",)),
        ("is_signed", ("signature",)),
        ("has_day", ("ordered_on",)),
        ("has_visits", ("visits",)),
        ("has_service", ("service",)),
        ("has_reason", ()),
        ("has_diagnosis", ("diagnosis",)),
        ("has_reference", ("reference",)),
    ],
)
def test_each_thing_is_missed_by_itself(without, missing):
    assert lacks(replace(WHOLE, **{without: False})) == missing


def test_a_payer_asks_for_more_than_a_sender_who_pays_nothing():
    bare = replace(WHOLE, has_diagnosis=False, has_reference=False)
    assert lacks(bare) == ("diagnosis", "reference")
    assert lacks(replace(bare, has_payer=False)) == ()
    assert lacks(replace(bare, has_payer=False, has_reason=False)) == ("reason",)


def test_every_lack_has_words():
    assert all(str(say_lack(code)) for code in LACKING)
