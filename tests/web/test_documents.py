"""Documents are taken where a page says so, and handed over to be kept, not shown."""

from io import BytesIO

from flask import request

from clinic.files.queries import FileDamaged
from clinic.web import answers, documents
from clinic.web.documents import document
from clinic.web.fields import Document, Sent
from clinic.web.forms import ClinicForm


class Form(ClinicForm):
    file = Document("Scan")


def sent(app, **data):
    with app.test_request_context("/", method="POST", data=data):
        form = Form()
        return form.file.data, form.values()


def test_a_document_is_handed_over_to_be_kept_and_runs_nothing(app):
    with app.test_request_context("/"):
        answer = app.process_response(document(b"%PDF", "R-1042", "application/pdf"))
    answer.direct_passthrough = False
    assert answer.data == b"%PDF"
    assert answer.headers["Content-Disposition"] == "attachment; filename=R-1042.pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "ETag" not in answer.headers


def test_the_name_of_a_download_holds_letters_and_digits_alone(app):
    with app.test_request_context("/"):
        answer = document(b"x", 'R-1\r\nX: "../é', "image/jpeg")
        nameless = document(b"x", "…", "text/odd")
    assert answer.headers["Content-Disposition"] == "attachment; filename=R-1-X.jpg"
    assert nameless.headers["Content-Disposition"] == "attachment; filename=document.bin"


def test_a_file_is_taken_with_its_name(app):
    data, values = sent(app, file=(BytesIO(b"%PDF"), "order.pdf"))
    assert data == Sent(b"%PDF", "order.pdf")
    assert values == {"file": data}


def test_no_file_and_a_text_in_its_place_are_nothing(app):
    assert sent(app, file=(BytesIO(b""), ""))[0] is None
    assert sent(app, file="words")[0] is None
    assert sent(app)[0] is None


def test_a_field_for_a_file_names_the_kinds_that_are_taken(app):
    with app.test_request_context("/"):
        drawn = str(Form().file())
    assert 'type="file"' in drawn
    assert 'accept=".pdf,.png,.jpg,.jpeg"' in drawn


def test_only_a_marked_page_takes_so_much(app, monkeypatch):
    def room() -> int | None:
        with app.test_request_context("/clients/new", method="POST"):
            documents._make_room()
            return request.max_content_length

    assert room() == app.config["MAX_CONTENT_LENGTH"]
    view = app.view_functions["clients.new"]
    monkeypatch.setattr(view, "takes_files", True, raising=False)
    assert room() == documents.AT_MOST


def test_a_document_that_is_gone_is_said_in_kind_words(app):
    with app.test_request_context("/"):
        page, status = answers._broken_rule(FileDamaged())
    assert status == 404
    assert "missing from the disk or damaged" in page
