"""The pages of the directory: what is shown, and what becomes of what is typed."""

import pytest
from sqlalchemy import event, func, select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.directory.models import Organisation, Provider
from tests.factories import directory
from tests.factories import staff as people

PROVIDER = {
    "first_name": "Samuel", "last_name": "Adeyemi", "credentials": "MD",
    "specialty": "Family medicine", "npi": directory.NPI, "phone": "(920) 555-0148",
    "fax": "(920) 555-0149", "email": "desk@northside.example", "preferred_channel": "fax",
    "note": "Prefers a call before ten",
}  # fmt: skip
ORGANISATION = {
    "name": "Northside Family Practice", "kind": "practice", "phone": "(920) 555-0100",
    "fax": "(920) 555-0101", "email": "desk@northside.example", "address": "12 Watson St",
    "city": "Ripon", "region": "WI", "postcode": "54971", "referral_contact": "Ms Ortiz",
    "hours": "Mon to Thu, 8 to 12",
}  # fmt: skip
NEW, NEW_PLACE = "/directory/new", "/directory/organisations/new"


def kept(app, kind):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind))


@pytest.fixture
def desk(app):
    return people.signed_in(app)


@pytest.fixture
def place(app):
    with app.app_context():
        return directory.organisation().public_id


def test_a_provider_is_entered_at_an_organisation_and_amended(app, desk, place):
    typed = {**PROVIDER, "organisation": place, "organisation_text": "Northside Family Practice"}
    where = people.send(desk, NEW, typed, page=NEW).headers["Location"]
    body = desk.get(where).text
    assert "Samuel Adeyemi, MD" in body
    assert "Northside Family Practice" in body
    assert "(920) 555-0148" in body
    changed = {**PROVIDER, "specialty": "Sports medicine", "version": "2"}
    assert people.send(desk, f"{where}/edit", changed, page=f"{where}/edit").status_code == 302
    assert "Sports medicine" in desk.get("/directory").text


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("first_name", "x" * 81),
        ("last_name", ""),
        ("last_name", "x" * 81),
        ("credentials", "XX"),
        ("specialty", "x" * 81),
        ("npi", "1234567890"),
        ("npi", "123"),
        ("phone", "1" * 41),
        ("fax", "1" * 41),
        ("npi", "1" * 11),
        ("note", "x" * 201),
        ("email", "nobody"),
        ("preferred_channel", "owl"),
        ("organisation_text", "Typed and not chosen"),
    ],
)
def test_a_bad_word_in_the_provider_form_is_a_422_that_keeps_the_rest(app, desk, field, bad):
    answer = people.send(desk, NEW, {**PROVIDER, field: bad}, page=NEW)
    assert answer.status_code == 422
    assert f'id="{field.removesuffix("_text")}-e"' in answer.text
    chosen = (field, "credentials", "preferred_channel")
    texts = [typed for name, typed in PROVIDER.items() if name not in chosen]
    assert all(f'value="{typed}"' in answer.text for typed in texts)
    assert kept(app, Provider) == 0


@pytest.mark.parametrize("chosen", ["a" * 20, "nothing like an id", "../.."])
def test_an_organisation_that_is_not_there_is_no_500(app, desk, chosen):
    answer = people.send(desk, NEW, {**PROVIDER, "organisation": chosen}, page=NEW)
    assert 400 <= answer.status_code < 500
    assert kept(app, Provider) == 0


def test_a_doubtful_number_is_saved_after_it_was_seen(app, desk):
    warned = people.send(desk, NEW, {**PROVIDER, "npi": "12-34"}, page=NEW)
    assert warned.status_code == 422
    assert 'name="despite_npi" value="1234"' in warned.text
    other = {**PROVIDER, "npi": "12345", "despite_npi": "1234"}
    assert people.send(desk, NEW, other, page=NEW).status_code == 422
    saved = people.send(desk, NEW, {**PROVIDER, "npi": "1234", "despite_npi": "1234"}, page=NEW)
    assert saved.status_code == 302
    assert "no valid NPI" in desk.get(saved.location).text
    again = {**PROVIDER, "npi": "1234", "specialty": "Pain", "version": "1"}
    own = f"{saved.location}/edit"
    assert people.send(desk, own, again, page=own).status_code == 302


