"""Lists and details: what they show, to whom, at what cost, whatever the address says."""

import re
from datetime import timedelta
from typing import Any

import pytest

from clinic.admin.audit import ChangesAdmin
from clinic.admin.office import SCREENS
from clinic.core.db import db
from tests.admin.conftest import counted
from tests.admin.filling import CLINICAL
from tests.engines import on_both_engines
from tests.factories import scheduling, staff

SLUGS = [screen.slug for screen in SCREENS if hasattr(screen, "slug")]

HUGE = "9" * 40
QUERIES = [
    {"page": HUGE}, {"page": "-1"}, {"page": "x"}, {"page": "9" * 5000}, {"page": "199"},
    {"page": "200"}, {"page_size": HUGE}, {"page_size": "-5"}, {"page_size": "x"},
    {"sort": HUGE}, {"sort": "-1"}, {"sort": "x"}, {"sort": "0", "desc": HUGE},
    {"sort": "0", "desc": "x"}, {"sort": "1"}, {"sort": "3", "desc": "1"},
    {"search": "%"}, {"search": "'\"--;"}, {"search": "a" * 5000}, {"search": "\x00\x01"},
    {"search": "\ud7ff\U0001f600"}, {"search": "123456789"}, {"search": "\\"}, {"search": " "},
    {"flt0_0": HUGE}, {"flt0_0": ""}, {"flt0_0": "\x00"}, {"flt0_1": "9999-99-99"},
    {"flt0_1": "0001-01-01"}, {"flt1_2": "x" * 3000}, {"flt0_99": "1"}, {"flt_": "1"},
    {"flt0_": "1"}, {"flt" + HUGE + "_0": "yes"}, {"flt0_3": "2026-01-01"},
    {"_external": "1", "_scheme": "javascript"}, {"_anchor": "x"}, {"_method": "DELETE"},
    {"endpoint": "x"}, {"values": "1"}, {"id": "1"}, {"url": "http://["},
]  # fmt: skip
IDS = ["", "1", "abc", "1,2", "1,", HUGE, "-1", "0", "a" * 20, "\x00", "' OR 1=1 --", "[object]"]


MOST = 4
"""The session, the list, what can be chosen; and what an owner must be told on every page."""


def test_a_list_costs_few_statements_at_most(app, office, owner):
    for slug in [*SLUGS, "reads"]:
        with counted(app) as sent:
            assert owner.get(f"/office/{slug}/").status_code == 200
        assert 1 <= len(sent) <= MOST, "\n".join([slug, *sent])


def test_a_searched_and_filtered_list_costs_no_more(app, office, owner):
    query = "search=grace&flt0_0=yes&flt1_1=2026-01-01&sort=0&desc=1&page=2"
    for slug in SLUGS:
        with counted(app) as sent:
            owner.get(f"/office/{slug}/?{query}")
        assert len(sent) <= MOST, "\n".join([slug, *sent])


def test_a_list_shows_as_many_rows_as_there_are(app, office, owner):
    for screen in SCREENS:
        if not hasattr(screen, "slug"):
            continue
        with app.app_context():
            there = db.session.query(screen.model).count()
        page = owner.get(f"/office/{screen.slug}/?page_size=100").text
        assert page.count("<tr>") - 1 == min(there, 100) > 0, screen.slug
        assert there > 100 or 'rel="next"' not in page


