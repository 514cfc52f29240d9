"""The pages of consents: what they show to whom, and what they say to bad input."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.clients import services as clients_services
from clinic.clients.models import Client
from clinic.consents import queries, services
from clinic.consents.rules import KINDS
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from clinic.practice.rules import Practice
from clinic.staff.models import StaffMember
from tests.factories import directory
from tests.factories.clients import a_client
from tests.factories.consents import agree, door
from tests.factories.staff import send, signed_in

SECRET = "canary at the left hip"
PRIVATE = ("Sensitive areas", "Massage in pregnancy", "buttock", SECRET)


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A client who agreed to several things, and one who was asked nothing."""
    with app.app_context():
        client, provider = a_client(), directory.provider()
        made = {
            "TREATMENT": agree(client),
            "SENSITIVE_AREA": agree(client, "SENSITIVE_AREA", reason=SECRET),
            "PRENATAL_ACK": agree(client, "PRENATAL_ACK"),
            "SHARE_PROVIDER": agree(client, "SHARE_PROVIDER", provider=provider),
        }
        other = a_client("Ida Hall")
        return SimpleNamespace(
            id=client.id,
            own=f"/clients/{client.public_id}/consents",
            other=f"/clients/{other.public_id}/consents",
            other_id=other.id,
            provider=provider.public_id,
            ids={kind: row.public_id for kind, row in made.items()},
        )


def caring(app: Flask, clinic: SimpleNamespace, *more: Role):
    """A therapist at a browser, in the care of both."""
    visitor = signed_in(app, Role.THERAPIST, *more)
    with app.app_context():
        name = " ".join(role.value.title() for role in (Role.THERAPIST, *more))
        person = db.session.query(StaffMember).filter_by(name=name).one()
        with transaction():
            for record in db.session.query(Client).all():
                clients_services.join_care(record, person.id, actor=SYSTEM)
    return visitor


def said(app: Flask, person: int):
    with app.app_context():
        return queries.consents_on(person, today(the_practice().zone))


def typed(**more: object) -> dict[str, object]:
    return {
        "text_number": "0",
        "given_by": "client",
        "method": "signed",
        "signature": "Ida Hall",
        "given_on": today_said(),
    } | more


def today_said() -> str:
    return today(Practice().zone).isoformat()


def errors(page: str) -> list[str]:
    return re.findall(r'class="field__error" id="([^"]+)-e"', page)


def test_the_desk_sees_that_the_care_team_keeps_something_and_never_what(app, clinic):
    visitor = signed_in(app)
    page = visitor.get(clinic.own).text
    assert "Treatment" in page
    assert "Who treats this client asks for these and reads them." in page
    assert [word for word in PRIVATE if word in page] == []
    for kind in ("SENSITIVE_AREA", "PRENATAL_ACK"):
        for rest in (
            clinic.ids[kind],
            f"{clinic.ids[kind]}/withdraw",
            f"{clinic.ids[kind]}/mistake",
        ):
            answer = visitor.get(f"{clinic.own}/{rest}")
            assert answer.status_code == 403
            assert [word for word in PRIVATE if word in answer.text] == []
        assert visitor.get(door(clinic.own, "new", kind)).status_code == 403
        assert visitor.get(door(clinic.own, "refuse", kind)).status_code == 403


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.OWNER])
def test_nor_does_anybody_else_who_does_not_treat_the_client(app, clinic, role):
    page = signed_in(app, role).get(clinic.own).text
    assert [word for word in PRIVATE if word in page] == []


def test_who_treats_the_client_reads_all_of_it(app, clinic):
    visitor = caring(app, clinic)
    assert "Massage in pregnancy" in visitor.get(clinic.own).text
    page = visitor.get(f"{clinic.own}/{clinic.ids['SENSITIVE_AREA']}").text
    assert SECRET in page
    assert "buttock" in page
    assert "only the areas named below are meant" in page


def test_what_is_missing_stands_first(app, clinic):
    page = signed_in(app).get(clinic.other).text
    assert "Missing before a session can start" in page
    assert "Missing before a session can start" not in signed_in(app).get(clinic.own).text


def test_every_page_of_every_kind_opens_for_who_may(app, clinic):
    visitor = caring(app, clinic)
    for kind in KINDS:
        page = visitor.get(door(clinic.other, "new", kind))
        assert page.status_code == 200, kind
        assert visitor.get(door(clinic.other, "refuse", kind)).status_code == 200
    for public_id in clinic.ids.values():
        for rest in ("", "/withdraw", "/mistake"):
            assert visitor.get(f"{clinic.own}/{public_id}{rest}").status_code == 200
    assert visitor.get(f"{clinic.own}/withdraw").status_code == 200


def test_the_desk_takes_a_consent_to_the_words_it_showed(app, clinic):
    visitor, path = signed_in(app), door(clinic.other, "new", "TREATMENT")
    assert "Many people feel looser" in visitor.get(path).text
    answer = send(visitor, path, typed(), page=path)
    assert answer.status_code == 302
    assert said(app, clinic.other_id).has("TREATMENT")


