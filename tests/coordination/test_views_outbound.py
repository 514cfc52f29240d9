"""The pages of a referral to a provider, as the desk, a therapist and an owner see them."""

import re
from typing import Any

import pytest
from flask import Flask

from clinic.clients.models import Client
from clinic.coordination.models import OutboundReferral
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.health.models import Clearance
from clinic.health.services.clearing import ask_clearance
from clinic.staff import queries as staff_queries
from clinic.staff.models import StaffMember
from tests.factories import outbound as made
from tests.factories import screening, staff

TEXTS = ("canary-asked", "canary-found", "canary-meanwhile", "canary-answered", "canary-said")


@pytest.fixture
def who(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A client whom Ines treats, and a doctor."""
    made.swift_setting(monkeypatch)
    with app.app_context():
        cast = made.cast()
        return {"client": cast.client.public_id, "provider": cast.provider.public_id}


def someone(name: str) -> Any:
    return staff_queries.actor_of(db.session.query(StaffMember).filter_by(name=name).one())


def ines(app: Flask) -> Any:
    return staff.signed_in(app, name="Ines Okafor")


def robin(app: Flask) -> Any:
    return staff.signed_in(app, name="Robin Vale")


def asked(who: dict[str, str], **more: str) -> dict[str, str]:
    return {
        "provider": who["provider"], "reason": "red_flag", "urgency": "urgent",
        "question": made.QUESTION, "findings": made.FINDINGS, "meanwhile": made.MEANWHILE,
        "called": "",
    } | more  # fmt: skip


def begun(app: Flask, who: dict[str, str]) -> str:
    page = f"/outbound/new?client={who['client']}"
    answer = staff.send(ines(app), page, asked(who))
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def stands(app: Flask) -> str:
    with app.app_context():
        return str(
            db.session.query(OutboundReferral).order_by(OutboundReferral.id).all()[-1].status
        )


def press(client: Any, page: str, deed: str, **values: str) -> Any:
    """Send one of the page's own forms."""
    there = client.get(f"{page}/{deed}")
    shown = client.get(page).text if there.status_code == 405 else there.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', shown)
    told = {"version": version.group(1) if version else ""} | values
    return staff.send(client, f"{page}/{deed}", told, page=page)


def test_a_therapist_begins_one_from_a_clients_page_and_bad_input_is_kept(app: Flask, who):
    page = f"/outbound/new?client={who['client']}"
    refused = staff.send(ines(app), page, asked(who, question=""))
    assert refused.status_code == 422
    assert made.FINDINGS in refused.text
    grave = staff.send(ines(app), page, asked(who, urgency="emergency"))
    assert grave.status_code == 422
    assert "Call first" in grave.text
    own = begun(app, who)
    shown = ines(app).get(own).text
    assert "O-00000" in shown
    assert made.QUESTION in shown
    assert "Approve" in shown
    assert robin(app).get(page).status_code == 403


def test_reception_and_an_owner_see_where_it_stands_and_nothing_of_health(app: Flask, who):
    own = begun(app, who)
    for name in ("Robin Vale", "Olga Reed"):
        shown = staff.signed_in(app, name=name).get(own).text
        assert "O-00000" in shown
        assert "Adeyemi" in shown
        assert "Urgent" in shown
        assert not [text for text in TEXTS if text in shown]
        assert "Red flag" not in shown
        for door in ("edit", "answer", "cancel"):
            assert staff.signed_in(app, name=name).get(f"{own}/{door}").status_code == 403


def test_it_goes_from_approval_to_closed_through_its_pages(app: Flask, who):
    own = begun(app, who)
    assert press(ines(app), own, "approve").status_code == 302
    assert stands(app) == "consent_pending"
    shown = robin(app).get(own).text
    assert "has not agreed yet" in shown
    assert "/consents/" in shown
    with app.app_context():
        row = db.session.query(OutboundReferral).one()
        cast = made.Cast(row.client, row.provider, someone("Ines Okafor"),
                         someone("Robin Vale"), someone("Olga Reed"))  # fmt: skip
        made.agree(cast)
        made.send(row, cast.robin)
    assert stands(app) == "sent"
    assert "day left for the answer" in robin(app).get(own).text
    kept = press(
        robin(app), own, "happened", what="acknowledged", by="Mrs Lund", on=str(today(app)),
        how="phone", text="canary-said of it",
    )  # fmt: skip
    assert kept.status_code == 302, kept.text
    assert stands(app) == "acknowledged"
    answer = {"how": "phone", "said_by": "Dr Adeyemi", "on": str(today(app)),
              "said": made.ANSWERED}  # fmt: skip
    assert press(ines(app), own, "answer", **(answer | {"said": ""})).status_code == 422
    assert press(ines(app), own, "answer", **answer).status_code == 302
    assert stands(app) == "reply_received"
    assert made.ANSWERED in ines(app).get(own).text
    shown = robin(app).get(own).text
    assert not [text for text in TEXTS if text in shown]
    early = press(ines(app), own, "told", how="phone", what="")
    assert early.status_code == 409
    assert press(ines(app), own, "acted", what="").status_code == 422
    assert press(ines(app), own, "acted", what="nothing changes").status_code == 302
    assert press(ines(app), own, "told", how="phone", what="").status_code == 302
    assert press(robin(app), own, "close").status_code == 302
    assert stands(app) == "closed"
    assert "Closed" in robin(app).get(own).text


def today(app: Flask) -> Any:
    with app.app_context():
        return made.day()


def test_what_is_logged_must_be_possible_and_is_kept_when_refused(app: Flask, who):
    own = begun(app, who)
    offered = robin(app).get(f"{own}/happened").text
    assert "We called" in offered
    assert "They confirmed" not in offered
    wrong = press(robin(app), own, "happened", what="acknowledged", text="typed text", how="phone")
    assert wrong.status_code == 422
    assert "typed text" in wrong.text
    silent = press(robin(app), own, "happened", what="called", text="", how="phone")
    assert silent.status_code == 422
    assert "why it could not wait" in silent.text


def test_a_question_about_treatment_leads_from_the_clearance_to_its_referral(app: Flask, who):
    with app.app_context():
        row = db.session.query(OutboundReferral).one_or_none()
        assert row is None
        client = db.session.query(made.Client).filter_by(public_id=who["client"]).one()
        provider = db.session.query(made.Provider).filter_by(public_id=who["provider"]).one()
        screening.know(client, screening.LOW_PLATELETS)
        with transaction():
            ask_clearance(client, ["THROMBOCYTOPENIA"], actor=someone("Ines Okafor"),
                          provider=provider, question="May she?")  # fmt: skip
        clearance = db.session.query(Clearance).one().public_id
    led = ines(app).get(f"/outbound/for/{clearance}")
    assert led.status_code == 302
    shown = ines(app).get(led.location).text
    assert f"/screening/clearances/{clearance}" in shown
    assert "May she?" in shown
    assert f"/outbound/for/{clearance}" in ines(app).get(f"/screening/clearances/{clearance}").text


def test_the_desk_reads_why_a_provider_declined_and_not_what_was_said(app: Flask, who):
    with app.app_context():
        cast = made.Cast(
            db.session.query(Client).one(), db.session.query(Provider).one(),
            someone("Ines Okafor"), someone("Robin Vale"), someone("Olga Reed"),
        )  # fmt: skip
        own = f"/outbound/{made.in_state(cast, 'sent').public_id}"
    said = {"what": "declined", "how": "phone", "text": "canary-said"}
    unsaid = press(robin(app), own, "happened", **said, code="")
    assert unsaid.status_code == 422
    assert "canary-said" in unsaid.text
    press(robin(app), own, "happened", **said, code="full")
    page = robin(app).get(own).text
    assert stands(app) == "declined"
    assert page.count("No free places") == 2
    assert "canary-said" not in page
    assert "canary-said" in ines(app).get(own).text


def test_reception_writes_down_a_late_answer_and_the_referral_goes_on(app: Flask, who):
    with app.app_context():
        cast = made.Cast(
            db.session.query(Client).one(), db.session.query(Provider).one(),
            *(someone(name) for name in ("Ines Okafor", "Robin Vale", "Olga Reed")),
        )  # fmt: skip
        row = made.in_state(cast, "no_response")
        assert row.letter is not None
        own, letter = f"/outbound/{row.public_id}", f"/letters/{row.letter.public_id}"
    shown = robin(app).get(own).text
    assert "An answer that comes late is still taken" in shown
    assert f'href="{letter}/answered"' in shown
    assert "Record the answer" not in shown
    assert f'href="{own}/answer"' in ines(app).get(own).text
    with app.app_context():
        early, today = str(made.day(-9)), str(made.day())
    assert press(robin(app), letter, "answered", on=early).status_code == 422
    assert press(robin(app), letter, "answered", on="").status_code == 422
    assert stands(app) == "no_response"
    assert press(robin(app), letter, "answered", on=today).status_code == 302
    assert stands(app) == "reply_received"
    shown = robin(app).get(own).text
    assert "Read the answer" in shown
    assert "is still taken" not in shown
    assert "I have read it" in ines(app).get(own).text
