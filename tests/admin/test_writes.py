"""Every way of writing from the back office: through a service, refusing what it refuses."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.admin.office import SCREENS
from clinic.audit.models import ChangeEntry
from clinic.core.clock import today
from clinic.core.db import db
from clinic.referrals.models import Referral
from clinic.scheduling.queries.visits import the_visit
from clinic.staff.models import StaffMember
from clinic.timetable.models import TimeOff
from tests.engines import on_both_engines
from tests.factories import scheduling

MODELS = {screen.slug: screen.model for screen in SCREENS if hasattr(screen, "slug")}
SOON = today(ZoneInfo("UTC")) + timedelta(days=40)
"""Any day to come."""


def made(office: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any], str]]:
    """By screen: what makes a new row, what spoils it, and the sentence that then is said."""
    person, room = office.ids["people"], office.ids["rooms"]
    day = SOON.isoformat()
    stretch = {"from_day": day, "from_time": "09:00", "until_day": day, "until_time": "12:00"}
    service = {
        "code": "HOT_STONE", "name": "Hot stone", "family": "relaxation", "buffer_before": "0",
        "buffer_after": "15", "max_pressure": "3", "hands_on_percent": "100", "position": "5",
    }  # fmt: skip
    return {
        "rooms": ({"name": "R9", "position": "1", "places": "A, B"}, {"name": "R1"}, "already"),
        "places": ({"room": room, "name": "Chair"}, {"name": "Table"}, "already"),
        "equipment": (
            {"kind": office.ids["equipment-kinds"], "name": "Heater 3"},
            {"name": "Heater 1"}, "already",
        ),
        "late-policies": (
            {"name": "Two days", "cut_off_hours": "48", "late_kind": "percent", "late_value": "50",
             "no_show_kind": "amount", "no_show_value": "40.00"},
            {"late_value": "101"}, "from 0 to 100",
        ),
        "room-features": (
            {"code": "MAT", "name": "Floor mat"}, {"name": "Sink"}, "already"
        ),
        "equipment-kinds": (
            {"code": "TOWELS", "name": "Towel warmer"}, {"code": "HEATER"}, "This code is taken"
        ),
        "hours": (
            {"staff": office.ids["owner"], "weekday": "0", "starts": "09:00", "ends": "17:30",
             "from_on": day},
            {"ends": "08:00"}, "plan two stretches",
        ),
        "exceptions": ({"staff": person, "on_date": day}, {"starts": "09:00"}, "both times"),
        "time-off": (
            {"staff": person, "kind": "sick"} | stretch, {"until_time": "08:00"}, "end lies before"
        ),
        "closures": ({"room": room} | stretch, {"until_time": "08:00"}, "end lies before"),
        "authorisations": (
            {"referral": office.ids["orders"], "visits": "4", "valid_from": day},
            {"valid_until": "2020-01-01"}, "end lies before",
        ),
        "providers": (
            {"last_name": "Okoro", "credentials": "MD", "preferred_channel": "fax"},
            {"npi": "1234567890"}, "a digit was mistyped",
        ),
        "organisations": (
            {"name": "Southside", "kind": "practice"},
            {"name": "Northside Family Practice", "city": "Ripon"}, "here already",
        ),
        "services": (service, {"code": "THERAPEUTIC"}, "This code is taken"),
        "lengths": (
            {"service": office.ids["services"], "minutes": "90", "amount_minor": "120.00"},
            {"minutes": "60"}, "already",
        ),
        "prices": (
            {"thing": f"length:{office.ids['lengths']}", "amount_minor": "95.50",
             "effective_from": day},
            {"effective_from": "2001-05-05"}, "Choose today or a later day",
        ),
        "add-ons": (
            {"code": "ADD_HEAT", "name": "Heat", "extra_minutes": "10", "amount_minor": "5"},
            {"code": "ADD_AROMA"}, "This code is taken",
        ),
        "techniques": ({"code": "CUPPING", "name": "Cupping"}, {"code": "DEEP"}, "is taken"),
        "licences": (
            {"staff": person, "qualification": office.ids["qualifications"], "valid_from": day},
            {"valid_until": "2020-01-01"}, "end lies before",
        ),
        "qualifications": (
            {"code": "CPR", "name": "First aid"}, {"code": "LMT_LICENSE"}, "already"
        ),
    }  # fmt: skip


def edited(office: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any], str]]:
    """The same for rows that stand; what is not named stays as the form shows it."""
    return {
        "appointments": ({"time": "11:00"}, {"day": "2019-01-01"}, ""),
        "rooms": ({"note": "Quiet"}, {"name": "R2"}, "already"),
        "equipment": ({"name": "Heater A"}, {"name": "Heater 2"}, "already"),
        "late-policies": (
            {"cut_off_hours": "12"},
            {"late_kind": "amount", "late_value": "much"},
            "an amount",
        ),
        "room-features": ({"name": "Basin"}, {"name": "Mat"}, "already"),
        "equipment-kinds": ({"name": "Hot"}, {"name": "Cups"}, "already"),
        "places": ({"name": "Mat"}, {"name": ""}, "Enter a name"),
        "hours": ({"ends": "23:00"}, {"starts": "10:00", "ends": "09:00"}, "plan two stretches"),
        "exceptions": ({"note": "Dentist"}, {"starts": "10:00"}, "both times"),
        "orders": ({"urgency": "urgent"}, {"received_on": "2090-01-01"}, "not come yet"),
        "authorisations": ({"visits": "9"}, {"valid_until": "2020-01-01"}, "end lies before"),
        "providers": ({"specialty": "Pain"}, {"npi": "1234567890"}, "a digit was mistyped"),
        "organisations": ({"city": "Leeds"}, {"name": ""}, "Enter a name"),
        "services": ({"name": "Therapy"}, {"buffer_after": "61"}, "0 to 60"),
        "prices": ({"amount_minor": "91.00"}, {"amount_minor": "-1"}, "not negative"),
        "add-ons": ({"name": "Oil"}, {"extra_minutes": "61"}, "0 to 60"),
        "techniques": ({"name": "Deeper work"}, {"name": ""}, "Enter a name"),
        "people": ({"phone": "555 0100"}, {"roles": []}, "at least one role"),
        "licences": ({"number": "L-77"}, {"valid_until": "2019-01-01"}, "end lies before"),
        "settings": ({"phone": "555 0199"}, {"currency": "XXY"}, "currency code"),
    }


@pytest.fixture
def office(office, owner, app):
    with app.app_context():
        row = db.session.query(StaffMember).filter_by(name="Olga Reed").one()
        office.ids["owner"] = row.public_id
    return office


def picture(app) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that the wing shows."""
    with app.app_context():
        return {
            slug: sorted(map(tuple, db.session.execute(model.__table__.select())), key=str)
            for slug, model in MODELS.items()
        }


