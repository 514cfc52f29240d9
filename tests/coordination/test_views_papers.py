"""The inbox of papers, as the desk, a therapist and an owner see it."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from clinic.audit.queries import latest_reads
from clinic.coordination.models import ArrivedPaper, OutboundReferral
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.directory.models import Provider
from clinic.files.models import StoredFile
from clinic.referrals.models import Authorisation, Referral, ReferralDocument
from tests.factories import inbound as orders
from tests.factories import outbound as asked
from tests.factories import papers as made
from tests.factories import scheduling as schedule
from tests.factories.files import a_pdf, a_picture
from tests.factories.staff import send, signed_in
from tests.statements import counted

PNG = b"\x89PNG"


@pytest.fixture
def house(app: Flask) -> dict[str, str]:
    """An order, a client of it and one paper that came two hours ago."""
    with app.app_context():
        order = orders.received(schedule.open_house()).referral
        return {
            "order": order.public_id,
            "number": order.number,
            "client": order.client.public_id,
            "provider": db.session.query(Provider).one().public_id,
            "paper": made.paper(hours=2).public_id,
        }


def own(house: dict[str, str], more: str = "") -> str:
    return f"/papers/{house['paper']}{more}"


def ordered(house: dict[str, str]) -> str:
    return f"/referrals/new?paper={house['paper']}"


def arriving(*files: tuple[bytes, str], **more: Any) -> dict[str, Any]:
    facts = {"arrived_via": "post", "on": "2026-01-05", "time": "08:00", "note": "From Dr Lund"}
    return {"file": [(BytesIO(data), name) for data, name in files]} | facts | more


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return int(db.session.query(model).count())


def version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    return found[1] if found else ""


def test_several_scans_are_put_in_at_once_and_stand_on_the_list(
    app: Flask, house: dict[str, str]
) -> None:
    desk = signed_in(app)
    data = arriving((a_pdf(), "one.pdf"), (a_picture(), "two.png"))
    answer = send(desk, "/papers/new", data)
    assert answer.location == "/papers"
    page = desk.get("/papers").text
    assert page.count("From Dr Lund") == 2
    assert "2 papers are put in" in page
    assert "Picture" in page
    assert "late" in page
    assert page.index("From Dr Lund") < page.index(made.NOTE), "the oldest comes first"
    with app.app_context():
        assert count(app, ArrivedPaper) == 3


def test_one_bad_file_is_named_and_nothing_is_kept(
    app: Flask, house: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.files.rules.kinds.LARGEST", 100_000)
    desk = signed_in(app)
    before = count(app, StoredFile)
    bad = arriving((a_pdf(), "good.pdf"), (b"not at all", "bad.pdf"))
    answer = send(desk, "/papers/new", bad)
    assert answer.status_code == 422
    assert "bad.pdf: This file is not what its name says" in answer.text
    assert "From Dr Lund" in answer.text
    for files, words in (
        ([], "Choose a file."),
        ([(b"x" * 100_001, "big.pdf")], "too large"),
        ([(a_picture(), f"{number}.png") for number in range(11)], "at most 10 files"),
    ):
        answer = send(desk, "/papers/new", arriving(*files))
        assert answer.status_code == 422, words
        assert words in answer.text
    late = arriving((a_pdf(), "a.pdf"), on="2098-01-05")
    answer = send(desk, "/papers/new", late)
    assert answer.status_code == 422
    assert "has not come yet" in answer.text
    assert count(app, StoredFile) == before


def test_a_paper_is_shown_as_pictures_and_opened_as_a_file(
    app: Flask, house: dict[str, str]
) -> None:
    desk = signed_in(app)
    page = desk.get(own(house)).text
    assert f'src="{own(house)}/pages/1"' in page
    assert f'src="{own(house)}/pages/2"' in page
    assert 'alt="Page 1 of 2"' in page
    picture = desk.get(own(house, "/pages/1"))
    assert picture.data.startswith(PNG)
    assert picture.mimetype == "image/png"
    file = desk.get(own(house, "/file"))
    assert file.data.startswith(b"%PDF")
    for answer in (picture, file):
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert desk.get(own(house, "/pages/3")).status_code == 404
    assert desk.get(own(house, "/pages/0")).status_code == 404


def test_that_a_paper_was_seen_is_written_down_by_its_own_id(
    app: Flask, house: dict[str, str]
) -> None:
    signed_in(app).get(own(house, "/file"))
    (entry,) = latest_reads(app.extensions["access"], 0, 1)
    assert entry.place == "coordination.paper_file"
    assert entry.category == "clinical"
    assert house["paper"] in entry.subjects


def ordering(house: dict[str, str], **more: str) -> dict[str, str]:
    return {
        "client": house["client"], "provider": house["provider"], "received_on": "2026-01-06",
        "received_via": "fax", "urgency": "routine", "reason": "canary-typed stiff neck",
        "basis": "fixed_date",
    } | more  # fmt: skip


def test_an_order_is_typed_beside_the_paper_which_becomes_its_scan(
    app: Flask, house: dict[str, str]
) -> None:
    desk = signed_in(app)
    page = desk.get(ordered(house)).text
    assert "What an order must say" in page
    assert 'alt="Page 1 of 2"' in page
    assert 'name="file"' not in page
    refused = send(desk, ordered(house), ordering(house, client=""))
    assert refused.status_code == 422
    assert "canary-typed" in refused.text
    before = count(app, Referral)
    done = send(desk, ordered(house), ordering(house))
    assert done.status_code == 302, done.text
    assert count(app, Referral) == before + 1
    with app.app_context():
        document = db.session.query(ReferralDocument).one()
        paper = db.session.query(ArrivedPaper).one()
        assert document.kind == "order"
        assert (paper.became, paper.file_id) == ("order", document.file_id)
        assert paper.referral_id == document.referral_id
    assert made.NOTE not in desk.get("/papers?show=filed").text
    after = desk.get(own(house)).text
    assert "Logged as an order" in after
    assert "/pages/1" not in after
    for gone in ("/file", "/pages/1", "/document", "/answer", "/aside"):
        assert desk.get(own(house, gone)).status_code == 404, gone
    assert desk.get(ordered(house)).status_code == 404


def test_what_an_order_typed_from_a_paper_allows_names_the_paper(
    app: Flask, house: dict[str, str]
) -> None:
    done = send(signed_in(app), ordered(house), ordering(house, visits="6"))
    assert done.status_code == 302, done.text
    with app.app_context():
        document = db.session.query(ReferralDocument).one()
        allowed = db.session.query(Authorisation).filter_by(visits=6).one()
        assert allowed.document_id == document.id


def test_who_comes_second_is_told_and_keeps_what_was_typed(
    app: Flask, house: dict[str, str]
) -> None:
    desk = signed_in(app)
    shown = version(desk.get(own(house, "/aside")).text)
    first = send(desk, own(house, "/aside"), {"why": "Next door", "version": shown})
    assert first.location == "/papers"
    assert "Next door" in desk.get("/papers?show=set_aside").text
    second = send(desk, ordered(house), ordering(house))
    assert second.status_code == 409
    assert "Somebody else has seen to this paper already" in second.text
    assert "canary-typed" in second.text
    with app.app_context():
        assert db.session.query(ReferralDocument).count() == 0
        assert db.session.query(Referral).count() == 1
    again = version(desk.get(own(house)).text)
    assert send(desk, own(house, "/up"), {"version": shown}).status_code == 409
    assert send(desk, own(house, "/up"), {"version": again}).status_code == 302
    assert "New order from it" in desk.get(own(house)).text
    assert send(desk, own(house, "/up"), {"version": again}).status_code == 409


def test_a_page_that_was_missing_is_put_to_its_order(app: Flask, house: dict[str, str]) -> None:
    desk = signed_in(app)
    assert house["number"] in desk.get(own(house, "/document")).text
    assert house["number"] in desk.get(own(house, "/document?q=nakamura")).text
    assert "No such referral" in desk.get(own(house, "/document?q=nobody")).text
    page = own(house, "/document")
    shown = version(desk.get(page).text)
    told = {"kind": "report", "version": shown}
    refused = send(desk, page, told)
    assert refused.status_code == 422
    assert "Choose a referral." in refused.text
    assert send(desk, page, told | {"referral": "x"}).status_code == 422
    done = send(desk, page, told | {"referral": house["order"]})
    assert done.location == f"/referrals/{house['order']}"
    with app.app_context():
        assert db.session.query(ReferralDocument).one().kind == "report"


@pytest.fixture
def question(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A question that was sent, and a paper that answers it."""
    asked.swift_setting(monkeypatch)
    with app.app_context():
        row = asked.in_state(asked.cast(), "sent")
        return {"outbound": row.public_id, "paper": made.paper().public_id, "number": row.number}


