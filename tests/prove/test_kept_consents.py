"""A consent and a provider's answer are taken back, and never changed: on either engine.

The last tests take the lock away as the database's owner would: the statements of the first
then go through, so it is the lock that refused them.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from clinic.consents import services as consenting
from clinic.consents.models import Consent
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.models import Clearance
from clinic.health.services import clearing
from clinic.records.models import TreatmentPlan
from clinic.records.rules.measures import Subject
from clinic.records.rules.plans import Details, Goal
from clinic.records.services.plans import write_plan
from tests.engines import on_both_engines
from tests.factories import consents, directory, screening
from tests.factories import scheduling as made

pytestmark = on_both_engines

PLAN = Details("Stiff neck", goals=(Goal("Hurt less", Subject("NPRS_NOW")),))
AT = datetime(2020, 1, 1, tzinfo=UTC)
OF_CONSENT: dict[str, Any] = {
    "client_id": 99, "kind": "SMS", "text_number": 7, "answer": "refused",
    "given_by": "guardian", "method": "verbal", "given_on": date(2020, 1, 1),
    "expires_on": date(2040, 1, 1), "provider_id": 99, "scope_sealed": b"x",
    "signature_sealed": b"x", "taken_by_id": 99, "created_at": AT, "public_id": "a" * 20,
    "why_sealed": b"x",
}  # fmt: skip
OF_CLEARANCE: dict[str, Any] = {
    "client_id": 99, "provider_id": 99, "details_sealed": b"x", "asked_at": AT,
    "asked_by_id": 99, "answered_at": AT, "answered_by_id": 99,
    "valid_until": date(2040, 1, 1), "created_at": AT, "public_id": "a" * 20,
    "why_sealed": b"x", "status": "refused",
}  # fmt: skip


def tried(statement: Any) -> bool:
    """Whether a statement went through, on the application's own connection."""
    try:
        with transaction() as session, writing("test.attack", SYSTEM):
            session.execute(statement.execution_options(unaudited=True))
    except DBAPIError:
        return False
    return True


def rows(table: str) -> list[dict[str, Any]]:
    return [dict(one) for one in db.session.execute(text(f"SELECT * FROM {table}")).mappings()]


def attempts(model: Any, others: dict[str, Any], number: int) -> dict[str, Any]:
    """Statements that would change or remove a row, each by another way."""
    table = model.__tablename__
    columns = [column.name for column in model.__table__.columns]
    same = ", ".join(columns)
    found: dict[str, Any] = {
        f"update {name}": update(model).where(model.id == number).values({name: value})
        for name, value in others.items()
    }
    found |= {
        "update all": update(model).values(public_id="b" * 20),
        "delete": delete(model).where(model.id == number),
        "delete all": text(f"DELETE FROM {table}"),
    }
    upsert = f"INSERT INTO {table} ({same}) SELECT {same} FROM {table}"
    again = "ON CONFLICT (id) DO UPDATE SET public_id = 'b'"
    if db.engine.dialect.name == "postgresql":
        return found | {
            "truncate": text(f"TRUNCATE {table} CASCADE"),
            "upsert": text(f"{upsert} {again}"),
        }
    replaced = ", ".join("'b'" if name == "public_id" else name for name in columns)
    return found | {
        "replace": text(f"INSERT OR REPLACE INTO {table} ({same}) SELECT {replaced} FROM {table}"),
        "upsert": text(f"{upsert} WHERE true {again}"),
    }


def given() -> Consent:
    house = made.open_house()
    provider = directory.provider()
    return consents.agree(house.client, "SHARE_PROVIDER", provider=provider)


def answered() -> tuple[Clearance, Any]:
    house = made.open_house()
    screening.treat(house.client, house.treats)
    screening.know(house.client, screening.LOW_PLATELETS)
    with transaction():
        row = clearing.ask_clearance(house.client, ["THROMBOCYTOPENIA"], actor=house.treats)
    with transaction():
        clearing.record_answer(
            row, actor=house.treats, outcome="cleared", said_by="Dr Mehta", said="Yes",
            how="phone", on=made.this_day(),
        )  # fmt: skip
    return row, house