def test_bad_input_is_said_beside_its_field_and_kept(app, clinic):
    visitor, path = signed_in(app), door(clinic.other, "new", "SHARE_FAMILY")
    answer = send(visitor, path, typed(signature="", whom="Jo Hall", given_on="soon"), page=path)
    assert answer.status_code == 422
    assert {"signature", "given_on"} <= set(errors(answer.text))
    assert 'value="Jo Hall"' in answer.text
    answer = send(visitor, path, typed(whom="Jo Hall"), page=path)
    assert (answer.status_code, errors(answer.text)) == (422, ["purposes"])
    answer = send(visitor, path, typed(whom="Jo Hall", purposes=["x"]), page=path)
    assert answer.status_code == 422
    facts = typed(whom="Jo Hall", purposes=["family"], shared=["visits"])
    assert send(visitor, path, facts, page=path).status_code == 302


def test_a_share_is_renewed_with_the_same_provider(app, clinic):
    visitor = signed_in(app)
    path = door(clinic.own, "new", "SHARE_PROVIDER") + f"?again={clinic.ids['SHARE_PROVIDER']}"
    page = visitor.get(path).text
    assert 'name="provider"' not in page
    facts = typed(purposes=["care"], shared=["notes"], signature="Grace Nakamura")
    assert send(visitor, path, facts, page=path).status_code == 302
    shared = said(app, clinic.id).given("SHARE_PROVIDER")
    assert [line.scope.data for line in shared] == [("notes",)]


def test_a_refusal_of_one_provider_is_written_down(app, clinic):
    visitor, path = signed_in(app), door(clinic.other, "refuse", "SHARE_PROVIDER")
    facts = {"given_on": today_said(), "why": "Rather not"}
    assert errors(send(visitor, path, facts, page=path).text) == ["provider"]
    answer = send(visitor, path, facts | {"provider": clinic.provider}, page=path)
    assert answer.status_code == 302
    assert said(app, clinic.other_id).is_refused("SHARE_PROVIDER")
    assert "Refused" in visitor.get(clinic.other).text


def test_a_consent_is_withdrawn_and_marked_in_error(app, clinic):
    visitor = signed_in(app)
    path = f"{clinic.own}/{clinic.ids['TREATMENT']}/withdraw"
    stale = send(visitor, path, {"version": "0", "by": "phone"}, page=path)
    assert stale.status_code == 409
    assert send(visitor, path, {"version": "1", "by": "phone"}, page=path).status_code == 302
    assert not said(app, clinic.id).has("TREATMENT")
    path = f"{clinic.own}/{clinic.ids['SHARE_PROVIDER']}/mistake"
    assert send(visitor, path, {"version": "1", "why": ""}, page=path).status_code == 422
    facts = {"version": "1", "why": "Another client"}
    assert send(visitor, path, facts, page=path).status_code == 302
    assert not said(app, clinic.id).has("SHARE_PROVIDER")


def test_the_desk_writes_down_that_all_the_care_team_keeps_is_withdrawn(app, clinic):
    visitor, path = signed_in(app), f"{clinic.own}/withdraw"
    assert send(visitor, path, {"by": "phone", "why": ""}, page=path).status_code == 302
    assert not said(app, clinic.id).has("PRENATAL_ACK")
    assert said(app, clinic.id).has("TREATMENT")


def test_a_consent_under_another_clients_address_is_no_page(app, clinic):
    visitor = signed_in(app)
    assert visitor.get(f"{clinic.other}/{clinic.ids['TREATMENT']}").status_code == 404
    assert visitor.get(door(clinic.own, "new", "NOTHING")).status_code == 404
    assert visitor.get(door(clinic.own, "new", "TREATMENT") + "?words=7").status_code == 404


# ---- the clinic's words


def test_words_are_looked_at_before_they_are_published(app, clinic):
    visitor, path = signed_in(app, Role.OWNER), "/settings/consents/SMS"
    assert visitor.get("/settings/consents").status_code == 200
    page = send(
        visitor, path, {"after": "0", "body": "Hello.\n\n- <b>one</b>", "look": "1"}, page=path
    )
    assert page.status_code == 200
    assert "<li>&lt;b&gt;one&lt;/b&gt;</li>" in page.text
    facts = {"after": "0", "body": "We write to you."}
    assert send(visitor, path, facts, page=path).status_code == 302
    assert send(visitor, path, facts | {"body": "Other."}, page=path).status_code == 409
    assert "We write to you." in visitor.get(f"{path}/1").text
    assert "Text messages can be read by others" in visitor.get(f"{path}/0").text
    assert visitor.get(f"{path}/2").status_code == 404


def test_nobody_but_the_owner_comes_to_the_words(app, clinic):
    for role in (Role.RECEPTIONIST, Role.THERAPIST):
        assert signed_in(app, role).get("/settings/consents").status_code == 403


def test_a_paper_signed_on_earlier_words_is_kept_with_those(app, clinic):
    with app.app_context(), transaction():
        services.publish_text("SMS", "We write to you.", actor=SYSTEM, after=0)
    visitor = signed_in(app)
    assert "?words=0" in visitor.get(door(clinic.other, "new", "SMS")).text
    page = visitor.get(door(clinic.other, "new", "SMS") + "?words=0").text
    assert "Text messages can be read by others" in page
    answer = send(
        visitor, door(clinic.other, "new", "SMS"), typed(), page=door(clinic.other, "new", "SMS")
    )
    assert answer.status_code == 302
    assert [line.id for line in said(app, clinic.other_id).given("SMS")]
    assert "There are newer words" in visitor.get(clinic.other).text