def test_who_treats_the_client_records_the_answer_beside_the_paper(
    app: Flask, question: dict[str, str]
) -> None:
    ines = signed_in(app, name="Ines Okafor")
    address = f"/outbound/{question['outbound']}/answer?paper={question['paper']}"
    assert address in ines.get(own(question, "/answer")).text
    page = ines.get(address).text
    assert 'alt="Page 1 of 2"' in page
    assert 'name="file"' not in page
    told = {
        "how": "letter",
        "said_by": "Dr Lund",
        "said": "canary-said go on",
        "version": version(page),
    }
    told["on"] = re.search(r'name="on"[^>]*value="([\d-]+)"', page)[1]  # type: ignore[index]
    done = send(ines, address, told)
    assert done.status_code == 302, done.text
    with app.app_context():
        row = db.session.query(OutboundReferral).one()
        assert row.status == "reply_received"
        assert db.session.query(ArrivedPaper).one().became == "answer"
    assert send(ines, address, told).status_code == 409


def test_the_desk_keeps_an_answer_for_who_treats_the_client(
    app: Flask, question: dict[str, str]
) -> None:
    robin = signed_in(app, name="Robin Vale")
    page = robin.get(own(question, f"/answer?q={question['number']}")).text
    assert f"Keep as the answer to {question['number']}" in page
    assert "canary-asked" not in page
    address = own(question, f"/answer/{question['outbound']}")
    assert send(robin, address, {"version": "99"}).status_code == 409
    done = send(robin, address, {"version": version(page)})
    assert done.location == f"/outbound/{question['outbound']}"
    with app.app_context():
        assert db.session.query(OutboundReferral).one().read_at is None
    assert robin.get(own(question, "/file")).status_code == 404