@pytest.mark.parametrize("state", ["active", "withdrawn", "superseded", "entered_in_error"])
def test_no_statement_changes_what_was_agreed_to(app: Flask, state: str):
    with app.app_context():
        row = given()
        with transaction():
            if state == "withdrawn":
                consenting.withdraw(row, actor=SYSTEM, why="They said so")
            elif state == "superseded":
                consenting.replace(row, actor=SYSTEM, method="signed", signature="G N",
                                   scope=consents.scope_of("SHARE_PROVIDER"))  # fmt: skip
            elif state == "entered_in_error":
                consenting.mark_in_error(row, actor=SYSTEM, why="Another client")
        assert row.status == state
        before = rows("consent")
        for name, statement in attempts(Consent, OF_CONSENT, row.id).items():
            assert not tried(statement), name
            assert rows("consent") == before, name
        if state != "active":
            back = {"status": "active", "withdrawn_at": None}
            assert not tried(update(Consent).where(Consent.id == row.id).values(back))


def test_no_statement_changes_what_a_provider_answered(app: Flask):
    with app.app_context():
        row, house = answered()
        before = rows("clearance")
        for name, statement in attempts(Clearance, OF_CLEARANCE, row.id).items():
            assert not tried(statement), name
            assert rows("clearance") == before, name
        asked = {"status": "asked", "answered_at": None}
        assert not tried(update(Clearance).values(asked))
        with transaction():
            clearing.withdraw_clearance(row, actor=house.treats, why="Said about somebody else")
        assert row.why == "Said about somebody else"
        before = rows("clearance")
        for name, statement in attempts(Clearance, OF_CLEARANCE, row.id).items():
            assert not tried(statement), name
            assert rows("clearance") == before, name


def test_what_is_only_asked_may_still_be_changed(app: Flask):
    with app.app_context():
        house = made.open_house()
        screening.treat(house.client, house.treats)
        screening.know(house.client, screening.LOW_PLATELETS)
        with transaction():
            clearing.ask_clearance(house.client, ["THROMBOCYTOPENIA"], actor=house.treats)
        provider = directory.provider()
        assert tried(update(Clearance).values(provider_id=provider.id))


def test_a_client_has_one_plan_that_is_not_over(app: Flask):
    with app.app_context():
        house = made.open_house()
        screening.treat(house.client, house.treats)
        with transaction():
            plan = write_plan(house.client, actor=house.treats, details=PLAN)
        table: Any = TreatmentPlan.__table__
        names = [column for column in table.columns if column.name != "id"]
        standing = dict(db.session.execute(select(*names)).mappings().one())
        twin = {"public_id": "a" * 20, "series_id": None}
        for status in ("draft", "active", "paused"):
            assert not tried(insert(table).values(standing | twin | {"status": status})), status
        assert tried(insert(table).values(standing | twin | {"status": "stopped"}))
        reopened = update(TreatmentPlan).where(TreatmentPlan.id != plan.id)
        assert not tried(reopened.values(status="active"))
        assert tried(update(TreatmentPlan).values(status="completed"))


@pytest.mark.parametrize(
    ("table", "triggers"),
    [("consent", ["consent_locked_update"]), ("clearance", ["clearance_locked_update"])],
)
def test_without_the_lock_the_same_statement_goes_through(
    app: Flask, table: str, triggers: list[str]
):
    with app.app_context():
        model: Any = Consent if table == "consent" else Clearance
        row = given() if table == "consent" else answered()[0]
        one = update(model).where(model.id == row.id).values(public_id="b" * 20)
        assert not tried(one)
        owner = create_engine(app.config["MIGRATION_DATABASE_URI"])
        with owner.begin() as connection:
            for trigger in triggers:
                if owner.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                else:
                    connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        owner.dispose()
        assert tried(one)