def fields(page: str) -> dict[str, Any]:
    """What a browser would send of the form on a page, if nothing were changed."""
    form = page[page.index('class="formpage"') :]
    form = form[: form.index("</form>")]
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = said.get("type", "text")
        if kind in {"checkbox", "radio"}:
            if " checked" in tag:
                values.setdefault(said["name"], []).append(said.get("value", "y"))
        elif "name" in said:
            values[said["name"]] = said.get("value", "")
    lists = re.findall(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL)
    for name, body in lists:
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        first = re.search(r'value="([^"]*)"', body)
        values[name] = chosen[1] if chosen else (first[1] if first else "")
    for name, body in re.findall(
        r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL
    ):
        values[name] = body.strip()
    return values


def verbs(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(db.select(ChangeEntry.verb).order_by(ChangeEntry.seq)))


def test_every_screen_that_makes_rows_asks_its_service(app, office, owner):
    cases = made(office)
    assert set(cases) == {one.slug for one in SCREENS if getattr(one, "create_with", None)}
    for slug, (good, spoiled, said) in cases.items():
        before = picture(app)
        answer = owner.post(f"/office/{slug}/new/", good | spoiled)
        assert answer.status_code in {409, 422}, (slug, answer.status_code)
        assert said in answer.text, (slug, said)
        assert 'role="alert"' in answer.text
        assert picture(app) == before, slug
        length = len(verbs(app))
        answer = owner.post(f"/office/{slug}/new/", good)
        assert answer.status_code == 302, (slug, re.findall(r"field__error.*?</p>", answer.text))
        assert answer.headers["Location"] == f"/office/{slug}/"
        assert len(verbs(app)) > length
        assert len(picture(app)[slug]) == len(before[slug]) + 1


def test_every_screen_that_edits_rows_asks_its_service(app, office, owner):
    cases = edited(office)
    assert set(cases) == {one.slug for one in SCREENS if getattr(one, "update_with", None)}
    for slug, (good, spoiled, said) in cases.items():
        address = f"/office/{slug}/edit/?id={office.ids[slug]}"
        typed = fields(owner.get(address).text)
        before = picture(app)
        answer = owner.post(address, typed | spoiled)
        assert answer.status_code in {409, 422}, (slug, answer.status_code)
        assert said in answer.text, (slug, said)
        assert picture(app) == before, slug
        answer = owner.post(address, typed | good)
        assert answer.status_code == 302, (slug, re.findall(r"field__error.*?</p>", answer.text))
        after = picture(app)
        assert after[slug] != before[slug], slug
        assert len(after[slug]) == len(before[slug])


