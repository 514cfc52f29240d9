"""The pages of what is to be done, as a browser asks for them."""

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.staff.queries import find_by_email
from clinic.tasks.models import Task
from tests.factories import staff
from tests.factories import tasks as made
from tests.factories.clients import a_client
from tests.factories.directory import provider
from tests.factories.scheduling import open_house


@pytest.fixture
def desk(app: Flask):
    with app.app_context():
        open_house()
    return staff.signed_in(app, Role.RECEPTIONIST)


def a_task(app: Flask, *args, **facts) -> str:
    with app.app_context():
        return made.task(*args, **facts).public_id


def stand(app: Flask, task_id: str) -> tuple:
    with app.app_context():
        task = db.session.query(Task).filter_by(public_id=task_id).one()
        return task.status, task.outcome, task.role, task.version


def test_an_empty_list_says_what_comes_here_and_offers_a_new_one(desk):
    assert "Nothing for you to do" in desk.get("/tasks").text
    page = desk.get("/tasks?whose=all").text
    assert "Nothing is to be done" in page
    assert "/tasks/new" in page
    assert "No such tasks" in desk.get("/tasks?kind=other").text
    assert "No such tasks" in desk.get("/tasks?put_off=1").text


def test_the_list_says_how_late_whom_it_is_about_and_who_has_it(app, desk):
    with app.app_context():
        made.task(due=-3, client=a_client(), note="Try the work number.")
        made.task("report_due", due=2)
        about = provider()
        made.task("update_directory", about=f"provider:{about.public_id}")
        there = f"/directory/{about.public_id}"
    page = desk.get("/tasks").text
    assert "3 days late" in page
    assert "Grace Nakamura" in page
    assert "Try the work number." in page
    assert "Reception" in page
    assert there in page
    assert "Write a report" not in page.split("todolist")[1]
    assert "Write a report" in desk.get("/tasks?whose=all").text.split("todolist")[1]


def test_what_one_has_in_person_is_shown_first(app, desk):
    with app.app_context():
        person = find_by_email(staff.address_of("Receptionist"))
        made.task(assignee=person, note="Mine.")
        made.task(note="The desk's.")
    page = desk.get("/tasks").text
    assert "Mine." in page
    assert "The desk’s." not in page
    assert "The desk&#39;s." in desk.get("/tasks?whose=role").text
    assert desk.get("/tasks/count").json == {"count": 2}


@pytest.mark.parametrize("odd", ["whose=x", "kind=x", "whose=" + "a" * 200])
def test_odd_filters_are_none(desk, odd):
    assert desk.get(f"/tasks?{odd}").status_code == 200


def test_taken_and_done_in_one_click_each_and_back_on_the_list(app, desk):
    task = a_task(app)
    where = "/tasks?whose=role"
    answer = staff.send(desk, f"/tasks/{task}/take", {"version": 1, "next": where})
    assert (answer.status_code, answer.location) == (302, where)
    assert stand(app, task)[0] == "in_progress"
    answer = staff.send(
        desk, f"/tasks/{task}/finish", {"version": 2, "outcome": "Reached.", "next": where}
    )
    assert answer.location == where
    assert stand(app, task)[:2] == ("done", "Reached.")
    page = desk.get(f"/tasks/{task}").text
    assert "Reached." in page
    assert "It is done" not in page


def test_the_way_back_leads_nowhere_else(app, desk):
    task = a_task(app)
    sent = {"version": 1, "next": "https://elsewhere.example"}
    assert staff.send(desk, f"/tasks/{task}/take", sent).location == "/tasks"


@pytest.mark.parametrize(
    ("step", "sent", "field"),
    [
        ("finish", {"outcome": " "}, "finish-outcome"),
        ("finish", {"outcome": "x" * 300}, "finish-outcome"),
        ("snooze", {"until": "", "why": "They are away."}, "snooze-until"),
        ("snooze", {"until": "2001-01-01", "why": "They are away."}, "snooze-until"),
        ("snooze", {"until": "2030-01-01", "why": ""}, "snooze-why"),
        ("cancel", {"why": ""}, "cancel-why"),
        ("hand", {"whom": "nobody"}, "hand-whom"),
    ],
)
def test_what_is_not_right_is_said_beside_its_field_and_kept(app, desk, step, sent, field):
    task = a_task(app)
    answer = staff.send(desk, f"/tasks/{task}/{step}", {"version": 1, **sent})
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    for typed in sent.values():
        if typed.strip() and field != "hand-whom":
            assert typed in answer.text
    assert stand(app, task)[0] == "open"


