"""The numbers of referrals as pages and as a file; nothing clinical, and not for therapists."""

import csv
import io
import re

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import access_entry
from clinic.core.clock import now
from clinic.core.permissions import Role
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.statements import counted

HERE = "/referrals/numbers"
LINK = re.compile(r'href="(/referrals/numbers/list\?[^"]+)">(\d+)<')
COUNTED = re.compile(r'href="(/referrals/numbers/list\?[^"]+)">(\d+) counted<')


@pytest.fixture
def counting(app: Flask) -> None:
    """Some referrals of the last days."""
    with app.app_context():
        people.set_up()
        orders.ready()
        today = cases.this_day()
        evil = directory.provider("=cmd", "Fischer")
        for number in range(7):
            order = orders.order(clients.a_client(f"Person {chr(65 + number)}x"), evil,
                                 received_on=today)  # fmt: skip
            case = cases.case_of(
                order, "in_treatment", late=2, accepted_at=now(), acknowledged_at=now(),
                first_visit_on=today if number < 6 else None,
            )  # fmt: skip
            orders.visits(cases.allowed(case, valid_from=today), "completed", "booked")
            cases.owed(case, late=3 + number)
        cases.outbound(clients.a_client("Sent One"), evil, sent_at=now(), answered_at=now())


def page(client, path=HERE, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


def test_each_number_opens_a_list_of_its_length(app, counting):
    desk = people.signed_in(app, Role.OWNER)
    text = page(desk)
    links = LINK.findall(text) + COUNTED.findall(text)
    assert len(links) >= 20
    for path, count in links:
        shown = page(desk, path.replace("&amp;", "&"))
        assert shown.count("<tr data-counted>") == int(count), path


def test_definitions_stand_beside_the_numbers(app, counting):
    text = page(people.signed_in(app))
    assert "Median working hours (Monday to Friday, 9 to 17)" in text
    assert "canary" not in text


def test_the_page_takes_few_queries(app, counting):
    desk = people.signed_in(app)
    page(desk)
    with counted() as sent:
        page(desk)
    asked = [one for one in sent if one.startswith(("SELECT", "WITH")) and "access_" not in one]
    assert len(asked) <= 6, asked


def test_a_therapist_has_no_business_with_them(app, counting):
    seer = people.signed_in(app, Role.THERAPIST)
    for path in (HERE, f"{HERE}.csv", f"{HERE}/list?number=open"):
        page(seer, path, 403)


def test_the_file_has_no_formula_and_no_small_count(app, counting):
    desk = people.signed_in(app, Role.OWNER)
    answer = desk.get(f"{HERE}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert all(not cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    by_name = {line[0]: line for line in lines if line}
    assert by_name["'=cmd Fischer, MD"][1:] == ["7", "7", "6", "7", "<5"]
    assert by_name["Outbound referrals answered"][1:3] == ["<5", "<5"]
    assert by_name["First visit attended"][1:3] == ["<5", "7"], "one alone could be guessed"
    assert "Person" not in answer.text


def test_who_took_the_file_is_written_down(app, counting):
    people.signed_in(app, Role.OWNER).get(f"{HERE}.csv")
    with app.app_context(), app.extensions["access"].connect() as connection:
        last = connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()[-1]
    assert (last.place, last.category) == ("desk.numbers_file", "contact")
    assert len(last.subjects) > 20


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("number=nothing", 404), ("number=open&part=x", 404), ("", 404),
        ("number=open&since=2026-13-99", 200),
        ("number=open&since=2030-01-01&until=1999-01-01", 200),
        ("provider=" + "a" * 20 + "&part=received", 200), ("provider=" + "a" * 20, 404),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_no_list(app, counting, query, status):
    page(people.signed_in(app), f"{HERE}/list?{query}", status)
