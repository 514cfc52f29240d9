"""No address beside a client says what they have: no rule, no kind of fact, no condition."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from flask import Flask

from clinic.consents.rules import KINDS
from clinic.core.marks import mark_of, marked
from clinic.core.transactions import transaction
from clinic.health.queries.rules import rule_book
from clinic.health.rules.facts import Fact
from clinic.health.rules.vocabulary import CODES, READINGS
from clinic.health.rules.wording import KIND_NAMES
from clinic.health.services.clearing import ask_clearance
from clinic.scheduling.services import check_in
from tests.factories import consents, records, screening
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.ready import history

KNOWN = (
    screening.LOW_PLATELETS, screening.CANCER, screening.LATEX, screening.CLOT,
    screening.FIBROMYALGIA, Fact("pregnancy", "PREGNANCY"), Fact("medicine", "ANTICOAGULANT"),
)  # fmt: skip
ADDRESS = re.compile(r'(?:href|action|formaction|src|data-url)="([^"]+)"')
WORD = re.compile(r"[^A-Za-z0-9_]+")
MOST = 60
"""So many pages are looked at."""


@pytest.fixture
def clinic(app: Flask) -> dict[str, str]:
    """Somebody of whom much is known, and who is checked in; June treats them."""
    with app.app_context():
        house = made.open_house()
        records.techniques()
        history(house.client, house.treats)
        for kind in ("TREATMENT", "PRENATAL_ACK", "ONCOLOGY_ACK"):
            consents.agree(house.client, kind)
        visit = made.book_now(house, 15)
        made.done(check_in, visit, house.desk)
        screening.know(house.client, *KNOWN)
        with transaction():
            asked = ask_clearance(
                house.client, ["CANCER_ACTIVE"], actor=house.treats, question="May we?"
            )
        return {
            "client": house.client.public_id,
            "visit": visit.public_id,
            "asked": asked.public_id,
        }


def told_by() -> frozenset[str]:
    """All that would say something of a client's health."""
    codes = {code for kind in CODES.values() for code in kind} | set(READINGS)
    clinical = {code for code, kind in KINDS.items() if kind.is_clinical}
    return frozenset(codes | set(rule_book().versions) | set(KIND_NAMES) | clinical)


def test_no_page_of_a_client_leads_to_an_address_that_tells_what_they_have(app: Flask, clinic):
    with app.app_context():
        telling = told_by()
    june = people.signed_in(app, name="June Park")
    client, visit = clinic["client"], clinic["visit"]
    waiting = [f"/clients/{client}", f"/clients/{client}/health", f"/visits/{visit}",
               f"/visits/{visit}/card", f"/book?client={client}", "/my-day"]  # fmt: skip
    seen: set[str] = set()
    led = 0
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = june.get(path)
        if answer.status_code != 200 or "html" not in answer.content_type:
            continue
        for found in ADDRESS.findall(answer.text):
            address = unquote(unescape(found)).partition("#")[0]
            if not any(one in address for one in clinic.values()):
                continue
            led += 1
            assert not telling.intersection(WORD.split(address)), (path, address)
            if address.startswith("/") and address not in seen:
                waiting.append(address)
    assert f"/clients/{client}/consents" in seen
    assert any("/health/found/" in one for one in seen)
    assert any("facts/new?of=" in one for one in seen)
    assert led > 100


def test_a_code_in_the_place_of_a_mark_opens_nothing(app: Flask, clinic):
    june = people.signed_in(app, name="June Park")
    own = f"/clients/{clinic['client']}"
    for path in ("health/rules/DVT_ACTIVE", "health/found/DVT_ACTIVE", "consents/new/PRENATAL_ACK",
                 "health/found/" + "a" * 20):  # fmt: skip
        assert june.get(f"{own}/{path}").status_code == 404


def test_a_mark_is_another_one_for_each_client(app: Flask):
    with app.app_context():
        assert mark_of("a" * 20, "DVT") != mark_of("b" * 20, "DVT")
        assert marked("a" * 20, mark_of("a" * 20, "DVT"), ["FEVER", "DVT"]) == "DVT"
        assert marked("b" * 20, mark_of("a" * 20, "DVT"), ["FEVER", "DVT"]) is None