def test_start_pages_fetch_how_many_wait_and_say_so_in_red_once_late(
    app: Flask, house: dict[str, str]
) -> None:
    desk = signed_in(app, Role.OWNER)
    shown = desk.get("/papers/waiting").text
    assert "1 paper" in shown
    assert "pressing__late" not in shown
    with app.app_context():
        made.paper(hours=300)
    shown = desk.get("/papers/waiting").text
    assert "2 papers" in shown
    assert "pressing__late" in shown
    for page in ("/day", "/office/schedule/"):
        assert 'data-pressing="/papers/waiting"' in desk.get(page).text
    with app.app_context():
        engine = db.engine
    with counted(engine) as statements:
        desk.get("/papers/waiting")
    assert len([one for one in statements if "arrived_paper" in one]) == 1


def test_an_empty_inbox_says_what_to_do(app: Flask) -> None:
    desk = signed_in(app)
    assert "Nothing waits" in desk.get("/papers").text
    assert "Nothing here" in desk.get("/papers?show=filed").text
    assert "btn" not in desk.get("/papers/waiting").text
    assert desk.get("/papers/aaaaaaaaaaaaaaaaaaaa").status_code == 404


def test_a_stranger_sees_nothing(app: Flask, house: dict[str, str]) -> None:
    for page in ("/papers", own(house), own(house, "/file"), own(house, "/pages/1")):
        assert app.test_client().get(page).status_code in (302, 401), page
