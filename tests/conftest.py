"""What every test may ask for: an engine, the application on a fresh clinic, a client.

A test that works inside the application asks for ``inside``; one that makes
requests asks for ``client`` and must not hold an application context meanwhile,
since the identity of one request would leak into the next.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from tests.engines import ENGINES, Ground, Grounds
from tests.folders import stay_in_memory
from tests.guards import refuse_skip, stay_on_this_machine

stay_on_this_machine()
stay_in_memory()

_COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("quick", max_examples=25, derandomize=True, **_COMMON)
settings.register_profile("prove", max_examples=300, print_blob=True, **_COMMON)
settings.register_profile("nightly", max_examples=3000, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at", help="run as if it were this moment in UTC: 2028-02-29T00:30")


def pytest_configure(config: pytest.Config) -> None:
    """From the first import of a test on; browsers and processes of their own keep their clock."""
    if moment := config.getoption("--at"):
        travel = time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=True)
        travel.start()
        config.add_cleanup(travel.stop)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    refuse_skip(report)
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Services, queries and models run on both engines; the rest says so with a mark."""
    if "engine_name" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("engines")
    if mark:
        names = mark.args
    elif _is_about_data(metafunc.definition.path):
        names = ENGINES
    else:
        names = ("sqlite",)
    metafunc.parametrize("engine_name", names, ids=names, indirect=True)


def _is_about_data(path: Path) -> bool:
    begins = ("test_services", "test_queries", "test_models")
    return path.name.startswith(begins) or path.parent.name == "services"


@pytest.fixture(scope="session")
def grounds() -> Iterator[Grounds]:
    """The engines, each made ready when the first test needs it."""
    grounds = Grounds()
    yield grounds
    grounds.close()


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which engine this test runs on: sqlite or postgresql."""
    return str(request.param)


@pytest.fixture
def ground(grounds: Grounds, engine_name: str) -> Ground:
    """The engine, on a fresh copy of an empty clinic."""
    ground = grounds.on(engine_name)
    ground.renew()
    return ground


class CarefulClient(FlaskClient):
    """A test client that refuses to work inside an application context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context() and not self.preserve_context:
            pytest.fail("A request inside an application context would see another's identity.")
        return super().open(*args, **kwargs)


@pytest.fixture
def app(ground: Ground) -> Flask:
    """The application, on a fresh copy of an empty clinic."""
    ground.app.test_client_class = CarefulClient
    return ground.app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody at a browser, not signed in."""
    return app.test_client()


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """An application context, for tests that call services and make no requests."""
    with app.app_context():
        yield app


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often a proof repeats: PROVE_ROUNDS, or the size CI runs."""
    return int(os.environ.get("PROVE_ROUNDS", "200"))