def test_an_edit_of_what_somebody_saved_meanwhile_shows_both(app, office, owner):
    for slug, (good, _, _) in edited(office).items():
        address = f"/office/{slug}/edit/?id={office.ids[slug]}"
        typed = fields(owner.get(address).text)
        assert owner.post(address, typed | good).status_code == 302
        before = picture(app)
        answer = owner.post(address, typed)
        assert answer.status_code == 409, slug
        assert "while you were editing" in answer.text
        assert picture(app) == before
        # The second save is a knowing one.
        again = fields(answer.text)
        assert int(again["version"]) > int(typed["version"])


def test_what_the_form_does_not_ask_for_is_ignored(app, office, owner):
    for slug, (good, _, _) in edited(office).items():
        address = f"/office/{slug}/edit/?id={office.ids[slug]}"
        typed = fields(owner.get(address).text)
        table = MODELS[slug].__table__
        asked = set(typed) | set(good) | {"roles", "requires", "techniques", "primary"}
        asked |= {"needs_referral", "is_vigorous", "counts_missed", "counts_late_cancelled"}
        asked |= {"counts_cancelled", "desk_sees_diagnosis"}
        asked |= {"is_lead"}  # boxes that are not ticked are not in the form
        extra = {c.name: "7" for c in table.columns if c.name not in asked}
        extra |= {"password_hash": "x", "roles-0": "owner", "grants": "owner", "disabled_at": ""}
        before = row_of(app, slug, office)
        assert owner.post(address, extra | typed | good).status_code == 302, slug
        after = row_of(app, slug, office)
        changed = {name for name in before if before[name] != after[name]}
        moved = {"slot_id", "held_slot_id", "verdict_id", "place_id", "confirmed_at"}
        kept = {"version", "updated_at", "search_name"} | (
            moved if slug == "appointments" else set()
        )
        assert changed <= set(good) | kept, (slug, changed)


def row_of(app, slug: str, office) -> dict[str, Any]:
    table = MODELS[slug].__table__
    with app.app_context():
        found = db.session.execute(table.select().where(table.c.public_id == office.ids[slug]))
        return dict(found.mappings().one())


def test_a_new_row_takes_nothing_but_what_the_form_asks(app, office, owner):
    good, _, _ = made(office)["techniques"]
    extra = {"id": "777", "public_id": "a" * 20, "is_active": "", "version": "44"}
    assert owner.post("/office/techniques/new/", good | extra).status_code == 302
    with app.app_context():
        row = db.session.query(MODELS["techniques"]).filter_by(code="CUPPING").one()
        assert (row.id != 777, row.public_id != "a" * 20, row.is_active, row.version) == (
            True, True, True, 1,
        )  # fmt: skip


DEEDS = [
    ("rooms", "give_up", True), ("rooms", "use_again", True), ("places", "use_again", None),
    ("hours", "strike", True), ("exceptions", "strike", True), ("time-off", "approve", True),
    ("time-off", "decline", False), ("time-off", "call_off", True), ("closures", "lift", True),
    ("closures", "lift", False), ("orders", "reopen", None), ("providers", "retired", True),
    ("providers", "active", True), ("providers", "moved", True), ("providers", "deceased", True),
    ("organisations", "close", True), ("organisations", "reopen", True),
    ("services", "retire", True), ("services", "restore", True), ("lengths", "withdraw", True),
    ("lengths", "resume", True), ("prices", "withdraw", True), ("add-ons", "retire", True),
    ("add-ons", "restore", True), ("techniques", "retire", True), ("techniques", "restore", True),
    ("late-policies", "default", None), ("late-policies", "retire", False),
    ("late-policies", "restore", None), ("room-features", "retire", True),
    ("room-features", "restore", True), ("equipment-kinds", "retire", True),
    ("equipment-kinds", "restore", True), ("equipment", "give_up", True),
    ("equipment", "use_again", True), ("people", "disable", True),
    ("people", "enable", True), ("licences", "revoke", True),
]  # fmt: skip


