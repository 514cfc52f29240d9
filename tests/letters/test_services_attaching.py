"""Documents go with a letter while it is a draft, under the client's consent, by every way."""

import io
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic.audit.models import ChangeEntry
from clinic.clients import services as client_services
from clinic.consents import services as consenting
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.models import StoredFile
from clinic.files.queries import read
from clinic.files.services import keep
from clinic.letters import queries, services
from clinic.letters.models import Letter, LetterAttachment
from clinic.letters.rules import enclosing
from clinic.letters.rules.kinds import KINDS
from clinic.letters.services import sending
from clinic.letters.services.checking import this_day
from clinic.letters.services.setting import set_pdf
from clinic.messages import services as outbox
from tests.factories import clients, letters
from tests.factories import staff as people
from tests.factories.files import a_pdf, a_picture
from tests.factories.letters import World
from tests.factories.messages import Pocket

pytestmark = pytest.mark.usefixtures("inside")
CHECKS = {"letter": services.may_still_leave}
ALONG = {"letter": services.files_of_message}
NAME = "canary-clot.pdf"
COVERED = (*sorted(KINDS["progress"].needs), "history")


@pytest.fixture
def house(inside: Flask) -> World:
    people.set_up()
    return letters.world()


def a_document(client: Any, data: bytes | None = None, name: str = NAME) -> StoredFile:
    with transaction(), writing("test.file", SYSTEM):
        return keep(data or a_pdf(3), name, actor=SYSTEM, key=client.key)


def attached(house: World, letter: Letter, tells: str = "history", **more: Any) -> LetterAttachment:
    facts = {"file": None, "actor": house.treats} | more
    facts["file"] = facts["file"] or a_document(house.client)
    with transaction():
        return services.attach(letter, tells=tells, **facts)


def enclosed(house: World, kind: str = "progress", **more: Any) -> Letter:
    """A letter with a document of three pages that tells of the history, ready to leave."""
    letter = letters.drafted(house, kind)
    attached(house, letter, **more)
    with transaction():
        services.approve(letter, actor=house.treats)
    return letter


def send(letter: Letter, house: World, channel: str = "post", **more: Any) -> Any:
    with transaction():
        return services.send(letter, actor=house.treats, channel=channel, **more)


def how_many() -> int:
    return db.session.scalar(select(func.count()).select_from(LetterAttachment)) or 0


# ---- put to a draft, and taken off again


def test_a_document_goes_with_a_draft_and_is_taken_off_again(house):
    letter = letters.drafted(house)
    before = letter.version
    one = attached(house, letter)
    assert [kept.file.name for kept in letter.attachments] == [NAME]
    assert letter.version == before + 1  # who saw it without is told, and does not approve it
    with transaction():
        services.take_off(one, actor=house.treats, version=letter.version)
    assert (letter.attachments, how_many()) == ([], 0)
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1


def test_who_saw_the_draft_before_does_not_approve_it_with_another_document(house):
    letter = letters.drafted(house)
    seen = letter.version
    attached(house, letter)
    with pytest.raises(StaleEdit), transaction():
        services.approve(letter, actor=house.treats, version=seen)
    with pytest.raises(StaleEdit):
        attached(house, letter, version=seen)


@pytest.mark.parametrize("status", ["approved", "sent", "delivered", "failed", "cancelled"])
def test_once_approved_nothing_is_attached_or_taken_off(house, status):
    letter = letters.drafted(house)
    one = attached(house, letter)
    letters.standing(letter, status)
    with pytest.raises(Conflict):
        attached(house, letter)
    db.session.rollback()
    with pytest.raises(Conflict), transaction():
        services.take_off(one, actor=house.treats)
    db.session.rollback()
    assert how_many() == 1


def test_a_letter_written_anew_has_its_documents_and_lets_them_go(house):
    letter = enclosed(house)
    with transaction():
        again = services.reopen(letter, actor=house.treats)
    assert [(one.file_id, one.tells) for one in again.attachments] == [
        (letter.attachments[0].file_id, "history")
    ]
    with transaction():
        services.take_off(again.attachments[0], actor=house.treats)
    assert (len(letter.attachments), len(again.attachments)) == (1, 0)


@pytest.mark.parametrize("kind", ["acknowledgement", "missing_information", "decline"])
def test_nothing_goes_with_a_letter_that_leaves_without_consent(house, kind):
    for letter in (letters.drafted(house, kind), letters.drafted(house, kind, content=letters.OWN)):
        with pytest.raises(Conflict, match="Nothing goes with this kind"):
            attached(house, letter)
    db.session.rollback()
    assert how_many() == 0


