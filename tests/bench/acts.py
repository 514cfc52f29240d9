"""What the operations are made of: to get a page, to ask the database, to forget what was drawn."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine


def forget(app: Flask, kept: str) -> Callable[[], object]:
    """Drop what was drawn, so that the next one is drawn anew."""
    begun = app.extensions[kept]
    return lambda: app.extensions.update({kept: type(begun)(64)})


def get(client: FlaskClient, path: str) -> Callable[[], object]:
    def act() -> object:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    return act


@cache
def connection_of(engine: Engine) -> Any:
    """One for all bare SQL of a database."""
    return engine.raw_connection()


def sql(engine: Engine, statement: str, *values: Any) -> Callable[[], object]:
    """The driver's own cursor on one open connection: nothing is cheaper."""
    connection = connection_of(engine)
    return lambda: connection.cursor().execute(statement, values).fetchall()
