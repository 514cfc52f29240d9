"""``python -m tests.bench``: what the pages cost, on a small, a middling and a large clinic.

Each page runs through the test client, signed in, with every hook on, in turn with a
bare Flask hello-world and with the bare SQL that reads the same rows; the ratio of
the medians is what counts. Sizes: BENCH_SMALL, BENCH_MIDDLE
and BENCH_LARGE as ``clients,visits``.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from clinic.app import create_app, engine_options
from clinic.core.db import db
from clinic.staff import services as staff
from tests.bench.measure import Operation, run
from tests.bench.operations import operations
from tests.bench.rows import Size
from tests.bench.stock import Stocked, stock
from tests.engines import configuration, migrate

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "60"))
SMALL = Size(*map(int, os.environ.get("BENCH_SMALL", "10000,5000").split(",")))
MIDDLE = Size(*map(int, os.environ.get("BENCH_MIDDLE", "10000,50000").split(",")))
LARGE = Size(*map(int, os.environ.get("BENCH_LARGE", "100000,200000").split(",")))
REPORT = Path("build/bench.json")
TOKEN = "bench" * 8


def hello() -> Callable[[], object]:
    """A bare Flask application that says hello, through its test client."""
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    client = app.test_client()
    return lambda: client.get("/")


def make(folder: Path, size: Size) -> tuple[Flask, Stocked]:
    """A migrated SQLite clinic of that size, with somebody signed in."""
    folder.mkdir(parents=True)
    main = f"sqlite:///{folder / 'clinic.sqlite'}"
    config = configuration(folder, main, main, f"sqlite:///{folder / 'access.sqlite'}")
    migrate(config)
    app = create_app(config)
    engine = create_engine(main, **engine_options(main))
    stocked = stock(engine, size)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("CREATE TABLE bench_floor (a, b, c)")
    engine.dispose()
    with app.app_context():
        staff.keep(
            TOKEN,
            {"_user_id": "9", "_fresh": True},
            is_new=True,
            staff_id=9,
            agent="bench",
            address="::1",
        )
    return app, stocked


def signed_in(app: Flask) -> FlaskClient:
    """The receptionist's browser."""
    client = app.test_client()
    client.set_cookie("sid", TOKEN)
    return client


def measure(folder: Path, size: Size) -> dict[str, Operation]:
    """Fill a clinic and run every operation on it."""
    begun = time.perf_counter()
    app, stocked = make(folder, size)
    taken = time.perf_counter() - begun
    print(f"{size.clients:,} clients, {size.visits:,} visits written in {taken:.0f} s", flush=True)
    with app.app_context():
        engines = list({id(e): e for e in (db.engine, app.extensions["access"])}.values())
    acts = [Operation("hello", hello()), *operations(app, signed_in(app), stocked, engines[0])]
    run(acts, engines, rounds=ROUNDS)
    return {act.name: act for act in acts}


def report(
    small: dict[str, Operation], middle: dict[str, Operation], large: dict[str, Operation]
) -> list[dict[str, Any]]:
    """A row for each operation: its cost against what it is compared with, and its growth."""
    rows = []
    for name, act in large.items():
        base = large[act.against].median
        before = small[name].median_work / small["hello"].median_work
        between = middle[name].median / middle[act.against].median
        now = act.median_work / large["hello"].median_work
        ratio = act.median / base
        rows.append(
            {
                "work_ratio": round(act.median_work / large[act.against].median_work, 2),
                "name": name,
                "against": act.against,
                "ratio": round(ratio, 2),
                "goal": act.goal,
                "to_bare_sql": round(act.median / large[act.bare].median, 1) if act.bare else None,
                "ratio_in_the_middle": round(between, 2),
                "growth": round(now / before, 2),
                "sql": act.statements,
                "sql_goal": act.sql_goal,
                "milliseconds": round(act.median * 1000, 3),
                "rows": {"clients": LARGE.clients, "visits": LARGE.visits},
            }
        )
    return rows


HEAD = (
    "operation", "against", "middle", "ratio", "cpu", "goal", "growth", "SQL", "goal", "to SQL",
    "ms",
)  # fmt: skip
WIDTHS = (38, 30, 8, 8, 8, 7, 8, 5, 6, 9, 10)


def show(rows: list[dict[str, Any]]) -> None:
    """The table: ratios by the clock and by the processor; growth from the small clinic to the
    large one, by the processor and measured in hello-worlds."""
    print()
    _line(HEAD)
    for row in rows:
        _line(
            (
                row["name"],
                row["against"],
                f"{row['ratio_in_the_middle']:.1f}x",
                f"{row['ratio']:.1f}x",
                f"{row['work_ratio']:.1f}x",
                f"{row['goal']:g}x" if row["goal"] else "",
                f"{row['growth']:.2f}x",
                row["sql"] or "",
                row["sql_goal"] or "",
                f"{row['to_bare_sql']:.0f}x" if row["to_bare_sql"] else "",
                f"{row['milliseconds']:.3f}",
            )
        )


def _line(cells: Sequence[object]) -> None:
    texts = [
        f"{cell:<{WIDTHS[n]}}" if n < 2 else f"{cell:>{WIDTHS[n]}}" for n, cell in enumerate(cells)
    ]
    print("".join(texts))


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="clinic-bench-"))
    try:
        small = measure(folder / "small", SMALL)
        middle = measure(folder / "middle", MIDDLE)
        large = measure(folder / "large", LARGE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = report(small, middle, large)
    show(rows)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