def test_every_deed_goes_through_its_service_and_tells_what_became_of_it(app, office, owner):
    named = {(one.slug, deed.name) for one in SCREENS for deed in getattr(one, "deeds", ())}
    assert {(slug, name) for slug, name, _ in DEEDS} | {("places", "give_up")} == named
    # The visit stands at the first room: what would leave it without a place is refused.
    assert_refused(app, owner, "rooms", "give_up", office.ids["rooms"], "in that time")
    assert_refused(app, owner, "places", "give_up", office.ids["places"], "in that time")
    office.ids["rooms"] = second_room(app)
    for slug, name, is_done in DEEDS:
        before = picture(app)
        answer = deed(owner, slug, name, office.ids[slug])
        if is_done is not None:
            assert (": 1 done." in answer.text) is is_done, (slug, name)
            assert (picture(app) != before) is is_done, (slug, name)


def second_room(app) -> str:
    """A room in which nothing is to happen."""
    with app.app_context():
        return scheduling.a_place("R9", 9).room.public_id


def deed(visitor, slug: str, name: str, *ids: str) -> Any:
    answer = visitor.post(
        f"/office/{slug}/action/", {"action": name, "rowid": list(ids)}, follow_redirects=True
    )
    assert answer.status_code == 200
    return answer


def assert_refused(app, visitor, slug: str, name: str, number: str, said: str) -> None:
    before = picture(app)
    answer = deed(visitor, slug, name, number)
    assert said in answer.text
    assert "stays as it was" in answer.text
    assert picture(app) == before


def test_a_bulk_deed_says_how_many_were_refused_and_why(app, office, owner):
    with app.app_context():
        people = [one.public_id for one in db.session.query(StaffMember)]
    answer = deed(owner, "people", "disable", *people, "a" * 20, "1", "' OR 1=1")
    done = re.search(r"End access: (\d+) done", answer.text)
    assert done
    assert int(done[1]) == len(people) - 1, "everybody but oneself"
    assert "You cannot end your own access" in answer.text


def test_a_deed_reaches_no_more_rows_than_named(app, office, owner):
    assert owner.post("/office/techniques/action/", {"action": "retire"}).status_code == 400
    for wrong in ("1", "a" * 20, "", "'"):
        answer = owner.post("/office/techniques/action/", {"action": "retire", "rowid": wrong})
        assert answer.status_code == 404
    assert owner.post("/office/techniques/action/", {"rowid": "1"}).status_code == 404


@on_both_engines
def test_a_move_from_the_office_meets_the_gate_and_the_clash(app, office, owner):
    address = f"/office/appointments/edit/?id={office.ids['appointments']}"
    typed = fields(owner.get(address).text)
    answer = owner.post(address, typed | {"time": "03:07"})
    assert answer.status_code in {302, 409, 422}
    typed = fields(owner.get(address).text)
    assert owner.post(address, typed | {"time": "14:00"}).status_code == 302
    with app.app_context():
        visit = the_visit(office.ids["appointments"])
        assert visit.verdict.on_date == visit.on_date


def test_editing_a_referral_here_leaves_its_clinical_text_alone(app, office, owner, therapist):
    for visitor in (owner, therapist):
        address = f"/office/orders/edit/?id={office.ids['orders']}"
        typed = fields(visitor.get(address).text)
        typed["frequency"] = typed["frequency"] + "x"
        assert visitor.post(address, typed | {"reason": "", "diagnosis": "gone"}).status_code == 302
    with app.app_context():
        order = db.session.query(Referral).one()
        assert "canary-reason" in order.reason
        assert "canary-code" in order.diagnosis


def test_a_refused_form_keeps_what_was_typed(app, office, owner):
    answer = owner.post("/office/providers/new/", {"last_name": "Okoro", "npi": "12"})
    assert answer.status_code == 422
    assert 'value="Okoro"' in answer.text
    assert 'aria-invalid="true"' in answer.text


@on_both_engines
def test_hostile_values_are_refused_or_kept_as_text(app, office, owner):
    for value in ("<script>alert(1)</script>", "' OR 1=1 --", "9" * 30, "\x00", "\U0001f600" * 30):
        for field in ("name", "note", "position", "places"):
            answer = owner.post(
                "/office/rooms/new/",
                {"name": value[:20], "position": "1", "places": "A", field: value},
            )
            assert answer.status_code in {302, 409, 422}, (field, value)
    page = owner.get("/office/rooms/?page_size=100").text
    assert "<script>alert" not in page


def test_who_was_invited_elsewhere_is_not_made_here(office, owner):
    assert owner.get("/office/people/new/").status_code == 403
    assert "/staff/invite" in owner.get("/office/people/").text


def test_time_off_that_is_approved_takes_the_time(app, office, owner):
    deed(owner, "time-off", "approve", office.ids["time-off"])
    with app.app_context():
        assert db.session.query(TimeOff).one().status == "approved"