def test_the_same_document_goes_once_and_not_too_many_go(house, monkeypatch):
    letter, file = letters.drafted(house), a_document(house.client)
    attached(house, letter, file=file)
    with pytest.raises(Conflict, match="already"):
        attached(house, letter, file=file)
    monkeypatch.setattr("clinic.letters.services.attaching.MOST", 1)
    with pytest.raises(Conflict, match="At most 1"):
        attached(house, letter)


def test_what_it_tells_of_is_a_kind_of_data_of_the_consent(house):
    for odd in ("", "everything"):
        with pytest.raises(DomainError, match="Say what it tells of") as refused:
            attached(house, letters.drafted(house), tells=odd)
        assert refused.value.field == "tells"


# ---- whose it is, and who may


def test_another_clients_document_never_goes_along(house):
    other = a_document(clients.a_client("Ada Lund"))
    with pytest.raises(DomainError, match="another client"):
        attached(house, letters.drafted(house), file=other)


def test_a_document_of_any_record_of_the_person_goes_along_until_they_are_parted(house):
    twin = clients.a_client("Grace Nakamura")
    file = a_document(twin)
    with transaction():
        client_services.merge(house.client, twin, actor=SYSTEM)
    letters.agreed(house, data=COVERED)
    letter = enclosed(house, file=file)
    waiting = send(letter, house, "email")
    assert services.why_not_leave(waiting) is None
    with transaction():
        client_services.part(twin, actor=SYSTEM)
    assert "another client" in str(services.why_not_leave(waiting))
    with transaction():
        services.take_back(waiting, actor=house.treats)
    with pytest.raises(Conflict, match="another client"):
        send(letter, house)


def test_reception_attaches_only_what_tells_nothing_of_how_somebody_is(house):
    letter = letters.drafted(house, "closing")
    attached(house, letter, "visits", actor=house.desk)
    with pytest.raises(NotAllowed):
        attached(house, letter, "history", actor=house.desk)
    db.session.rollback()
    assert [one.tells for one in letter.attachments] == ["visits"]
    assert not queries.is_clinical_letter(letter)


def test_with_a_clinical_document_a_plain_letter_is_for_the_care_team(house):
    letter = letters.drafted(house, "closing")
    one = attached(house, letter)
    assert queries.is_clinical_letter(letter)
    assert not services.may_read(letter, house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.take_off(one, actor=house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.approve(letter, actor=house.desk)


def test_what_is_offered_are_letters_that_this_person_may_open(house):
    letters.agreed(house)
    report = letters.sent(house).letter
    letters.agreed(house, "closing")
    closing = letters.sent(house, "closing").letter
    letters.approved(house)  # it has not left
    of_treating = services.offered(house.treats, house.client.id)
    assert {one.file.id for one in of_treating} == {
        one.versions[0].file_id for one in (report, closing)
    }
    of_desk = services.offered(house.desk, house.client.id)
    assert [one.file.id for one in of_desk] == [closing.versions[0].file_id]


# ---- the gate


def test_the_gate_counts_what_a_document_tells(house):
    letter = enclosed(house)
    standing = letters.agreed(house)
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house)
    needs = stopped.value.needs
    assert needs.lacking == ("history",)
    assert (needs.standing_id, set(needs.data)) == (standing.id, set(COVERED))
    db.session.rollback()
    wider = letters.agreed(house, data=COVERED)
    assert send(letter, house).consent_id == wider.id


def test_the_gate_counts_all_that_a_letter_of_ours_told(house):
    letters.agreed(house)
    report = letters.sent(house).letter
    letter = letters.drafted(house, "closing")
    attached(house, letter, "visits", file=report.versions[0].file)
    assert queries.told_with(letter) == {"visits", "plan", "measures"}
    assert queries.is_clinical_letter(letter)
    letters.agreed(house, "closing")
    with transaction():
        services.approve(letter, actor=house.treats)
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house)
    assert set(stopped.value.needs.lacking) == {"plan", "measures"}


def test_a_fax_is_not_confirmed_where_the_consent_to_its_document_went(house):
    standing = letters.agreed(house, data=COVERED)
    dispatch = send(enclosed(house), house, "fax")
    with transaction():
        consenting.withdraw(standing, actor=house.desk)
    letters.agreed(house)
    with pytest.raises(services.ConsentMissing), transaction():
        services.mark_sent(dispatch, actor=house.treats, number=letters.FAX)


def test_an_email_stays_where_the_consent_to_its_document_went(house):
    standing = letters.agreed(house, data=COVERED)
    send(enclosed(house), house, "email")
    with transaction():
        consenting.withdraw(standing, actor=house.desk)
    letters.agreed(house)
    post = Pocket()
    assert outbox.run(transport=post, checks=CHECKS, along=ALONG).given_up == 1
    assert post.mails == []