def test_put_off_handed_on_cancelled_and_looked_at_today(app, desk):
    with app.app_context():
        later, person = made.day(5).isoformat(), staff.member("Kim Sato").public_id
    task = a_task(app)
    staff.send(desk, f"/tasks/{task}/snooze", {"version": 1, "until": later, "why": "Away."})
    assert stand(app, task)[0] == "snoozed"
    assert "Away." not in desk.get("/tasks?whose=role").text
    assert "Away." in desk.get("/tasks?whose=role&put_off=1").text
    staff.send(desk, f"/tasks/{task}/wake", {"version": 2})
    staff.send(desk, f"/tasks/{task}/hand", {"version": 3, "whom": person})
    assert "Kim Sato" in desk.get(f"/tasks/{task}").text
    staff.send(desk, f"/tasks/{task}/hand", {"version": 4, "whom": "receptionist"})
    assert stand(app, task)[2] == "receptionist"
    staff.send(desk, f"/tasks/{task}/cancel", {"version": 5, "why": "They called us."})
    assert stand(app, task)[:2] == ("cancelled", "They called us.")


def test_an_old_page_is_refused_and_shows_what_stands(app, desk):
    task = a_task(app)
    staff.send(desk, f"/tasks/{task}/take", {"version": 1})
    answer = staff.send(desk, f"/tasks/{task}/finish", {"version": 1, "outcome": "Reached."})
    assert answer.status_code == 409
    assert stand(app, task)[0] == "in_progress"


def test_somebody_elses_work_is_not_taken(app, desk):
    task = a_task(app, "confirm_precautions")
    answer = staff.send(desk, f"/tasks/{task}/take", {"version": 1})
    assert answer.status_code == 403
    assert "another role" in answer.text


def test_a_new_one_is_put_on_the_list(app, desk):
    with app.app_context():
        client, day = a_client().public_id, made.day(1).isoformat()
    form = desk.get(f"/tasks/new?client={client}").text
    assert "Grace Nakamura" in form
    assert "no health details" in form
    sent = {"kind": "contact_client", "due_on": day, "client": client, "note": "About Tuesday."}
    answer = staff.send(desk, "/tasks/new", {**sent, "whom": ""})
    assert (answer.status_code, answer.location) == (302, "/tasks")
    answer = staff.send(desk, "/tasks/new", {**sent, "whom": "therapist"})
    assert answer.location == "/tasks?whose=all"
    page = desk.get("/tasks?whose=all").text
    assert page.count("About Tuesday.") == 2


@pytest.mark.parametrize(
    "wrong", [{"due_on": ""}, {"kind": "report_due"}, {"note": "x" * 201}, {"whom": "nobody"}]
)
def test_a_new_one_needs_a_kind_and_a_day(app, desk, wrong):
    sent = {"kind": "other", "due_on": "2030-01-05", "note": "Buy oil.", "whom": ""}
    assert staff.send(desk, "/tasks/new", {**sent, **wrong}).status_code == 422


def test_a_client_there_is_not_is_no_client(desk):
    assert desk.get("/tasks/new?client=" + "z" * 20).status_code == 200


def test_a_task_there_is_not_is_not_found(desk):
    assert desk.get("/tasks/" + "z" * 20).status_code == 404
    assert staff.send(desk, "/tasks/" + "z" * 20 + "/take", {"version": 1}).status_code == 404


def test_what_is_late_stands_on_ones_own_start_page(app, desk):
    with app.app_context():
        made.task(due=-2, client=a_client())
        made.task("report_due", due=0, note="The therapist's.")
        made.task(due=4, note="Not yet.")
    part = desk.get("/tasks/pressing").text
    assert "1 task late" in part
    assert "Grace Nakamura" in part
    assert "Not yet." not in part
    for page in ("/day", "/office/schedule/"):
        assert 'data-pressing="/tasks/pressing"' in desk.get(page).text
    office = desk.get("/office/").text
    assert "To do today" in office
    assert "Grace Nakamura" in office
    mine = staff.signed_in(app, Role.THERAPIST).get("/my-day").text
    assert "To do today" in mine
    assert "Write a report" in mine
    assert "Grace Nakamura" not in mine


def test_all_that_is_late_is_counted_though_only_the_first_are_listed(app, desk):
    with app.app_context():
        for number in range(10):
            made.task(due=-2, note=f"Late {number}.")
    part = desk.get("/tasks/pressing").text
    assert "10 tasks late" in part
    assert part.count("<li>") == 8


def test_where_nothing_is_to_be_done_a_start_page_says_nothing_of_it(app, desk):
    assert desk.get("/tasks/pressing").text.strip() == ""
    assert "To do today" not in desk.get("/office/").text