def test_in_the_office_a_doubtful_number_is_typed_once_more(app):
    owner, page = people.signed_in(app, Role.OWNER), "/office/providers/new/"
    typed = {"last_name": "Okoro", "credentials": "MD", "preferred_channel": "fax", "npi": "1234"}
    assert people.send(owner, page, {**typed, "despite_npi": "12345"}, page=page).status_code == 422
    assert kept(app, Provider) == 0
    assert people.send(owner, page, {**typed, "despite_npi": "1234"}, page=page).status_code == 302
    assert kept(app, Provider) == 1


def test_a_valid_number_is_not_called_doubtful(desk):
    where = people.send(desk, NEW, PROVIDER, page=NEW).location
    page = desk.get(where).text
    assert "no valid NPI" not in page
    assert "Prefers a call before ten" in page


def test_a_number_that_somebody_has_is_a_409_with_a_link(app, desk):
    with app.app_context():
        known = directory.provider(npi=directory.NPI).public_id
    answer = people.send(desk, NEW, {**PROVIDER, "last_name": "Other"}, page=NEW)
    assert (answer.status_code, 'id="npi-e"' in answer.text) == (409, True)
    assert f'href="/directory/{known}"' in answer.text
    assert 'name="despite_twins"' not in answer.text


def test_a_likely_twin_is_a_409_with_a_link_and_can_be_saved_anyway(app, desk):
    with app.app_context():
        known = directory.provider(phone=PROVIDER["phone"]).public_id
    typed = {**PROVIDER, "npi": ""}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 409
    assert f'href="/directory/{known}"' in answer.text
    assert 'value="Family medicine"' in answer.text
    saved = people.send(desk, NEW, {**typed, "despite_twins": "y"}, page=NEW)
    assert saved.status_code == 302
    assert kept(app, Provider) == 2


def test_who_retired_is_marked_and_not_suggested(app, desk):
    with app.app_context():
        own = f"/directory/{directory.provider().public_id}"
    assert "Adeyemi" in desk.get("/directory/suggest?q=ade").text
    people.send(desk, f"{own}/status", {"status": "retired"})
    assert "cannot be chosen for new referrals" in desk.get(own).text
    assert "Adeyemi" not in desk.get("/directory/suggest?q=ade").text
    assert "Adeyemi" in desk.get("/directory?status=retired").text
    assert "Adeyemi" not in desk.get("/directory?status=active").text
    assert people.send(desk, f"{own}/status", {"status": "asleep"}).status_code == 302


def test_a_provider_is_placed_and_leaves(app, desk, place):
    with app.app_context():
        own = f"/directory/{directory.provider().public_id}"
    nothing = people.send(desk, f"{own}/places", {"organisation_text": "North"}, page=own)
    assert (nothing.status_code, 'value="North"' in nothing.text) == (422, True)
    people.send(desk, f"{own}/places", {"organisation": place}, page=own)
    assert "Northside" in desk.get(own).text
    assert "Adeyemi" in desk.get(f"/directory/organisations/{place}").text
    people.send(desk, f"{own}/places/{place}/leave", page=own)
    assert "No organisation named" in desk.get(own).text