def test_a_bare_letter_that_came_by_a_document_all_the_same_is_bare_no_longer(house):
    letter = letters.approved(house, "decline")
    file = a_document(house.client)
    with transaction() as session, writing("test.attack", SYSTEM):
        session.add(LetterAttachment(letter=letter, file=file, tells="history"))
        session.flush()
    with pytest.raises(services.ConsentMissing) as stopped:
        send(letter, house)
    assert set(stopped.value.needs.data) == {"history", "notes"}


def test_sabotage_a_gate_that_forgets_documents_is_seen(house, monkeypatch):
    """Which data a consent names lies sealed: there the gate alone stands."""
    letters.agreed(house)
    letter = enclosed(house)
    with pytest.raises(services.ConsentMissing):
        send(letter, house)
    db.session.rollback()
    monkeypatch.setattr(queries, "told_with", lambda _: frozenset())
    assert send(letter, house).status == "sent"
    monkeypatch.undo()
    assert queries.consent_for(letter, this_day())[1] is not None


# ---- on paper, and by every way


def text(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def test_the_letter_says_what_is_enclosed_and_never_what_the_file_is_called(house):
    letter = letters.drafted(house)
    attached(house, letter)
    attached(house, letter, file=a_document(house.client, a_pdf(1), "x.pdf"))
    attached(house, letter, file=a_document(house.client, a_picture(), "knee.png"))
    said = "\n".join(text(set_pdf(letter)))
    for words in ("Enclosed: 3 documents", "Document, 3 pages", "Document, 1 page", "Picture"):
        assert words in said
    for words in ("canary", "knee", "history"):
        assert words not in said
    assert "Enclosed" not in "\n".join(text(set_pdf(letters.drafted(house))))


def test_with_documents_it_is_a_tagged_pdf_that_says_it_is_for_everyone(house):
    letter = letters.drafted(house)
    attached(house, letter)
    opened = PdfReader(io.BytesIO(set_pdf(letter)))
    root = opened.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_cover_of_a_fax_counts_the_pages_of_all(house):
    letters.agreed(house, data=COVERED)
    dispatch = send(enclosed(house), house, "fax")
    cover = text(read(dispatch.letter_version.file))[0]
    assert "4, and this cover sheet" in cover  # one of the letter, three of the document
    assert "canary" not in cover


def test_an_email_carries_the_letter_and_its_documents_under_names_that_say_nothing(house):
    letters.agreed(house, data=COVERED)
    letter = letters.drafted(house)
    first, second = a_document(house.client), a_document(house.client, a_picture(), "knee.png")
    for file in (first, second):
        attached(house, letter, file=file)
    with transaction():
        services.approve(letter, actor=house.treats)
    send(letter, house, "email")
    post = Pocket()
    assert outbox.run(transport=post, checks=CHECKS, along=ALONG).sent == 1
    parts = list(post.mails[0].iter_attachments())
    assert [part.get_filename() for part in parts] == [
        "document.pdf", "enclosed-1.pdf", "enclosed-2.png",
    ]  # fmt: skip
    sums = [sha256(part.get_content()).hexdigest() for part in parts]
    db.session.expire_all()
    assert sums == [letter.versions[0].sha256, first.sha256, second.sha256]
    assert letter.status == "sent"


def test_what_is_too_large_for_an_email_is_sent_another_way(house, monkeypatch):
    letters.agreed(house, data=COVERED)
    monkeypatch.setattr(sending, "MAIL_MOST", 1_000_000 // 900)
    letter = enclosed(house)
    with pytest.raises(DomainError, match="too large for an e-mail") as refused:
        send(letter, house, "email")
    assert refused.value.field == "channel"
    db.session.rollback()
    assert send(letter, house, "post").status == "sent"


def test_documents_do_not_go_by_phone(house):
    letters.agreed(house, data=COVERED)
    with pytest.raises(DomainError, match="do not go by phone"):
        send(enclosed(house), house, "phone", note="Spoke to Dr Adeyemi")


def test_what_is_written_down_of_it_names_no_file(house):
    attached(house, letters.drafted(house))
    wanted = select(ChangeEntry).where(ChangeEntry.object_table == "letter_attachment")
    entry = db.session.scalars(wanted).one()
    assert (entry.verb, entry.key_id) == ("letters.attach", house.client.key_id)
    assert "canary" not in entry.fields


def test_names_of_documents_are_counted():
    one, many = enclosing.Enclosed(pages=1), enclosing.Enclosed(pages=4)
    assert str(enclosing.counted((one,))) == "Enclosed: 1 document"
    assert str(enclosing.counted((one, many))) == "Enclosed: 2 documents"
    assert enclosing.pages_of((one, many, enclosing.Enclosed(is_picture=True))) == 6
