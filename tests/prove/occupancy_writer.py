"""One of many who write past every service. It loads little, so that fifty start at once."""

from contextlib import suppress
from importlib import import_module
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

PATIENCE = 240
"""Seconds that anybody waits for the others."""


def write(
    place: Any, module: str, statement: str, rounds: int, start: Barrier, done: Barrier
) -> None:
    """Write a row whenever all are ready; a refusal is no fault.

    ``place`` is a file of SQLite, opened by ``module``, or what psycopg connects to.
    """
    if isinstance(place, str):
        driver = import_module(module)
        connection: Any = driver.connect(place, timeout=PATIENCE)
        connection.isolation_level = None
        refusals: tuple[type[Exception], ...] = (driver.IntegrityError,)
    else:
        connection = psycopg.connect(**place, autocommit=True)
        # Many who meet in one index may be told of a deadlock: the services' locks are
        # there for that. Here it only counts that no second row gets in.
        refusals = (psycopg.errors.ExclusionViolation, psycopg.errors.DeadlockDetected)
    for _ in range(rounds):
        start.wait(PATIENCE)
        with suppress(*refusals):
            connection.execute(statement)
        done.wait(PATIENCE)
    connection.close()
