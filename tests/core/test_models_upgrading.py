"""A clinic that was set up before keeps all it had when the house changes its shape."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, create_engine, insert, inspect, select

from clinic.app import engine_options
from clinic.core import engines
from clinic.core.db import Base
from tests.engines import Ground, migrate

BEFORE = "0008_imports"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ON = date(2026, 11, 2)
DAY = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
TEN = DAY + 10 * 3600
PLAIN: dict[type, Any] = {int: 0, str: "", bool: False, bytes: b"", date: ON, datetime: AT}
"""What a column holds that the test says nothing about."""


class Older:
    """A database in an older shape, filled row by row as its owner would find it."""

    def __init__(self, ground: Ground, revision: str) -> None:
        self.config = ground.older(revision)
        address = self.config.MIGRATION_DATABASE_URI
        self.engine = create_engine(address, **engine_options(address))
        engines.set_up(self.engine, may_alter=True)
        self._reflect()

    def _reflect(self) -> None:
        self.tables = MetaData()
        self.tables.reflect(self.engine)

    def put(self, table: str, **values: Any) -> None:
        """A row, its other columns filled with what is plainest."""
        known: Table = self.tables.tables[table]
        row = {
            column.name: PLAIN[_kind(column)]
            for column in known.columns
            if not column.nullable and column.computed is None
        }
        row |= {"public_id": f"{table}{values.get('id', 0)}"[:20]} if "public_id" in row else {}
        with self.engine.begin() as connection:
            connection.execute(insert(known).values(row | values))

    def upgrade(self) -> None:
        migrate(self.config)
        self._reflect()

    def one(self, table: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(self.tables.tables[table])).one()

    def close(self) -> None:
        self.engine.dispose()


def _kind(column: Any) -> type:
    try:
        kind: type = column.type.python_type
    except NotImplementedError:
        kind = bytes
    return kind


@pytest.fixture
def older(ground: Ground):
    clinic = Older(ground, BEFORE)
    yield clinic
    clinic.close()


@pytest.fixture
def unconfirming(ground: Ground):
    """From before precautions that were confirmed set limits."""
    clinic = Older(ground, "0019_directory")
    yield clinic
    clinic.close()


def a_booked_visit(clinic: Older) -> None:
    """One visit of 2026-11-02, ten o'clock, with all it rests on."""
    figures = {"slot_grid": 15, "horizon": 180, "hands_on_limit": 300, "idle": 15}
    clinic.put("setting", id=1, late_cancel=12, timezone="UTC", currency="USD", **figures)
    clinic.put("staff_member", id=1, name="June Park", email="j@clinic.example", theme="auto")
    clinic.put("subject_key", id=1)
    clinic.put("client", id=1, key_id=1, number=1, status="active", last_name="Vale")
    clinic.put("service", id=1, code="T", family="therapeutic", max_pressure=3)
    clinic.put("service_variant", id=1, service_id=1, minutes=60)
    clinic.put("room", id=1, name="R1")
    clinic.put("place", id=1, room_id=1, name="Table")
    for number, column in enumerate(("staff_id", "client_id", "place_id"), start=1):
        clinic.put("resource", id=number, **{column: 1})
    times = {"starts_s": TEN, "ends_s": TEN + 3600}
    clinic.put("clinic_day", on_date=ON, starts_s=DAY, ends_s=DAY + 86_400)
    day = {"on_date": ON, "day_starts_s": DAY, "day_ends_s": DAY + 86_400}
    clinic.put("slot", id=1, kind="visit", **day, **times)
    for number in (1, 2, 3):
        taken = {"slot_starts_s": TEN, "slot_ends_s": TEN + 3600, "overlap_reason": ""}
        clinic.put("occupancy", id=number, slot_id=1, resource_id=number, **taken)
    case = {"client_id": 1, "variant_id": 1, "therapist_id": 1, "on_date": ON}
    clinic.put("visit_verdict", id=1, outcome="admitted", **case)
    clinic.put(
        "visit", id=1, **case, verdict_id=1, slot_id=1, held_slot_id=1, place_id=1,
        therapist_resource_id=1, client_resource_id=2, place_resource_id=3, status="booked",
        minutes=60, price_minor=8500, currency="USD", source="phone",
    )  # fmt: skip


def test_a_booked_visit_is_there_after_the_upgrade_under_the_cut_off_it_was_booked_with(older):
    a_booked_visit(older)
    older.upgrade()
    visit = older.one("visit")
    assert (visit.price_minor, visit.held_slot_id, visit.status) == (8500, 1, "booked")
    assert (visit.cut_off_hours, visit.late_fee_minor, visit.fee_minor) == (12, 0, None)
    assert not visit.is_outside_hours


@pytest.mark.parametrize(
    ("sealed", "ended_on", "is_again"),
    [(b"care", None, True), (b"care", ON, False), (None, None, False)],
)
def test_precautions_that_set_no_limits_are_confirmed_again_where_the_order_goes_on(
    unconfirming, sealed, ended_on, is_again
):
    clinic = unconfirming
    clinic.put("subject_key", id=1)
    clinic.put("client", id=1, key_id=1, number=1, status="active", last_name="Vale")
    clinic.put("staff_member", id=1, name="June Park", email="j@clinic.example", theme="auto")
    clinic.put(
        "provider",
        id=1,
        credentials="MD",
        preferred_channel="fax",
        status="active",
        last_name="Frank",
    )
    clinic.put(
        "referral", id=1, client_id=1, provider_id=1, received_via="fax", urgency="routine",
        precautions_sealed=sealed, ended_on=ended_on, ended_why="over" if ended_on else "",
    )  # fmt: skip
    clinic.put(
        "referral_case", id=1, referral_id=1, urgency="routine", status="in_treatment", owner_id=1,
        next_action="none", due_on=ON, precautions_at=AT, precautions_by_id=1,
    )  # fmt: skip
    clinic.upgrade()
    order, case = clinic.one("referral"), clinic.one("referral_case")
    assert (order.precautions_read_at is None) == is_again
    confirmed = (case.precautions_at is None, case.precautions_by_id)
    assert confirmed == ((True, None) if is_again else (False, 1))


def test_who_and_what_could_be_taken_is_the_same_after_the_upgrade(older):
    a_booked_visit(older)
    with older.engine.connect() as connection:
        before = connection.execute(select(older.tables.tables["resource"])).all()
    older.upgrade()
    with older.engine.connect() as connection:
        after = connection.execute(select(older.tables.tables["resource"])).all()
    assert [(*row, None) for row in before] == [tuple(row) for row in after]


def test_an_upgraded_clinic_has_the_tables_columns_and_keys_of_a_new_one(older, ground):
    older.upgrade()
    found, wanted = inspect(older.engine), Base.metadata.tables
    for name, table in wanted.items():
        assert {one["name"] for one in found.get_columns(name)} == set(table.columns.keys())
        keys = {
            (*key["constrained_columns"], key["referred_table"])
            for key in found.get_foreign_keys(name)
        }
        assert keys == {
            (*(column.name for column in key.columns), key.referred_table.name)
            for key in table.foreign_key_constraints
        }
