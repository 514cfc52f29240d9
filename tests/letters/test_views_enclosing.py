"""The pages of documents that go with a letter: chosen, put in, opened, listed wherever it goes."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfWriter
from sqlalchemy import select

from clinic.audit.models import access_entry
from clinic.coordination.models import Reply
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.letters import queries, services
from clinic.letters.models import Letter, LetterAttachment
from clinic.letters.views import enclosing
from tests.factories import clients, letters
from tests.factories import outbound as out
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.factories.files import a_pdf, a_picture
from tests.letters.test_services_attaching import COVERED, a_document, attached
from tests.letters.test_views import typed

NEUTRAL = "attachment; filename=R-000001-enclosed-1.pdf"


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    """A draft, the client's stored documents, and a document of somebody else's."""
    with app.app_context():
        people.set_up()
        orders.ready()
        world = letters.world()
        scan = orders.paper(orders.order(world.client, world.provider))
        letters.agreed(world)
        left = letters.sent(world).letter
        return SimpleNamespace(
            world=world,
            client=world.client.public_id,
            draft=letters.drafted(world).public_id,
            plain=letters.drafted(world, "closing").public_id,
            bare=letters.drafted(world, "decline").public_id,
            scan=scan.file.public_id,
            left=left.versions[0].file.public_id,
            other=a_document(clients.a_client("Ada Lund")).public_id,
        )


def who(app: Flask, name: str = "Teo Marsh") -> Any:
    browser = app.test_client()
    assert people.enter(browser, name).status_code == 302
    return browser


def put(app: Flask, house: SimpleNamespace, name: str = "Teo Marsh", **more: Any) -> Any:
    """A document is put to the draft on its page."""
    facts = {"tells": "history", "paper": "", "letter": house.draft} | more
    letter = facts.pop("letter")
    return typed(who(app, name), f"/letters/{letter}/documents", **facts)


def new_file(data: bytes | None = None, name: str = "canary-clot.pdf") -> Any:
    return letters.upload(data or a_pdf(3), name)


def with_letter(app: Flask, letter: str) -> list[tuple[str, str]]:
    with app.app_context():
        found = queries.the_letter(letter).attachments
        return [(one.file.public_id, one.tells) for one in found]


def enclosed(app: Flask, house: SimpleNamespace, **more: Any) -> SimpleNamespace:
    """A document of three pages with a letter that is ready to leave, its consent given."""
    with app.app_context():
        letter = queries.the_letter(house.draft)
        world = replace(house.world, client=letter.client, provider=letter.provider)
        letters.agreed(world, data=COVERED)
        one = attached(world, letter)
        with transaction():
            services.approve(letter, actor=world.treats)
        path = f"/letters/{letter.public_id}"
        return SimpleNamespace(letter=path, paper=f"{path}/documents/{one.public_id}")


def test_a_new_file_is_kept_sealed_and_goes_with_the_letter(app, house):
    assert put(app, house, file=new_file()).status_code == 302
    page = who(app).get(f"/letters/{house.draft}").text
    assert "Document, 3 pages" in page
    assert "canary-clot.pdf" in page  # for who reads the letter, and for nobody else
    with app.app_context():
        letter = queries.the_letter(house.draft)
        assert letter.attachments[0].file.key_id == letter.client.key_id


def test_what_is_kept_already_is_chosen_from_a_list(app, house):
    page = who(app).get(f"/letters/{house.draft}/documents").text
    for words in ("None of them: a new file", "R-000001: Order", "Progress report to Samuel"):
        assert words in page
    assert house.other not in page
    assert put(app, house, paper=house.scan).status_code == 302
    assert with_letter(app, house.draft) == [(house.scan, "history")]
    assert house.scan not in who(app).get(f"/letters/{house.draft}/documents").text


def test_an_answer_that_came_is_offered_once(app, house):
    with app.app_context():
        ours = queries.the_letter(house.draft)
        cast = out.Cast(ours.client, ours.provider, house.world.treats, house.world.desk, SYSTEM)
        row, file = out.begin(cast), a_document(ours.client)
        with transaction() as session, writing("test.reply", SYSTEM):
            facts = {"how": "letter", "said_by": "Dr Adeyemi", "received_on": out.day()}
            session.add(Reply(outbound=row, file=file, **facts))
            session.flush()
        number, name = row.number, file.public_id
    page = who(app).get(f"/letters/{house.draft}/documents").text
    assert f"Answer to {number}" in page
    assert page.count(name) == 1


def test_reception_is_offered_what_it_may_open_and_nothing_clinical(app, house):
    page = who(app, "Robin Vale").get(f"/letters/{house.plain}/documents").text
    assert house.scan not in page
    assert house.left not in page
    assert re.findall(r'name="tells"[^>]*value="(\w+)"', page) == ["visits", "bills"]
    desk = {"name": "Robin Vale", "letter": house.plain}
    assert put(app, house, **desk, file=new_file(), tells="visits").status_code == 302
    assert put(app, house, **desk, file=new_file()).status_code == 422
    assert put(app, house, **desk, paper=house.scan, tells="visits").status_code == 422
    assert len(with_letter(app, house.plain)) == 1


BAD = {
    "a program": (b"MZ nothing", "order.exe"),
    "no file of its name": (b"no pdf at all", "order.pdf"),
    "an empty one": (b"", "order.pdf"),
    "a damaged picture": (a_picture()[:40], "knee.png"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_beside_their_field(app, house, name):
    answer = put(app, house, file=letters.upload(*BAD[name]))
    assert answer.status_code == 422
    assert 'id="file-e"' in answer.text or 'id="paper-e"' in answer.text
    assert with_letter(app, house.draft) == []


def test_a_file_that_is_too_large_is_refused(app, house, monkeypatch):
    monkeypatch.setattr("clinic.files.rules.kinds.LARGEST", 100)
    answer = put(app, house, file=new_file())
    assert answer.status_code == 422
    assert "too large" in answer.text
    assert with_letter(app, house.draft) == []


def test_a_locked_pdf_is_refused(app, house):
    locked = a_pdf(1, change=lambda writer: PdfWriter.encrypt(writer, "secret"))
    assert put(app, house, file=new_file(locked)).status_code == 422


@pytest.mark.parametrize(
    "odd",
    [{}, {"paper": "0" * 20}, {"tells": "everything"}, {"tells": ""}, {"paper": "of somebody else"},
     {"paper": "both"}],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(app, house, odd):
    facts = {"file": new_file()} if "tells" in odd else {}
    if odd.get("paper") == "both":
        odd, facts = {"paper": house.scan}, {"file": new_file()}
    elif odd.get("paper") == "of somebody else":
        odd = {"paper": house.other}
    assert put(app, house, **facts, **odd).status_code == 422
    assert with_letter(app, house.draft) == []


def test_a_draft_that_changed_meanwhile_is_looked_at_again(app, house):
    assert put(app, house, paper=house.scan, version="0").status_code == 409
    assert with_letter(app, house.draft) == []


def test_nothing_goes_with_a_bare_letter_nor_with_one_that_is_approved(app, house):
    there = enclosed(app, house).letter
    for path in (f"/letters/{house.bare}", there):
        browser = who(app)
        assert f'href="{path}/documents"' not in browser.get(path).text
        answer = browser.get(f"{path}/documents")
        assert answer.headers["Location"].endswith(path)
        assert people.send(browser, f"{path}/documents", {"tells": "visits"}).status_code == 302
    with app.app_context():
        assert db.session.query(LetterAttachment).count() == 1


def test_it_is_taken_off_on_the_letters_page_while_it_is_a_draft(app, house):
    put(app, house, paper=house.scan)
    browser = who(app)
    page = browser.get(f"/letters/{house.draft}").text
    path = re.search(r'action="([^"]+/take-off)"', page)
    assert path
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page[path.end() :]))
    assert browser.post(path[1], data=fields | {"version": "0"}).status_code == 302
    assert len(with_letter(app, house.draft)) == 1
    assert browser.post(path[1], data=fields).status_code == 302
    assert with_letter(app, house.draft) == []


def test_it_is_opened_by_who_reads_the_letter_as_other_documents_are(app, house):
    there = enclosed(app, house)
    answer = who(app).get(there.paper)
    assert answer.headers["Content-Disposition"] == NEUTRAL
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.data.startswith(b"%PDF-")
    assert who(app, "Robin Vale").get(there.paper).status_code == 403
    assert (
        who(app).get(there.paper.replace(there.letter, f"/letters/{house.plain}")).status_code
        == 404
    )
    with app.app_context(), app.extensions["access"].connect() as connection:
        read = connection.execute(
            select(access_entry.c.category).where(access_entry.c.place == "letters.enclosed")
        ).scalars()
        assert "clinical" in list(read)


def test_reception_sees_that_something_goes_along_and_not_what(app, house):
    there = enclosed(app, house)
    browser = who(app, "Robin Vale")
    for path in (there.letter, f"{there.letter}/send"):
        page = browser.get(path).text
        assert "Document, 3 pages" in page
        for words in ("canary", "health history", there.paper):
            assert words not in page


def test_where_it_is_sent_its_documents_are_listed_and_the_phone_is_no_way(app, house):
    there = enclosed(app, house)
    page = who(app).get(f"{there.letter}/send").text
    assert "print these too" in page
    assert there.paper in page
    assert 'value="phone"' not in page
    answer = typed(who(app), f"{there.letter}/send", channel="fax", fax=letters.FAX)
    fax = answer.headers["Location"]
    page = who(app).get(fax).text
    assert "put them in behind the letter" in page
    assert "5 pages with the cover sheet" in page  # cover, letter, three of the document
    cover = re.sub(r"\s+", " ", who(app, "Robin Vale").get(fax.replace("/fax", "/cover")).text)
    assert "<dt>Pages with this one</dt><dd>5</dd>" in cover.replace("> <", "><")


def test_without_a_consent_to_it_the_page_asks_for_one_that_covers_it(app, house):
    put(app, house, file=new_file())
    page = who(app).get(f"/letters/{house.draft}").text
    assert "They agreed to share with this provider, and not this:" in page
    assert "health history" in page
    asked = re.search(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?Ask for consent', page)
    assert asked
    form = who(app).get(asked[1].replace("&amp;", "&")).text
    chosen = re.findall(r'value="(\w+)" checked', form)
    assert "history" in chosen


def test_the_command_that_empties_the_outbox_sends_them(app, house):
    there = enclosed(app, house)
    answer = typed(who(app), f"{there.letter}/send", channel="email", email=letters.EMAIL)
    assert answer.status_code == 302
    with app.app_context():
        assert "1 sent" in app.test_cli_runner().invoke(args=["outbox", "run"]).output
        (kept,) = (app.config["DATA_DIR"] / "outbox-sink").iterdir()
    mail = message_from_bytes(kept.read_bytes(), policy=policy.default)
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["document.pdf", "enclosed-1.pdf"]


def test_a_file_is_looked_over_before_anything_is_locked(app, house, monkeypatch):
    held, check = [], enclosing.check

    def looked(data: bytes, name: str) -> Any:
        held.append(db.session.info.get("in_transaction", False))
        return check(data, name)

    monkeypatch.setattr(enclosing, "check", looked)
    assert put(app, house, file=new_file()).status_code == 302
    assert held == [False]


def test_an_owner_who_does_not_treat_attaches_nothing_to_a_report(app, house):
    browser = people.signed_in(app, Role.OWNER)
    assert browser.get(f"/letters/{house.draft}/documents").status_code == 403
    with app.app_context():
        assert db.session.query(Letter).filter_by(status="draft").count() == 3