def test_the_pages_of_a_list_hold_every_row_once(app, office, owner):
    with app.app_context():
        there = db.session.query(ChangesAdmin.model).count()
    assert there > 40
    shown = 0
    for number in range(there // 20 + 2):
        page = owner.get(f"/office/changes/?page={number}&page_size=20").text
        shown += page.count("<tr>") - 1 if "Nothing here yet" not in page else 0
    assert shown == there


@on_both_engines
def test_no_address_of_a_list_makes_the_server_fail(office, owner):
    for slug in [*SLUGS, "reads"]:
        for query in QUERIES:
            answer = owner.get(f"/office/{slug}/", query_string=query)
            assert answer.status_code in {200, 400}, (slug, query, answer.status_code)
            assert "javascript:" not in answer.text


@on_both_engines
def test_no_id_makes_the_server_fail(office, owner):
    for slug in SLUGS:
        for path in ("edit", "details"):
            for one in IDS:
                answer = owner.get(f"/office/{slug}/{path}/", query_string={"id": one})
                assert answer.status_code in {403, 404}, (slug, path, one, answer.status_code)
            assert owner.get(f"/office/{slug}/{path}/?id=1&id=2").status_code in {403, 404}
            assert owner.get(f"/office/{slug}/{path}/").status_code in {403, 404}


@on_both_engines
def test_no_lookup_makes_the_server_fail(office, owner):
    for query in (
        {},
        {"name": "x"},
        {"query": "no", "limit": HUGE, "offset": HUGE},
        {"limit": "-1"},
    ):
        for slug in ("providers", "authorisations"):
            for name in ("organisation", "referral"):
                answer = owner.get(
                    f"/office/{slug}/ajax/lookup/", query_string={"name": name} | query
                )
                assert answer.status_code in {200, 404}


def test_a_filter_without_sense_is_named(office, owner):
    answer = owner.get("/office/appointments/?flt0_0=tomorrow")
    assert answer.status_code == 400
    assert "This filter has no such value: Day." in answer.text


def test_filters_narrow_the_list(office, owner):
    path = "/office/appointments/"
    assert "Grace Nakamura" in owner.get(path + "?flt0_3=booked").text
    assert "Grace Nakamura" not in owner.get(path + "?flt0_3=completed").text
    assert "Grace Nakamura" in owner.get(path + f"?flt0_2={office.ids['people']}").text
    assert "Grace Nakamura" not in owner.get(path + "?flt0_0=2099-01-01").text
    assert "Grace Nakamura" in owner.get(path + "?flt0_0=2026-01-01&flt1_1=2098-01-01").text


def test_a_client_is_found_by_any_beginning_of_a_name(office, owner):
    for slug in ("appointments", "orders", "authorisations"):
        assert "Grace Nakamura" in owner.get(f"/office/{slug}/?search=naka+gra").text
        assert "Grace Nakamura" not in owner.get(f"/office/{slug}/?search=reyes").text


def test_licences_that_run_out_within_sixty_days_are_filtered(app, office, owner):
    assert "June Park" not in owner.get("/office/licences/?flt0_0=soon").text
    with app.app_context():
        person = staff.member("Pia Ross")
        staff.licence(person, until=scheduling.this_day() + timedelta(days=20))
    page = owner.get("/office/licences/?flt0_0=soon").text
    assert "Pia Ross" in page
    assert "June Park" not in page.split("<tbody>")[1]


@pytest.mark.parametrize("who", ["owner", "receptionist", "therapist"])
def test_no_page_holds_a_clinical_word(request, office, who):
    visitor = request.getfixturevalue(who)
    for path in pages(office):
        text = visitor.get(path).text
        for word in CLINICAL:
            assert word not in text, (who, path)


@pytest.mark.parametrize("who", ["owner", "receptionist"])
def test_no_page_runs_or_looks_from_inside(request, office, who):
    visitor = request.getfixturevalue(who)
    for path in pages(office):
        text = visitor.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<[^>]+\s(on[a-z]+|style)\s*=", text), path
        assert "javascript:" not in text
        assert "<style" not in text


def pages(office: Any) -> list[str]:
    found = ["/office/", "/office/reads/"]
    for slug in SLUGS:
        found += [f"/office/{slug}/", f"/office/{slug}/new/"]
        if slug in office.ids:
            found += [
                f"/office/{slug}/{kind}/?id={office.ids[slug]}" for kind in ("edit", "details")
            ]
    return found


def test_details_open_for_who_may_see_the_list(office, owner):
    for slug in set(SLUGS) - {"changes"}:
        answer = owner.get(f"/office/{slug}/details/?id={office.ids[slug]}")
        assert answer.status_code == 200
        assert answer.text.count("<dt>") >= 2


def test_the_values_of_a_change_are_not_shown(office, owner):
    page = owner.get("/office/changes/?page_size=100&flt0_1=staff_member").text
    assert "june.park@clinic.example" not in page
    assert "email" in page


def test_who_saw_whose_records_is_listed(office, owner, receptionist):
    receptionist.get("/office/appointments/")
    page = owner.get("/office/reads/").text
    assert "office_appointments.index_view" in page
    assert "Receptionist" in page


def test_a_row_of_a_list_is_never_numbered(office, owner):
    for slug in SLUGS:
        page = owner.get(f"/office/{slug}/").text
        for address in re.findall(r"[?&]id=([^\"&]+)", page):
            assert len(address) == 20, (slug, address)