def test_an_organisation_is_entered_amended_closed_and_opened(app, desk):
    where = people.send(desk, NEW_PLACE, ORGANISATION, page=NEW_PLACE).headers["Location"]
    page = desk.get(where).text
    assert all(word in page for word in ("12 Watson St, Ripon, WI, 54971", "Ms Ortiz", "8 to 12"))
    changed = {**ORGANISATION, "city": "Berlin", "version": "1"}
    assert people.send(desk, f"{where}/edit", changed, page=f"{where}/edit").status_code == 302
    stale = {**changed, "city": "Paris"}
    answer = people.send(desk, f"{where}/edit", stale, page=f"{where}/edit")
    assert (answer.status_code, "Paris" in answer.text, "Berlin" in answer.text) == (
        409,
        True,
        True,
    )
    people.send(desk, f"{where}/close")
    assert "Closed" in desk.get("/directory/organisations").text
    people.send(desk, f"{where}/reopen")
    assert "Closed" not in desk.get("/directory/organisations").text
    twin = people.send(desk, NEW_PLACE, changed, page=NEW_PLACE)
    assert (twin.status_code, 'name="despite_twins"' in twin.text) == (409, True)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ""),
        ("name", "x" * 161),
        ("kind", "castle"),
        ("phone", "1" * 41),
        ("fax", "1" * 41),
        ("email", "nobody"),
        ("address", "x" * 201),
        ("city", "x" * 81),
        ("region", "x" * 61),
        ("postcode", "x" * 21),
    ],
)
def test_a_bad_word_in_the_organisation_form_is_a_422(app, desk, field, bad):
    answer = people.send(desk, NEW_PLACE, {**ORGANISATION, field: bad}, page=NEW_PLACE)
    assert (answer.status_code, f'id="{field}-e"' in answer.text) == (422, True)
    texts = [t for n, t in ORGANISATION.items() if n not in (field, "kind")]
    assert all(f'value="{typed}"' in answer.text for typed in texts)
    assert kept(app, Organisation) == 0


def test_a_therapist_reads_and_does_not_write(app, place):
    browser = people.signed_in(app, Role.THERAPIST)
    with app.app_context():
        own = f"/directory/{directory.provider().public_id}"
    for path in (
        "/directory",
        own,
        "/directory/organisations",
        f"/directory/organisations/{place}",
    ):
        answer = browser.get(path)
        assert (answer.status_code, "/edit" in answer.text) == (200, False)
    for path in (NEW, f"{own}/edit", f"{own}/status", f"{own}/places", NEW_PLACE):
        assert people.send(browser, path, PROVIDER).status_code == 403


def test_a_long_list_is_turned_by_its_lines_in_two_statements(app, desk):
    with app.app_context():
        for number in range(52):
            directory.provider("Ann", f"Name{number:02d}")
        engine = db.engine
    seen = []

    def note(*said):
        seen.append(said[2])

    event.listen(engine, "before_cursor_execute", note)
    first = desk.get("/directory").text
    event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in seen if text.lstrip().startswith("SELECT")]) <= 2, seen
    assert ("Name49" in first, "Name50" in first) == (True, False)
    following = first.split("after=")[1][:20]
    second = desk.get(f"/directory?after={following}").text
    assert ("Name49" in second, "Name51" in second) == (False, True)
    back = second.split("before=")[1][:20]
    assert "Name49" in desk.get(f"/directory?before={back}").text


@pytest.mark.parametrize("query", ["%", "_", "'", "ñ" * 100, "x" * 5000, "\x00", "((", "1234"])
def test_an_odd_search_finds_nobody_and_breaks_nothing(app, desk, query):
    with app.app_context():
        directory.provider()
    for path in ("/directory", "/directory/suggest", "/directory/organisations"):
        assert desk.get(path, query_string={"q": query}).status_code == 200


def test_an_empty_directory_says_what_goes_here(app, desk):
    assert "/directory/new" in desk.get("/directory").text
    assert (
        "The desk puts providers here"
        in people.signed_in(app, Role.THERAPIST).get("/directory").text
    )


def test_what_is_not_there_is_a_404(desk):
    for path in (f"/directory/{'a' * 20}", f"/directory/organisations/{'a' * 20}/edit"):
        assert desk.get(path).status_code == 404
